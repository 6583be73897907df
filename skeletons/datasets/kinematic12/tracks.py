"""What an action writes down about a clip, and the smooth curves it is written with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from skeletons.arrays import BoolArray
from skeletons.datasets.kinematic12.body import Float

Share = Float | float

LEFT, RIGHT = 0, 1
"""Sides. Programs are written for a right-hander; clips of left-handers are mirrored."""


@dataclass
class Tracks:
    """n clips of T frames before they are solved into joints.

    Attributes:
        position: ``[n, T, 3]`` pelvis, metres; the legs may pull it lower.
        pelvis, trunk, head: ``[n, T, 3]`` (yaw, pitch, roll) in radians, each relative to the one
            before; the trunk's is spread over the spine.
        wrists: ``[n, T, 2, 3]`` from the shoulder in the chest's frame, in arm lengths, as
            (outward, up, forward) on either side.
        poles: ``[n, T, 2, 3]`` where the elbow points, likewise.
        flex: ``[n, T, 2]`` flexion of the hand in the plane of the arm, radians.
        balls: ``[n, T, 2, 3]`` balls of the feet, metres.
        feet: ``[n, T, 2, 2]`` (yaw, pitch) of the feet; positive pitch lifts the heel.
        contact: ``[n, T, 2]`` the ball of the foot stands.
        loose: ``[n, T, 2]`` metres by which the pelvis may outrun the leg of a swinging foot, which
            then trails behind its track.
    """

    position: Float
    pelvis: Float
    trunk: Float
    head: Float
    wrists: Float
    poles: Float
    flex: Float
    balls: Float
    feet: Float
    contact: BoolArray
    loose: Float

    @classmethod
    def empty(cls, clips: int, frames: int) -> Tracks:
        """All zero, both feet standing."""
        shape = (clips, frames)
        return cls(
            position=np.zeros((*shape, 3)),
            pelvis=np.zeros((*shape, 3)),
            trunk=np.zeros((*shape, 3)),
            head=np.zeros((*shape, 3)),
            wrists=np.zeros((*shape, 2, 3)),
            poles=np.zeros((*shape, 2, 3)),
            flex=np.zeros((*shape, 2)),
            balls=np.zeros((*shape, 2, 3)),
            feet=np.zeros((*shape, 2, 2)),
            contact=np.ones((*shape, 2), bool),
            loose=np.zeros((*shape, 2)),
        )


def minimum_jerk(share: Float) -> Float:
    """0 to 1 over ``share`` 0 to 1, with zero velocity and acceleration at both ends.

    The path of a reaching hand (Flash & Hogan 1985, equation 3): 10 s^3 - 15 s^4 + 6 s^5.
    """
    s = np.clip(share, 0.0, 1.0)
    return np.asarray(s * s * s * (10 + s * (-15 + 6 * s)))


def pulse(phase: Float, start: Share, rise: Share, hold: Share, fall: Share) -> Float:
    """A minimum-jerk rise to 1, a hold and a fall back, once a cycle of ``phase``.

    ``start``, ``rise``, ``hold`` and ``fall`` are shares of the cycle that broadcast against
    ``phase``; together they are at most 1.
    """
    at = np.mod(phase - start, 1.0)
    up = minimum_jerk(at / rise)
    return up - minimum_jerk((at - rise - hold) / fall)


def hermite(time: Float, knots: list[Float], values: list[Float], slopes: list[Float]) -> Float:
    """Cubic curve through ``values`` with ``slopes`` at ``knots``; constant outside."""
    curve = np.where(time < knots[0], values[0], values[-1]) + np.zeros_like(time)
    for k in range(len(knots) - 1):
        width = np.maximum(knots[k + 1] - knots[k], 1e-6)
        s = (time - knots[k]) / width
        piece = (
            values[k] * (1 + 2 * s) * (1 - s) ** 2
            + slopes[k] * width * s * (1 - s) ** 2
            + values[k + 1] * s * s * (3 - 2 * s)
            + slopes[k + 1] * width * s * s * (s - 1)
        )
        curve = np.where((time >= knots[k]) & (time < knots[k + 1]), piece, curve)
    return np.asarray(curve)


def unit(vectors: Float) -> Float:
    """Vectors ``[..., 3]`` scaled to length 1."""
    length = np.sqrt(np.einsum("...i,...i->...", vectors, vectors))
    return np.asarray(vectors / np.maximum(length, 1e-9)[..., None])


def arc(weights: Float, points: Float) -> Float:
    """Hand path ``[n, T, 3]`` between key points ``[n, K, 3]`` under ``weights [n, K, T]``.

    Direction and distance from the shoulder are blended apart from each other, so that the hand
    swings about the shoulder and does not cut through it.
    """
    distance = np.linalg.norm(points, axis=-1)
    direction = unit(np.einsum("nkt,nki->nti", weights, unit(points)))
    return np.asarray(direction * np.einsum("nkt,nk->nt", weights, distance)[..., None])
