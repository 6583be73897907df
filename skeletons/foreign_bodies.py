"""Bodies made somewhere else beside those of a data set: unit, order of joints, vertical, rate.

Every rule holds them against real clips, so that it works for any skeleton.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skeletons.anatomy import quarter_turns, toes_ahead
from skeletons.arrays import Float64Array
from skeletons.clips import ClipSet
from skeletons.findings import Finding, changed, refused, said
from skeletons.skeleton import Skeleton, axis_name

UNITS = {1000.0: "millimetres", 100.0: "centimetres"}
"""How many of a unit go into one of the data set's, in metres; the bones tell."""

SAME = 2.0
"""Bones whose typical ratio to real ones is within this factor, either way, are of the same unit;
the nearest two units are ten times apart."""

WRONG_BONES = 0.4
"""Part of the bones that must be wrong by more than ``SAME``, in the nearest unit, for the joints
to be in another order. Of 24 joints in the alphabet's order it is 0.7; of other people none."""

ODD = 0.3
"""Median distance of the logarithm of a bone's ratio from the body's own scale, beyond which a body
is out of proportion and not only large: 0.07 between casts of stick figures, 0.5 for joints in the
alphabet's order."""

STANDARDISED = 0.75
"""Part of the coordinates with about mean 0 and spread 1 from which outputs are still normalised,
if bones are wrong as well. Of real clips in metres it is below a tenth."""

CLEARLY_UP = 0.7
"""Part of the length of the direction in which bodies stand that lies along one axis, for that axis
to be taken for the vertical."""


def not_finite(joints: Sequence[NDArray[Any]]) -> list[Finding]:
    """A refusal where a value is NaN, infinite or immense: how many clips, and the first one."""
    bad = [(row, clip) for row, clip in enumerate(joints) if not _finite(clip).all()]
    if not bad:
        return []
    row, clip = bad[0]
    frame = int(np.flatnonzero(~_finite(clip).all(axis=(1, 2)))[0])
    text = (
        f"{len(bad)} of {len(joints)} clips have NaN, infinite or immense values, the first is "
        f"clip {row} from frame {frame}. They are not dropped: a model that makes them would look "
        "better than it is."
    )
    facts = {"bad_clips": len(bad), "first_clip": row, "first_frame": frame}
    return [refused("not finite", text, **facts)]


def _finite(clip: NDArray[Any]) -> NDArray[np.bool_]:
    return np.asarray(np.isfinite(clip) & (np.abs(clip) < 1e9))


