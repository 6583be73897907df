"""Corruptions of the body: where joints are within a frame.

All take a packed set and a dose, and draw the same random numbers whatever the dose. Noise, drift
and wobble are those that generators without a body model make; a swap of left and right is what
mirrored or wrongly tracked training clips teach them.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from metrics.corruptions.choice import body_height, horizontal_axes, owners, share_of_clips, steps
from skeletons.arrays import BoolArray, Float64Array
from skeletons.clips import ClipSet
from skeletons.errors import InputError
from skeletons.skeleton import Skeleton

WOBBLES = 3.0
"""How often a wobbling bone grows and shrinks in one clip."""


def joint_noise(clips: ClipSet, dose: float, rng: np.random.Generator) -> ClipSet:
    """Gaussian noise on each coordinate in each frame, of ``dose`` mean bone lengths."""
    noise = rng.standard_normal(clips.frames.shape, dtype=np.float32)
    return replace(clips, frames=clips.frames + np.float32(dose * _mean_bone(clips)) * noise)


def joint_drift(clips: ClipSet, dose: float, rng: np.random.Generator) -> ClipSet:
    """Each joint strays from its place on a slow path of its own, half a turn of an ellipse a clip.

    At any moment the offsets of a coordinate are Gaussian with a standard deviation of ``dose``
    mean bone lengths, as in :func:`joint_noise`: the two differ in how fast the offset changes, and
    in nothing else.
    """
    shape = (len(clips), *clips.frames.shape[1:])
    first, last = rng.standard_normal((2, *shape))
    owner = owners(clips)
    turn = np.pi * (steps(clips) / np.maximum(clips.lengths - 1, 1)[owner])[:, None, None]
    offset = np.cos(turn) * first[owner] + np.sin(turn) * last[owner]
    drift = (dose * _mean_bone(clips) * offset).astype(np.float32)
    return replace(clips, frames=clips.frames + drift)


def left_right_swap(clips: ClipSet, dose: float, rng: np.random.Generator) -> ClipSet:
    """Left and right joints exchange their names in a share of the clips, in all their frames."""
    _check_pairs(clips)
    return _swap(clips, share_of_clips(clips.labels, dose, rng)[owners(clips)])


def frame_swaps(clips: ClipSet, dose: float, rng: np.random.Generator) -> ClipSet:
    """Left and right joints exchange their names in a share of the frames of every clip."""
    _check_pairs(clips)
    return _swap(clips, rng.random(len(clips.frames)) < dose)


def bone_scaling(clips: ClipSet, dose: float, rng: np.random.Generator) -> ClipSet:
    """Arms and legs (bones of joints that have a left and a right) longer by a share of ``dose``.

    Directions of bones and the place of the root stay, so feet may end below the floor.
    """
    _check_pairs(clips)
    paired = clips.skeleton.mirror != np.arange(len(clips.skeleton))
    growth = np.where(paired, dose, 0.0)
    return _grow(clips, np.broadcast_to(growth, (len(clips.frames), len(paired))))


def bone_wobble(clips: ClipSet, dose: float, rng: np.random.Generator) -> ClipSet:
    """Each bone grows and shrinks by a share of up to ``dose``, three times a clip, out of step."""
    phase = rng.uniform(0.0, 2.0 * np.pi, (len(clips), len(clips.skeleton)))
    owner = owners(clips)
    passed = steps(clips) / np.maximum(clips.lengths - 1, 1)[owner]
    turn = 2.0 * np.pi * WOBBLES * passed[:, None] + phase[owner]
    return _grow(clips, dose * np.sin(turn))


def body_scale(clips: ClipSet, dose: float, rng: np.random.Generator) -> ClipSet:
    """Bodies and their paths larger by a share of ``dose``."""
    return replace(clips, frames=clips.frames * np.float32(1.0 + dose))


def sliding(clips: ClipSet, dose: float, rng: np.random.Generator) -> ClipSet:
    """The body drifts over the floor, ``dose`` body heights from first to last frame, in a random
    direction at a constant speed.

    Raises:
        InputError: 2D clips.
    """
    if reason := floor_unseen(clips.skeleton):
        raise InputError(f"{clips.name}: {reason}")
    angle = rng.uniform(0.0, 2.0 * np.pi, len(clips))
    owner = owners(clips)
    passed = steps(clips) / np.maximum(clips.lengths - 1, 1)[owner]
    travel = dose * body_height(clips) * passed
    frames = clips.frames.copy()
    for axis, share in zip(horizontal_axes(clips), (np.cos(angle), np.sin(angle)), strict=True):
        frames[..., axis] += (travel * share[owner])[:, None].astype(np.float32)
    return replace(clips, frames=frames)


def _swap(clips: ClipSet, chosen: BoolArray) -> ClipSet:
    swapped = clips.frames[:, clips.skeleton.mirror]
    return replace(clips, frames=np.where(chosen[:, None, None], swapped, clips.frames))


def _grow(clips: ClipSet, growth: Float64Array) -> ClipSet:
    """Bones longer by the share ``growth [F, V]`` at the bone's outer joint; what hangs on a bone
    moves with it."""
    shift = np.zeros(clips.frames.shape, dtype=np.float64)
    for parent, child in clips.skeleton.edges:
        bone = clips.frames[:, child] - clips.frames[:, parent]
        shift[:, child] = shift[:, parent] + growth[:, child, None] * bone
    return replace(clips, frames=clips.frames + shift.astype(np.float32))


def _mean_bone(clips: ClipSet) -> float:
    """Mean length of all bones in all frames, in the data's unit; 0 without bones."""
    lengths = clips.skeleton.bone_lengths(clips.frames)
    return float(lengths.mean(dtype=np.float64)) if lengths.size else 0.0


def sides_unknown(skeleton: Skeleton) -> str:
    """Why left and right cannot be told, or ``""``."""
    return "" if skeleton.pairs else f"the skeleton {skeleton.name} has no left and right"


def floor_unseen(skeleton: Skeleton) -> str:
    """Why nobody can slide over a floor, or ``""``."""
    return "" if skeleton.dimensions == 3 else "2D clips show no floor"


def _check_pairs(clips: ClipSet) -> None:
    if reason := sides_unknown(clips.skeleton):
        raise InputError(f"{clips.name}: {reason}")
