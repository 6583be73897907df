"""How close samples come to the clips that a generator was trained on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmark.analyses.conformance.candidate import Candidate, first_of_each_class
from benchmark.analyses.conformance.overfit import nearest_sample, overfit
from skeletons.clips import ClipSet
from skeletons.errors import InputError
from tests.conftest import moving_clips


def test_the_nearest_sample_of_the_class_counts_wherever_it_stands_and_faces() -> None:
    train = moving_clips(3)
    clips = [clip.joints for clip in (train[0], train[1], train[2])]
    turned = clips[0][..., [2, 1, 0]] * np.asarray([-1, 1, 1]) + np.asarray([3.0, 0.0, -2.0])
    shifted = np.array(clips[1])
    shifted[:, 5:] += np.asarray([0.0, 0.0, 0.24])
    far = np.array(clips[1]) + np.linspace(0, 9, len(clips[1]))[:, None, None]
    samples = ClipSet.of(
        train.skeleton, train.classes, [turned, far, shifted, clips[2], clips[1]], [0, 1, 1, 2, 2]
    )
    found = nearest_sample(train, samples)
    share_of_joints = (len(train.skeleton) - 5) / len(train.skeleton)
    assert found.errors == pytest.approx([0, 0.24 * share_of_joints, 0], abs=1e-3)
    assert found.error == pytest.approx(found.errors.mean())
    assert found.share == pytest.approx(found.error / found.yardstick)


def test_the_yardstick_is_the_mean_distance_between_classes() -> None:
    train = moving_clips(2, classes=2)
    swapped = ClipSet.of(
        train.skeleton, train.classes, [train[1].joints, train[0].joints], [0, 1], name="swapped"
    )
    assert nearest_sample(train, swapped).share == pytest.approx(1.0)


def test_overfit_errors_say_what_is_missing() -> None:
    train = moving_clips(6)
    with pytest.raises(InputError, match="two classes"):
        nearest_sample(train.select(train.labels == 0), train)
    with pytest.raises(InputError, match="no sample of class 2"):
        nearest_sample(train, train.select(train.labels < 2))


@pytest.mark.parametrize(("noise", "learnt"), [(0.0, True), (0.3, False)])
def test_a_generator_that_copies_overfits_and_one_of_other_clips_does_not(
    noise: float, learnt: bool, tmp_path: Path
) -> None:
    train = moving_clips(12)
    candidate = Candidate(
        "tests.benchmark.broken_generators:Sound",
        first_of_each_class(train),
        train,
        tmp_path,
        settings={"noise": noise},
    )
    assert overfit(candidate).learnt() == learnt


def test_poses_count_apart_from_the_path() -> None:
    train = moving_clips(4, classes=2)
    walked = [clip.joints + np.linspace(0, 5, len(clip.joints))[:, None, None] for clip in train]
    samples = ClipSet.of(train.skeleton, train.classes, walked, train.labels)
    assert nearest_sample(train, samples, poses_only=True).error == pytest.approx(0, abs=1e-3)
    assert nearest_sample(train, samples).error > 1.0
