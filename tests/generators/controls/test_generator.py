from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from generators.controls.generator import Real
from generators.protocol import FitContext
from generators.registry import check_generator, load_generator, make_generator
from skeletons.clips import ClipSet
from skeletons.errors import InputError
from skeletons.placement import upright
from skeletons.splits import Split
from tests.conftest import moving_clips

CONTROLS = ("real", "copy", "mean", "shuffle")


def fitted(name: str, clips: ClipSet, held_back: ClipSet | None = None, **values):
    control = make_generator(name, "smoke", values)
    control.fit(clips, FitContext(seed=0, held_back=held_back))
    return control


def halves(clips: ClipSet) -> tuple[ClipSet, ClipSet]:
    """A split and what it holds back."""
    inside = np.isin(clips.ids, Split.parse("50pct").select(clips).ids)
    return clips.select(inside), clips.select(~inside)


def motions(clips: ClipSet) -> list[bytes]:
    return [clips[index].joints.tobytes() for index in range(len(clips))]


@pytest.mark.parametrize("name", CONTROLS)
@pytest.mark.parametrize("labels", [[2, 0, 0, 1, 2, 2, 1], [1], []])
def test_labels_are_served_in_order(name, labels, clips):
    samples = fitted(name, *halves(clips)).sample(np.asarray(labels, np.int64), 3)
    samples.check()
    assert samples.labels.tolist() == labels
    assert samples.classes == clips.classes


@pytest.mark.parametrize("name", CONTROLS)
def test_the_same_seed_gives_the_same_clips_also_after_loading_and_another_does_not(
    name, clips, tmp_path
):
    control, labels = fitted(name, *halves(clips)), np.arange(9) % 3
    control.save(tmp_path)
    first = control.sample(labels, 5)
    loaded = load_generator(name, tmp_path)
    assert loaded.sample(labels, 5).fingerprint == first.fingerprint
    assert loaded.caveats == control.caveats
    assert control.sample(labels, 6).fingerprint != first.fingerprint


@pytest.mark.parametrize("name", CONTROLS)
def test_one_clip_a_class_is_enough(name):
    samples = fitted(name, moving_clips(3)).sample(np.asarray([1, 1, 0, 2]), 0)
    assert samples.labels.tolist() == [1, 1, 0, 2]


@pytest.mark.parametrize("name", CONTROLS)
def test_an_unknown_label_is_one_clear_line(name, clips):
    with pytest.raises(InputError, match="label 2 was not among the clips that were fitted"):
        fitted(name, clips.select(clips.labels < 2)).sample(np.asarray([0, 2]), 0)


@pytest.mark.parametrize("name", CONTROLS)
def test_a_folder_without_a_control_is_one_clear_line(name, tmp_path):
    with pytest.raises(InputError, match="holds no fitted"):
        load_generator(name, tmp_path)


def test_copy_hands_out_training_clips_of_the_asked_class(clips):
    split, held = halves(clips)
    labels = np.arange(60) % 3
    samples = fitted("copy", split, held).sample(labels, 0)
    own = dict(zip(motions(split), split.labels.tolist(), strict=True))
    assert [own[motion] for motion in motions(samples)] == labels.tolist()


def test_copy_draws_with_replacement(clips):
    split, held = halves(clips)
    labels = np.repeat(np.arange(3), 6)
    seen = [
        max(Counter(motions(fitted("copy", split, held).sample(labels, seed))).values())
        for seed in range(5)
    ]
    assert max(seen) > 1


def test_real_hands_out_held_back_clips_of_the_asked_class(clips):
    split, held = halves(clips)
    labels = np.arange(12) % 3
    control = fitted("real", split, held)
    own = dict(zip(motions(held), held.labels.tolist(), strict=True))
    assert [own[motion] for motion in motions(control.sample(labels, 0))] == labels.tolist()
    (caveat,) = control.caveats
    assert "it has seen more clips than the split holds" in caveat
    assert Real.sees_held_back


