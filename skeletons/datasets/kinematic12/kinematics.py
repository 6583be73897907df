"""From tracks of rotations, hands and feet to joint positions: forward kinematics and two-bone IK.

Trunk, neck, collars and hands are rotations down the tree. Arms and legs are chains of two bones
whose end is given and whose middle joint (elbow, knee) lies on the side of a pole vector: the
closed form is the law of cosines (for instance Tolani, Goswami & Badler 2000). A foot is given by
its ball, so a standing foot stays exactly where it is while the pelvis moves.
"""

from __future__ import annotations

import numpy as np

from skeletons.datasets.kinematic12.body import Float, Subjects
from skeletons.datasets.kinematic12.tracks import Tracks, unit
from skeletons.layouts import SMPL24

STRAIGHTEST = 0.998
"""Longest distance from hip to ankle, and from shoulder to wrist, in limb lengths."""
TIGHTEST = 0.325
"""Shortest such distance: flexion of about 143 degrees, the range of elbow and knee."""
SOFTNESS = 0.008
"""Width in metres over which the pelvis gives way to the reach of the legs."""
SCAPULAR_SHARE = 0.22
"""Rise of the collar bone per radian that the arm is above 30 degrees (Inman et al. 1944)."""


def rotation(angles: Float) -> Float:
    """Matrices ``[..., 3, 3]`` of ``angles [..., 3]`` = (yaw, pitch, roll): R = Ry Rx Rz.

    With +x left, +y up and +z to the front, positive angles turn left, bend forward and lean to
    the right.
    """
    cos, sin = np.cos(angles), np.sin(angles)
    (cy, cx, cz), (sy, sx, sz) = np.moveaxis(cos, -1, 0), np.moveaxis(sin, -1, 0)
    matrix = np.empty((*angles.shape[:-1], 3, 3))
    matrix[..., 0, 0] = cy * cz + sy * sx * sz
    matrix[..., 0, 1] = sy * sx * cz - cy * sz
    matrix[..., 0, 2] = sy * cx
    matrix[..., 1, 0] = cx * sz
    matrix[..., 1, 1] = cx * cz
    matrix[..., 1, 2] = -sx
    matrix[..., 2, 0] = cy * sx * sz - sy * cz
    matrix[..., 2, 1] = sy * sz + cy * sx * cz
    matrix[..., 2, 2] = cy * cx
    return matrix


def turn(matrix: Float, vector: Float) -> Float:
    """``matrix [..., 3, 3]`` times ``vector [..., 3]``, with broadcasting."""
    return np.asarray(np.einsum("...ij,...j->...i", matrix, vector))


def two_bone(
    start: Float, target: Float, upper: Float, lower: Float, pole: Float
) -> tuple[Float, Float]:
    """Middle joint and end ``[..., 3]`` of a two-bone limb that reaches for ``target``.

    ``upper`` and ``lower`` are the bone lengths. The middle joint lies on the side that ``pole``
    points to. A target out of range is moved along the line to ``start``.
    """
    total = upper + lower
    along = target - start
    distance = np.sqrt(np.einsum("...i,...i->...", along, along))
    along = along / np.maximum(distance, 1e-9)[..., None]
    distance = np.clip(distance, TIGHTEST * total, STRAIGHTEST * total)
    side = unit(pole - np.einsum("...i,...i->...", pole, along)[..., None] * along)
    reach = (upper**2 + distance**2 - lower**2) / (2 * distance)
    height = np.sqrt(np.maximum(upper**2 - reach**2, 0.0))
    middle = start + reach[..., None] * along + height[..., None] * side
    return middle, start + distance[..., None] * along


def solve(tracks: Tracks, bodies: Subjects) -> Float:
    """Joint positions ``[n, T, V, 3]`` in metres of n clips, floor at y = 0."""
    clips, frames = tracks.position.shape[:2]
    joints = np.empty((clips, frames, len(SMPL24), 3))
    offset = {name: bodies.offsets[:, None, v] for v, name in enumerate(SMPL24.joints)}
    place = {name: joints[:, :, v] for v, name in enumerate(SMPL24.joints)}
    pelvis = rotation(tracks.pelvis)
    hips = {side: turn(pelvis, offset[f"{side}_hip"]) for side in ("left", "right")}
    ankles = _feet(tracks, bodies, offset, place)
    place["pelvis"][:] = tracks.position
    place["pelvis"][..., 1] = _within_reach(tracks, bodies, hips, ankles)
    for number, side in enumerate(("left", "right")):
        place[f"{side}_hip"][:] = place["pelvis"] + hips[side]
        _leg(tracks, bodies, number, side, ankles[side], pelvis, place)
    chest = _trunk(tracks, pelvis, offset, place)
    for number, side in enumerate(("left", "right")):
        _arm(tracks, bodies, number, side, chest, offset, place)
    return joints


