"""Rotations along the tree of bones: what goes in comes out, and nothing jumps."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.action2motion.lie import LIMB_LIMIT, KinematicTree
from skeletons.layouts import SKELETONS, SMPL24
from tests.conftest import moving_clips


def bodies(skeleton, count, seed, spread=1.0):
    """Poses ``[count, V, 3]`` whose bones point anywhere, with one set of bone lengths."""
    random = torch.Generator().manual_seed(seed)
    lengths = torch.rand(len(skeleton) - 1, generator=random, dtype=torch.float64) + 0.1
    mean = torch.randn(len(skeleton) - 1, 3, generator=random, dtype=torch.float64)
    noise = torch.randn(count, len(skeleton) - 1, 3, generator=random, dtype=torch.float64)
    bones = torch.nn.functional.normalize(mean + spread * noise, dim=-1) * lengths[:, None]
    joints = torch.zeros(count, len(skeleton), 3, dtype=torch.float64)
    joints[:, skeleton.tree_order[0]] = torch.randn(count, 3, generator=random).double()
    for bone, (parent, child) in enumerate(skeleton.edges):
        joints[:, child] = joints[:, parent] + bones[:, bone]
    return joints, lengths


def root_of(joints, skeleton):
    return joints[..., skeleton.tree_order[0], :]


def pose_of(tree, turns):
    """Joints of rotations, with bones of length 1 and the root at the origin."""
    root = torch.zeros(*turns.shape[:-2], 3).to(turns)
    return tree.forward(turns, root, torch.ones(len(tree.skeleton) - 1).to(turns))


@pytest.fixture(scope="module")
def tree():
    return KinematicTree.fit(bodies(SMPL24, 40, 0, spread=0.3)[0], SMPL24)


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(sorted(SKELETONS)), st.integers(0, 2**31), st.floats(0.01, 5.0))
def test_joints_to_rotations_to_joints_is_the_identity(name, seed, spread):
    skeleton = SKELETONS[name]
    joints, lengths = bodies(skeleton, 12, seed, spread)
    tree = KinematicTree.fit(joints, skeleton)
    turns = tree.continuous(tree.inverse(joints.reshape(3, 4, *joints.shape[1:])))
    again = tree.forward(turns, root_of(joints, skeleton).reshape(3, 4, 3), lengths)
    assert torch.allclose(again.reshape(joints.shape), joints, atol=1e-6)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**31))
def test_any_rotations_keep_the_bone_lengths_that_they_are_given(seed):
    random = torch.Generator().manual_seed(seed)
    tree = KinematicTree.fit(bodies(SMPL24, 5, 1)[0], SMPL24)
    turns = 4 * torch.randn(6, 24, 3, generator=random)
    lengths = torch.rand(6, 23, generator=random)
    joints = tree.forward(turns, torch.randn(6, 3, generator=random), lengths)
    assert np.allclose(SMPL24.bone_lengths(joints.numpy()), lengths, atol=1e-5)


def test_the_rest_pose_has_no_rotation(tree):
    assert tree.inverse(pose_of(tree, torch.zeros(1, 24, 3).double())).abs().max() < 1e-6


def test_a_body_that_turns_as_a_whole_changes_its_root_alone(tree):
    turns = 0.5 * torch.randn(1, 24, 3, generator=torch.Generator().manual_seed(0)).double()
    turns = tree.inverse(pose_of(tree, turns))
    turned = turns.repeat(5, 1, 1)
    turned[:, 0] = torch.linspace(-2.9, 2.9, 5)[:, None] * torch.tensor([0.0, 1.0, 0.0])
    seen = tree.inverse(pose_of(tree, turned))
    assert (seen[:, 1:] - turns[:, 1:]).abs().max() < 0.02
    assert (seen[1:, 0] - seen[:-1, 0]).norm(dim=-1).tolist() == pytest.approx([1.45] * 4, abs=0.02)


def test_a_body_that_turns_round_twice_has_a_root_that_never_jumps(tree):
    angles = torch.linspace(0, 4 * math.pi, 60).double()
    turns = torch.zeros(60, 24, 3).double()
    turns[:, 0, 1] = angles
    short = tree.inverse(pose_of(tree, turns))[None]
    assert (short[:, 1:, 0] - short[:, :-1, 0]).norm(dim=-1).max() > 6
    smooth = tree.continuous(short)
    assert (smooth[:, 1:] - smooth[:, :-1]).norm(dim=-1).max() < 0.25
    assert smooth[0, -1, 0].norm().item() == pytest.approx(4 * math.pi, abs=0.02)


def test_a_bone_that_swings_past_its_opposite_direction_does_not_jump(tree):
    angles = torch.linspace(0, LIMB_LIMIT - 0.01, 50).double()
    turns = torch.zeros(50, 24, 3).double()
    axis = torch.linalg.cross(tree.rest[20], torch.tensor([0.3, -0.5, 0.8]).double())
    turns[:, 20] = angles[:, None] * axis / axis.norm()
    smooth = tree.continuous(tree.inverse(pose_of(tree, turns))[None])
    assert (smooth[:, 1:] - smooth[:, :-1]).norm(dim=-1).max() < 0.3
    assert torch.allclose(smooth[0, :, 20], turns[:, 20], atol=1e-3)


def test_noise_does_not_carry_a_bone_towards_a_full_turn(tree):
    random = torch.Generator().manual_seed(5)
    turns = 2.5 * torch.randn(4, 200, 24, 3, generator=random).double()
    smooth = tree.continuous(tree.inverse(pose_of(tree, turns)))
    assert smooth[:, :, 1:].norm(dim=-1).max() <= LIMB_LIMIT


def test_continuous_vectors_are_the_same_rotations():
    turns = 3 * torch.randn(2, 9, 5, 3, generator=torch.Generator().manual_seed(1)).double()
    tree = KinematicTree.fit(bodies(SMPL24, 4, 2)[0], SMPL24)
    wide = torch.zeros(2, 9, 24, 3).double()
    wide[:, :, :5] = turns
    first, again = (pose_of(tree, some) for some in (wide, tree.continuous(wide)))
    assert torch.allclose(first, again, atol=1e-9)


def test_a_bone_opposite_to_its_rest_direction_comes_back(tree):
    joints = pose_of(tree, torch.zeros(1, 24, 3).double())
    joints[:, 22] = joints[:, 20] - (joints[:, 22] - joints[:, 20])
    turns = tree.inverse(joints)
    assert turns[0, 22].norm().item() == pytest.approx(math.pi)
    again = tree.forward(turns, root_of(joints, SMPL24), torch.ones(23).double())
    assert torch.allclose(again, joints, atol=1e-6)


def test_bones_of_no_length_are_finite_and_come_back(tree):
    joints = torch.zeros(2, 24, 3).double()
    turns = tree.inverse(joints)
    assert turns.abs().max() < 1e-9
    assert torch.equal(tree.forward(turns, torch.zeros(2, 3), torch.zeros(23)), joints)


def test_real_clips_rotate_little_in_a_frame_that_follows_the_body():
    clips = moving_clips(6)
    joints = torch.from_numpy(clips.frames).double()
    turns = KinematicTree.fit(joints, SMPL24).inverse(joints)
    assert turns.norm(dim=-1).mean() < 0.5


def test_joints_are_differentiable_in_rotations_root_and_lengths(tree):
    random = torch.Generator().manual_seed(3)
    turns = torch.randn(2, 24, 3, generator=random).double().requires_grad_()
    root = torch.randn(2, 3, generator=random).double().requires_grad_()
    lengths = torch.rand(2, 23, generator=random).double().requires_grad_()
    assert torch.autograd.gradcheck(tree.forward, (turns, root, lengths), fast_mode=True)
    still = torch.zeros(1, 24, 3, requires_grad=True)
    tree.forward(still, torch.zeros(1, 3), torch.ones(23)).square().sum().backward()
    assert still.grad is not None
    assert still.grad.isfinite().all()
