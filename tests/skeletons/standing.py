"""People of Kinect v1 that stand and sway, with rigid bones, for what a body's look tells."""

from __future__ import annotations

import numpy as np

from skeletons.clips import ClipSet
from skeletons.layouts import KINECT20

OFFSETS = {
    "hip_centre": (0.0, 0.0, 0.0),
    "spine": (0.0, 0.2, 0.0),
    "shoulder_centre": (0.0, 0.3, 0.0),
    "head": (0.0, 0.2, 0.0),
    "shoulder": (0.18, -0.05, 0.0),
    "elbow": (0.05, -0.28, 0.0),
    "wrist": (0.0, -0.22, 0.05),
    "hand": (0.0, -0.08, 0.03),
    "hip": (0.1, -0.07, 0.0),
    "knee": (0.0, -0.42, 0.02),
    "ankle": (0.0, -0.41, -0.02),
    "foot": (0.0, -0.06, 0.14),
}
"""From parent to joint in metres, of the left side; y is up, the body faces +z."""


def standing(count: int = 6, frames: int = 12, classes: int = 3, people: int = 3) -> ClipSet:
    """Clips of people of different size who sway and walk sideways, 3 m from the sensor.

    Labels and people go round; no joint is ever at exactly zero.
    """
    joints = []
    for number in range(count):
        time = np.arange(frames)[:, None]
        body = np.zeros((frames, len(KINECT20), 3))
        for joint in KINECT20.tree_order:
            name = KINECT20.joints[joint]
            side = -1.0 if name.startswith("right_") else 1.0
            offset = np.array(OFFSETS[name.removeprefix("left_").removeprefix("right_")])
            offset = offset * [side, 1, 1] * (0.95 + 0.02 * (number % people))
            above = KINECT20.parents[joint]
            body[:, joint] = offset if above < 0 else body[:, above] + offset
        swing = 0.3 * (number % classes + 1) * np.sin(time / 3.0 + number)
        for hand in ("left_hand", "right_wrist"):
            at = KINECT20.index(hand)
            up = KINECT20.parents[at]
            rod = body[:, at] - body[:, up]
            turned = np.stack(
                [
                    rod[:, 0] * np.cos(swing[:, 0]) - rod[:, 1] * np.sin(swing[:, 0]),
                    rod[:, 0] * np.sin(swing[:, 0]) + rod[:, 1] * np.cos(swing[:, 0]),
                    rod[:, 2],
                ],
                axis=-1,
            )
            body[:, at] = body[:, up] + turned
        right_hand = KINECT20.index("right_hand")
        body[:, right_hand] = body[:, KINECT20.index("right_wrist")] + [0, -0.08, 0.03]
        walk = np.concatenate([0.02 * time + 0.1 * number, 0.9 + 0 * time, 3.0 + 0 * time], axis=1)
        joints.append(body + walk[:, None])
    return ClipSet.of(
        KINECT20,
        [f"class {label}" for label in range(classes)],
        joints,
        np.arange(count) % classes,
        subjects=[f"P{row // classes % people + 1:03d}" for row in range(count)],
        ids=[
            f"S001C001P{row // classes % people + 1:03d}R{row // (classes * people) + 1:03d}"
            f"A{row % classes + 1:03d}"
            for row in range(count)
        ],
        name="standing",
    )
