"""Poses as rotations along the tree of bones: inverse and forward kinematics.

Each joint has a frame. A bone turns the frame of its parent by the smallest rotation that takes
the bone's rest direction to its direction now (Guo et al. 2020, section 3.1); joints alone do not
show a bone's twist. The root has a rotation of its own, which the released code leaves out: the one
that fits all bones at the root best, so that a body that turns round turns one frame instead of
every limb. Rotation vectors are axis times angle, in radians; conversions are roma's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import roma
import torch
from torch import Tensor

from recognizers.transfer import to_like
from skeletons.skeleton import Skeleton

SHORTEST_BONE = 1e-6
"""A bone below this length has no direction: it keeps its rest direction."""

LEAST_TURN = 1e-6
"""Radians; a smaller rotation has no axis."""

LIMB_LIMIT = 1.25 * math.pi
"""Radians that a bone may be turned. Where a sensor's noise throws a bone about, vectors without a
limit drift towards 2 pi, where a rotation by almost nothing has a vector of any direction."""

TOWARDS_REST = 1e-3
"""Weight of "no rotation" in the root's fit: decides where the bones at the root leave a turn open,
as one bone alone does."""


@dataclass(frozen=True, eq=False)
class KinematicTree:
    """Rest directions of a skeleton's bones.

    Attributes:
        skeleton: whose ``edges`` are the bones.
        rest: unit vector ``[V, 3]`` from the parent to each joint where nothing is turned, in the
            frame of the parent; the root's row is zero.
    """

    skeleton: Skeleton
    rest: Tensor

    @classmethod
    def fit(cls, joints: Tensor, skeleton: Skeleton) -> KinematicTree:
        """Rest directions that are the mean directions of upright poses ``[F, V, 3]``.

        The mean is taken in the parent's frame, so angles are small around it and far from pi.
        """
        parents = _parents(skeleton)
        away = _unit(joints - joints[:, parents])
        rest = torch.zeros(len(skeleton), 3).to(joints)
        above, *others = _levels(skeleton)
        for level in others:
            if level is others[0]:
                rest[level] = _mean_direction(away[:, level], skeleton)
                frames = _root_frame(away[:, level], rest[level])[:, None]
            frames = frames[:, [above.index(parents[joint]) for joint in level]]
            inside = _into(frames, away[:, level])
            if level is not others[0]:
                rest[level] = _mean_direction(inside, skeleton)
            frames = frames @ _turn(rest[level], inside)[1]
            above = level
        return cls(skeleton, rest)

    def inverse(self, joints: Tensor) -> Tensor:
        """Rotation vectors ``[..., V, 3]`` of joints ``[..., V, 3]``, each at most pi long.

        The root's row turns the whole body, any other the frame of the joint's parent.
        """
        parents = _parents(self.skeleton)
        away = _unit(joints - joints[..., parents, :])
        rest = self.rest.to(joints)
        turns = torch.zeros_like(joints)
        first, *others = _levels(self.skeleton)
        if not others:
            return turns
        frames = _root_frame(away[..., others[0], :], rest[others[0]])[..., None, :, :]
        turns[..., first, :] = roma.rotmat_to_rotvec(frames)
        above = first
        for level in others:
            frames = frames[..., [above.index(parents[joint]) for joint in level], :, :]
            inside = _into(frames, away[..., level, :])
            turns[..., level, :], matrices = _turn(rest[level], inside)
            frames = frames @ matrices
            above = level
        return turns

    def forward(self, turns: Tensor, root: Tensor, lengths: Tensor) -> Tensor:
        """Joints ``[..., V, 3]``; differentiable.

        Args:
            turns: rotation vectors ``[..., V, 3]`` of any length.
            root: place of the root joint ``[..., 3]``.
            lengths: of the skeleton's ``edges``, ``[..., V - 1]``, in the unit of ``root``.
        """
        parents = _parents(self.skeleton)
        bone_of = {child: bone for bone, (_, child) in enumerate(self.skeleton.edges)}
        matrices = roma.rotvec_to_rotmat(turns)
        above, *others = _levels(self.skeleton)
        frames, places = matrices[..., above, :, :], root[..., None, :]
        joints, order = [places], list(above)
        for level in others:
            up = [above.index(parents[joint]) for joint in level]
            frames = frames[..., up, :, :] @ matrices[..., level, :, :]
            stretched = lengths[..., [bone_of[joint] for joint in level], None]
            bones = (frames @ to_like(self.rest[level], turns)[..., None])[..., 0] * stretched
            places = places[..., up, :] + bones
            joints.append(places)
            order.extend(level)
            above = level
        where = [order.index(joint) for joint in range(len(self.skeleton))]
        return torch.cat(joints, dim=-2)[..., where, :]

    def continuous(self, turns: Tensor) -> Tensor:
        """The same rotations ``[N, T, V, 3]`` as vectors that do not jump from step to step.

        Each vector is moved by whole turns along its axis to the one nearest to the step before, so
        that a rotation that passes pi goes on beyond it instead of coming back from the other
        side: the root's as far as the body turns, a bone's up to ``LIMB_LIMIT``.
        """
        limit = torch.full((len(self.skeleton), 1), LIMB_LIMIT).to(turns)
        limit[self.skeleton.tree_order[0]] = math.inf
        steps = [turns[:, 0]]
        for now in turns.unbind(1)[1:]:
            before = steps[-1]
            angle = now.norm(dim=-1, keepdim=True)
            axis = torch.where(angle > LEAST_TURN, now / angle.clamp_min(LEAST_TURN), _unit(before))
            along = (before * axis).sum(-1, keepdim=True)
            moved = angle + 2 * math.pi * ((along - angle) / (2 * math.pi)).round()
            steps.append(axis * torch.where(moved.abs() > limit, angle, moved))
        return torch.stack(steps, dim=1)


def _turn(start: Tensor, end: Tensor) -> tuple[Tensor, Tensor]:
    """Smallest rotation from one unit vector to another, as vector and as matrix."""
    across = torch.linalg.cross(start.expand_as(end), end)
    sine = across.norm(dim=-1, keepdim=True)
    angle = torch.atan2(sine, (start * end).sum(-1, keepdim=True))
    axis = torch.where(sine > LEAST_TURN, across / sine.clamp_min(LEAST_TURN), _aside(start))
    vector = angle * axis
    return vector, roma.rotvec_to_rotmat(vector)


def _aside(vectors: Tensor) -> Tensor:
    """A unit vector at right angles to each: the axis of a half turn, whose axis is open."""
    smallest = vectors.abs().argmin(dim=-1)
    axis = torch.nn.functional.one_hot(smallest, 3).to(vectors)
    return _unit(torch.linalg.cross(vectors, axis))


def _root_frame(away: Tensor, rest: Tensor) -> Tensor:
    """Rotation ``[..., 3, 3]`` that takes directions ``rest [B, 3]`` closest to ``away``."""
    product = away.transpose(-1, -2) @ rest
    nothing = torch.eye(3).to(product)
    frames: Tensor = roma.special_procrustes(product + TOWARDS_REST * nothing)
    return frames


def _into(frames: Tensor, directions: Tensor) -> Tensor:
    """Directions ``[..., 3]`` as frames ``[..., 3, 3]`` see them."""
    return (frames.transpose(-1, -2) @ directions[..., None])[..., 0]


def _mean_direction(directions: Tensor, skeleton: Skeleton) -> Tensor:
    """Unit mean over frames; up, where the frames have none in common."""
    mean = directions.mean(dim=0)
    up = torch.zeros(3).to(mean)
    up[skeleton.up[0]] = float(skeleton.up[1])
    length = mean.norm(dim=-1, keepdim=True)
    return torch.where(length > SHORTEST_BONE, mean / length.clamp_min(SHORTEST_BONE), up)


def _unit(vectors: Tensor) -> Tensor:
    length = vectors.norm(dim=-1, keepdim=True)
    return torch.where(length > SHORTEST_BONE, vectors / length.clamp_min(SHORTEST_BONE), 0.0)


def _parents(skeleton: Skeleton) -> list[int]:
    """Parent of each joint; the root is its own."""
    return [parent if parent >= 0 else joint for joint, parent in enumerate(skeleton.parents)]


def _levels(skeleton: Skeleton) -> list[list[int]]:
    """Joints by their distance from the root, in bones."""
    depth: dict[int, int] = {}
    for joint in skeleton.tree_order:
        parent = skeleton.parents[joint]
        depth[joint] = 0 if parent < 0 else depth[parent] + 1
    return [
        [joint for joint in skeleton.tree_order if depth[joint] == level]
        for level in range(max(depth.values()) + 1)
    ]
