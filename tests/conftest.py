"""Clips that tests of every room can use."""

from __future__ import annotations

import gc
import os
from collections.abc import Generator

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pytest

from skeletons.clips import ClipSet
from skeletons.layouts import SMPL24


def moving_clips(count: int, classes: int = 3, seed: int = 0, frames: int = 20) -> ClipSet:
    """Clips of a body whose arms and legs swing; each class has its own frequency and limb."""
    rng = np.random.default_rng(seed)
    pose = _standing_pose()
    labels = np.arange(count) % classes
    joints = []
    for label in labels:
        length = frames + int(rng.integers(-frames // 4, frames // 4 + 1))
        time = np.linspace(0.0, 2 * np.pi, length)
        clip = np.repeat(pose[None], length, axis=0)
        swing = 0.3 * np.sin((label + 1) * time + rng.uniform(0, 2 * np.pi))
        for joint in (20, 22) if label % 2 == 0 else (10, 11):
            clip[:, joint, (label + 1) % 3] += swing
        clip += rng.normal(scale=0.01, size=clip.shape)
        joints.append(clip.astype(np.float32))
    names = [f"class{label}" for label in range(classes)]
    subjects = [f"s{row % 5}" for row in range(count)]
    return ClipSet.of(SMPL24, names, joints, labels, subjects=subjects, name="moving")


def _standing_pose() -> np.ndarray:
    height = {"pelvis": 0.0, "hip": -0.1, "knee": -0.5, "ankle": -0.9, "foot": -0.95}
    height |= {"spine1": 0.1, "spine2": 0.25, "spine3": 0.35, "neck": 0.5, "head": 0.65}
    height |= {"collar": 0.42, "shoulder": 0.45, "elbow": 0.2, "wrist": -0.05, "hand": -0.12}
    wide = {"hip": 0.1, "collar": 0.08, "shoulder": 0.18}
    pose = np.zeros((24, 3))
    for row, joint in enumerate(SMPL24.joints):
        part = joint.split("_")[-1]
        side = {"left": -1.0, "right": 1.0}.get(joint.split("_")[0], 0.0)
        reach = 0.22 if part in ("elbow", "wrist", "hand") else 0.1
        pose[row] = (side * wide.get(part, reach), height[part], 0.0)
    return pose


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is imported and collected stays to the end: the garbage collector does not go through
    it, neither while it grows nor later."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.collect()
        gc.freeze()


@pytest.fixture(scope="session")
def clips() -> ClipSet:
    return moving_clips(36)
