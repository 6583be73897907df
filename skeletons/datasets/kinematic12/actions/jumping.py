"""jump: crouch, take off, fly on a parabola, land."""

from __future__ import annotations

import numpy as np

from skeletons.datasets.kinematic12.body import Float
from skeletons.datasets.kinematic12.cast import Cast
from skeletons.datasets.kinematic12.tracks import LEFT, RIGHT, Tracks, hermite, minimum_jerk, pulse

GRAVITY = 9.81


def leap(
    cast: Cast, height: Float, crouch: Float, pause: Float, length: Float | None = None
) -> tuple[Tracks, dict[str, Float]]:
    """Repeated jumps: ``height``, ``crouch`` and ``length`` forward ``[n]`` metres, ``pause`` s.

    Returns the tracks and the curves ``[n, T]`` that arms follow: ``crouch`` (1 deepest),
    ``flight`` (share of the flight, 0 before and 1 after), ``air`` (1 at the top), ``count``,
    ``swing`` (arms up for the flight) and ``beat`` (cycles from the middle of a flight).
    """
    tracks, bodies = cast.stand(1.3), cast.bodies
    air = 2 * np.sqrt(2 * height / GRAVITY)
    lower, push = cast.seconds("lower", 0.42) * (0.5 + 0.5 * pause), cast.seconds("push", 0.24)
    absorb, rise = 0.20 + 0 * air, cast.seconds("rise", 0.45) * (0.4 + 0.6 * pause)
    knots = [0 * air]
    for part in (lower, push, air, absorb, rise):
        knots.append(knots[-1] + part)
    whole = knots[-1] + 0.8 * pause
    telling = (knots[2] + air / 2) / whole
    cycle = cast.cycle(whole, telling)
    count = np.floor(cycle)
    time = (cycle - count) * whole[:, None]
    at = [knot[:, None] for knot in knots]
    speed = GRAVITY * air / 2
    tiptoe = 0.045 * bodies.stature
    nought = 0 * air
    curve = hermite(
        time,
        at,
        [v[:, None] for v in (nought, -crouch, tiptoe, tiptoe, -0.8 * crouch, nought)],
        [v[:, None] for v in (nought, nought, speed, -speed, nought, nought)],
    )
    share = np.clip((time - at[2]) / air[:, None], 0, 1)
    ballistic = 4 * height[:, None] * share * (1 - share)
    flying = (time > at[2]) & (time < at[3])
    curve = np.where(flying, tiptoe[:, None] + ballistic, curve)
    down = pulse(
        time / whole[:, None],
        0.0,
        (lower / whole)[:, None],
        (0.3 * push / whole)[:, None],
        (0.7 * push / whole)[:, None],
    )
    landing = minimum_jerk((time - at[3]) / absorb[:, None]) - minimum_jerk(
        (time - at[4]) / rise[:, None]
    )
    heel = minimum_jerk((time - at[1] - 0.4 * push[:, None]) / (0.6 * push)[:, None])
    heel = heel - minimum_jerk((time - at[3] + 0.04) / 0.14)
    tracks.position[..., 1] += curve
    lean = np.maximum(down, 0.7 * landing) * (crouch / (0.1 * bodies.stature))[:, None]
    tracks.pelvis[..., 1] += 0.20 * lean
    tracks.trunk[..., 1] += 0.18 * lean
    tracks.head[..., 1] -= 0.20 * lean
    tracks.position[..., 2] -= 0.05 * bodies.stature[:, None] * lean
    tuck = cast.habit("tuck", 0.25, 0.12)[:, None]
    for side in (LEFT, RIGHT):
        tracks.balls[:, :, side, 1] += ballistic * (1 + np.clip(tuck, 0, 0.6))
        tracks.feet[:, :, side, 1] += 0.75 * heel
        tracks.contact[:, :, side] &= ~flying
    if length is not None:
        # The body falls forward before the feet leave and comes to rest after they land.
        ahead = minimum_jerk((time - at[1]) / (push + air + absorb)[:, None])
        before = count - count[:, :1]
        tracks.position[..., 2] += length[:, None] * (before + ahead)
        tracks.balls[..., 2] += (length[:, None] * (before + share))[..., None]
    swing = minimum_jerk((time - at[1] + 0.1) / (push + 0.4 * air + 0.1)[:, None])
    swing = swing - minimum_jerk((time - at[2] - 0.55 * air[:, None]) / (0.45 * air + 0.3)[:, None])
    return tracks, {
        "crouch": down,
        "flight": share,
        "air": np.sin(np.pi * share),
        "count": count,
        "swing": swing,
        "beat": cycle - telling[:, None],
    }


