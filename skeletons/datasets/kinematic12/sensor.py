"""A depth camera in front of the subject: where it stands, its noise, the joints it loses.

Modelled on the Kinect: noise grows with distance from the camera, most along its axis (Khoshelham &
Elberink 2012), hands and feet are less sure than the trunk (Wang et al. 2015), errors last for some
frames, and a joint that is out of sight stays where it was last seen or jumps to a wrong place.
"""

from __future__ import annotations

import numpy as np

from skeletons.arrays import IntArray
from skeletons.datasets.kinematic12.body import Float
from skeletons.datasets.kinematic12.difficulty import Difficulty
from skeletons.layouts import SMPL24
from skeletons.seeds import named_rng

Int = IntArray

NEAR, FAR = 2.4, 3.8
"""Distance from the camera at mid-clip in metres, inside the Kinect's range."""
NEAREST = 1.2
"""Where a subject walks or runs by, the camera stands further back, so that it stays in front."""
NOISE_RANGE = (2.0, 5.0)
"""Distances in metres between which the noise grows."""
CAMERA_HEIGHT = (0.85, 1.25)
AXIS_NOISE = np.array([0.8, 0.8, 1.5])
"""Noise along x, y and depth against the mean."""
SMOOTHING = np.array([0.60, 0.60, 0.42, 0.32])
"""Weights of this and the last frames' errors, of unit norm: errors correlate for 0.2 s."""
OFTEN_LOST = ("wrist", "hand", "ankle", "foot")
SELDOM_LOST = ("elbow", "knee")
LOST_FRAMES = (2, 8)


def place_before_camera(
    joints: Float, lengths: Int, centre: Float, yaw: Float, rng: np.random.Generator
) -> Float:
    """Clips ``[n, T, V, 3]`` turned by ``yaw [n]`` and put before a camera at the origin.

    Of each clip the first ``lengths [n]`` frames are shown.
    ``centre [n, 3]`` is the point of each clip that the camera looks at. A subject of yaw 0 faces
    the camera, which looks along +z; the floor is at minus the camera's height.
    """
    clips = len(joints)
    angle = (yaw + np.pi)[:, None, None]
    cos, sin = np.cos(angle), np.sin(angle)
    local = joints - centre[:, None, None] * (1, 0, 1)
    placed = np.empty_like(joints)
    placed[..., 0] = cos * local[..., 0] + sin * local[..., 2]
    placed[..., 1] = local[..., 1]
    placed[..., 2] = cos * local[..., 2] - sin * local[..., 0]
    shown = np.arange(joints.shape[1]) < lengths[:, None]
    closest = np.where(shown, placed[..., 2].min(axis=2), np.inf).min(axis=1)
    distance = np.maximum(rng.uniform(NEAR, FAR, clips), NEAREST - closest)
    height = rng.uniform(*CAMERA_HEIGHT, clips)
    offset = np.stack([rng.uniform(-0.35, 0.35, clips), -height, distance], axis=-1)
    placed += offset[:, None, None]
    return placed


def observe(
    frames: Float, lengths: Int, seed: int, difficulty: Difficulty, take: int = 0
) -> tuple[Float, dict[str, int]]:
    """What the sensor reports of placed clips ``frames [F, V, 3]``, one after the other; each take
    has noise of its own.

    Returns the frames, rounded to 0.1 mm, and how many joints of how many frames were held at
    their last place or misplaced.
    """
    rng = named_rng("kinematic12", seed, "sensor", *([take] if take else []))
    seen = frames + _jitter(frames, lengths, rng, difficulty)
    counts = _lose_joints(seen, lengths, rng, difficulty)
    return np.round(seen, 4) + 0.0, counts


def _jitter(frames: Float, lengths: Int, rng: np.random.Generator, difficulty: Difficulty) -> Float:
    """Noise ``[F, V, 3]``, correlated over some frames, larger far from body centre and camera."""
    centre = frames[:, SMPL24.index("spine2"), None]
    gap = frames - centre
    away = np.sqrt(np.einsum("fvi,fvi->fv", gap, gap))
    quality = np.exp(rng.normal(0, 0.25, len(lengths)))
    depth = (
        np.repeat(quality, lengths)[:, None] * (np.clip(centre[..., 2], *NOISE_RANGE) / 3.0) ** 2
    )
    size = (difficulty.jitter + difficulty.extremity_jitter * away) * depth
    weights = SMOOTHING / np.linalg.norm(SMOOTHING)
    fresh = rng.standard_normal((len(frames) + len(weights) - 1, *frames.shape[1:]))
    noise = weights[0] * fresh[len(weights) - 1 :]
    for lag, weight in enumerate(weights[1:], start=1):
        noise += weight * fresh[len(weights) - 1 - lag : len(fresh) - lag]
    noise *= size[..., None]
    noise *= AXIS_NOISE
    return np.asarray(noise)


def _lose_joints(
    seen: Float, lengths: Int, rng: np.random.Generator, difficulty: Difficulty
) -> dict[str, int]:
    """Hold or misplace joints in place; the number of (frame, joint) pairs of each kind."""
    rate = np.array([_rate(joint) for joint in SMPL24.joints]) * difficulty.drop_rate
    starts = np.cumsum(lengths) - lengths
    first = np.repeat(starts, lengths)
    last = first + np.repeat(lengths, lengths) - 1
    lost = rng.random(seen.shape[:2], dtype=np.float32) < rate
    lost[starts] = False
    begin, joint = np.nonzero(lost)
    duration = rng.integers(LOST_FRAMES[0], LOST_FRAMES[1] + 1, len(begin))
    duration = np.minimum(duration, last[begin] - begin + 1)
    wrong = rng.random(len(begin)) < difficulty.misplaced_share
    step = np.arange(duration.sum()) - np.repeat(np.cumsum(duration) - duration, duration)
    frame = np.repeat(begin, duration) + step
    which = np.repeat(joint, duration)
    held = seen[np.repeat(begin - 1, duration), which]
    # A hidden limb is often taken for the other one (left and right swapped).
    swapped = seen[frame, SMPL24.mirror[which]]
    misplaced = np.repeat(wrong, duration)
    seen[frame, which] = np.where(misplaced[:, None], swapped, held)
    cells = frame * len(SMPL24) + which
    return {
        "joints held at their last place": len(np.unique(cells[~misplaced])),
        "joints misplaced": len(np.unique(cells[misplaced])),
    }


def _rate(joint: str) -> float:
    if joint.endswith(OFTEN_LOST):
        return 1.0
    return 0.35 if joint.endswith(SELDOM_LOST) else 0.0
