"""NTU-VIBE (NTU13; Guo et al., Action2Motion, ACM MM 2020): VIBE's joints of 13 actions of NTU.

One file a clip, named like NTU's: ``S001C001P001R001A006``. A ``.pkl`` is what VIBE wrote with
joblib, of which the first track's ``joints3d`` ``[T, 49, 3]`` are read; a ``.npy`` holds such
joints, or the 18 that Action2Motion takes of them, re-rooted or not.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skeletons.clips import ClipSet
from skeletons.errors import InputError
from skeletons.formats.archives import files_of
from skeletons.formats.array_pickles import UNREADABLE
from skeletons.formats.joblib_files import load_joblib
from skeletons.formats.ntu import FILE_NAME
from skeletons.formats.ntu_classes import CLASSES
from skeletons.formats.packing import check_numbers, distinct, packed_frames, starts_of
from skeletons.formats.plain_arrays import read_numbers
from skeletons.formats.reading import Reading
from skeletons.layouts import VIBE18

ACTIONS = (6, 7, 8, 9, 22, 23, 24, 38, 80, 93, 99, 100, 102)
"""Codes of the 13 actions, in the order of their labels."""

KEPT = (*range(15), 21, 24, 38)
"""Those of VIBE's 49 joints that Action2Motion takes."""

NOSE, PELVIS, HIPS = 0, 8, (9, 12)
"""Places in that order before joints 0 and 8 are exchanged, which makes the pelvis the first."""

EXAMPLE = "S001C001P001R001A006.pkl"


def read(source: Path) -> Reading:
    """The clips of a folder, or of an archive of one, ordered by name.

    The pelvis is told from the nose by which of joints 0 and 8 lies between the hips. Files in
    which VIBE found nobody are left out.

    Raises:
        InputError: no files, another name or action, a broken file, another number of joints, NaN;
            by the file's name.
    """
    counts: Counter[str] = Counter()
    joints: list[NDArray[Any]] = []
    ids: list[str] = []
    size = 0
    for name, content in _files(source):
        where = f"ntu_vibe: '{name}'"
        clip_id = name.rpartition(".")[0]
        match = FILE_NAME.fullmatch(clip_id)
        if match is None or int(match[5]) not in ACTIONS:
            raise InputError(
                f"{where} is named after none of the 13 actions, as {EXAMPLE} is: their codes are "
                f"{', '.join(f'A{code:03d}' for code in ACTIONS)}"
            )
        bodies = read_numbers(content, where) if name.endswith(".npy") else _track(content, where)
        if bodies is None:
            counts["clips_without_body"] += 1
            continue
        size += len(content)
        joints.append(_eighteen(bodies, where, counts))
        ids.append(clip_id)
    if not joints:
        raise InputError(f"ntu_vibe: {source} holds no .pkl or .npy files named like {EXAMPLE}")
    codes = [int(clip_id[-3:]) for clip_id in ids]
    distinct(ids, codes)
    frames, lengths = packed_frames(joints, size)
    present = sorted(set(codes))
    clips = ClipSet(
        skeleton=VIBE18,
        classes=tuple(CLASSES[code - 1] for code in present),
        frames=frames,
        starts=starts_of(lengths),
        lengths=lengths,
        labels=np.searchsorted(present, codes).astype(np.int64),
        subjects=np.asarray([clip_id[8:12] for clip_id in ids]),
        views=np.asarray([clip_id[4:8] for clip_id in ids]),
        ids=np.asarray(ids),
        name="ntu_vibe",
    )
    counts["one_frame_clips"] = int((lengths == 1).sum())
    return Reading(clips, counts=tuple(counts.items()), notes=_notes(counts))


def _files(source: Path) -> Any:
    """(name, content) of the ``.npy`` files, or where there are none of the ``.pkl`` files."""
    found = False
    for one in files_of(source, ".npy", "ntu_vibe"):
        found = True
        yield one
    if not found:
        yield from files_of(source, ".pkl", "ntu_vibe")


def _track(content: bytes, where: str) -> NDArray[Any] | None:
    """The joints of VIBE's first track; None where there is none."""
    try:
        tracks = load_joblib(content)
    except UNREADABLE as error:
        told = " ".join(str(error).split())[:200]
        raise InputError(f"{where} is not what VIBE writes with joblib: {told}") from error
    if not isinstance(tracks, dict):
        raise InputError(f"{where} holds no mapping of tracks, as VIBE writes it")
    track = tracks.get(1)
    joints = track.get("joints3d") if isinstance(track, dict) else None
    if joints is not None and not isinstance(joints, np.ndarray):
        raise InputError(f"{where}: 'joints3d' is no array")
    return joints


def _eighteen(bodies: NDArray[Any], where: str, counts: Counter[str]) -> NDArray[Any]:
    """Joints ``[T, 18, 3]``, the pelvis first."""
    if bodies.ndim != 3 or bodies.shape[1:] not in ((18, 3), (49, 3)) or not len(bodies):
        raise InputError(
            f"{where} has shape {bodies.shape}, a clip is [T > 0, 18, 3], or [T, 49, 3] as VIBE "
            "has it"
        )
    check_numbers(bodies, where)
    if bodies.shape[1] == 49:
        counts["clips_of_49_joints"] += 1
        bodies = bodies[:, KEPT]
    middle = bodies[:, HIPS].mean(axis=1)
    away = [np.linalg.norm(bodies[:, one] - middle, axis=-1).mean() for one in (NOSE, PELVIS)]
    if away[1] < away[0]:
        counts["clips_re_rooted"] += 1
        order = np.arange(18)
        order[[NOSE, PELVIS]] = order[[PELVIS, NOSE]]
        bodies = bodies[:, order]
    return bodies.astype(np.float32)


def _notes(counts: Counter[str]) -> tuple[str, ...]:
    said = {
        "clips_of_49_joints": "clips have VIBE's 49 joints: 18 were taken, [0-14, 21, 24, 38].",
        "clips_re_rooted": "clips begin with the nose: joints 0 and 8 were exchanged, the pelvis "
        "is first.",
        "clips_without_body": "files show nobody and were left out.",
    }
    return tuple(f"{counts[name]:,} {text}" for name, text in said.items() if counts[name])
