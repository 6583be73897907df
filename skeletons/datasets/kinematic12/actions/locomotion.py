"""walk and run: feet planted along a path, the pelvis carried over them."""

from __future__ import annotations

import numpy as np

from skeletons.datasets.kinematic12.body import Float
from skeletons.datasets.kinematic12.cast import Cast
from skeletons.datasets.kinematic12.tracks import LEFT, RIGHT, Tracks, minimum_jerk

WALK_STANCE, RUN_STANCE = 0.60, 0.36
"""Share of the gait cycle that a foot stands (Perry & Burnfield 2010; running: Novacheck 1998)."""


def path(time: Float, speed: Float, turning: Float) -> tuple[Float, Float]:
    """Place ``[n, T, 2]`` (x, z) and heading ``[n, T]`` on an arc: metres, m/s, rad/s."""
    heading = turning * time
    chord = speed * time * np.sinc(heading / 2 / np.pi)
    return np.stack([chord * np.sin(heading / 2), chord * np.cos(heading / 2)], -1), heading


def gait(
    cast: Cast, tracks: Tracks, speed: Float, stride: Float, turning: Float, stance: float
) -> Float:
    """Feet, pelvis and trunk of a steady gait; returns the phase ``[n, T]`` of the left foot.

    ``speed [n]`` m/s, ``stride [n]`` metres a cycle of two steps, ``turning [n]`` rad/s. The foot
    lands flat or toes up, stands while the pelvis passes, lifts its heel and swings to its next
    place, which lies on the path where the pelvis will be at mid-stance.
    """
    bodies, time = cast.bodies, cast.time
    rate = speed / stride
    phase = cast.draw("gait", 0, 1)[:, None] + rate[:, None] * time
    running = stance < 0.5
    place, heading = path(time, speed[:, None], turning[:, None])
    leap = np.clip(speed / bodies.stature, 0.55 if running else 0.0, 1.6)
    for side, sign, lag in ((LEFT, 1.0, 0.0), (RIGHT, -1.0, 0.5)):
        at = phase - lag
        cycle = np.floor(at)
        share = at - cycle
        through = np.clip((share - stance) / (1 - stance), 0, 1)
        swing = 0.4 * through + 0.6 * minimum_jerk(through)
        # Mid-stance time of this foot's stance and the next one's.
        now = (cycle + lag + stance / 2 - phase[:, :1]) / rate[:, None]
        later = now + 1 / rate[:, None]
        width = sign * bodies.stance * (0.45 if running else 0.75)
        here = footprint(now, speed, turning, width)
        there = footprint(later, speed, turning, width)
        ball = here + swing[..., None] * (there - here)
        lift = np.sin(np.pi * through**0.65) ** 2
        landing = 1 - minimum_jerk(share / (0.10 if running else 0.14))
        toes = 0.06 if running else 0.22
        raised = np.where(share < stance, landing, minimum_jerk((through - 0.6) / 0.4))
        height = (0.10 * leap if running else 0.025 + 0.012 * leap) * bodies.stature
        tracks.balls[:, :, side, 0] = ball[..., 0]
        tracks.balls[:, :, side, 2] = ball[..., 1]
        toe_height = np.sin(toes) * 0.09 * bodies.stature[:, None]
        tracks.balls[:, :, side, 1] = (
            bodies.ball_height[:, None] + lift * height[:, None] + raised * toe_height
        )
        heel_off = (0.75 + 0.25 * leap)[:, None]
        push = minimum_jerk((share - 0.5 * stance) / (0.5 * stance))
        relax = 1 - minimum_jerk(through / 0.75)
        kick = (0.9 if running else 0.25) * np.sin(np.pi * np.clip(through / 0.8, 0, 1)) ** 2
        tracks.feet[:, :, side, 1] = push * relax * heel_off + kick * leap[:, None] - toes * raised
        turned = turning[:, None] * (now + swing / rate[:, None])
        tracks.feet[:, :, side, 0] = turned + sign * 0.6 * bodies.turnout[:, None]
        ease = minimum_jerk(through / 0.3) - minimum_jerk((through - 0.6) / 0.4)
        tracks.loose[:, :, side] = 0.25 * ease
        tracks.contact[:, :, side] = (share < stance) & (share > 0.15)
    body(cast, tracks, phase, place, heading, leap, stance)
    return np.asarray(phase)


def footprint(when: Float, speed: Float, turning: Float, width: Float) -> Float:
    """Where ``[n, T, 2]`` a foot stands that is at mid-stance at ``when``."""
    place, heading = path(when, speed[:, None], turning[:, None])
    side = np.stack([np.cos(heading), -np.sin(heading)], axis=-1)
    return np.asarray(place + width[:, None, None] * side)


