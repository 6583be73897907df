"""drink, eat and phone: a hand goes to the head, for different reasons."""

from __future__ import annotations

import numpy as np

from skeletons.datasets.kinematic12.actions.locomotion import strolling
from skeletons.datasets.kinematic12.body import Float
from skeletons.datasets.kinematic12.cast import Cast, Key
from skeletons.datasets.kinematic12.tracks import LEFT, RIGHT, Tracks, pulse

ELBOW_DOWN: Key = (0.45, -0.9, -0.1)
ELBOW_OUT: Key = (0.9, -0.75, -0.1)
ELBOW_BACK: Key = (0.5, -0.6, -0.7)
MOUTH = (0.045, -0.025, 0.115)
EAR = (0.110, -0.050, 0.090)
"""Wrist of a hand that holds something to the mouth or the ear, from the head joint, in stature:
outward, up, forward."""


def one_hand(
    cast: Cast,
    tracks: Tracks,
    low: Key,
    high: Float,
    level: Float,
    pole: Key = ELBOW_DOWN,
    side: int = RIGHT,
) -> None:
    """One hand between a low key and the head."""
    points = np.concatenate([cast.keys(f"low {side}", [low]), high], axis=1)
    cast.reach(tracks, side, points, [ELBOW_BACK, pole], [level])
    tracks.flex[:, :, side] = 0.1 + 0.35 * level


def body_of(cast: Cast, posture: str) -> Tracks:
    """Standing or sitting."""
    return cast.seated() if posture == "sit" else cast.stand()


def tilt_back(cast: Cast, tracks: Tracks, level: Float, angle: float) -> None:
    """Head and chest tip back."""
    size = level * cast.amplitude("tilt") * angle
    tracks.head[..., 1] -= size
    tracks.trunk[..., 1] -= 0.2 * size


def mouth(cast: Cast, what: str) -> Float:
    """Key of the dominant wrist at the mouth."""
    return cast.face(what, *MOUTH)


def _sip(
    cast: Cast, posture: str, seconds: float, angle: float, hold: float, pole: Key
) -> tuple[Tracks, Float]:
    tracks = body_of(cast, posture)
    phase = cast.cycle(cast.seconds("sip", seconds))
    move = (0.5 - hold / 2) * cast.draw("haste", 0.6, 0.95)[:, None]
    start = 0.5 - hold / 2 - move
    level = pulse(phase, start, move, hold, move)
    low: Key = (0.02, -0.52, 0.48) if posture == "sit" else (0.12, -0.60, 0.42)
    one_hand(cast, tracks, low, mouth(cast, "mouth"), level, pole)
    tilt = pulse(
        phase, start + 0.85 * move, 0.5 * move, np.maximum(hold - 0.5 * move, 0.02), 0.5 * move
    )
    tilt_back(cast, tracks, tilt, angle)
    return tracks, level


def drink_cup(cast: Cast) -> Tracks:
    """A cup to the mouth, standing."""
    return _sip(cast, "stand", 3.5, 0.32, 0.32, ELBOW_DOWN)[0]


def drink_bottle(cast: Cast) -> Tracks:
    """A bottle, elbow high and head far back."""
    return _sip(cast, "stand", 3.6, 0.55, 0.36, ELBOW_OUT)[0]


def drink_seated(cast: Cast) -> Tracks:
    """A cup from a table, sitting."""
    return _sip(cast, "sit", 3.6, 0.30, 0.30, ELBOW_DOWN)[0]


def drink_two_hands(cast: Cast) -> Tracks:
    """A bowl or mug in both hands."""
    tracks, level = _sip(cast, "stand", 3.4, 0.32, 0.32, ELBOW_DOWN)
    _other_hand_too(cast, tracks, level)
    return tracks


def _other_hand_too(cast: Cast, tracks: Tracks, level: Float) -> None:
    """The left hand does what the right one does."""
    tracks.wrists[:, :, LEFT] = tracks.wrists[:, :, RIGHT]
    tracks.poles[:, :, LEFT] = tracks.poles[:, :, RIGHT]
    tracks.flex[:, :, LEFT] = tracks.flex[:, :, RIGHT]


