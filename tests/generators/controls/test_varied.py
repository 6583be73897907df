from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from generators.controls.varied import Varied, VariedParameters
from generators.protocol import FitContext
from generators.registry import check_generator
from skeletons.clips import ClipSet
from skeletons.datasets import dataset_named
from skeletons.datasets.kinematic12 import Difficulty
from skeletons.datasets.kinematic12.recording import Recording, record
from skeletons.datasets.kinematic12.retake import FACTORS, Retake, factor_of
from skeletons.datasets.kinematic12.sensor import observe
from skeletons.errors import InputError
from skeletons.splits import Split


@pytest.fixture(scope="module")
def split() -> ClipSet:
    return Split.parse("2shot").select(dataset_named("kinematic12").load("cross-subject").train)


@pytest.fixture(scope="module")
def recorded() -> Recording:
    return record(0, Difficulty(), clean=True)


def again(*factors: str) -> Recording:
    people = tuple(range(17))
    return record(0, Difficulty(), clean=True, retake=Retake(frozenset(factors), 1, people))


def test_a_take_without_factors_differs_in_the_noise_of_the_sensor_alone(
    recorded: Recording,
) -> None:
    assert np.array_equal(again("sensor").frames, recorded.frames)
    frames = np.zeros((60, 24, 3))
    frames[..., 2] = 3.0
    noisy = [observe(frames, np.array([60]), 0, Difficulty(), take)[0] for take in (0, 1, 1)]
    assert 0.0 < np.median(np.abs(noisy[0] - noisy[1])) < 0.05
    assert np.array_equal(noisy[1], noisy[2])


@pytest.mark.parametrize("factor", ["side", "amplitude", "timing", "manner", "variant", "person"])
def test_a_factor_changes_what_it_names_and_nothing_else(recorded: Recording, factor: str) -> None:
    other = again(factor)
    assert np.array_equal(other.labels, recorded.labels)
    assert (len(other.frames) != len(recorded.frames)) == (factor in ("timing", "variant"))
    assert np.array_equal(other.lengths, recorded.lengths) == (factor not in ("timing", "variant"))
    assert np.array_equal(other.variants, recorded.variants) == (factor != "variant")
    assert np.array_equal(other.subject, recorded.subject) == (factor != "person")
    if factor not in ("timing", "variant"):
        moved = np.abs(other.frames - recorded.frames).max(axis=(1, 2))
        assert (moved > 1e-6).any()
    if factor == "side":
        changed = np.add.reduceat(moved > 1e-6, recorded.starts) > 0
        assert 0.05 < changed.mean() < 0.35, "a tenth of the clips, before and after"


def test_a_person_is_replaced_by_another_of_those_who_may_stand_in() -> None:
    subject = np.array([0, 1, 2, 5, 9, 9])
    retake = Retake(frozenset({"person"}), 4, (1, 5, 9))
    found = retake.stand_ins(subject, "walk")
    assert set(found.tolist()) <= {1, 5, 9}
    assert (found != subject).all()
    assert np.array_equal(found, retake.stand_ins(subject, "walk"))


def test_draws_of_programs_belong_to_factors() -> None:
    assert factor_of("moment") == factor_of("hold") == factor_of("gait") == "timing"
    assert factor_of("height") == factor_of("crouch") == "amplitude"
    assert factor_of("both") == factor_of("head tilt") == "manner"


def test_samples_are_takes_of_the_splits_clips_by_its_people(
    split: ClipSet, tmp_path: Path
) -> None:
    generator = Varied(VariedParameters(vary="amplitude"))
    generator.fit(split, FitContext(seed=0))
    labels = np.array([0, 0, 0, 4, 11])
    clips = generator.sample(labels, 3)
    assert clips.labels.tolist() == labels.tolist()
    own = {label: sorted(split.lengths[split.labels == label]) for label in (0, 4, 11)}
    assert sorted(clips.lengths[:2]) == own[0], "each clip of a class before any comes again"
    assert all(length in own[label] for length, label in zip(clips.lengths, labels, strict=True))
    assert not np.array_equal(generator.sample(labels, 4).frames, clips.frames)
    generator.save(tmp_path)
    assert np.array_equal(Varied.load(tmp_path).sample(labels, 3).frames, clips.frames)
    assert "amplitude" in generator.caveats[0]


def test_other_clips_are_refused(split: ClipSet) -> None:
    moved = replace(split, frames=split.frames + np.float32(0.01))
    named = replace(split, ids=np.char.add(split.ids, "x"))
    for clips in (moved, named):
        with pytest.raises(InputError, match="not those of kinematic12"):
            Varied().fit(clips, FitContext(seed=0))


def test_a_factor_is_checked_before_anything_runs() -> None:
    name = "generators.controls.varied:Varied"
    with pytest.raises(InputError, match="did you mean 'timing'"):
        check_generator(name, "quick", {"vary": "timin"})
    for factor in FACTORS:
        assert check_generator(name, "quick", {"vary": factor})["vary"] == factor


def test_a_folder_without_a_generator_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no generator"):
        Varied.load(tmp_path)