def body(
    cast: Cast,
    tracks: Tracks,
    phase: Float,
    place: Float,
    heading: Float,
    leap: Float,
    stance: float,
) -> None:
    """Pelvis over the feet: two bounces a cycle, sway to the standing leg, counter-rotation."""
    bodies = cast.bodies
    running = stance < 0.5
    middle = 2 * np.pi * (phase - stance / 2)
    sway = bodies.stance[:, None] * (0.25 if running else 0.45) * np.cos(middle)
    ahead = (0.012 if running else -0.03) * bodies.stature[:, None]
    sin, cos = np.sin(heading), np.cos(heading)
    tracks.position[..., 0] = place[..., 0] + sway * cos + ahead * sin
    tracks.position[..., 2] = place[..., 1] - sway * sin + ahead * cos
    bounce = (0.026 if running else -0.010) * bodies.stature * (0.6 + 0.4 * leap)
    # Long steps lower a walker.
    level = bodies.standing * (0.945 if running else 0.99 - 0.06 * np.maximum(leap - 0.75, 0))
    tracks.position[..., 1] = level[:, None] - bounce[:, None] * np.cos(2 * middle)
    size = cast.amplitude("gait") * (0.5 + 0.5 * leap[:, None])
    # The hip goes forward with its leg, the shoulder with the other leg.
    tracks.pelvis[..., 0] = heading + 0.10 * size * np.sin(middle)
    tracks.pelvis[..., 1] = (0.05 if running else 0.02) * leap[:, None]
    tracks.pelvis[..., 2] = 0.04 * size * np.cos(middle)
    tracks.trunk[..., 0] -= 0.20 * size * np.sin(middle)
    tracks.trunk[..., 1] += (0.10 if running else 0.03) * leap[:, None]
    tracks.trunk[..., 2] = -0.05 * size * np.cos(middle)
    tracks.head[..., 0] = 0.5 * tracks.head[..., 0] + 0.10 * size * np.sin(middle)


def swing_arms(cast: Cast, tracks: Tracks, phase: Float, bent: Float, size: Float) -> None:
    """Arms against the legs: ``bent [n]`` 0 straight to 1 right-angled, ``size [n]`` radians."""
    for side, sign in ((LEFT, 1.0), (RIGHT, -1.0)):
        angle = -sign * np.cos(2 * np.pi * phase - 0.35) * (size[:, None] * cast.amplitude("arms"))
        angle = angle + (0.10 + 0.55 * bent)[:, None]
        reach = (0.965 - 0.24 * bent)[:, None] - 0.05 * np.sin(angle)
        across = (0.13 - 0.06 * bent)[:, None] - (0.25 * bent)[:, None] * np.maximum(angle - 0.4, 0)
        wrist = np.stack([across + 0 * angle, -np.cos(angle), np.sin(angle)], axis=-1)
        tracks.wrists[:, :, side] = wrist * (reach / np.linalg.norm(wrist, axis=-1))[..., None]
        tracks.poles[:, :, side] = (0.15, 0.0, -1.0)


def strolling(
    cast: Cast, low: float, high: float, turning: float = 0.0
) -> tuple[Tracks, Float, Float]:
    """A walk at these speeds; returns tracks, phase and speed."""
    tracks = cast.stand()
    speed = cast.draw("speed", low, high) * cast.bodies.tempo**0.7
    # Step length grows with speed to the power 0.42 (Grieve & Gear 1966).
    stride = 0.72 * cast.bodies.stature * np.clip(speed / 1.2, 0.2, None) ** 0.42
    stride = stride * np.exp(cast.habit("stride", 0, 0.06))
    turn = turning * np.sign(cast.draw("turn side", -1, 1)) * cast.draw("turning", 0.5, 1.2)
    phase = gait(cast, tracks, speed, stride, turn + cast.habit("drift", 0, 0.03), WALK_STANCE)
    swing_arms(cast, tracks, phase, np.clip(0.1 * speed, 0, 0.3), 0.22 + 0.22 * speed)
    return tracks, phase, speed


def walk_straight(cast: Cast) -> Tracks:
    """An ordinary walk."""
    return strolling(cast, 0.8, 1.45)[0]


def walk_curved(cast: Cast) -> Tracks:
    """A walk around a curve."""
    return strolling(cast, 0.7, 1.2, 0.6)[0]


def walk_brisk(cast: Cast) -> Tracks:
    """A fast walk with bent arms, at the speed of a slow run."""
    tracks, phase, speed = strolling(cast, 1.5, 1.9)
    swing_arms(cast, tracks, phase, cast.draw("bent", 0.3, 0.9), 0.35 + 0.15 * speed)
    return tracks


def walk_carrying(cast: Cast) -> Tracks:
    """A slow walk with one hand held up in front, as with a cup or a telephone."""
    tracks, _, _ = strolling(cast, 0.6, 1.1, 0.2)
    point = cast.keys("carry", [(-0.05, -0.45, 0.50)])
    level = np.ones((len(cast), cast.frames))
    cast.blend_hand(
        tracks,
        RIGHT,
        point + 0.02 * np.sin(2 * np.pi * cast.time)[:, None],
        (0.4, -0.6, -0.7),
        level,
    )
    return tracks


def jog(cast: Cast, low: float, high: float, turning: float = 0.0) -> Tracks:
    """A run at these speeds with bent arms."""
    tracks = cast.stand()
    speed = cast.draw("speed", low, high) * cast.bodies.tempo**0.7
    cadence = cast.habit("cadence", 1.38, 0.06)
    turn = turning * np.sign(cast.draw("turn side", -1, 1)) * cast.draw("turning", 0.5, 1.2)
    phase = gait(
        cast, tracks, speed, speed / cadence, turn + cast.habit("drift", 0, 0.03), RUN_STANCE
    )
    bent = np.clip(cast.habit("bent", 0.85, 0.15), 0.3, 1.1)
    swing_arms(cast, tracks, phase, bent, 0.35 + 0.12 * speed)
    return tracks


def run_straight(cast: Cast) -> Tracks:
    """A run."""
    return jog(cast, 1.9, 2.9)


def run_curved(cast: Cast) -> Tracks:
    """A run around a curve."""
    return jog(cast, 1.8, 2.6, 0.9)


def run_slow(cast: Cast) -> Tracks:
    """A jog no faster than a brisk walk."""
    return jog(cast, 1.3, 1.9)


def run_in_place(cast: Cast) -> Tracks:
    """A jog on the spot."""
    return jog(cast, 0.12, 0.5)