@dataclass(frozen=True, eq=False)
class Proportions:
    """Bones of clips beside real ones.

    Attributes:
        ratio: typical length of each bone over the real one's, ``[V - 1]``.
        change: spread over mean of a bone's length within a clip, median over bones and clips.
    """

    ratio: Float64Array
    change: float

    @classmethod
    def of(cls, joints: Sequence[NDArray[Any]], real: ClipSet) -> Proportions:
        """Of clips ``[T, V, C]`` beside a hundred real ones."""
        skeleton = real.skeleton
        mine, change = _bones(joints, skeleton)
        few = real.select(np.arange(0, len(real), max(1, len(real) // 100)))
        theirs, _ = _bones([few[row].joints for row in range(len(few))], skeleton)
        seen = theirs > 1e-6
        return cls(mine[seen] / theirs[seen], change)

    @property
    def scale(self) -> float:
        """Typical ratio of a bone to the real one."""
        return float(np.median(self.ratio)) if len(self.ratio) else 1.0

    @property
    def unit(self) -> float:
        """How many of the file's units go into a metre: that of ``UNITS`` or 1, the nearest."""
        known = np.asarray([1.0, *UNITS])
        return float(known[np.abs(np.log(known / max(self.scale, 1e-12))).argmin()])

    @property
    def wrong(self) -> int:
        """Bones that are wrong by more than a factor of two in the nearest unit."""
        relative = self.ratio / self.unit
        return int(np.sum((relative > SAME) | (relative < 1 / SAME)))

    @property
    def out_of_proportion(self) -> bool:
        """Whether no body has such bones, at any scale."""
        odd = np.abs(np.log(np.maximum(self.ratio, 1e-12) / max(self.scale, 1e-12)))
        return self.wrong > WRONG_BONES * len(self.ratio) and float(np.median(odd)) > ODD


def _bones(joints: Sequence[NDArray[Any]], skeleton: Skeleton) -> tuple[Float64Array, float]:
    """Median length of each bone over clips, and the median over bones of its change in a clip."""
    lengths = [skeleton.bone_lengths(clip.astype(np.float64)) for clip in joints]
    means = np.stack([one.mean(axis=0) for one in lengths])
    spreads = np.stack([one.std(axis=0) for one in lengths])
    change = spreads / np.maximum(means, 1e-12)
    return np.median(means, axis=0), float(np.median(change)) if change.size else 0.0


def right_unit(
    joints: Sequence[NDArray[Any]], pose: Proportions, real: ClipSet
) -> tuple[list[NDArray[Any]], list[Finding]]:
    """Joints in the data set's unit; refused where no unit explains the bones."""
    plain = list(joints)
    if not len(pose.ratio):
        return plain, []
    facts = {"bones": len(pose.ratio), "bones_wrong_by_more_than_a_factor_of_two": pose.wrong}
    if pose.out_of_proportion and _standardised(joints):
        text = (
            "every coordinate moves around 0 with a spread of 1, and bones change their length by "
            f"{pose.change:.1%} within a clip: no unit explains that. These seem to be a model's "
            "outputs before its mean and spread are put back."
        )
        return plain, [refused("unit", text, bone_change=round(pose.change, 4))]
    if pose.out_of_proportion:
        text = (
            f"{pose.wrong} of {len(pose.ratio)} bones are wrong by more than a factor of two: its "
            "joints are likely in another order. Name them in the file's order with "
            "--mapping FILE.yaml, 'joints: [...]'."
        )
        return plain, [refused("skeleton", text, **facts)]
    for factor, unit in UNITS.items():
        if factor / SAME < pose.scale < factor * SAME and real.skeleton.unit == "m":
            text = (
                f"bones are {pose.scale:,.4g} times as long as real ones: taken as {unit}, divided "
                f"by {factor:g}."
            )
            scaled = [clip.astype(np.float64) / factor for clip in joints]
            return scaled, [changed("unit", text, factor=1 / factor)]
    if not 1 / SAME < pose.scale < SAME:
        text = f"bones are {pose.scale:,.3g} times as long as real ones, which no unit explains."
        return plain, [said("unit", text, bone_ratio=round(pose.scale, 4))]
    return plain, []


def _standardised(joints: Sequence[NDArray[Any]]) -> bool:
    """Whether most coordinates have about mean 0 and spread 1 over all frames."""
    frames = np.concatenate([clip.reshape(len(clip), -1) for clip in joints]).astype(np.float64)
    mean, spread = frames.mean(axis=0), frames.std(axis=0)
    near = (np.abs(mean) < 0.35) & (spread > 0.5) & (spread < 2.0)
    return float(np.mean(near)) > STANDARDISED


def right_axes(
    joints: list[NDArray[Any]], real: ClipSet
) -> tuple[list[NDArray[Any]], list[Finding]]:
    """Bodies that stand along the data set's vertical."""
    skeleton = real.skeleton
    if skeleton.dimensions != 3:
        return joints, []
    heights = _heights(real)
    direction = np.zeros(3)
    for clip in joints:
        seen = clip.astype(np.float64) - clip[:, skeleton.centre : skeleton.centre + 1]
        direction += np.einsum("v,tvc->c", heights, seen) / len(clip)
    direction /= max(len(joints), 1)
    length = float(np.linalg.norm(direction))
    axis = int(np.abs(direction).argmax())
    sign = 1 if direction[axis] > 0 else -1
    upright = length > 0.25 * float(np.sum(heights**2))
    if not upright or abs(direction[axis]) < CLEARLY_UP * length or (axis, sign) == skeleton.up:
        return joints, []
    turn = quarter_turns((axis, sign), skeleton.up)
    text = (
        f"bodies stand along {axis_name((axis, sign))}, those of the data set along "
        f"{axis_name(skeleton.up)}: turned, not mirrored."
    )
    facts = {"up": [axis, sign], "determinant": round(float(np.linalg.det(turn)))}
    turned = [np.einsum("rc,tvc->tvr", turn, clip) for clip in joints]
    return turned, [changed("up", text, **facts)]


def _heights(real: ClipSet) -> Float64Array:
    """Typical height of each joint above the centre in real clips, ``[V]``."""
    axis, sign = real.skeleton.up
    few = real.select(np.arange(0, len(real), max(1, len(real) // 200)))
    dense = few.resample(4)[..., axis].astype(np.float64) * sign
    return np.asarray(np.median(dense - dense[:, :, [real.skeleton.centre]], axis=(0, 1)))


def right_rate(
    joints: list[NDArray[Any]], fps: float | None, real_fps: float | None
) -> tuple[list[NDArray[Any]], list[Finding]]:
    """Clips at the data set's frame rate, where both are known."""
    if fps is None or real_fps is None or abs(fps - real_fps) < 0.01 * real_fps:
        return joints, []
    resampled = []
    for clip in joints:
        frames = max(1, round((len(clip) - 1) * real_fps / fps) + 1)
        place = np.linspace(0, len(clip) - 1, frames)
        below = np.floor(place).astype(np.int64)
        above = np.minimum(below + 1, len(clip) - 1)
        weight = (place - below)[:, None, None]
        resampled.append(clip[below] * (1 - weight) + clip[above] * weight)
    text = f"resampled from {fps:g} frames a second to the data set's {real_fps:g}."
    return resampled, [changed("rate", text, fps=fps, real_fps=real_fps)]


def sides(clips: ClipSet, real: ClipSet) -> Iterable[Finding]:
    """Whether left is right: toes point where the hips do not face."""
    mine, theirs = toes_ahead(clips), toes_ahead(real)  # NaN where the skeleton names none
    if mine < 0.5 < theirs:
        yield said(
            "sides",
            f"in {mine:.0%} of the frames toes point where the hips face, in real clips in "
            f"{theirs:.0%}: bodies look mirrored, left joints are on the right. Not repaired; "
            "left_right_sides shows it.",
            share_of_frames_with_toes_where_the_hips_face=round(mine, 3),
        )


def standing(clips: ClipSet, real: ClipSet) -> Iterable[Finding]:
    """Whether bodies go anywhere."""
    joint = clips.skeleton.joints[clips.skeleton.centre]
    if len(clips) and _way(clips) == 0.0 and _way(real) > 0.0:
        yield said(
            "placement",
            f"'{joint}' never moves: where bodies go is not in these clips, and they are compared "
            "with real clips that go somewhere.",
        )


def _way(clips: ClipSet) -> float:
    """How far the centre of a body goes from where it began, median over clips."""
    path = clips.resample(8)[:, :, clips.skeleton.centre]
    return float(np.median(np.linalg.norm(path - path[:, :1], axis=-1).max(axis=1)))
