"""From clips to their body measures, some hundred clips at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from metrics.body.angles import joint_angles_of
from metrics.body.bones import bone_moments
from metrics.body.feet import foot_slides
from metrics.body.jerk import mean_jerks
from metrics.body.joints import body_positions, joint_speeds
from metrics.body.measures import BodyMeasures
from metrics.body.sampling import MOMENTS, POSES, recorded, recorded_rows, resampled
from metrics.body.sides import forward_leaning, side_swaps
from skeletons.clips import ClipSet
from skeletons.errors import InputError

CHUNK = 256
"""Clips measured at once: about 20 MB of intermediate arrays at 24 joints."""


def measure_bodies(clips: ClipSet) -> BodyMeasures:
    """The body measures of all clips; a clip's do not depend on the clips around it.

    What one frame shows (bones, positions, angles, swaps) is taken from frames as recorded, what
    moves (speeds, jerk, feet) from clips resampled linearly in time, both at a fixed number of
    moments: see :mod:`metrics.body.sampling`.

    Raises:
        InputError: a coordinate is NaN or infinite.
    """
    parts = [
        _measure(clips.select(np.arange(start, min(start + CHUNK, len(clips)))))
        for start in range(0, max(len(clips), 1), CHUNK)
    ]
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return BodyMeasures(
        skeleton=clips.skeleton.name,
        unit=clips.skeleton.unit,
        labels=clips.labels.astype(np.int64),
        lengths=clips.lengths.astype(np.int64),
        **joined,
    )


def _measure(clips: ClipSet) -> dict[str, NDArray[Any]]:
    skeleton = clips.skeleton
    frames, poses, moving = (
        recorded(clips, MOMENTS),
        recorded(clips, POSES),
        resampled(clips, MOMENTS),
    )
    for sampled in (frames, moving):
        broken = ~np.isfinite(sampled).all(axis=(1, 2, 3))
        if broken.any():
            clip = clips.ids[int(np.flatnonzero(broken)[0])]
            raise InputError(f"{clips.name}: clip '{clip}' has a NaN or infinite value")
    bone_means, bone_spreads = bone_moments(frames, skeleton)
    slid, stood, foot_steps, feet_below = foot_slides(moving, skeleton)
    swaps, steps = side_swaps(frames, recorded_rows(clips, MOMENTS), skeleton)
    return {
        "bone_means": bone_means,
        "bone_spreads": bone_spreads,
        "positions": body_positions(poses, frames, skeleton),
        "speeds": joint_speeds(moving),
        "jerks": mean_jerks(moving),
        "angles": joint_angles_of(poses, skeleton),
        "slid": slid,
        "stood": stood,
        "foot_steps": foot_steps,
        "feet_below": feet_below,
        "swaps": swaps,
        "steps": steps,
        "leaning": forward_leaning(poses, skeleton),
    }
