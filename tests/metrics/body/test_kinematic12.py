"""Body metrics on a whole data set: real clips are near the floor, each corruption is told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from metrics.body.feet import NEAR, feet_of, standing
from metrics.body.measures import BodyMeasures
from metrics.body.measuring import measure_bodies
from metrics.body.sampling import MOMENTS, recorded, recorded_rows
from skeletons.clips import ClipSet
from skeletons.datasets.kinematic12 import Kinematic12, clean_recording
from skeletons.placement import mirror
from tests.metrics.body.compared import BODY, compared


@pytest.fixture(scope="module")
def train() -> ClipSet:
    """All clips that are not of the test part: enough people to be split in two."""
    data = Kinematic12().load("cross-subject")
    assert data.dev is not None
    return ClipSet.concatenate([data.train, data.dev])


@pytest.fixture(scope="module")
def test_part() -> ClipSet:
    return Kinematic12().load("cross-subject").test.packed()


@pytest.fixture(scope="module")
def reference(train: ClipSet) -> BodyMeasures:
    return measure_bodies(train)


@pytest.fixture(scope="module")
def floor(test_part: ClipSet, reference: BodyMeasures) -> dict[str, float]:
    return values(test_part, reference)


def values(clips: ClipSet, reference: BodyMeasures) -> dict[str, float]:
    bodies = measure_bodies(clips)
    measured = {name: compared(metric, bodies, reference) for name, metric in BODY.items()}
    assert all(isinstance(value, float) for value in measured.values()), measured
    return {name: value for name, value in measured.items() if isinstance(value, float)}


def owners(clips: ClipSet) -> np.ndarray:
    return np.repeat(np.arange(len(clips)), clips.lengths)


def noise(clips: ClipSet) -> np.ndarray:
    return clips.frames + np.random.default_rng(0).normal(0, 0.03, clips.frames.shape)


def frozen(clips: ClipSet) -> np.ndarray:
    """The second half of each clip is its middle frame."""
    step = np.arange(len(clips.frames)) - clips.starts[owners(clips)]
    half = clips.lengths[owners(clips)] // 2
    return clips.frames[clips.starts[owners(clips)] + np.minimum(step, half)]


def larger(clips: ClipSet) -> np.ndarray:
    return 1.1 * clips.frames


def breathing(clips: ClipSet) -> np.ndarray:
    step = np.arange(len(clips.frames)) - clips.starts[owners(clips)]
    return clips.frames * (1.0 + 0.2 * np.sin(0.4 * step))[:, None, None]


def exchanged(clips: ClipSet) -> np.ndarray:
    return clips.frames[:, clips.skeleton.mirror]


def swapped_frames(clips: ClipSet) -> np.ndarray:
    chosen = np.random.default_rng(0).random(len(clips.frames)) < 0.05
    return np.where(chosen[:, None, None], exchanged(clips), clips.frames)


def drifting(clips: ClipSet) -> np.ndarray:
    """Two metres sideways from the first to the last frame."""
    step = np.arange(len(clips.frames)) - clips.starts[owners(clips)]
    passed = step / (clips.lengths[owners(clips)] - 1)
    return clips.frames + passed[:, None, None] * (2.0, 0.0, 0.0)


def smoothed(clips: ClipSet) -> np.ndarray:
    """Six moments a clip with straight paths between them."""
    return clips.with_lengths(6).with_lengths(clips.lengths).frames


@pytest.mark.parametrize(
    ("corruption", "caught_by"),
    [
        (noise, ["bone_change", "bone_lengths", "joint_velocities", "jerk", "joint_angles"]),
        (frozen, ["joint_velocities"]),
        (larger, ["bone_lengths", "joint_positions"]),
        (breathing, ["bone_change"]),
        (exchanged, ["left_right_sides", "joint_positions"]),
        (swapped_frames, ["left_right_swaps", "jerk", "joint_velocities"]),
        (drifting, ["foot_skate", "joint_velocities"]),
        (smoothed, ["jerk", "joint_velocities"]),
    ],
)
def test_a_corruption_is_told_by_the_metrics_that_promise_it(
    corruption, caught_by, test_part, reference, floor
):
    frames = corruption(test_part).astype(np.float32)
    found = values(replace(test_part, frames=frames), reference)
    for name in caught_by:
        assert found[name] > 1.25 * floor[name] + 0.002, (name, found[name], floor[name])


def test_real_clips_of_other_people_are_near_the_floor(train, reference, floor):
    rows = np.random.default_rng(0).permutation(len(train))
    one, other = reference.select(rows[:480]), reference.select(rows[480:])
    for name, metric in BODY.items():
        value = compared(metric, one, other)
        assert isinstance(value, float)
        if metric.direction == "real":
            assert floor[name] == pytest.approx(value, rel=0.15), name
        else:
            assert value <= floor[name] + 0.002, name
    assert floor["left_right_sides"] == 0.0
    assert floor["left_right_swaps"] < 0.005
    assert floor["joint_angles"] == pytest.approx(0.02, abs=0.005)
    assert floor["bone_lengths"] < 0.05 and floor["joint_positions"] < 0.015


def test_mirrored_clips_are_as_real_as_real_ones(test_part, reference, floor):
    frames = mirror(test_part.frames[None], test_part.skeleton)[0]
    found = values(replace(test_part, frames=frames), reference)
    for name in ("bone_change", "jerk", "foot_skate", "left_right_swaps", "left_right_sides"):
        assert found[name] == pytest.approx(floor[name], rel=1e-5), name
    assert found["bone_lengths"] < 1.1 * floor["bone_lengths"]
    assert found["joint_angles"] == pytest.approx(0.02, abs=0.005)


def test_feet_near_the_estimated_floor_are_feet_that_stand(train):
    truth = clean_recording()
    row_of = {clip: row for row, clip in enumerate(truth.ids.tolist())}
    rows = np.array([row_of[clip] for clip in train.ids.tolist()])
    frames = truth.starts[rows][:, None] + recorded_rows(train, MOMENTS)
    stands = truth.contact[frames]
    heights = recorded(train, MOMENTS)[:, :, list(feet_of(train.skeleton)), 1]
    found = standing(heights, NEAR)
    assert stands[found].mean() > 0.9
    assert found[stands].mean() > 0.85
    assert stands[~found].mean() < stands.mean()


def test_lengths_that_are_all_equal_do_not_give_clips_away(test_part, reference, floor):
    """Clips of 24 frames, as a generator of skeleton images makes them, beside real lengths."""
    found = values(test_part.with_lengths(MOMENTS), reference)
    for name in ("bone_lengths", "joint_positions", "left_right_sides"):
        assert found[name] == pytest.approx(floor[name], rel=0.15, abs=1e-9), name
