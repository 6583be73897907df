from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
import pytest

from benchmark.reports.figures.posing import seen_from_front
from benchmark.reports.moving_clips import moving_clips, nearest_clips
from skeletons.layouts import SMPL24
from skeletons.placement import rotate
from skeletons.skeleton import Skeleton
from tests.benchmark.reports.html.pages import waving
from tests.benchmark.run_folders import standing_bodies

CLASSES = ("walk", "throw")
FLAT = Skeleton("flat", ("hip", "head", "hand"), (-1, 0, 0), 0, (), (), (1, -1), "px", 2)


def joints_of(clip: dict[str, Any], joints: int, dimensions: int) -> Any:
    values = np.frombuffer(base64.b64decode(clip["data"]), dtype="<i2")
    return values.reshape(clip["frames"], joints, dimensions) / 32767 * clip["scale"]


def test_quantised_joints_are_off_by_less_than_a_tenth_of_a_millimetre() -> None:
    clips = standing_bodies(SMPL24, name="real", classes=CLASSES)
    found = moving_clips(clips, clips)
    for clip in found["clips"]:
        row = int(np.flatnonzero(clips.ids == clip["id"])[0])
        exact = seen_from_front(clips.select([row]).resample(clip["frames"]), SMPL24)[0]
        assert np.abs(joints_of(clip, 24, 3) - exact).max() < 1e-4


def test_a_body_is_seen_from_the_front_however_it_is_turned() -> None:
    joints = standing_bodies(SMPL24, name="real", classes=CLASSES).resample(8)
    turned = rotate(joints, np.full(len(joints), 1.3), SMPL24)
    first, second = (seen_from_front(one, SMPL24) for one in (joints, turned))
    assert np.allclose(first, second, atol=1e-5)
    left, right = SMPL24.index("left_hip"), SMPL24.index("right_hip")
    assert (first[:, 0, left, 0] > first[:, 0, right, 0]).all(), "its left is on our right"


def test_the_nearest_clip_of_a_copy_is_its_original() -> None:
    real = standing_bodies(SMPL24, name="real", classes=CLASSES)
    rows = np.asarray([4, 1])
    place, distance = nearest_clips(real, real, rows)
    assert place.tolist() == rows.tolist()
    assert distance.max() < 1e-6


@pytest.mark.parametrize("skeleton", [FLAT, FLAT.for_people(2), SMPL24.for_people(2)])
def test_flat_bodies_and_two_people_are_clips_as_well(skeleton: Skeleton) -> None:
    clips = waving(skeleton)
    found = moving_clips(clips, clips)
    told = found["skeleton"]
    assert (told["dimensions"], told["people"]) == (skeleton.dimensions, skeleton.people)
    assert len(told["heads"]) == skeleton.people
    bones = [bone for side in told["bones"].values() for bone in side]
    assert len(bones) == len(skeleton) - skeleton.people
    assert joints_of(found["clips"][0], len(skeleton), skeleton.dimensions).shape[0] == 12


def test_a_small_budget_takes_fewer_samples_then_frames_then_classes() -> None:
    clips = standing_bodies(SMPL24, name="real", classes=[f"c{n}" for n in range(20)])
    sizes = [
        len(json.dumps(moving_clips(clips, clips, budget))) for budget in (10**7, 10**5, 10**4)
    ]
    assert sizes == sorted(sizes, reverse=True)
    assert len(moving_clips(clips, clips, 10**4)["rows"]) < 20
