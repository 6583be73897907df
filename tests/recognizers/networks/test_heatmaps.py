from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from recognizers.networks.heatmaps import (
    frontal_axes,
    joint_maps,
    limb_maps,
    limbs_of,
    place,
    project,
    random_crops,
)
from skeletons.errors import InputError
from skeletons.layouts import KINECT20, NTU25, SMPL24
from skeletons.placement import upright
from tests.conftest import moving_clips

SIGMA = 0.6


def _one(*points):
    """Joints at (column, row), of one person in one frame of one clip."""
    return torch.tensor(points, dtype=torch.float32).reshape(1, 1, 1, -1, 2)


def _segment_distance(point, start, end):
    way = end - start
    share = np.clip((point - start) @ way / max(way @ way, 1e-12), 0.0, 1.0)
    return np.linalg.norm(point - start - share * way)


def test_a_joint_is_a_gaussian_about_its_place():
    """Duan et al. 2022, equation 1, pixel by pixel."""
    pixels = torch.rand(2, 1, 3, 4, 2) * 14 - 2
    maps = joint_maps(pixels, 10, SIGMA)
    assert maps.shape == (2, 4, 3, 10, 10)
    for clip, joint, frame, row, column in np.ndindex(*maps.shape):
        x, y = pixels[clip, 0, frame, joint].double()
        expected = math.exp(-((column - x) ** 2 + (row - y) ** 2) / (2 * SIGMA**2))
        assert maps[clip, joint, frame, row, column].item() == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("sigma", [0.6, 1.5])
def test_a_limb_is_a_gaussian_about_its_whole_length(sigma):
    """Duan et al. 2022, equation 2, pixel by pixel; among the limbs one without length, one level
    and one that leaves the map."""
    pixels = _one((2, 3), (7.3, 5.1), (2, 3), (8.5, 3), (4.2, 20))
    limbs = [(0, 1), (0, 2), (0, 3), (4, 1), (1, 4)]
    maps = limb_maps(pixels, limbs, 10, sigma)
    assert maps.shape == (1, 5, 1, 10, 10)
    ends = pixels[0, 0, 0].double().numpy()
    for limb, (first, second) in enumerate(limbs):
        for row, column in np.ndindex(10, 10):
            distance = _segment_distance(np.array([column, row]), ends[first], ends[second])
            expected = math.exp(-(distance**2) / (2 * sigma**2))
            assert maps[0, limb, 0, row, column].item() == pytest.approx(expected, abs=1e-5)
    torch.testing.assert_close(maps[:, 3], maps[:, 4], rtol=0, atol=1e-5)
    torch.testing.assert_close(maps[:, 1], joint_maps(_one((2, 3)), 10, sigma)[:, 0])


@pytest.mark.parametrize("limbs", [None, [(0, 1), (1, 2)]])
def test_where_persons_meet_the_larger_value_counts(limbs):
    torch.manual_seed(0)
    pixels = torch.rand(2, 3, 4, 3, 2) * 8

    def drawn(some):
        return joint_maps(some, 8, 1.0) if limbs is None else limb_maps(some, limbs, 8, 1.0)

    each = torch.stack([drawn(pixels[:, [person]]) for person in range(3)])
    torch.testing.assert_close(drawn(pixels), each.amax(dim=0))
    assert (each.argmax(dim=0) > 0).any(), "persons after the first are seen, too"


def test_the_box_is_a_square_about_all_persons_and_frames_with_a_margin():
    joints = torch.zeros(1, 2, 3, 2, 3)
    joints[0, 0, :, :, 0], joints[0, 0, :, :, 1] = 2.0, 1.0
    joints[0, 1, 1, 0] = torch.tensor([6.0, 3.0, 99.0])
    joints[0, 1, 1, 1] = torch.tensor([4.0, 2.0, -99.0])
    points = place(joints, (0, 1), padding=0.25)
    # Four wide and two high about (4, 2): a square of 5, larger values of the second axis on top.
    assert points[0, 1, 1, 0].tolist() == pytest.approx([0.9, 0.3])
    assert points[0, 1, 1, 1].tolist() == pytest.approx([0.5, 0.5])
    assert points[0, 0, 2, 1].tolist() == pytest.approx([0.1, 0.7])
    other = place(joints, (2, 0), padding=0.0)
    assert other[0, 1, 1, 0].tolist() == pytest.approx([1.0, 0.5 - 2 / 198])


