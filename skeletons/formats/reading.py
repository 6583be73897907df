"""What a reader hands on: clips as they are in a file, and what was found and done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from skeletons.arrays import BoolArray
from skeletons.clips import ClipSet
from skeletons.errors import InputError
from skeletons.layouts import skeletons_of
from skeletons.skeleton import Skeleton
from skeletons.skeleton_files import EXAMPLE


@dataclass(frozen=True, eq=False)
class Reading:
    """The clips of a file or folder.

    Attributes:
        clips: in the file's own unit and axes, packed; the reader's own, free to be changed.
        splits: ids of the clips of each named part that the file tells.
        counts: what was met, by name, with how often.
        notes: what was done and by which rule, a sentence each.
        facts: further findings as plain values, for ``data SOURCE --json``.
        unseen: ``[F, V]`` joints that the file itself marks as not seen (2D: score 0); None where
            it has no such mark.
    """

    clips: ClipSet
    splits: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    counts: tuple[tuple[str, int], ...] = ()
    notes: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    unseen: BoolArray | None = None


class UnknownSkeletonError(InputError):
    """So many joints are those of no one built-in skeleton, and none was given.

    Attributes:
        joints: how many there are.
        dimensions: coordinates of each.
    """

    def __init__(self, message: str, joints: int, dimensions: int) -> None:
        super().__init__(message)
        self.joints = joints
        self.dimensions = dimensions


def skeleton_for(joints: int, dimensions: int, given: Skeleton | None, where: str) -> Skeleton:
    """The skeleton of data with so many joints of so many coordinates: the one given, else the one
    built-in skeleton that has as many.

    A 3D skeleton that is given for 2D data serves with an image's axes: x, y down, pixels.

    Raises:
        InputError: the one given has another number of joints; both numbers are named.
        UnknownSkeletonError: none was given, and none or several fit.
    """
    known = skeletons_of(joints)
    names = ", ".join(f"{one.name} ({one.dimensions}D)" for one in known)
    if given is not None:
        if len(given) != joints:
            others = f"; with {joints} there are {names}" if names else ""
            raise InputError(
                f"{where} has {joints} joints, the skeleton {given.name} has {len(given)}{others}"
            )
        if given.dimensions == dimensions:
            return given
        if dimensions == 2:
            return replace(given, dimensions=2, unit="px", up=(1, -1))
        raise InputError(
            f"{where} has 3 coordinates a joint, the skeleton {given.name} has 2: give a skeleton "
            "with 'dimensions: 3'"
        )
    fitting = [one for one in known if one.dimensions == dimensions]
    if len(fitting) == 1:
        return fitting[0]
    told = f"skeletons with {joints} joints are {names}" if names else "no built-in skeleton has"
    raise UnknownSkeletonError(
        f"{where} has {joints} joints of {dimensions} coordinates, {told}: give "
        f"--skeleton NAME|FILE.yaml, which is written {EXAMPLE}; `data SOURCE` prints one to "
        "start from",
        joints,
        dimensions,
    )


def numbered(labels: Sequence[int], names: Sequence[str] | None) -> tuple[list[int], list[str]]:
    """Labels counted from 0 without gaps, and the class names that they have then.

    Rule: the classes are the labels that stand in the file, in their order. With names, label n is
    the n-th from 0, or from 1 where the labels are 1 to the number of names; without, a class is
    called ``action_<label in the file>``.

    Raises:
        InputError: a label is negative, or has no name.
    """
    present = sorted(set(labels))
    if present and present[0] < 0:
        raise InputError(f"a label is {present[0]}, labels count from 0 or 1")
    if names is None:
        called = {label: f"action_{label}" for label in present}
    else:
        first = 1 if present and present[0] >= 1 and present[-1] == len(names) else 0
        if present and present[-1] - first >= len(names):
            raise InputError(f"a label is {present[-1]}, there are {len(names)} class names")
        called = {label: names[label - first] for label in present}
    place = {label: number for number, label in enumerate(present)}
    return [place[label] for label in labels], [called[label] for label in present]


def renumbering(labels: Sequence[int]) -> str:
    """The sentence that tells how :func:`numbered` changed the labels; empty where it did not."""
    present = sorted(set(labels))
    if present == list(range(len(present))):
        return ""
    what = "start at 1" if present[0] == 1 else f"start at {present[0]}"
    if present[-1] - present[0] + 1 != len(present):
        what = "have gaps" if present[0] == 0 else f"{what} and have gaps"
    shown = ", ".join(f"{old} is now {new}" for new, old in enumerate(present[:3]))
    more = f", ... {present[-1]} is now {len(present) - 1}" if len(present) > 3 else ""
    return f"Labels in the file {what}: renumbered from 0 ({shown}{more})."