@pytest.mark.parametrize("name", ["real", "shuffle"])
def test_no_clip_comes_twice_in_a_call_before_all_have_come(name, clips):
    split, held = halves(clips)
    control = fitted(name, split, held)
    once = Counter(motions(control.sample(held.labels, 0)))
    assert once == Counter(motions(held))
    twice = Counter(motions(control.sample(np.tile(held.labels, 2), 0)))
    assert set(twice.values()) == {2}


@pytest.mark.parametrize("name", ["real", "shuffle"])
@pytest.mark.parametrize("nothing", [True, False])
def test_where_nothing_is_held_back_the_splits_own_clips_come_and_the_caveats_say_so(
    name, nothing, clips
):
    control = fitted(name, clips, clips.select([]) if nothing else None)
    samples = control.sample(np.arange(6) % 3, 0)
    assert set(motions(samples)) <= set(motions(clips))
    said = f"Nothing is held back in this split: `{name}` hands out the split's own clips."
    assert said in control.caveats


def test_a_class_without_held_back_clips_is_served_from_the_split_and_named(clips):
    split, held = halves(clips)
    control = fitted("real", split, held.select(held.labels != 1))
    samples = control.sample(np.asarray([1, 1, 0]), 0)
    from_split = [motion in set(motions(split)) for motion in motions(samples)]
    assert from_split == [True, True, False]
    assert any("Nothing is held back of class1:" in caveat for caveat in control.caveats)


def test_shuffled_labels_are_right_at_chance_and_the_shown_clips_keep_the_class_prior():
    clips = moving_clips(400, classes=4)
    samples = fitted("shuffle", clips).sample(np.arange(200) % 4, 0)
    true = dict(zip(motions(clips), clips.labels.tolist(), strict=True))
    shown = np.asarray([true[motion] for motion in motions(samples)])
    assert abs((shown == samples.labels).mean() - 0.25) < 0.1
    assert (np.abs(np.bincount(shown) - 50) <= 1).all()


def test_shuffle_serves_one_asked_class_with_clips_of_all_classes(clips):
    samples = fitted("shuffle", clips).sample(np.zeros(12, np.int64), 0)
    true = dict(zip(motions(clips), clips.labels.tolist(), strict=True))
    assert {true[motion] for motion in motions(samples)} == {0, 1, 2}


def test_mean_is_the_mean_of_the_upright_clips_of_a_class(clips):
    samples = fitted("mean", clips, noise=0.0, frames=20).sample(np.arange(3), 0)
    assert len(samples) == 3
    for label in range(3):
        mean = upright(clips.select(clips.labels == label)).resample(20).mean(axis=0)
        one = fitted("mean", clips, noise=0.0, frames=20).means[label].joints
        np.testing.assert_allclose(one, mean, atol=1e-5)
        shown = upright(samples.select([label])).resample(20)[0]
        np.testing.assert_allclose(shown, mean, atol=0.05)


def test_mean_samples_of_a_class_differ_by_the_noise_alone(clips):
    control = fitted("mean", clips, noise=0.03)
    noisy = control.sample(np.zeros(80, np.int64), 0)
    control.parameters = control.parameters.model_copy(update={"noise": 0.0})
    noise = noisy.frames - control.sample(np.zeros(80, np.int64), 0).frames
    np.testing.assert_allclose(noise.std(), 0.03, rtol=0.02)


def test_mean_draws_lengths_of_the_classs_own_clips(clips):
    samples = fitted("mean", clips).sample(np.ones(50, np.int64), 0)
    own = clips.lengths[clips.labels == 1]
    assert set(samples.lengths.tolist()) <= set(own.tolist())
    assert len(set(samples.lengths.tolist())) > 1


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("mean", {"noise": -1}, "noise = -1"),
        ("mean", {"frame": 3}, "unknown parameter of mean 'frame': did you mean 'frames'"),
        ("copy", {"noise": 1}, "unknown parameter of copy 'noise'"),
    ],
)
def test_wrong_parameters_are_one_clear_line(name, settings, message):
    with pytest.raises(InputError, match=message) as error:
        check_generator(name, "quick", settings)
    assert "\n" not in str(error.value)