def test_clips_have_boxes_of_their_own():
    torch.manual_seed(0)
    joints = torch.randn(3, 1, 5, 4, 3)
    together = place(joints, (0, 1), 0.25)
    alone = torch.cat([place(clip[None], (0, 1), 0.25) for clip in joints])
    torch.testing.assert_close(together, alone)


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 100),
    scale=st.floats(0.01, 100),
    shift=st.tuples(*[st.floats(-5, 5)] * 3),
)
def test_neither_place_nor_size_nor_depth_is_seen(seed, scale, shift):
    torch.manual_seed(seed)
    joints = torch.randn(1, 1, 3, 4, 3, dtype=torch.float64)
    moved = (joints + torch.tensor(shift, dtype=torch.float64)) * scale
    moved[..., 2] = torch.randn(1, 1, 3, 4)
    torch.testing.assert_close(project(joints, 16), project(moved, 16), rtol=0, atol=1e-6)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 1000), padding=st.floats(0, 1))
def test_all_joints_lie_within_the_margin_and_two_opposite_edges_are_met(seed, padding):
    torch.manual_seed(seed)
    points = place(torch.randn(2, 2, 3, 4, 3), (0, 1), padding)
    margin = padding / (1 + padding) / 2
    assert points.min() >= margin - 1e-5
    assert points.max() <= 1 - margin + 1e-5
    low, high = points.amin(dim=(1, 2, 3)), points.amax(dim=(1, 2, 3))
    assert torch.allclose((high - low).amax(dim=1), torch.tensor(1 / (1 + padding)), atol=1e-5)
    assert torch.allclose((high + low) / 2, torch.tensor(0.5), atol=1e-5)


def test_a_person_who_is_not_there_is_neither_drawn_nor_in_the_box():
    torch.manual_seed(0)
    joints = torch.randn(2, 1, 4, 5, 3) + 3.0
    absent = torch.zeros_like(joints)
    for limbs in (None, [(0, 1), (3, 4)]):
        alone = project(joints, 12, limbs=limbs)
        filled = project(torch.cat([absent, joints], dim=1), 12, limbs=limbs)
        torch.testing.assert_close(alone, filled, rtol=0, atol=0)
        assert project(absent, 12, limbs=limbs).abs().max() == 0.0
    assert torch.isfinite(place(absent, (0, 1), 0.0)).all()
    leaves = joints.clone()
    leaves[:, :, 2] = 0.0
    maps = project(leaves, 12)
    assert maps[:, :, 2].abs().max() == 0.0
    assert (maps[:, :, [0, 1, 3]].amax(dim=(3, 4)) > 0.1).all()
    assert place(leaves, (0, 1), 0.0)[:, :, [0, 1, 3]].amin() >= 0.0


def test_one_joint_at_the_origin_is_a_joint_like_any_other():
    joints = torch.randn(1, 1, 3, 4, 3)
    joints[0, 0, 0, 2] = 0.0
    assert (project(joints, 16).amax(dim=(3, 4)) > 0.2).all()


def test_a_body_on_one_spot_stands_in_the_middle():
    maps = project(torch.full((1, 1, 2, 3, 3), 0.7), 9)
    assert torch.equal(maps, joint_maps(torch.full((1, 1, 2, 3, 2), 4.5), 9, SIGMA))


def test_a_window_is_the_part_of_the_map_that_it_frames():
    torch.manual_seed(0)
    joints = torch.randn(2, 1, 3, 4, 3)
    windows = torch.tensor([[0.25, 0.5, 0.5, 0.5], [0.0, 0.0, 1.0, 1.0]])
    whole = project(joints, 16, sigma=1.0)
    shown = project(joints, 8, sigma=1.0, crops=windows)
    torch.testing.assert_close(shown[0], whole[0, :, :, 8:16, 4:12], rtol=0, atol=1e-5)
    torch.testing.assert_close(shown[1], project(joints, 8, sigma=1.0)[1], rtol=0, atol=1e-5)
    wide = project(joints[:1], 16, sigma=1.0, crops=torch.tensor([[0.0, 0.0, 1.0, 0.5]]))
    points = place(joints[:1], (0, 1), 0.25) * torch.tensor([16.0, 32.0])
    torch.testing.assert_close(wide, joint_maps(points, 16, 1.0), rtol=0, atol=1e-5)


