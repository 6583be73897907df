"""Body measures as data: taken clip by clip, selected, stored, compared."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from metrics.body import measuring
from metrics.body.measures import BodyMeasures
from metrics.body.measuring import measure_bodies
from metrics.value import Undefined
from skeletons.clips import ClipSet
from skeletons.errors import InputError
from skeletons.layouts import KINECT20, NTU25, SMPL24
from tests.metrics.body.compared import BODY, compared
from tests.metrics.body.stick_figures import STICK, clip_set, standing, swaying
from tests.skeletons.random_clips import random_clips


def same(one: BodyMeasures, other: BodyMeasures) -> bool:
    arrays, others = one.arrays(), other.arrays()
    return arrays.keys() == others.keys() and all(
        array.dtype == others[name].dtype and np.array_equal(array, others[name])
        for name, array in arrays.items()
    )


@pytest.mark.parametrize("skeleton", [SMPL24, KINECT20, NTU25, STICK], ids=lambda s: s.name)
def test_measures_have_the_documented_shapes(skeleton):
    bodies = measure_bodies(random_clips(skeleton, lengths=(1, 2, 5, 24, 70)))
    joints = len(skeleton)
    bends = sum(skeleton.parents[parent] >= 0 for parent, _ in skeleton.edges)
    assert bodies.bone_means.shape == bodies.bone_spreads.shape == (5, joints - 1)
    assert bodies.positions.shape == (5, 12, joints - 1, 3)
    assert bodies.speeds.shape == (5, 23, joints)
    assert bodies.angles.shape == (5, 12, bends)
    assert bodies.leaning.shape == (5, joints - 1 - len(skeleton.pairs))
    assert bodies.lengths.tolist() == [1, 2, 5, 24, 70]
    assert bodies.steps.tolist() == [0, 1, 4, 23, 23]
    for name, array in bodies.arrays().items():
        if name not in ("skeleton", "unit"):
            assert len(array) == 5 and np.isfinite(array).all(), name


def test_a_clip_is_measured_the_same_whatever_clips_are_around_it(monkeypatch):
    clips = random_clips(lengths=(9, 40, 3, 24, 1, 70, 33))
    together = measure_bodies(clips)
    monkeypatch.setattr(measuring, "CHUNK", 2)
    assert same(measure_bodies(clips), together)
    rows = np.array([5, 0, 3])
    assert same(measure_bodies(clips.select(rows)), together.select(rows))


def test_a_mask_selects_as_its_indices_do():
    bodies = measure_bodies(random_clips(lengths=(9, 40, 3)))
    mask = np.array([True, False, True])
    assert same(bodies.select(mask), bodies.select([0, 2]))
    assert len(bodies.select([])) == 0


def test_no_clips_have_measures_of_no_clips():
    bodies = measure_bodies(random_clips().select([]))
    assert len(bodies) == 0
    assert same(bodies, measure_bodies(random_clips()).select([]))


def test_parts_make_up_the_whole_again():
    bodies = measure_bodies(random_clips(lengths=(9, 40, 3, 24)))
    parts = [bodies.select([0]), bodies.select([]), bodies.select([1, 2, 3])]
    assert same(BodyMeasures.concatenate(parts), bodies)
    assert same(BodyMeasures.concatenate([bodies]), bodies)


def test_parts_that_do_not_belong_together_are_not_joined():
    bodies = measure_bodies(random_clips())
    with pytest.raises(InputError, match="'kinect20' in the next part, 'smpl24' in the first"):
        BodyMeasures.concatenate([bodies, measure_bodies(random_clips(KINECT20))])
    with pytest.raises(InputError, match="the unit is 'mm'"):
        BodyMeasures.concatenate([bodies, bodies, replace(bodies, unit="mm")])
    with pytest.raises(InputError, match=r"'angles' of a clip is \(11, \d+\) in the next part"):
        BodyMeasures.concatenate([bodies, replace(bodies, angles=bodies.angles[:, 1:])])
    with pytest.raises(InputError, match="no body measures"):
        BodyMeasures.concatenate([])


def test_measures_come_back_from_a_file_without_pickles(tmp_path):
    bodies = measure_bodies(random_clips(KINECT20))
    np.savez(tmp_path / "bodies.npz", **bodies.arrays())
    with np.load(tmp_path / "bodies.npz", allow_pickle=False) as stored:
        assert same(BodyMeasures.from_arrays(stored), bodies)


def test_damaged_arrays_are_refused():
    arrays = measure_bodies(random_clips()).arrays()
    with pytest.raises(InputError, match="'jerks' is missing"):
        BodyMeasures.from_arrays({name: a for name, a in arrays.items() if name != "jerks"})
    with pytest.raises(InputError, match=r"'slid' has shape \(2,\) for 3 clips"):
        BodyMeasures.from_arrays(arrays | {"slid": arrays["slid"][:2]})


def test_a_broken_coordinate_is_named_by_its_clip():
    clips = random_clips(lengths=(20, 20))
    frames = clips.frames.copy()
    frames[25, 3, 1] = np.nan
    with pytest.raises(InputError, match="clip 'random-00001' has a NaN or infinite value"):
        measure_bodies(replace(clips, frames=frames))


def test_a_clip_is_not_told_by_the_number_of_frames_in_which_it_was_written():
    """Paths that are straight between 24 moments, written in 24, 47, 70 and 93 frames."""
    clips = clip_set(swaying(6))
    bodies = measure_bodies(clips)
    for frames in (47, 70, 93):
        stretched = measure_bodies(clips.with_lengths(frames))
        for name in ("bone_means", "positions", "speeds", "jerks", "angles", "slid", "leaning"):
            one, other = stretched.arrays()[name], bodies.arrays()[name]
            assert one == pytest.approx(other, rel=1e-3, abs=2e-6), name


@pytest.mark.parametrize("metric", BODY.values(), ids=lambda metric: metric.name)
def test_measures_of_another_skeleton_or_unit_are_not_compared(metric):
    bodies = measure_bodies(random_clips(SMPL24))
    with pytest.raises(InputError, match="the skeleton is 'kinect20'"):
        compared(metric, measure_bodies(random_clips(KINECT20)), bodies)
    with pytest.raises(InputError, match="the unit is 'mm'"):
        compared(metric, replace(bodies, unit="mm"), bodies)


@pytest.mark.parametrize("metric", BODY.values(), ids=lambda metric: metric.name)
def test_without_clips_every_metric_is_undefined(metric):
    bodies = measure_bodies(random_clips(lengths=[20] * 80))
    none = bodies.select([])
    assert isinstance(compared(metric, none, bodies), Undefined)
    if metric.floor == "other part":
        assert isinstance(compared(metric, bodies, none), Undefined)


@pytest.mark.parametrize(
    "name", ["bone_change", "joint_velocities", "foot_skate", "left_right_swaps", "jerk"]
)
def test_clips_of_one_frame_do_not_move_and_say_so(name):
    bodies = measure_bodies(clip_set(swaying(4)))
    value = compared(BODY[name], measure_bodies(clip_set([standing(1)] * 3)), bodies)
    assert isinstance(value, Undefined) and "frames" in value.reason


@pytest.mark.parametrize("metric", BODY.values(), ids=lambda metric: metric.name)
def test_clips_of_one_frame_do_not_change_what_others_give_to_motion(metric):
    moving = swaying(80)
    reference = measure_bodies(clip_set(moving))
    alone = compared(metric, reference.select(np.arange(40)), reference)
    joined: ClipSet = clip_set([*moving[:40], standing(1)])
    value = compared(metric, measure_bodies(joined), reference)
    assert isinstance(value, float) and isinstance(alone, float)
    if metric.name in ("bone_change", "joint_velocities", "jerk", "foot_skate", "left_right_swaps"):
        assert value == pytest.approx(alone, rel=1e-9)


def test_values_lie_within_the_bounds_that_the_catalogue_gives():
    reference = measure_bodies(random_clips(lengths=[20] * 80, seed=1))
    drawn = measure_bodies(random_clips(lengths=[30] * 30, seed=2))
    for metric in BODY.values():
        value = compared(metric, drawn, reference)
        if not isinstance(value, Undefined):
            assert metric.bounds[0] <= value <= metric.bounds[1], metric.name
    assert len(BODY) == 9
