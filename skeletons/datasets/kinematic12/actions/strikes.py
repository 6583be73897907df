"""boxing and throw: fast arms on a turning trunk."""

from __future__ import annotations

import numpy as np

from skeletons.datasets.kinematic12.body import Float
from skeletons.datasets.kinematic12.cast import Cast, Key
from skeletons.datasets.kinematic12.tracks import LEFT, RIGHT, Tracks, minimum_jerk, pulse

GUARD: Key = (0.00, 0.02, 0.42)
GUARD_POLE: Key = (0.40, -1.0, 0.0)


def staggered(cast: Cast, angle: float, step: float) -> Tracks:
    """Standing with the left foot in front and the body turned to the right by ``angle``."""
    tracks = cast.stand(1.5)
    half = np.clip(cast.habit("step", step, 0.012), 0.02, 0.16) * cast.bodies.stature
    for side, sign in ((LEFT, 1.0), (RIGHT, -1.0)):
        tracks.balls[:, :, side, 2] += sign * half[:, None]
    tracks.feet[:, :, LEFT, 0] -= 0.35 * angle
    tracks.feet[:, :, RIGHT, 0] -= 1.1 * angle
    tracks.pelvis[..., 0] -= angle
    tracks.trunk[..., 0] += 0.4 * angle
    tracks.head[..., 0] += 0.5 * angle
    tracks.position[..., 1] -= 0.022 * cast.bodies.stature[:, None]
    return tracks


def _guard(cast: Cast) -> Tracks:
    tracks = staggered(cast, 0.45, 0.075)
    bob = np.sin(
        2
        * np.pi
        * (cast.draw("bob", 1.2, 2.0)[:, None] * cast.time + cast.draw("bob at", 0, 1)[:, None])
    )
    tracks.position[..., 1] += 0.012 * bob
    tracks.trunk[..., 1] += 0.10 + cast.wander("weave", 0.04, 0.5)
    tracks.trunk[..., 2] += cast.wander("slip", 0.07, 0.5)
    tracks.head[..., 1] += 0.10
    return tracks


def _punches(
    cast: Cast,
    tracks: Tracks,
    side: int,
    top: Key,
    middle: Key,
    poles: tuple[Key, Key],
    phase: Float,
    start: float,
) -> Float:
    """One punch a cycle of one arm, along an outward ``middle`` key; returns its level."""
    quick = cast.draw(f"quick {side}", 0.8, 1.2)[:, None]
    level = pulse(phase, start, 0.16 * quick, 0.03, 0.24 * quick)
    bow = 0.8 * 4 * level * (1 - level)
    points = cast.keys(f"punch {side}", [GUARD, middle, top], 0.8)
    cast.reach(tracks, side, points, [GUARD_POLE, *poles], [bow * level, level * (1 - bow)])
    tracks.flex[:, :, side] = 0.05
    return level


JAB: tuple[Key, Key, tuple[Key, Key]] = (
    (0.14, 0.10, 0.93),
    (0.06, 0.06, 0.70),
    ((0.6, -0.9, 0), (0.7, -0.7, 0)),
)
CROSS: tuple[Key, Key, tuple[Key, Key]] = (
    (-0.14, 0.10, 0.94),
    (-0.05, 0.06, 0.70),
    ((0.6, -0.9, 0), (0.7, -0.7, 0)),
)
HOOK: tuple[Key, Key, tuple[Key, Key]] = (
    (-0.28, 0.06, 0.55),
    (0.45, 0.0, 0.42),
    ((1.0, -0.2, -0.3), (1.0, 0.0, 0.1)),
)
UPPERCUT: tuple[Key, Key, tuple[Key, Key]] = (
    (-0.10, 0.22, 0.55),
    (0.05, -0.45, 0.40),
    ((0.4, -0.3, -1.0), (0.4, -1.0, 0.2)),
)