def _both(
    cast: Cast,
    tracks: Tracks,
    points: list[tuple[float, float, float]],
    poles: list[tuple[float, float, float]],
    levels: list[Float],
) -> None:
    for side in (LEFT, RIGHT):
        cast.reach(tracks, side, cast.keys("both", points), poles, levels)


def jump_up(cast: Cast) -> Tracks:
    """A countermovement jump: the arms swing back in the crouch and up in flight."""
    height = cast.draw("height", 0.12, 0.38) * cast.bodies.amplitude
    tracks, curves = leap(
        cast,
        height,
        0.14 * cast.bodies.stature * cast.draw("crouch", 0.6, 1.2),
        cast.draw("pause", 0.5, 1.5),
    )
    up = curves["swing"]
    front = 2 * up * (1 - up)
    points = [(0.15, -0.93, 0.1), (0.2, -0.75, -0.5), (0.16, -0.1, 0.9), (0.22, 0.82, 0.38)]
    _both(
        cast,
        tracks,
        points,
        [(0.2, 0, -1), (0.4, 0.3, -1), (0.6, -0.8, 0), (0.9, -0.2, 0.4)],
        [curves["crouch"] * (1 - up) ** 2, front, up**2],
    )
    return tracks


def jump_hop(cast: Cast) -> Tracks:
    """Small quick hops with bent arms."""
    tracks, curves = leap(
        cast,
        cast.draw("height", 0.04, 0.12),
        0.05 * cast.bodies.stature * cast.draw("crouch", 0.7, 1.3),
        cast.draw("pause", 0.0, 0.15),
    )
    points = [(0.22, -0.62, 0.42), (0.3, -0.5, 0.46)]
    _both(cast, tracks, points, [(0.5, -0.2, -1), (0.7, -0.1, -1)], [curves["air"]])
    return tracks


def jump_forward(cast: Cast) -> Tracks:
    """A standing long jump."""
    length = cast.draw("length", 0.3, 1.0) * cast.bodies.amplitude
    tracks, curves = leap(
        cast,
        cast.draw("height", 0.1, 0.25),
        0.15 * cast.bodies.stature * cast.draw("crouch", 0.8, 1.3),
        cast.draw("pause", 0.6, 1.5),
        length,
    )
    up = curves["swing"]
    points = [(0.15, -0.93, 0.15), (0.2, -0.75, -0.5), (0.15, 0.1, 0.9)]
    _both(
        cast,
        tracks,
        points,
        [(0.2, 0, -1), (0.4, 0.3, -1), (0.6, -0.8, 0)],
        [curves["crouch"] * (1 - up), up],
    )
    return tracks


def jump_jack(cast: Cast) -> Tracks:
    """Jumping jacks: the feet spread and close in the air, the arms rise at the sides."""
    bodies = cast.bodies
    tracks, curves = leap(
        cast, cast.draw("height", 0.05, 0.11), 0.045 * bodies.stature, cast.draw("pause", 0.0, 0.12)
    )
    odd = np.mod(curves["count"], 2)
    share = minimum_jerk(curves["flight"])
    level = odd + (1 - 2 * odd) * share
    for side, sign in ((LEFT, 1.0), (RIGHT, -1.0)):
        wide = sign * level * 0.13 * bodies.stature[:, None] * cast.amplitude("spread")
        tracks.balls[:, :, side, 0] += wide
    side_keys = [(0.2, -0.92, 0.05), (0.9, 0.0, 0.1), (0.35, 0.85, 0.05)]
    # The arms take the whole beat for their way, the feet only the flight.
    arms = 0.5 + 0.5 * np.sin(np.pi * curves["beat"])
    _both(
        cast,
        tracks,
        side_keys,
        [(0.3, 0, -1), (0.1, -0.3, -1), (0.9, 0.1, -0.4)],
        [2 * arms * (1 - arms), arms**2],
    )
    return tracks
