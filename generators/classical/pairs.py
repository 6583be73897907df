"""Changes that bring a clip together with another clip of its class.

Both are packed and upright; the other one is resampled to the clip's length, which aligns them in
time from end to end. A clip that is paired with itself comes back as it was.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from generators.classical.operations import at_frames, owners
from generators.classical.parameters import ClassicalParameters
from skeletons.arrays import BoolArray
from skeletons.clips import ClipSet
from skeletons.errors import InputError
from skeletons.placement import VOTING_FRAMES, facing_yaw, rotate
from skeletons.skeleton import Skeleton

TURN_SMOOTHING = 2.0
"""Standard deviation, in voting frames, of the smoothing of how far two bodies are turned apart:
one frame of a depth sensor is too noisy to turn a body by."""


def interpolation(
    clips: ClipSet, others: ClipSet, parameters: ClassicalParameters, rng: np.random.Generator
) -> ClipSet:
    """A clip on the straight line from the clip towards the other one, as SMOTE does with vectors
    (Chawla et al. 2002)."""
    weight = rng.uniform(0.0, parameters.interpolation, len(clips)).astype(np.float32)
    towards = others.with_lengths(clips.lengths).frames - clips.frames
    return replace(clips, frames=clips.frames + weight[owners(clips), None, None] * towards)


def mixing(
    clips: ClipSet, others: ClipSet, parameters: ClassicalParameters, rng: np.random.Generator
) -> ClipSet:
    """The upper body of the other clip on the legs of the clip, which carry it along its path.

    The two meet at the joint that bears both legs. There the upper body is turned about the
    vertical, smoothly in time, so that it faces where the legs' own upper body did.
    """
    aligned = others.with_lengths(clips.lengths)
    joint, legs = lower_body(clips.skeleton)
    upper = aligned.frames - aligned.frames[:, joint, None]
    turn = _turned_apart(clips, aligned)
    upper = rotate(upper[:, None], turn, clips.skeleton)[:, 0] + clips.frames[:, joint, None]
    return replace(clips, frames=np.where(legs[:, None], clips.frames, upper))


def lower_body(skeleton: Skeleton) -> tuple[int, BoolArray]:
    """The joint that bears both legs and the joints of the legs, ``[V]``: from the hips, the first
    pair of ``facing``, up to the joint where they come together, and everything below.

    Raises:
        InputError: the skeleton names no hips, or is of two people.
    """
    if skeleton.people != 1:
        raise InputError(f"the skeleton {skeleton.name} is of two people: whose legs to mix?")
    if not skeleton.facing:
        raise InputError(
            f"the skeleton {skeleton.name} names no hips, so that legs cannot be told from the "
            "rest: give it 'facing'"
        )
    left, right = (_up_to_root(skeleton, hip) for hip in skeleton.facing[0])
    joint = next(ancestor for ancestor in left if ancestor in right)
    tops = {side[side.index(joint) - 1] for side in (left, right)}
    legs = [bool(tops.intersection(_up_to_root(skeleton, j))) for j in range(len(skeleton))]
    return joint, np.asarray(legs)


def _up_to_root(skeleton: Skeleton, joint: int) -> list[int]:
    """The joint, its parent and so on."""
    path = [joint]
    while skeleton.parents[path[-1]] >= 0:
        path.append(skeleton.parents[path[-1]])
    return path


def _turned_apart(clips: ClipSet, others: ClipSet) -> NDArray[Any]:
    """Turn ``[F]``, in radians, that makes the others face as the clips do in each frame."""
    facing = [
        facing_yaw(
            some.resample(VOTING_FRAMES).reshape(-1, 1, *some.frames.shape[1:]), some.skeleton
        )
        for some in (clips, others)
    ]
    apart = np.exp(1j * (facing[0] - facing[1])).reshape(-1, VOTING_FRAMES)
    smooth = gaussian_filter1d(apart, TURN_SMOOTHING, axis=1, mode="nearest")
    return at_frames(clips, np.unwrap(np.angle(smooth), axis=1))
