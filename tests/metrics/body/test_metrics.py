"""Body metrics of poses and motion, on bodies whose values can be told by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import wasserstein_distance

from metrics.body.angles import bends, joint_angles, joint_angles_of
from metrics.body.bones import bone_change, bone_lengths
from metrics.body.feet import foot_skate
from metrics.body.jerk import jerk, mean_jerks
from metrics.body.joints import joint_positions, joint_velocities
from metrics.body.measuring import measure_bodies
from metrics.value import Undefined
from skeletons.layouts import SMPL24
from skeletons.placement import rotate
from skeletons.skeleton import Skeleton
from tests.metrics.body.stick_figures import LEFT_FOOT, STICK, clip_set, standing, swaying

BONES = len(STICK) - 1
MOMENTS = np.arange(24)[:, None, None]


def bodies(joints, labels=None, skeleton=STICK):
    return measure_bodies(clip_set(joints, labels, skeleton))


def test_a_rigid_body_has_no_bone_change():
    moving = standing() + 0.1 * MOMENTS
    value = bone_change(bodies([moving]), bodies([moving]))
    assert value == pytest.approx(0.0, abs=1e-6)


def test_one_bone_that_varies_by_a_tenth_is_a_tenth_over_all_bones():
    breathing = standing()
    length = np.where(np.arange(24) % 2 == 0, 0.9, 1.1)
    breathing[:, STICK.index("head")] = breathing[:, 5] + length[:, None] * (0.0, 0.2, 0.0)
    value = bone_change(bodies([breathing, standing()]), bodies([standing()]))
    assert value == pytest.approx(0.1 / BONES / 2, rel=1e-5)


def test_bones_without_a_length_are_left_out_of_their_change():
    breathing = standing()
    breathing *= np.where(np.arange(24) % 2 == 0, 0.9, 1.1)[:, None, None]
    breathing[:, STICK.index("head")] = breathing[:, 5]
    assert bone_change(bodies([breathing]), bodies([standing()])) == pytest.approx(0.1, rel=1e-5)
    point = bone_change(bodies([np.zeros((24, 9, 3))]), bodies([standing()]))
    assert point == Undefined("no bone has a length")


def test_bodies_a_tenth_larger_have_bone_lengths_a_tenth_off():
    real = swaying(8)
    value = bone_lengths(bodies([1.1 * clip for clip in real]), bodies(real))
    assert value == pytest.approx(0.1, rel=1e-4)


def test_bone_lengths_are_compared_within_classes_and_weighed_by_drawn_clips():
    small, large = standing(), 2.0 * standing()
    real = bodies([small, small, large, large], [0, 0, 1, 1])
    assert bone_lengths(bodies([small, large], [0, 1]), real) == pytest.approx(0.0, abs=1e-6)
    # Large bodies in the class of small ones are 1 off, small among large ones 1/2.
    assert bone_lengths(bodies([large, small], [0, 1]), real) == pytest.approx(0.75, rel=1e-6)
    three = bodies([large, large, large, small, large], [0, 0, 0, 1, 2])
    assert bone_lengths(three, real) == pytest.approx((3 * 1.0 + 0.5) / 4, rel=1e-6)


def test_bone_lengths_need_a_class_that_both_sides_have_and_real_bones():
    real = bodies([standing()], [0])
    nothing = bone_lengths(bodies([standing()], [1]), real)
    assert nothing == Undefined("no class has both drawn and real clips")
    point = bone_lengths(real, bodies([np.zeros((24, 9, 3))]))
    assert point == Undefined("no bone has a length in real clips")


def test_bone_lengths_agree_with_scipy():
    drawn, real = (
        bodies(swaying(7, 1), [0, 0, 0, 1, 1, 2, 2]),
        bodies(swaying(5, 2), [0, 0, 1, 1, 1]),
    )
    total = 0.0
    for label, weight in ((0, 3 / 5), (1, 2 / 5)):
        one = drawn.bone_means[drawn.labels == label]
        other = real.bone_means[real.labels == label]
        total += weight * np.mean(
            [
                wasserstein_distance(one[:, bone], other[:, bone]) / other[:, bone].mean()
                for bone in range(BONES)
            ]
        )
    assert bone_lengths(drawn, real) == pytest.approx(total, rel=1e-9)


def test_one_joint_out_of_place_counts_as_one_of_all_joints_and_axes():
    moved = standing()
    moved[:, LEFT_FOOT, 1] += 0.24
    value = joint_positions(bodies([moved]), bodies([standing()]))
    assert value == pytest.approx(0.24 / (BONES * 3), rel=1e-5)


def test_positions_do_not_depend_on_where_a_body_is_and_faces():
    joints = np.stack(swaying(8))
    turned = rotate(joints, np.linspace(0, 6, 8), STICK) + np.array([1.0, 0.2, 3.0])
    value = joint_positions(bodies(list(turned)), bodies(list(joints)))
    assert value == pytest.approx(0.0, abs=2e-6)


def test_a_body_that_turns_is_not_turned_back_frame_by_frame():
    spin = np.concatenate([np.zeros(6), np.linspace(0.0, np.pi, 18)])
    turning = rotate(standing()[:, None], spin, STICK)[:, 0]
    value = joint_positions(bodies([turning]), bodies([standing()]))
    assert isinstance(value, float) and value > 0.02


def test_a_body_at_constant_speed_is_its_speed_away_from_one_at_rest():
    moving = standing() + MOMENTS * (0.03, 0.0, 0.04)
    value = joint_velocities(bodies([moving]), bodies([standing(), standing()]))
    assert value == pytest.approx(0.05, rel=1e-4)


def test_velocities_agree_with_scipy():
    drawn, real = bodies(swaying(3, 1)), bodies(swaying(4, 2))
    expected = [
        wasserstein_distance(drawn.speeds[..., joint].ravel(), real.speeds[..., joint].ravel())
        for joint in range(len(STICK))
    ]
    assert joint_velocities(drawn, real) == pytest.approx(np.mean(expected), rel=1e-6)


def test_third_differences_of_a_cubic_path_are_constant():
    time = np.arange(24.0)[None, :, None, None]
    path = time**3 * (0.0, 3.0, 4.0) + time**2 - time
    assert mean_jerks(path) == pytest.approx([30.0], rel=1e-9)


def test_twice_the_jerk_is_the_logarithm_of_two_away_and_so_is_half():
    real = swaying(8)
    twice, half = bodies([2.0 * clip for clip in real]), bodies([0.5 * clip for clip in real])
    assert jerk(twice, bodies(real)) == pytest.approx(np.log(2.0), rel=1e-4)
    assert jerk(half, bodies(real)) == pytest.approx(np.log(2.0), rel=1e-4)


def test_a_body_that_stands_still_is_a_thousandth_away_not_infinitely_far():
    real = bodies([swaying(1)[0]] * 3)
    assert jerk(bodies([standing()]), real) == pytest.approx(np.log(1000.0), rel=1e-9)
    assert jerk(real, bodies([standing()] * 3)) == Undefined("most real clips do not move")


def test_jerk_needs_clips_of_four_frames():
    real = bodies(swaying(3))
    assert jerk(bodies([standing(3)]), real) == Undefined("no drawn clip has 4 frames")
    assert jerk(real, bodies([standing(3)])) == Undefined("no real clip has 4 frames")


ELBOW = Skeleton("elbow", ("shoulder", "elbow", "wrist"), (-1, 0, 1), 0, (), ())


@pytest.mark.parametrize(
    ("wrist", "angle"),
    [((2, 0, 0), np.pi), ((1, 1, 0), np.pi / 2), ((0.5, 0, 0), 0.0), ((1, 0, 0), 0.0)],
    ids=["straight", "right angle", "folded", "no bone"],
)
def test_the_angle_of_a_limb_is_the_one_between_its_bones(wrist, angle):
    arm = np.array([[[[0, 0, 0], [1, 0, 0], wrist]]], dtype=np.float64)
    assert joint_angles_of(arm, ELBOW)[0, 0, 0] == pytest.approx(angle, abs=1e-7)


def test_angles_agree_with_the_law_of_cosines():
    joints = np.random.default_rng(0).normal(size=(3, 4, 24, 3))
    angles = joint_angles_of(joints, SMPL24)
    for number, (parent, joint, child) in enumerate(bends(SMPL24)):
        assert SMPL24.parents[child] == joint and SMPL24.parents[joint] == parent
        near = np.linalg.norm(joints[:, :, parent] - joints[:, :, joint], axis=-1)
        far = np.linalg.norm(joints[:, :, child] - joints[:, :, joint], axis=-1)
        across = np.linalg.norm(joints[:, :, parent] - joints[:, :, child], axis=-1)
        cosine = (near**2 + far**2 - across**2) / (2 * near * far)
        assert angles[:, :, number] == pytest.approx(np.arccos(cosine), abs=1e-5)


def arms(angles):
    """Clips of one frame, elbows bent by these angles."""
    clips = [[[[0, 0, 0], [1, 0, 0], [1 - np.cos(a), np.sin(a), 0]]] for a in angles]
    return bodies([np.array(clip) for clip in clips], skeleton=ELBOW)


def test_two_percent_of_real_angles_are_outside_of_their_own_range():
    real = arms(np.linspace(1.0, 2.0, 200))
    assert joint_angles(real, real) == pytest.approx(0.02)


def test_angles_that_no_real_joint_has_are_counted_and_usual_ones_are_not():
    real = arms(np.linspace(1.0, 2.0, 201))
    drawn = arms([0.5, 1.5, 1.6, 2.5, 1.4, 1.3, 1.005, 1.995])
    assert joint_angles(drawn, real) == pytest.approx(4 / 8)


def test_a_skeleton_without_a_joint_between_bones_has_no_angles():
    pair = Skeleton("pair", ("a", "b"), (-1, 0), 0, (), ())
    two = bodies([np.random.default_rng(0).normal(size=(9, 2, 3))], skeleton=pair)
    assert joint_angles(two, two) == Undefined("no joint is between two bones")


def test_a_point_has_no_joint_but_its_centre():
    dot = Skeleton("dot", ("a",), (-1,), 0, (), ())
    points = bodies([np.random.default_rng(0).normal(size=(9, 1, 3))], skeleton=dot)
    assert joint_positions(points, points) == Undefined("there is no joint but the centre")
    assert bone_change(points, points) == Undefined("no bone has a length")


SLIDE = MOMENTS * (0.03, 0.0, 0.04)


def test_a_standing_body_that_slides_skates_at_its_speed():
    value = foot_skate(bodies([standing() + SLIDE]), bodies([standing()]))
    assert value == pytest.approx(0.05, rel=1e-4)
    assert foot_skate(bodies([standing()]), bodies([standing()])) == 0.0


def test_only_feet_near_the_floor_skate():
    hopping = standing()
    hopping[:, LEFT_FOOT] += (0.0, 0.3, 0.0) + SLIDE[:, 0]
    assert foot_skate(bodies([hopping]), bodies([standing()])) == pytest.approx(0.0, abs=1e-6)
    hopping[:, LEFT_FOOT, 1] -= 0.26
    value = foot_skate(bodies([hopping]), bodies([standing()]))
    assert value == pytest.approx(0.05 / 2, rel=1e-4)


def test_a_step_forward_through_the_air_is_no_skate():
    stepping = standing()
    stepping[8:12, LEFT_FOOT, 1] += 0.3
    stepping[8:12, LEFT_FOOT, 2] -= (0.1, 0.2, 0.3, 0.4)
    stepping[12:, LEFT_FOOT, 2] -= 0.5
    assert foot_skate(bodies([stepping]), bodies([standing()])) == pytest.approx(0.0, abs=1e-6)


def test_a_body_that_goes_up_and_down_on_its_feet_does_not_skate():
    crouching = standing()
    crouching[:, 5:, 1] -= 0.3 * np.sin(np.arange(24))[:, None]
    crouching[:, LEFT_FOOT, 1] += 0.01 * np.sin(np.arange(24))
    assert foot_skate(bodies([crouching]), bodies([standing()])) == 0.0


@pytest.mark.parametrize(("unit", "per_metre"), [("cm", 100.0), ("mm", 1000.0)])
def test_foot_skate_is_in_metres_whatever_the_unit(unit, per_metre):
    skeleton = replace(STICK, unit=unit)
    sliding = [per_metre * (standing() + SLIDE)]
    value = foot_skate(
        bodies(sliding, skeleton=skeleton), bodies([per_metre * standing()], skeleton=skeleton)
    )
    assert value == pytest.approx(0.05, rel=1e-4)


@pytest.mark.parametrize("up", [(0, 1), (0, -1), (1, -1), (2, 1), (2, -1)])
def test_foot_skate_follows_the_up_axis(up):
    axis, sign = up
    order = {0: [1, 0, 2], 1: [0, 1, 2], 2: [0, 2, 1]}[axis]
    skeleton = replace(STICK, up=up)
    joints = (standing() + SLIDE)[..., order]
    joints[..., axis] *= sign
    drawn = bodies([joints], skeleton=skeleton)
    assert foot_skate(drawn, drawn) == pytest.approx(0.05, rel=1e-4)


def test_foot_skate_is_undefined_without_metres_feet_or_a_floor():
    def skate(skeleton, joints):
        clips = bodies(joints, skeleton=skeleton)
        return str(foot_skate(clips, clips))

    pixels = replace(STICK, unit="px")
    assert "'px', not one of length" in skate(pixels, [standing()])
    names = tuple(name.replace("foot", "end") for name in STICK.joints)
    assert "names no feet" in skate(replace(STICK, joints=names), [standing()])
    assert "which axis is up" in skate(replace(STICK, up=(1, -1)), [standing()])
    flying = standing()
    flying[:, 3:5, 1] += np.random.default_rng(0).normal(0.0, 0.2, (24, 2))
    assert "no floor" in skate(STICK, [flying])
    drawn = bodies([flying * np.where(np.arange(24) % 2, 1.0, 0.2)[:, None, None]])
    drawn = replace(drawn, stood=np.zeros(1, np.int64))
    nothing = foot_skate(drawn, bodies([standing()]))
    assert nothing == Undefined("no foot is near the floor for a step")


def test_ankles_stand_in_for_feet():
    names = tuple(name.replace("foot", "ankle") for name in STICK.joints)
    clips = bodies([standing() + SLIDE], skeleton=replace(STICK, joints=names))
    assert foot_skate(clips, clips) == pytest.approx(0.05, rel=1e-4)
