"""sit and turn_steering_wheel."""

from __future__ import annotations

import numpy as np

from skeletons.datasets.kinematic12.body import Float
from skeletons.datasets.kinematic12.cast import Cast
from skeletons.datasets.kinematic12.tracks import LEFT, RIGHT, Tracks, minimum_jerk

SIDES = ((LEFT, 1.0), (RIGHT, -1.0))


def _change(cast: Cast, down: bool) -> Tracks:
    """From standing to the chair or back, once."""
    tracks = cast.stand(1.5)
    seconds = cast.seconds("change", 1.7)
    share = minimum_jerk(cast.cycle(2 * seconds, 0.25) * 2)
    level = share if down else 1 - share
    cast.sit_down(tracks, level)
    hands = cast.chance("hands on thighs", 0.7)[:, None] * minimum_jerk(1.3 * level)
    for side, _ in SIDES:
        lap = cast.keys(f"lap {side}", [(-0.03, -0.70, 0.40)], 0.6)
        cast.blend_hand(tracks, side, lap, (0.40, -0.3, -1.0), hands)
    return tracks


def sit_down(cast: Cast) -> Tracks:
    """Sitting down."""
    return _change(cast, True)


def sit_up(cast: Cast) -> Tracks:
    """Standing up."""
    return _change(cast, False)


def sit_still(cast: Cast) -> Tracks:
    """Sitting, now and then shifting and looking around."""
    tracks = cast.seated()
    tracks.trunk[..., 1] += cast.wander("lean", 0.07, 0.2)
    tracks.trunk[..., 0] += cast.wander("turn about", 0.10, 0.2)
    tracks.head[..., 0] += cast.wander("look about", 0.22, 0.25)
    return tracks


def sit_fidget(cast: Cast) -> Tracks:
    """Sitting; a hand goes to the chin, the other arm or the table and back, never to the mouth."""
    tracks = cast.seated()
    phase = cast.cycle(cast.seconds("fidget", 4.5))
    level = minimum_jerk((phase - 0.2) / 0.25) - minimum_jerk((phase - 0.75) / 0.25)
    points = cast.keys("aim", [(-0.30, -0.46, 0.40)], 1.6)
    cast.blend_hand(tracks, RIGHT, points, (0.7, -0.6, -0.4), level)
    tracks.trunk[..., 1] += 0.12 * level
    return tracks


def _rim(cast: Cast, tracks: Tracks, side: int, angle: Float, level: Float | float = 1.0) -> None:
    """Put a hand on the wheel's rim at ``angle [n, T]`` (0 at the top, positive to the right)."""
    bodies = cast.bodies
    radius = 0.105 * bodies.stature
    shoulder = bodies.in_chest("right_shoulder")
    centre = np.stack(
        [
            0 * radius,
            cast.habit("wheel height", -0.165, 0.015) * bodies.stature,
            cast.habit("wheel distance", 0.215, 0.014) * bodies.stature,
        ],
        axis=-1,
    )
    tilt = cast.habit("wheel tilt", 0.5, 0.12)[:, None]
    across = radius[:, None] * np.sin(angle)
    along = radius[:, None] * np.cos(angle)
    wrist = np.stack(
        [
            -across,
            centre[:, 1, None] + along * np.cos(tilt),
            centre[:, 2, None] + along * np.sin(tilt),
        ],
        -1,
    )
    sign = 1.0 if side == LEFT else -1.0
    outward = wrist[..., 0] * sign - np.abs(shoulder[:, 0])[:, None]
    target = np.stack([outward, wrist[..., 1], wrist[..., 2]], axis=-1) / bodies.arm[:, None, None]
    cast.blend_hand(tracks, side, target, (0.75, -0.8, -0.3), np.zeros_like(angle) + level)


def _driving(cast: Cast) -> Tracks:
    tracks = cast.seated()
    tracks.trunk[..., 1] -= 0.05
    tracks.trunk[..., 0] *= 0.3
    return tracks


def steer_gently(cast: Cast) -> Tracks:
    """Both hands stay on the rim and turn it a little left and right."""
    tracks = _driving(cast)
    turn = (
        0.6
        * cast.amplitude("turn")
        * np.sin(2 * np.pi * cast.cycle(cast.seconds("turn", 2.6), 0.25))
    )
    _steer(cast, tracks, turn + cast.wander("drift", 0.12))
    return tracks


def _steer(cast: Cast, tracks: Tracks, turn: Float) -> None:
    grip = cast.habit("grip", 1.25, 0.15)[:, None]
    for side, sign in SIDES:
        _rim(cast, tracks, side, turn - sign * grip)
    tracks.trunk[..., 2] += 0.10 * turn
    tracks.head[..., 0] -= 0.15 * turn


def steer_over(cast: Cast) -> Tracks:
    """Hand over hand: each hand in turn pulls the rim around and goes back for the next pull."""
    tracks = _driving(cast)
    phase = cast.cycle(cast.seconds("pull", 1.5), 0.25)
    way = np.where(cast.chance("to the left", 0.5), -1.0, 1.0)[:, None]
    span = 0.75 * cast.amplitude("pull")
    for side, sign in SIDES:
        share = np.mod(phase + (0.5 if sign > 0 else 0.0), 1.0)
        saw = minimum_jerk(share / 0.62) - minimum_jerk((share - 0.62) / 0.38)
        _rim(cast, tracks, side, way * span * (2 * saw - 1) - sign * 1.0)
    tracks.trunk[..., 2] += 0.06 * np.sin(2 * np.pi * phase)
    tracks.head[..., 0] -= 0.15 * way
    return tracks


def steer_one_hand(cast: Cast) -> Tracks:
    """One hand turns the wheel, the other rests on the lap."""
    tracks = _driving(cast)
    phase = cast.cycle(cast.seconds("turn", 2.4), 0.25)
    turn = 0.75 * cast.amplitude("turn") * np.sin(2 * np.pi * phase)
    _rim(cast, tracks, RIGHT, turn + cast.habit("grip", 0.5, 0.2)[:, None])
    tracks.trunk[..., 2] += 0.08 * turn
    return tracks


def steer_standing(cast: Cast) -> Tracks:
    """Both hands turn a ship's wheel, or one in the air, standing."""
    tracks = cast.stand(1.2)
    turn = (
        0.7
        * cast.amplitude("turn")
        * np.sin(2 * np.pi * cast.cycle(cast.seconds("turn", 2.4), 0.25))
    )
    _steer(cast, tracks, turn)
    return tracks
