"""Raw ``.skeleton`` files of NTU RGB+D (Shahroudy et al. 2016; Liu et al. 2019), Kinect v2.

Text: the number of frames; for each frame the number of bodies; for each body a line that begins
with its track id, the number of joints and a line of twelve numbers a joint, of which the first
three are x, y, z in metres. Names are ``SsssCcccPpppRrrrAaaa``: setup, camera, person, repetition,
action.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skeletons.arrays import BoolArray, Float32Array
from skeletons.clips import ClipSet
from skeletons.errors import InputError
from skeletons.formats.archives import files_of
from skeletons.formats.ntu_classes import CLASSES
from skeletons.formats.packing import FARTHEST, distinct, packed_frames, starts_of
from skeletons.formats.persons import Tally
from skeletons.formats.reading import Reading, numbered, renumbering, skeleton_for
from skeletons.skeleton import Skeleton

TRAIN_PEOPLE = frozenset(
    (
        *(1, 2, 4, 5, 8, 9, 13, 14, 15, 16, 17, 18, 19, 25, 27, 28, 31, 34, 35, 38),
        *(45, 46, 47, 49, 50, 52, 53, 54, 55, 56, 57, 58, 59, 70, 74, 78, 80, 81, 82),
        *(83, 84, 85, 86, 89, 91, 92, 93, 94, 95, 97, 98, 100, 103),
    )
)
"""Cross-subject: who trains. The first twenty are those of NTU RGB+D 60, which has 40 people."""

TRAIN_CAMERAS = frozenset((2, 3))
"""Cross-view: cameras 2 and 3 train, camera 1 tests."""

FILE_NAME = re.compile(r"S(\d{3})C(\d{3})P(\d{3})R(\d{3})A(\d{3})", re.ASCII)
EXAMPLE = "S001C001P001R001A001.skeleton"

MOST_BODY_BYTES = 256 * 2**20
"""Bytes of one clip's bodies; a file that names a new body in each frame asks for more."""


def training_part(ids: Sequence[str], protocol: str) -> BoolArray:
    """Which clips ``[N]`` of these names train under ``xsub``, ``xview`` or ``xset`` (setups of
    even number)."""
    setups, cameras, people = (
        [int(match[group]) for match in map(FILE_NAME.match, ids) if match] for group in (1, 2, 3)
    )
    if protocol == "xview":
        return np.isin(cameras, list(TRAIN_CAMERAS))
    if protocol == "xset":
        return np.asarray([setup % 2 == 0 for setup in setups], dtype=np.bool_)
    return np.isin(people, list(TRAIN_PEOPLE))


def read(
    source: Path, given: Skeleton | None, names: Sequence[str] | None = None, persons: int = 1
) -> Reading:
    """The clips of a folder of ``.skeleton`` files, or of an archive of one, ordered by name.

    One person a clip, or two, by the rules of :mod:`skeletons.formats.persons`.

    Args:
        given: a skeleton in place of the one that the number of joints tells.
        names: class names, of action 1 first, in place of the data set's own.
        persons: bodies that are kept of each clip.

    Raises:
        InputError: no files, another name, a file that is cut or mangled, by file and frame.
    """
    tally = Tally(persons)
    joints: list[NDArray[Any]] = []
    ids: list[str] = []
    size = 0
    for name, content in files_of(source, ".skeleton", "ntu"):
        where = f"ntu: '{name}'"
        clip_id = name.removesuffix(".skeleton")
        if FILE_NAME.fullmatch(clip_id) is None:
            raise InputError(f"{where} has no action code in its name, which looks like {EXAMPLE}")
        size += len(content)
        bodies = bodies_of(content, where)
        person = tally.choose(bodies) if len(bodies) else tally.choose(np.zeros((1, 1, 1, 3)))
        if person is None:
            continue
        if joints and person.joints.shape[1] != joints[0].shape[1]:
            raise InputError(
                f"{where} has {person.joints.shape[1]} joints, the files before it "
                f"{joints[0].shape[1]}"
            )
        joints.append(np.ascontiguousarray(person.joints))
        ids.append(clip_id)
    if not joints:
        raise InputError(f"ntu: {source} holds no .skeleton files with a body, such as {EXAMPLE}")
    fields = [FILE_NAME.fullmatch(clip_id).groups() for clip_id in ids]  # type: ignore[union-attr]
    actions = [int(action) for *_, action in fields]
    distinct(ids, actions)
    size_of_one = joints[0].shape[1] // persons
    skeleton = skeleton_for(size_of_one, 3, given, f"ntu: '{ids[0]}.skeleton'")
    if names is None and max(actions) <= len(CLASSES):
        names = CLASSES
    if names is None or min(actions) < 1:
        labels, classes = numbered(actions, None)
    else:
        labels, classes = numbered([action - 1 for action in actions], names)
    frames, lengths = packed_frames(joints, size)
    clips = ClipSet(
        skeleton=skeleton.for_people(persons),
        classes=tuple(classes),
        frames=frames,
        starts=starts_of(lengths),
        lengths=lengths,
        labels=np.asarray(labels, np.int64),
        subjects=np.asarray([f"P{person}" for _, _, person, _, _ in fields]),
        views=np.asarray([f"C{camera}" for _, camera, *_ in fields]),
        ids=np.asarray(ids),
        name="ntu",
    )
    counts = {"one_frame_clips": int((lengths == 1).sum()), **tally.counts}
    told = renumbering([action - 1 for action in actions])
    return Reading(
        clips,
        counts=tuple(counts.items()),
        notes=(*([told] if told else []), *tally.notes()),
        facts=tally.facts(),
    )


