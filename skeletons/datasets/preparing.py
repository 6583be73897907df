"""Clips as read from files made ready: lost joints filled, metres, standing along the up axis.

What is certain is done and said, what is only likely is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from skeletons.anatomy import (
    CERTAIN,
    PLAIN,
    bone_change,
    extents,
    quarter_turns,
    sampled,
    thighs,
    toes_ahead,
    unit_factor,
    upright,
    zero_joints,
)
from skeletons.arrays import BoolArray
from skeletons.clips import ClipSet
from skeletons.formats.reading import Reading
from skeletons.repair import fill_missing
from skeletons.skeleton import axis_name

MOST_FRAMES = 2**16
"""Frames that are worked on at a time, so that large sets take no second copy of themselves."""


@dataclass
class Prepared:
    """Clips made ready, with what was counted, said and found."""

    clips: ClipSet
    counts: dict[str, int]
    notes: list[str]
    findings: dict[str, Any]


def prepare(reading: Reading) -> Prepared:
    """Fill lost joints, convert to metres and turn clips, whose buffer is changed in place.

    - A joint at exactly zero, or of score 0 in 2D data, was not seen: filled in time, unless it is
      at zero in nearly all frames, or begins nearly all clips there, because data are made so.
    - Units are those of :func:`skeletons.anatomy.unit_factor`; other than metres is converted, 2D
      coordinates to heights of the median body.
    - Bodies that stand along another axis or sign than the skeleton's are turned, by quarter
      turns, if :data:`skeletons.anatomy.CERTAIN` of their frames do; above
      :data:`skeletons.anatomy.PLAIN` it is said.
    """
    told = Prepared(reading.clips, dict(reading.counts), list(reading.notes), dict(reading.facts))
    _fill(told, reading.unseen)
    _to_metres(told)
    _stand_up(told)
    few = sampled(told.clips)
    change = bone_change(few)
    ahead = toes_ahead(few)
    told.findings["bone_change"] = None if np.isnan(change) else round(change, 6)
    told.findings["toes_ahead"] = None if np.isnan(ahead) else round(ahead, 6)
    if ahead < 0.5:
        told.notes.append(
            f"Toes point where the hips face in {ahead:.0%} of the frames only: are left and right "
            "exchanged, an axis mirrored, or is up another axis?"
        )
    told.clips.check()
    return told


def _fill(told: Prepared, unseen: BoolArray | None) -> None:
    clips = told.clips
    found = zero_joints(clips)
    lost = found.lost if unseen is None else found.lost | unseen
    names = clips.skeleton.joints
    told.findings["joints_always_at_zero"] = [names[one] for one in np.flatnonzero(found.always)]
    told.findings["joints_at_zero_in_first_frames"] = [
        names[one] for one in np.flatnonzero(found.at_start)
    ]
    if found.always.any():
        told.notes.append(
            f"{_listed(told.findings['joints_always_at_zero'])} at zero in nearly all frames: by "
            "design or never seen, nothing is filled."
        )
    gone: BoolArray = np.all(lost[:, ~found.always], axis=1, keepdims=False)
    owner = np.repeat(np.arange(len(clips)), clips.lengths)
    some = np.unique(owner[lost.any(axis=1)])
    filled = left = 0
    for first in range(0, len(some), 1000):
        rows = some[first : first + 1000]
        places = np.concatenate(
            [np.arange(clips.starts[row], clips.starts[row] + clips.lengths[row]) for row in rows]
        )
        repaired, count = fill_missing(clips.select(rows), lost[places])
        clips.frames[places] = repaired.frames
        filled, left = filled + count.filled, left + count.left
    single = lost & ~gone[:, None]
    whole = int(gone.sum()) * int((~found.always).sum())
    told.counts["zero_joints"] = int(single.sum())
    told.counts["clips_with_zero_joints"] = len(np.unique(owner[single.any(axis=1)]))
    told.counts["zero_joints_filled"] = filled - whole
    told.counts["zero_joints_left"] = left
    if told.counts["zero_joints"]:
        what = "at exactly zero or of score 0" if unseen is not None else "at exactly zero"
        told.notes.append(
            f"{told.counts['zero_joints']:,} joints {what} in "
            f"{told.counts['clips_with_zero_joints']:,} clips were not seen: "
            f"{told.counts['zero_joints_filled']:,} are filled in time, {left:,} are never seen in "
            "their clip and stay."
        )


def _to_metres(told: Prepared) -> None:
    clips = told.clips
    few = sampled(clips)
    found = unit_factor(few)
    each = thighs(few)
    told.findings["unit"] = {
        "found": found.name,
        "factor": found.factor,
        found.measured: round(found.length, 6),
        "thigh_in_units": [round(float(one), 4) for one in (each.min(), each.max())]
        if len(each)
        else None,
    }
    if found.name == "unknown":
        told.notes.append(
            f"A {found.measured} of {found.length:.3g} is none of a person in m, cm or mm: taken "
            f"as {clips.skeleton.unit}; numbers in metres (foot skate) mean nothing here."
        )
    elif clips.skeleton.dimensions == 2:
        _to_body_heights(told, found.name)
    elif found.factor != 1.0:
        for start in range(0, len(clips.frames), MOST_FRAMES):
            clips.frames[start : start + MOST_FRAMES] *= np.float32(found.factor)
        told.notes.append(
            f"Coordinates are in {found.name}, by a median {found.measured} of {found.length:.4g}: "
            f"converted to metres, times {found.factor:g}."
        )
    if clips.skeleton.dimensions == 3 and found.name != "unknown" and clips.skeleton.unit != "m":
        if clips.skeleton.unit != found.name:
            told.notes.append(
                f"The skeleton says {clips.skeleton.unit}, the bones say {found.name}: the bones "
                "are believed."
            )
        told.clips = replace(clips, skeleton=replace(clips.skeleton, unit="m"))


def _to_body_heights(told: Prepared, unit: str) -> None:
    """2D coordinates over the height of the median body, so that what recipes say in metres (noise,
    say) is neither nothing nor all."""
    clips = told.clips
    height = float(np.median(extents(sampled(clips)))) if len(clips) else 0.0
    if not height > 0.0:
        return
    for start in range(0, len(clips.frames), MOST_FRAMES):
        clips.frames[start : start + MOST_FRAMES] /= np.float32(height)
    told.findings["unit"]["factor"] = 1.0 / height
    what = "pixels" if unit == "px" else "2D coordinates, which lie within 1.5 and are no pixels,"
    told.notes.append(f"{what} were divided by {height:.4g}, the longest side of the median body.")
    told.clips = replace(clips, skeleton=replace(clips.skeleton, unit="body heights"))


def _stand_up(told: Prepared) -> None:
    clips = told.clips
    stands, share = upright(clips)
    wanted = clips.skeleton.up
    told.findings["up"] = {
        "skeleton": axis_name(wanted),
        "bodies": axis_name(stands) if share >= PLAIN else None,
        "share_of_frames": round(share, 4),
        "turned": False,
    }
    if stands == wanted or share < PLAIN:
        return
    where = f"Bodies stand along {axis_name(stands)} in {share:.0%} of the frames"
    if clips.skeleton.dimensions == 2 or share < CERTAIN:
        told.notes.append(
            f"{where}, the skeleton says up is {axis_name(wanted)}: left as they are."
        )
        return
    turn = quarter_turns(stands, wanted)
    for start in range(0, len(clips.frames), MOST_FRAMES):
        part = slice(start, start + MOST_FRAMES)
        clips.frames[part] = clips.frames[part] @ turn.T
    told.findings["up"]["turned"] = True
    told.notes.append(
        f"{where}: turned to the skeleton's up, {axis_name(wanted)}, without mirroring."
    )


def _listed(names: Sequence[str]) -> str:
    told = ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
    return f"{told} {'is' if len(names) == 1 else 'are'}"