def test_random_windows_fit_the_box_and_spread_over_what_is_asked_for():
    torch.manual_seed(0)
    windows = random_crops(4000, 0.56, torch.device("cpu"))
    left, top, width, height = windows.T
    assert windows.min() >= 0
    assert (left + width).max() <= 1 + 1e-6
    assert (top + height).max() <= 1 + 1e-6
    area, aspect = width * height, width / height
    assert 0.56 - 1e-6 <= area.min() < 0.57
    assert 0.97 < area.max() <= 1 + 1e-6
    assert 0.75 - 1e-6 <= aspect.min() < 0.76
    assert 1.32 < aspect.max() <= 4 / 3 + 1e-6
    assert aspect.log().mean().abs() < 0.01
    assert 0.05 > (left / (1 - width).clamp_min(1e-3)).mean() - 0.5 > -0.05
    assert torch.corrcoef(torch.stack([left, top]))[0, 1].abs() < 0.4, "not along the diagonal"


def test_where_no_draw_fits_the_window_is_the_whole_box():
    windows = random_crops(50, 1.0, torch.device("cpu"))
    assert torch.equal(windows, torch.tensor([[0.0, 0.0, 1.0, 1.0]]).expand(50, 4))


@pytest.mark.parametrize("skeleton", [SMPL24, KINECT20, NTU25], ids=lambda s: s.name)
def test_limbs_are_the_bones_of_the_skeleton(skeleton):
    limbs = limbs_of(torch.as_tensor(skeleton.adjacency()))
    assert limbs == sorted({(min(bone), max(bone)) for bone in skeleton.edges})
    one_way = torch.as_tensor(skeleton.adjacency()[1:2])
    assert limbs_of(one_way) == limbs_of(one_way.mT) == limbs


def test_upright_bodies_stand_with_head_on_top_and_right_at_right():
    for skeleton in (SMPL24, KINECT20, NTU25):
        assert frontal_axes(skeleton) == (0, 1)
    tall = dataclasses.replace(SMPL24, up=(0, 1))
    assert frontal_axes(tall) == (1, 0)
    assert frontal_axes(dataclasses.replace(SMPL24, up=(2, 1))) == (0, 2)
    clips = upright(moving_clips(3))
    joints = torch.from_numpy(clips.resample(6))[:, None]
    points = place(joints, frontal_axes(SMPL24), 0.25)[:, 0].mean(dim=1)
    column = {name: points[:, row, 0] for row, name in enumerate(SMPL24.joints)}
    row = {name: points[:, row, 1] for row, name in enumerate(SMPL24.joints)}
    assert (row["head"] < row["pelvis"]).all()
    assert (row["pelvis"] < row["left_foot"]).all()
    assert (column["left_hip"] < column["right_hip"]).all()
    assert (column["left_shoulder"] < column["right_shoulder"]).all()


def test_gradients_reach_the_joints_and_are_finite_even_where_nobody_is():
    joints = torch.randn(2, 2, 3, 4, 3)
    joints[:, 1] = 0.0
    joints[1] = 0.0
    joints.requires_grad_()
    for limbs in (None, [(0, 1), (1, 2), (2, 3)]):
        (gradient,) = torch.autograd.grad(project(joints, 12, limbs=limbs).sum(), joints)
        assert torch.isfinite(gradient).all()
        assert gradient[0, 0, :, :, :2].abs().amax() > 0
        assert gradient[..., 2].abs().max() == 0, "depth is not seen"


@pytest.mark.parametrize(
    ("shape", "axes"), [((2, 3, 4, 3), (0, 1)), ((1, 1, 3, 4, 2), (0, 2))], ids=str
)
def test_other_shapes_are_refused(shape, axes):
    with pytest.raises(InputError, match="clips have shape"):
        project(torch.zeros(shape), 8, axes=axes)


def test_2d_clips_are_taken_as_they_are():
    joints = torch.randn(2, 1, 3, 4, 3)
    assert torch.equal(project(joints[..., :2], 12), project(joints, 12))
