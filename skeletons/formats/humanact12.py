"""HumanAct12 (Guo et al., Action2Motion, ACM MM 2020): a ``.npy`` file a clip, named by its codes.

``P01G01R01F0001T0064A0101.npy``: person, group, recording, first and last frame, action. The first
two digits of the action are its coarse class, all four its fine one. A file holds ``[T, 24, 3]``
joints of SMPL in metres, 20 frames a second.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skeletons.clips import ClipSet
from skeletons.errors import InputError
from skeletons.formats.archives import files_of
from skeletons.formats.packing import check_numbers, distinct, packed_frames, starts_of
from skeletons.formats.plain_arrays import read_numbers
from skeletons.formats.reading import Reading, numbered, skeleton_for
from skeletons.skeleton import Skeleton

COARSE = (
    *("warm_up", "walk", "run", "jump", "drink", "lift_dumbbell"),
    *("sit", "eat", "turn_steering_wheel", "phone", "boxing", "throw"),
)
"""Classes of the first two digits, 01 to 12, as Action2Motion's tables have them."""

FINE = {
    "0101": "warm_up_wrist_ankle",
    "0102": "warm_up_pectoral",
    "0103": "warm_up_elbow_back",
    "0104": "warm_up_body_lean_right_arm",
    "0105": "warm_up_body_lean_left_arm",
    "0106": "warm_up_bow_right",
    "0107": "warm_up_bow_left",
    "0201": "walk",
    "0301": "run",
    "0401": "jump_hands_up",
    "0402": "jump_vertical",
    "0501": "drink_bottle_right_hand",
    "0502": "drink_bottle_left_hand",
    "0503": "drink_cup_right_hand",
    "0504": "drink_cup_left_hand",
    "0505": "drink_both_hands",
    "0601": "lift_dumbbell_right_hand",
    "0602": "lift_dumbbell_left_hand",
    "0603": "lift_dumbbells_both_hands",
    "0604": "lift_dumbbell_over_head",
    "0605": "lift_dumbbells_bend_legs",
    "0701": "sit",
    "0801": "eat_finger_right",
    "0802": "eat_pie",
    "0803": "eat_left_hand",
    "0901": "turn_steering_wheel",
    "1001": "phone_take_out_call_put_back",
    "1002": "phone_call_left_hand",
    "1101": "boxing_left_right",
    "1102": "boxing_left_upwards",
    "1103": "boxing_right_upwards",
    "1104": "boxing_right_left",
    "1201": "throw_right_hand",
    "1202": "throw_both_hands",
}
"""The 34 fine classes by the four digits of their code."""

FRAMES_PER_SECOND = 20.0

FILE_NAME = re.compile(r"P(\d+)G\d+R\d+F\d+T\d+A(\d\d)(\d\d)\.npy", re.ASCII)
EXAMPLE = "P01G01R01F0001T0064A0101.npy"


def read(source: Path, given: Skeleton | None, fine: bool = False) -> Reading:
    """The clips of a folder, or of an archive of one, ordered by name.

    Args:
        given: a skeleton in place of the one that the number of joints tells.
        fine: the 34 fine classes in place of the 12 coarse ones. Only classes that have clips are
            classes of the set.

    Raises:
        InputError: no files, a name without a code, a broken file, an empty or another kind of
            array, NaN; by the file's name.
    """
    joints: list[NDArray[Any]] = []
    names, subjects, codes = [], [], []
    size = 0
    for name, content in files_of(source, ".npy", "humanact12"):
        person, code = _codes(name)
        clip = read_numbers(content, f"humanact12: '{name}'")
        _check(clip, joints, f"humanact12: '{name}'")
        size += len(content)
        joints.append(clip.astype(np.float32))
        names.append(name.removesuffix(".npy"))
        subjects.append(f"P{person}")
        codes.append(code)
    if not joints:
        raise InputError(f"humanact12: {source} holds no .npy files named like {EXAMPLE}")
    distinct(names, codes)
    skeleton = skeleton_for(joints[0].shape[1], 3, given, f"humanact12: '{names[0]}.npy'")
    known = list(FINE) if fine else [f"{number:02d}" for number in range(1, len(COARSE) + 1)]
    labels = [known.index(code if fine else code[:2]) for code in codes]
    labels, classes = numbered(labels, list(FINE.values()) if fine else COARSE)
    frames, lengths = packed_frames(joints, size)
    clips = ClipSet(
        skeleton=skeleton,
        classes=tuple(classes),
        frames=frames,
        starts=starts_of(lengths),
        lengths=lengths,
        labels=np.asarray(labels, np.int64),
        subjects=np.asarray(subjects),
        views=np.full(len(names), "", dtype="U1"),
        ids=np.asarray(names),
        name="humanact12",
    )
    return Reading(clips, counts=(("one_frame_clips", int((lengths == 1).sum())),))


def _codes(name: str) -> tuple[str, str]:
    """Person and four digits of the action."""
    match = FILE_NAME.fullmatch(name)
    if match is None:
        raise InputError(
            f"humanact12: '{name}' has no action code in its name, which looks like {EXAMPLE}"
        )
    code = match[2] + match[3]
    if code not in FINE:
        raise InputError(f"humanact12: '{name}' has the action A{code}, which is none of the 34")
    return match[1], code


def _check(clip: NDArray[Any], others: list[NDArray[Any]], where: str) -> None:
    if clip.ndim != 3 or clip.shape[-1] != 3 or 0 in clip.shape:
        raise InputError(f"{where} has shape {clip.shape}, a clip is [T > 0, V, 3]")
    if others and clip.shape[1] != others[0].shape[1]:
        raise InputError(
            f"{where} has {clip.shape[1]} joints, the files before it {others[0].shape[1]}"
        )
    check_numbers(clip, where)
