"""Variations of real clips: between the clip itself and what ``ddpm`` makes."""

from __future__ import annotations

import numpy as np
import pytest

from generators.protocol import FitContext
from generators.registry import check_generator, load_generator
from skeletons.clips import ClipSet
from skeletons.errors import InputError
from tests.conftest import moving_clips
from tests.generators.fitting import KeptParts, drawn, fitted

LABELS = np.asarray([2, 0, 0, 1, 2, 2, 1])


@pytest.fixture(scope="module")
def variations():
    # As good as untrained, the network makes estimates depend on x_t only through a velocity.
    settings = {"prediction": "v_prediction", "sampler": "ddim"}
    return fitted("variations", sampling_steps=10, sampling_batch=4, **settings)


def at_strength(generator, strength: float) -> ClipSet:
    """Samples of the same fit at one strength."""
    kept = generator.parameters
    generator.parameters = kept.model_copy(update={"strength": (strength, strength)})
    clips: ClipSet = generator.sample(LABELS, 3)
    generator.parameters = kept
    return clips


def apart(clips: ClipSet, real: ClipSet) -> np.ndarray:
    """Mean distance of joints, in metres, between each clip and each real one, ``[N, M]``."""
    between = clips.resample(20)[:, None] - real.resample(20)
    return np.linalg.norm(between, axis=-1).mean(axis=(2, 3))


def test_strength_zero_gives_real_clips_of_the_class_as_the_codec_has_them(variations):
    real = moving_clips(12)
    made = at_strength(variations, 0.0)
    distance = apart(made, variations.represent(real))
    sources = distance.argmin(axis=1)
    # Image values at the bounds are cut, those of real clips are not.
    assert distance.min(axis=1).max() < 0.002 < np.sort(distance, axis=1)[:, 1].min() / 5
    assert np.array_equal(real.labels[sources], LABELS)
    assert np.array_equal(real.lengths[sources], made.lengths)


def test_the_more_noise_the_further_from_real_clips(variations):
    distance = [
        apart(at_strength(variations, strength), moving_clips(12)).min(axis=1).mean()
        for strength in (0.0, 0.1, 0.5, 1.0)
    ]
    assert distance == sorted(distance)
    assert distance[-1] > 2 * distance[0]


@pytest.mark.parametrize("sampler", ["ddpm", "ddim", "dpm_solver++"])
def test_strength_one_is_ddpm_to_the_bit(sampler):
    settings = {"sampler": sampler, "sampling_batch": 4}
    ordinary = fitted("ddpm", **settings).sample(LABELS, 5)
    varied = fitted("variations", strength=1, **settings).sample(LABELS, 5)
    assert np.array_equal(ordinary.frames, varied.frames)
    assert np.array_equal(ordinary.lengths, varied.lengths)


@pytest.mark.parametrize("sampler", ["ddpm", "ddim", "dpm_solver++"])
def test_samples_depend_on_the_seed_and_are_loaded_as_they_were(sampler, tmp_path):
    generator = fitted("variations", sampler=sampler)
    made = drawn(generator, LABELS)
    assert np.isfinite(made).all()
    assert np.array_equal(drawn(generator, LABELS), made)
    assert not np.array_equal(drawn(generator, LABELS, seed=8)[:10], made[:10])
    generator.save(tmp_path)
    assert np.array_equal(drawn(load_generator("variations", tmp_path), LABELS), made)


def test_each_sample_has_a_strength_of_its_own_from_the_range():
    generator = fitted("variations", sampling_steps=20, strength=[0.2, 0.6])
    steps = generator._steps(400, seed=1)
    assert set(steps) == set(range(4, 13))
    assert np.array_equal(generator._steps(400, seed=1), steps)


def test_the_denoiser_of_ddpm_is_not_trained_again(tmp_path):
    parts, steps = KeptParts(tmp_path), []
    for name in ("ddpm", "variations"):
        run = FitContext(seed=1, part=parts, progress=lambda done, _: steps.append(done))
        fitted(name, run=run)
    assert parts.asked[0] == parts.asked[1]
    assert len(steps) == 4


def test_a_table_says_that_samples_are_tied_to_real_clips():
    (caveat,) = fitted("variations", strength=[0.25, 0.5]).caveats
    assert "25% to 50% of the noise process" in caveat
    assert "tied to real clips" in caveat


def test_one_number_is_a_strength_for_all_and_a_range_goes_upwards():
    assert check_generator("variations", "quick", {"strength": 0.5})["strength"] == [0.5, 0.5]
    with pytest.raises(InputError, match=r"strength = .*the lower one comes first: take \[0.2, 0"):
        check_generator("variations", "quick", {"strength": [0.5, 0.2]})
    with pytest.raises(InputError, match=r"strength\.0 = 1\.5: .*less than or equal to 1"):
        check_generator("variations", "quick", {"strength": 1.5})