def bodies_of(content: bytes, where: str) -> Float32Array:
    """The bodies of one file, ``[M, T, V, 3]``, in the order of their first frames; zeros where a
    body is not there.

    Raises:
        InputError: cut or mangled, with the frame, counted from 1.
    """
    lines = content.split(b"\n")
    while lines and not lines[-1].strip():
        lines.pop()
    said = _number(lines, 0, f"{where} begins with the number of its frames")
    at, frame, width = 1, 0, 0
    tracks: dict[bytes, int] = {}
    places: list[tuple[int, int]] = []
    blocks: list[bytes] = []
    try:
        for frame in range(said):
            bodies = int(lines[at])
            at += 1
            for _ in range(bodies):
                track, joints = lines[at].split()[0], int(lines[at + 1])
                block = lines[at + 2 : at + 2 + joints]
                if joints < 1 or len(block) < joints:
                    raise IndexError
                if width not in (0, joints):
                    raise InputError(
                        f"{where}: frame {frame + 1} has {joints} joints, those before {width}"
                    )
                width = joints
                at += 2 + joints
                places.append((tracks.setdefault(track, len(tracks)), frame))
                blocks += block
    except (IndexError, ValueError) as error:
        what = "ends within" if isinstance(error, IndexError) else "is mangled in"
        raise InputError(
            f"{where} says {said} frames and {what} frame {frame + 1}: {frame} are whole"
        ) from error
    if at < len(lines):
        raise InputError(f"{where} says {said} frames and goes on after them")
    if 12 * len(tracks) * said * width > MOST_BODY_BYTES:
        raise InputError(f"{where} has {len(tracks)} bodies in {said} frames, more than are read")
    found = np.zeros((len(tracks), said, width, 3), np.float32)
    if places:
        rows, frames = (list(side) for side in zip(*places, strict=True))
        values = _values(blocks, where).reshape(len(places), width, 3)
        broken = np.flatnonzero(~(np.abs(values) <= FARTHEST).all(axis=(1, 2)))
        if len(broken):
            raise InputError(
                f"{where} has NaN, infinite or too large values in frame {frames[broken[0]] + 1}"
            )
        found[rows, frames] = values
    return found


def _values(blocks: list[bytes], where: str) -> Float32Array:
    """x, y, z of each joint line, ``[J, 3]``."""
    numbers = [line.split(None, 3)[:3] for line in blocks]
    try:
        values = np.asarray(numbers, dtype="S32").astype(np.float64)
        if values.shape != (len(blocks), 3):
            raise ValueError("a joint has three coordinates")
    except ValueError as error:
        raise InputError(f"{where}: a joint is not three numbers: {error}") from error
    with np.errstate(over="ignore"):  # too large for float32 becomes inf, which is then named
        return values.astype(np.float32)


def _number(lines: Sequence[bytes], at: int, what: str) -> int:
    try:
        value = int(lines[at])
    except (IndexError, ValueError):
        value = -1
    if not 0 < value <= len(lines):
        raise InputError(
            f"{what}, which '{lines[at][:20].decode(errors='replace')}' is not"
            if lines
            else f"{what}; it is empty"
        )
    return value