def _bites(cast: Cast, posture: str, seconds: float, pole: Key, nod: float) -> tuple[Tracks, Float]:
    tracks = body_of(cast, posture)
    phase = cast.cycle(cast.seconds("bite", seconds))
    move = cast.draw("move", 0.24, 0.34)[:, None]
    hold = cast.draw("hold", 0.03, 0.11)[:, None]
    level = pulse(phase, 0.5 - move - hold / 2, move, hold, move)
    low: Key = (-0.03, -0.50, 0.50) if posture == "sit" else (-0.02, -0.46, 0.46)
    one_hand(cast, tracks, low, mouth(cast, "mouth"), level, pole)
    down = nod * cast.amplitude("nod")
    tracks.head[..., 1] += down * (0.35 + 0.65 * level)
    tracks.trunk[..., 1] += 0.35 * down * level
    return tracks, level


def eat_standing(cast: Cast) -> Tracks:
    """Finger food: one hand holds the plate, the other goes to and fro."""
    tracks, _ = _bites(cast, "stand", 2.2, ELBOW_DOWN, 0.16)
    plate = cast.keys("plate", [(-0.05, -0.50, 0.45)])
    cast.blend_hand(tracks, LEFT, plate, ELBOW_BACK, np.ones((len(cast), cast.frames)))
    return tracks


def eat_table(cast: Cast) -> Tracks:
    """Fork or spoon at a table, the trunk bends to the plate."""
    tracks, _ = _bites(cast, "sit", 2.4, ELBOW_OUT, 0.22)
    tracks.trunk[..., 1] += cast.habit("bent over", 0.12, 0.05)[:, None]
    rest = cast.keys("table", [(-0.02, -0.50, 0.52)])
    cast.blend_hand(tracks, LEFT, rest, ELBOW_OUT, np.ones((len(cast), cast.frames)))
    return tracks


def eat_two_hands(cast: Cast) -> Tracks:
    """A sandwich in both hands."""
    tracks, level = _bites(cast, "stand", 2.6, ELBOW_DOWN, 0.14)
    _other_hand_too(cast, tracks, level)
    return tracks


def eat_snack(cast: Cast) -> Tracks:
    """A snack in one hand, standing, the other arm hanging: much like a drink."""
    return _bites(cast, "stand", 2.6, ELBOW_DOWN, 0.10)[0]


def _call(cast: Cast, tracks: Tracks, low: Key) -> Tracks:
    phase = cast.cycle(cast.seconds("call", 7.0), 0.35)
    level = pulse(phase, 0.06, 0.16, 0.62, 0.16)
    ear = cast.face("ear", *EAR)
    one_hand(cast, tracks, low, ear, level, (0.7, -1.0, 0.0))
    tracks.flex[:, :, RIGHT] = 0.1 + 0.25 * level
    tracks.head[..., 2] += level * cast.habit("head tilt", 0.12, 0.08)[:, None]
    tracks.head[..., 0] += level * cast.wander("talk", 0.12, 0.4)
    tracks.trunk[..., 0] += level * cast.wander("pace", 0.08, 0.2)
    return tracks


def phone_call(cast: Cast) -> Tracks:
    """The telephone from the pocket to the ear, standing."""
    return _call(cast, cast.stand(), (0.16, -0.86, 0.06))


def phone_seated(cast: Cast) -> Tracks:
    """A call, sitting."""
    return _call(cast, cast.seated(), (0.05, -0.60, 0.42))


def phone_walking(cast: Cast) -> Tracks:
    """A call on a slow walk."""
    tracks, _, _ = strolling(cast, 0.35, 0.8, 0.5)
    return _call(cast, tracks, (0.14, -0.80, 0.20))


def phone_typing(cast: Cast) -> Tracks:
    """The screen in front of the chest, head down."""
    tracks = cast.stand()
    phase = cast.cycle(cast.seconds("typing", 6.0), 0.4)
    level = pulse(phase, 0.05, 0.15, 0.65, 0.15)
    points = cast.keys("screen", [(0.1, -0.85, 0.15), (-0.16, -0.32, 0.46)])
    tap = 0.012 * np.sin(2 * np.pi * (cast.draw("tap", 1.5, 2.8)[:, None] * cast.time))
    cast.reach(tracks, RIGHT, points, [ELBOW_BACK, ELBOW_DOWN], [level])
    tracks.wrists[:, :, RIGHT, 1] += level * tap
    both = cast.chance("both", 0.5)[:, None] * level
    other = cast.keys("other", [(-0.16, -0.34, 0.45)])
    cast.blend_hand(tracks, LEFT, other, ELBOW_DOWN, both)
    tracks.head[..., 1] += level * cast.habit("head down", 0.38, 0.10)[:, None]
    return tracks