def _box(
    cast: Cast,
    lead: tuple[Key, Key, tuple[Key, Key]] | None,
    rear: tuple[Key, Key, tuple[Key, Key]] | None,
    seconds: float,
) -> Tracks:
    tracks = _guard(cast)
    phase = cast.cycle(cast.seconds("combination", seconds), 0.4)
    still = np.zeros((len(cast), cast.frames))
    turn = still
    for side, blow, start, sign in ((LEFT, lead, 0.12, -1.0), (RIGHT, rear, 0.40, 1.0)):
        if blow is None:
            points = cast.keys(f"guard {side}", [GUARD, GUARD])
            cast.reach(tracks, side, points, [GUARD_POLE, GUARD_POLE], [still])
        else:
            top, middle, poles = blow
            turn = turn + sign * _punches(cast, tracks, side, top, middle, poles, phase, start)
    size = cast.amplitude("turn")
    rear_turn = np.maximum(turn, 0) * 1.5 + np.minimum(turn, 0) * 0.6
    tracks.trunk[..., 0] += 0.32 * size * rear_turn
    tracks.pelvis[..., 0] += 0.22 * size * rear_turn
    tracks.head[..., 0] -= 0.40 * size * rear_turn
    tracks.position[..., 2] += 0.02 * np.maximum(turn, 0)
    tracks.feet[:, :, RIGHT, 1] += 0.35 * np.maximum(turn, 0)
    return tracks


def box_jab(cast: Cast) -> Tracks:
    """Straight punches with the leading hand."""
    return _box(cast, JAB, None, 1.2)


def box_jab_cross(cast: Cast) -> Tracks:
    """Jab and cross."""
    return _box(cast, JAB, CROSS, 1.7)


def box_hooks(cast: Cast) -> Tracks:
    """Hooks with both hands."""
    return _box(cast, HOOK, HOOK, 1.9)


def box_uppercut(cast: Cast) -> Tracks:
    """A jab and an uppercut."""
    return _box(cast, JAB, UPPERCUT, 1.9)


def box_haymaker(cast: Cast) -> Tracks:
    """A single wide blow of the rear hand, arms low before it: near a throw."""
    return _box(cast, None, HOOK, 2.4)


def _throwing(
    cast: Cast, seconds: float, angle: float, wind: float
) -> tuple[Tracks, Float, Float, Float]:
    """A throw each cycle: tracks and the levels of wind-up, release and follow-through."""
    tracks = staggered(cast, angle, 0.085)
    phase = cast.cycle(cast.seconds("throw", seconds), 0.5)
    at = np.mod(phase, 1.0)
    back = minimum_jerk((at - 0.14) / 0.26)
    snap = minimum_jerk((at - 0.42) / 0.10)
    follow = minimum_jerk((at - 0.50) / 0.14)
    home = minimum_jerk((at - 0.70) / 0.26)
    size = cast.amplitude("throw")
    turn = size * (wind * (snap - back) + 0.55 * wind * (snap - home))
    tracks.trunk[..., 0] += 0.65 * turn
    tracks.pelvis[..., 0] += 0.35 * turn
    tracks.head[..., 0] -= 0.6 * turn
    tracks.trunk[..., 1] += size * (0.28 * (snap - home) - 0.14 * (back - snap))
    shift = 0.03 * cast.bodies.stature[:, None]
    tracks.position[..., 2] += shift * (1.6 * (snap - home) - (back - snap))
    tracks.feet[:, :, RIGHT, 1] += 0.6 * (snap - home)
    return tracks, back - snap, snap - follow, follow - home


