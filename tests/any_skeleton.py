"""Clips of skeletons that no room was written for: drawn as random trees of swaying bones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from skeletons.clips import ClipSet
from skeletons.layouts import BLAZEPOSE33, COCO17, NTU25
from skeletons.skeleton import Skeleton
from skeletons.skeleton_files import skeleton_of

LAB15 = skeleton_of(
    {
        "joints": {
            "left_wrist": "left_elbow",
            "left_elbow": "left_shoulder",
            "left_shoulder": "neck",
            "right_wrist": "right_elbow",
            "right_elbow": "right_shoulder",
            "right_shoulder": "neck",
            "head": "neck",
            "neck": "pelvis",
            "left_ankle": "left_knee",
            "left_knee": "left_hip",
            "left_hip": "pelvis",
            "right_ankle": "right_knee",
            "right_knee": "right_hip",
            "right_hip": "pelvis",
            "pelvis": None,
        }
    },
    "lab15",
    "lab15",
)
"""From the hands inwards, the root last."""

HANDS_AND_FACE = skeleton_of(
    {"joints": {"root": None} | {f"point{number}": "root" for number in range(1, 133)}},
    "whole133",
    "whole133",
)
"""As many joints as a whole-body pose has, without sides."""

UNUSUAL = {
    "2D": COCO17,
    "parents last": LAB15,
    "more joints than rows": replace(BLAZEPOSE33, up=(1, 1)),
    "25 joints": NTU25,
    "two people": LAB15.for_people(2),
    "133 joints without sides": HANDS_AND_FACE,
}


def swaying_clips(
    skeleton: Skeleton, count: int = 12, classes: int = 3, seed: int = 0, frames: int = 20
) -> ClipSet:
    """Rigid-boned bodies whose limbs swing with a frequency of the class."""
    rng = np.random.default_rng(seed)
    size = skeleton.dimensions
    bones = np.random.default_rng(1).normal(scale=0.2, size=(len(skeleton), size))
    joints = []
    for row in range(count):
        length = frames + int(rng.integers(-4, 5))
        time = np.linspace(0, 2 * np.pi, length)
        clip = np.zeros((length, len(skeleton), size))
        phase = rng.uniform(0, 2 * np.pi, len(skeleton))
        for joint in skeleton.tree_order:
            parent = skeleton.parents[joint]
            swing = 0.4 * np.sin((row % classes + 1) * time + phase[joint])
            turned = bones[joint] * np.cos(swing)[:, None]
            turned[:, 0] += np.linalg.norm(bones[joint]) * np.sin(swing)
            clip[:, joint] = turned + (clip[:, parent] if parent >= 0 else 0.0)
        joints.append(clip.astype(np.float32))
    return ClipSet.of(
        skeleton,
        [f"class{label}" for label in range(classes)],
        joints,
        np.arange(count) % classes,
        subjects=[f"s{row % 4}" for row in range(count)],
        name="swaying",
    )
