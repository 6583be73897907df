"""Changes of one clip that keep its class: in space, in time and on each joint.

Each takes clips that are packed and upright (:func:`skeletons.placement.upright`), so that axes are
the body's own and the origin is where the body starts, and draws its strength once for each clip.
All clips are changed at once, at their own lengths.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from generators.classical.parameters import ClassicalParameters
from skeletons.arrays import Float64Array, IntArray
from skeletons.clips import ClipSet
from skeletons.pace import along, warped_time
from skeletons.placement import mirror as mirrored
from skeletons.placement import rotate, tilt


def owners(clips: ClipSet) -> IntArray:
    """Clip number of each frame of a packed set, ``[F]``."""
    return np.repeat(np.arange(len(clips)), clips.lengths)


def at_frames(clips: ClipSet, curve: NDArray[Any]) -> Float64Array:
    """Values ``[F]`` at each frame of a packed set of curves ``[N, K]``, whose K values are spread
    evenly from a clip's first frame to its last; linear between them."""
    owner = owners(clips)
    step = np.arange(len(owner)) - np.repeat(clips.starts, clips.lengths)
    return along(curve, owner, step / np.maximum(clips.lengths - 1, 1)[owner])


def rotation(clips: ClipSet, parameters: ClassicalParameters, rng: np.random.Generator) -> ClipSet:
    """Tilted about the body's left-right axis, then turned about the vertical one."""
    yaw = rng.uniform(-parameters.yaw, parameters.yaw, len(clips))[owners(clips)]
    angle = rng.uniform(-parameters.tilt, parameters.tilt, len(clips))[owners(clips)]
    tilted = tilt(clips.frames[:, None], angle, clips.skeleton)
    return replace(clips, frames=rotate(tilted, yaw, clips.skeleton)[:, 0])


def scaling(clips: ClipSet, parameters: ClassicalParameters, rng: np.random.Generator) -> ClipSet:
    """Larger or smaller, as a whole and again along each axis of the body."""
    whole = rng.uniform(-parameters.scale, parameters.scale, (len(clips), 1))
    shape = len(clips), clips.frames.shape[-1]
    axes = rng.uniform(-parameters.scale_axes, parameters.scale_axes, shape)
    factor = ((1.0 + whole) * (1.0 + axes)).astype(np.float32)
    return replace(clips, frames=clips.frames * factor[owners(clips), None])


def shear(clips: ClipSet, parameters: ClassicalParameters, rng: np.random.Generator) -> ClipSet:
    """Each coordinate plus a multiple of the two others (Rao et al. 2021, AS-CAL)."""
    size = clips.frames.shape[-1]
    factor = rng.uniform(-parameters.shear, parameters.shear, (len(clips), size, size))
    matrix = np.where(np.eye(size, dtype=bool), 1.0, factor).astype(np.float32)
    return replace(clips, frames=np.matmul(clips.frames, matrix[owners(clips)]))


def mirror(clips: ClipSet, parameters: ClassicalParameters, rng: np.random.Generator) -> ClipSet:
    """Left and right swapped, in some of the clips."""
    chosen = (rng.random(len(clips)) < parameters.mirror)[owners(clips)]
    swapped = mirrored(clips.frames[:, None], clips.skeleton)[:, 0]
    return replace(clips, frames=np.where(chosen[:, None, None], swapped, clips.frames))


def joint_noise(
    clips: ClipSet, parameters: ClassicalParameters, rng: np.random.Generator
) -> ClipSet:
    """Gaussian noise on each coordinate of each joint in each frame."""
    noise = rng.standard_normal(clips.frames.shape, dtype=np.float32)
    return replace(clips, frames=clips.frames + np.float32(parameters.joint_noise) * noise)


def temporal_warp(
    clips: ClipSet, parameters: ClassicalParameters, rng: np.random.Generator
) -> ClipSet:
    """As many frames from the first to the last, at a pace that changes smoothly
    (:func:`skeletons.pace.warped_time`)."""
    last = (clips.lengths - 1)[owners(clips)]
    share = at_frames(clips, warped_time(len(clips), parameters.warp, parameters.warp_knots, rng))
    position = np.clip(share * last, 0.0, last)
    return replace(clips, frames=clips.select(owners(clips)).at(position[:, None])[:, 0])


def temporal_crop(
    clips: ClipSet, parameters: ClassicalParameters, rng: np.random.Generator
) -> ClipSet:
    """A stretch of the clip's own frames, at least ``1 - crop`` of them."""
    kept = 1.0 - rng.uniform(0.0, parameters.crop, len(clips))
    # Without the small number, 0.7 of 10 frames would be 8.
    lengths = np.ceil(kept * clips.lengths - 1e-6).astype(np.int64)
    cut = clips.lengths - lengths
    first = np.floor(rng.random(len(clips)) * (cut + 1)).astype(np.int64)
    return replace(clips, starts=clips.starts + first, lengths=lengths).packed()