def throw_overarm(cast: Cast) -> Tracks:
    """A ball over the shoulder."""
    tracks, back, release, follow = _throwing(cast, 2.4, 0.55, 0.75)
    points = cast.keys(
        "throw",
        [(0.05, -0.50, 0.45), (0.62, 0.38, -0.32), (0.16, 0.72, 0.58), (-0.30, -0.55, 0.62)],
    )
    poles: list[Key] = [(0.5, -0.6, -0.7), (0.8, -0.5, 0.5), (1.0, 0.0, -0.2), (0.9, 0.1, 0.2)]
    cast.reach(tracks, RIGHT, points, poles, [back, release, follow])
    aim = cast.keys("aim", [(0.15, -0.10, 0.72)])
    cast.blend_hand(
        tracks,
        LEFT,
        aim,
        (0.7, -0.7, 0),
        np.clip(back + 0.3 * release, 0, 1) * cast.draw("aiming", 0.2, 1)[:, None],
    )
    return tracks


def throw_sidearm(cast: Cast) -> Tracks:
    """A stone or disc at the height of the waist."""
    tracks, back, release, follow = _throwing(cast, 2.4, 0.5, 0.85)
    points = cast.keys(
        "throw",
        [(0.05, -0.55, 0.42), (0.80, -0.25, -0.35), (0.62, -0.18, 0.68), (-0.42, -0.25, 0.62)],
    )
    poles: list[Key] = [(0.5, -0.6, -0.7), (0.3, -0.9, -0.3), (0.5, -0.9, 0), (0.9, -0.4, 0.2)]
    cast.reach(tracks, RIGHT, points, poles, [back, release, follow])
    return tracks


def throw_underarm(cast: Cast) -> Tracks:
    """A ball rolled or tossed from below."""
    tracks, back, release, follow = _throwing(cast, 2.4, 0.25, 0.30)
    points = cast.keys(
        "throw",
        [(0.10, -0.70, 0.40), (0.16, -0.72, -0.58), (0.05, -0.70, 0.62), (-0.05, 0.10, 0.80)],
    )
    poles: list[Key] = [(0.5, -0.4, -0.8), (0.7, 0.4, -0.6), (0.5, -0.2, -0.9), (0.7, -0.8, 0)]
    cast.reach(tracks, RIGHT, points, poles, [back, release, follow])
    down = back + release
    tracks.position[..., 1] -= 0.05 * cast.bodies.stature[:, None] * down
    tracks.trunk[..., 1] += 0.30 * down
    return tracks


def throw_push(cast: Cast) -> Tracks:
    """A ball pushed from the shoulder, as in shot put: near a punch."""
    tracks, back, release, follow = _throwing(cast, 2.4, 0.55, 0.6)
    points = cast.keys(
        "throw", [(0.02, -0.30, 0.40), (0.10, 0.10, 0.36), (-0.02, 0.50, 0.82), (-0.15, 0.05, 0.85)]
    )
    poles: list[Key] = [(0.5, -0.8, -0.3), (0.8, -0.8, -0.2), (0.9, -0.6, 0), (0.8, -0.6, 0)]
    cast.reach(tracks, RIGHT, points, poles, [back, release, follow])
    return tracks


def throw_two_hands(cast: Cast) -> Tracks:
    """A ball with both hands, from behind the head or from the chest."""
    tracks, back, release, follow = _throwing(cast, 2.3, 0.15, 0.08)
    high = cast.chance("overhead", 0.55)[:, None, None]
    over = cast.keys(
        "over",
        [(-0.18, -0.35, 0.48), (-0.10, 0.68, -0.12), (-0.08, 0.72, 0.60), (-0.05, -0.10, 0.85)],
    )
    chest = cast.keys(
        "chest",
        [(-0.18, -0.40, 0.48), (-0.16, -0.18, 0.36), (-0.14, 0.05, 0.90), (-0.12, -0.20, 0.85)],
    )
    points = np.where(high, over, chest)
    poles: list[Key] = [(0.6, -0.7, -0.3), (0.9, 0.2, 0.6), (1.0, -0.4, 0.3), (0.9, -0.6, 0)]
    for side in (LEFT, RIGHT):
        cast.reach(tracks, side, points, poles, [back, release, follow])
    return tracks