def _feet(
    tracks: Tracks, bodies: Subjects, offset: dict[str, Float], place: dict[str, Float]
) -> dict[str, Float]:
    """Writes the foot joints; ankle positions ``[n, T, 3]`` by side."""
    ankles = {}
    for number, side in enumerate(("left", "right")):
        yaw, pitch = tracks.feet[:, :, number, 0], tracks.feet[:, :, number, 1]
        foot = turn(
            rotation(np.stack([yaw, pitch, np.zeros_like(yaw)], axis=-1)), offset[f"{side}_foot"]
        )
        place[f"{side}_foot"][:] = tracks.balls[:, :, number]
        ankles[side] = tracks.balls[:, :, number] - foot
    return ankles


def _within_reach(
    tracks: Tracks, bodies: Subjects, hips: dict[str, Float], ankles: dict[str, Float]
) -> Float:
    """Pelvis height ``[n, T]``: as asked, or lower to keep a leg in reach (soft minimum)."""
    longest = STRAIGHTEST * bodies.leg[:, None] - 0.002
    caps = [tracks.position[..., 1]]
    for number, side in enumerate(("left", "right")):
        gap = ankles[side] - tracks.position - hips[side]
        flat = gap[..., 0] ** 2 + gap[..., 2] ** 2
        drop = np.sqrt(np.maximum(longest**2 - flat, (0.3 * longest) ** 2))
        caps.append(ankles[side][..., 1] + drop - hips[side][..., 1] + tracks.loose[:, :, number])
    heights = np.stack(caps)
    lowest = heights.min(axis=0)
    return np.asarray(
        lowest - SOFTNESS * np.log(np.exp(-(heights - lowest) / SOFTNESS).sum(axis=0))
    )


def _leg(
    tracks: Tracks,
    bodies: Subjects,
    number: int,
    side: str,
    ankle: Float,
    pelvis: Float,
    place: dict[str, Float],
) -> None:
    """Knee and ankle; the knee points between where the pelvis faces and where the toes point."""
    yaw = tracks.feet[:, :, number, 0]
    toes = np.stack([np.sin(yaw), np.zeros_like(yaw), np.cos(yaw)], axis=-1)
    outward = 0.10 if side == "left" else -0.10
    front = pelvis[..., :, 2] + outward * pelvis[..., :, 0] + 0.25 * pelvis[..., :, 1]
    pole = unit(front) + 0.9 * toes
    upper, lower = bodies.length(f"{side}_knee"), bodies.length(f"{side}_ankle")
    knee, end = two_bone(place[f"{side}_hip"], ankle, upper[:, None], lower[:, None], pole)
    place[f"{side}_knee"][:] = knee
    place[f"{side}_ankle"][:] = end
    place[f"{side}_foot"][:] += end - ankle


def _trunk(
    tracks: Tracks, pelvis: Float, offset: dict[str, Float], place: dict[str, Float]
) -> Float:
    """Spine, neck and head; returns the rotation of the chest ``[n, T, 3, 3]``."""
    third = rotation(tracks.trunk / 3)
    frame = pelvis
    parent = "pelvis"
    for joint in ("spine1", "spine2", "spine3"):
        place[joint][:] = place[parent] + turn(frame, offset[joint])
        frame, parent = frame @ third, joint
    half = rotation(tracks.head / 2)
    place["neck"][:] = place["spine3"] + turn(frame @ rotation(tracks.head / 4), offset["neck"])
    place["head"][:] = place["neck"] + turn(frame @ half @ half, offset["head"])
    return frame


def _arm(
    tracks: Tracks,
    bodies: Subjects,
    number: int,
    side: str,
    chest: Float,
    offset: dict[str, Float],
    place: dict[str, Float],
) -> None:
    """Collar, shoulder, elbow, wrist and hand of one side."""
    outward = np.array([1.0 if side == "left" else -1.0, 1.0, 1.0])
    wrist = tracks.wrists[:, :, number]
    height = np.arctan2(wrist[..., 1], np.hypot(wrist[..., 0], wrist[..., 2]) + 0.05)
    rise = SCAPULAR_SHARE * np.maximum(height + np.pi / 6, 0.0)
    forward = 0.25 * wrist[..., 2]
    angles = np.stack([-outward[0] * forward, np.zeros_like(rise), outward[0] * rise], axis=-1)
    place[f"{side}_collar"][:] = place["spine3"] + turn(chest, offset[f"{side}_collar"])
    place[f"{side}_shoulder"][:] = place[f"{side}_collar"] + turn(
        chest, turn(rotation(angles), offset[f"{side}_shoulder"])
    )
    shoulder = place[f"{side}_shoulder"]
    target = shoulder + turn(chest, wrist * outward) * bodies.arm[:, None, None]
    pole = turn(chest, tracks.poles[:, :, number] * outward)
    upper, lower = bodies.length(f"{side}_elbow"), bodies.length(f"{side}_wrist")
    elbow, end = two_bone(shoulder, target, upper[:, None], lower[:, None], pole)
    place[f"{side}_elbow"][:] = elbow
    place[f"{side}_wrist"][:] = end
    forearm = unit(end - elbow)
    across = unit(
        shoulder
        - elbow
        - np.einsum("...i,...i->...", shoulder - elbow, forearm)[..., None] * forearm
    )
    bend = tracks.flex[:, :, number, None]
    hand = np.cos(bend) * forearm + np.sin(bend) * across
    place[f"{side}_hand"][:] = end + hand * bodies.length(f"{side}_hand")[:, None, None]
