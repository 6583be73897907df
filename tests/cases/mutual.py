"""A made set of two people: who they are tells nothing, what they do to each other does."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np

from tests.skeletons.standing import standing

ACTIONS = ("approach", "part", "circle")
GAP = {"approach": (2.0, 0.6), "part": (0.6, 2.0), "circle": (1.2, 1.2)}
"""Metres between the two, at the beginning and at the end."""


def write_mutual(path: Path, count: int = 24, frames: int = 20, alone: int = 2) -> Path:
    """A PYSKL annotation file of Kinect v1 clips, four of six clips to train on.

    Args:
        alone: clips that show one body only; the tracker lists an empty second one.
    """
    people = standing(count, frames, len(ACTIONS), people=4)
    annotations = []
    for row in range(count):
        action = ACTIONS[row % len(ACTIONS)]
        first = people[row].joints - people[row].joints[:, :1]
        second = first[::-1] * np.array([-1.0, 1.0, -1.0], np.float32)
        gap = np.linspace(*GAP[action], frames)
        turn = np.linspace(0.0, 1.5 * (action == "circle"), frames)
        apart = gap[:, None] * np.stack([np.sin(turn), 0 * turn, np.cos(turn)], axis=-1)
        keypoint = np.stack([first, second + apart[:, None]]) + np.array([0.0, 0.9, 3.0])
        if row >= count - alone:
            keypoint[1] = 0.0
        annotations.append(
            {
                "frame_dir": str(people.ids[row]),
                "label": row % len(ACTIONS),
                "total_frames": frames,
                "keypoint": keypoint.astype(np.float32),
            }
        )
    ids = [entry["frame_dir"] for entry in annotations]
    cut = 2 * count // 3
    content = {
        "split": {"xsub_train": ids[:cut], "xsub_val": ids[cut:]},
        "annotations": annotations,
    }
    path.write_bytes(pickle.dumps(content))
    path.with_name("label_map.txt").write_text("\n".join(ACTIONS) + "\n")
    return path
