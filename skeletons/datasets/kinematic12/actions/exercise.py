"""warm_up and lift_dumbbell: repeated movements of arms and trunk on standing feet."""

from __future__ import annotations

import numpy as np

from skeletons.datasets.kinematic12.body import Float
from skeletons.datasets.kinematic12.cast import Cast, Key
from skeletons.datasets.kinematic12.tracks import LEFT, RIGHT, Tracks, minimum_jerk, pulse

SIDES = ((LEFT, 1.0), (RIGHT, -1.0))


def repetition(cast: Cast, seconds: float) -> tuple[Float, Float]:
    """Phase of a repeated lift and its level, slower down than up and with a pause."""
    phase = cast.cycle(cast.seconds("repetition", seconds))
    up = cast.draw("up", 0.30, 0.40)[:, None]
    hold = cast.draw("hold", 0.04, 0.14)[:, None]
    down = cast.draw("down", 0.34, 0.44)[:, None]
    return phase, pulse(phase, 0.5 - up - hold / 2, up, hold, down)


def both(
    cast: Cast, tracks: Tracks, what: str, points: list[Key], poles: list[Key], levels: list[Float]
) -> None:
    """The same keys for both arms, as each subject does them."""
    shared = cast.keys(what, points)
    for side, _ in SIDES:
        cast.reach(
            tracks,
            side,
            shared + cast.keys(f"{what} {side}", [(0.0, 0.0, 0.0)], 0.25),
            poles,
            levels,
        )


def warm_arm_circles(cast: Cast) -> Tracks:
    """Arms circle, stretched, small at the sides or large in front and overhead."""
    tracks = cast.stand(1.3)
    turns = cast.cycle(cast.seconds("circle", 1.6))
    direction = np.where(cast.chance("backward", 0.5), -1.0, 1.0)[:, None]
    angle = 2 * np.pi * turns * direction
    size = cast.draw("size", 0.18, 0.75)[:, None] * cast.amplitude("circle")
    size = np.minimum(size, 0.85)
    for side, _ in SIDES:
        wrist = np.stack(
            [0.62 + 0 * angle, size * np.sin(angle) + 0.05, 0.15 + size * np.cos(angle)], axis=-1
        )
        tracks.wrists[:, :, side] = wrist / np.linalg.norm(wrist, axis=-1, keepdims=True) * 0.95
        tracks.poles[:, :, side] = (-0.1, -1.0, -0.6)
    return tracks


def warm_side_bend(cast: Cast) -> Tracks:
    """The trunk leans to the side, one arm over the head, the other hand on the hip."""
    tracks = cast.stand(1.8)
    lean = np.sin(2 * np.pi * cast.cycle(cast.seconds("bend", 3.2), 0.25))
    size = 0.42 * cast.amplitude("bend")
    tracks.trunk[..., 2] += size * lean
    tracks.pelvis[..., 2] -= 0.06 * lean
    tracks.position[..., 0] += 0.03 * lean
    tracks.head[..., 2] += 0.15 * lean
    for side, sign in SIDES:
        level = minimum_jerk(0.5 + 0.9 * sign * lean)
        points = cast.keys("arms", [(0.42, -0.62, 0.0), (0.85, 0.1, 0.2), (0.10, 0.88, 0.05)])
        poles: list[Key] = [(1, 0, -0.6), (0.6, -0.6, -0.6), (1.0, -0.1, 0.2)]
        cast.reach(tracks, side, points, poles, [2 * level * (1 - level), level**2])
    return tracks


def warm_twist(cast: Cast) -> Tracks:
    """The trunk turns left and right, elbows bent at the height of the chest."""
    tracks = cast.stand(1.5)
    turn = np.sin(2 * np.pi * cast.cycle(cast.seconds("twist", 2.2), 0.25))
    size = cast.amplitude("twist")
    tracks.trunk[..., 0] += 0.65 * size * turn
    tracks.pelvis[..., 0] += 0.14 * size * turn
    tracks.head[..., 0] += 0.10 * turn
    still = np.zeros((len(cast), cast.frames))
    both(
        cast,
        tracks,
        "chest",
        [(-0.10, -0.18, 0.50), (0, 0, 1)],
        [(1.0, -0.1, 0), (1, 0, 0)],
        [still],
    )
    return tracks


def warm_chest_opener(cast: Cast) -> Tracks:
    """Elbows go back at the height of the shoulders and hands meet again in front."""
    tracks = cast.stand(1.2)
    _, level = repetition(cast, 1.5)
    both(
        cast,
        tracks,
        "open",
        [(-0.12, -0.12, 0.52), (0.52, -0.06, 0.20)],
        [(1.0, -0.15, 0.0), (0.9, -0.1, -0.9)],
        [level],
    )
    tracks.trunk[..., 1] -= 0.12 * level
    return tracks


def warm_overhead(cast: Cast) -> Tracks:
    """Both arms rise to the sides or to the front over the head and come down: a long stretch."""
    tracks = cast.stand(1.2)
    _, level = repetition(cast, 3.0)
    middle = 4 * level * (1 - level)
    front = cast.chance("front", 0.5)[:, None]
    side_level, front_level = 0.85 * middle * ~front, 0.85 * middle * front
    top = level * (1 - 0.85 * middle)
    points = [(0.14, -0.93, 0.08), (0.93, 0.1, 0.1), (0.12, 0.05, 0.93), (0.08, 0.93, 0.06)]
    poles = [(0.4, 0, -1), (0.1, -0.5, -1), (0.5, -0.8, 0), (1.0, 0.1, 0.3)]
    both(cast, tracks, "rise", points, poles, [side_level, front_level, top])
    tracks.trunk[..., 1] -= 0.08 * level
    tracks.head[..., 1] -= 0.15 * level
    return tracks


def warm_squat(cast: Cast) -> Tracks:
    """Squats with the arms raised to the front, on the heels: a jump that stays on the floor."""
    tracks = cast.stand(1.8)
    _, level = repetition(cast, 2.2)
    depth = 0.17 * cast.amplitude("squat") * cast.bodies.stature[:, None]
    tracks.position[..., 1] -= np.minimum(depth, 0.24 * cast.bodies.stature[:, None]) * level
    tracks.position[..., 2] -= 0.10 * cast.bodies.stature[:, None] * level
    tracks.pelvis[..., 1] += 0.45 * level
    tracks.trunk[..., 1] += 0.20 * level
    tracks.head[..., 1] -= 0.35 * level
    both(
        cast,
        tracks,
        "squat",
        [(0.13, -0.9, 0.15), (0.05, -0.05, 0.92)],
        [(0.4, 0, -1), (0.6, -0.8, 0)],
        [level],
    )
    return tracks


def warm_knees(cast: Cast) -> Tracks:
    """Marching on the spot with high knees: like a run on the spot, never airborne."""
    tracks, bodies = cast.stand(), cast.bodies
    phase = cast.cycle(cast.seconds("step", 1.15))
    tracks.position[..., 0] += 0.8 * bodies.stance[:, None] * np.sin(2 * np.pi * phase)
    for side, sign in SIDES:
        share = np.mod(phase - (0.5 if sign > 0 else 0.0), 1.0)
        lifted = np.sin(np.pi * np.clip(share / 0.46, 0, 1)) ** 2
        height = 0.17 * bodies.stature[:, None] * cast.amplitude("knee")
        tracks.balls[:, :, side, 1] += lifted * height
        tracks.balls[:, :, side, 2] += 0.12 * bodies.stature[:, None] * lifted
        tracks.feet[:, :, side, 1] += 0.45 * lifted
        tracks.contact[:, :, side] &= lifted < 1e-9
        arm = -sign * np.sin(2 * np.pi * phase)
        wrist = np.stack([0.1 + 0 * arm, -0.6 + 0.15 * arm, 0.42 + 0.3 * arm], axis=-1)
        tracks.wrists[:, :, side] = wrist
        tracks.poles[:, :, side] = (0.4, 0.0, -1.0)
    return tracks


def warm_toe_touch(cast: Cast) -> Tracks:
    """Bending down to the feet and up again."""
    tracks = cast.stand(1.4)
    _, level = repetition(cast, 3.2)
    size = np.minimum(cast.amplitude("bend"), 1.15)
    tracks.pelvis[..., 1] += 0.75 * size * level
    tracks.trunk[..., 1] += 0.75 * size * level
    tracks.head[..., 1] -= 0.15 * level
    tracks.position[..., 2] -= 0.075 * cast.bodies.stature[:, None] * level
    tracks.position[..., 1] -= 0.02 * cast.bodies.stature[:, None] * level
    both(
        cast,
        tracks,
        "down",
        [(0.13, -0.92, 0.10), (0.02, -0.62, 0.74)],
        [(0.2, 0, -1), (0.4, 0.3, -0.8)],
        [level],
    )
    return tracks


def _curl(
    cast: Cast, lag: float, sides: tuple[int, ...], tracks: Tracks, seconds: float = 2.0
) -> None:
    phase = cast.cycle(cast.seconds("repetition", seconds))
    up = cast.draw("up", 0.24, 0.34)[:, None]
    for side in sides:
        level = pulse(
            phase + (lag if side == LEFT else 0.0),
            0.5 - up,
            up,
            0.08,
            1.2 * up,
        )
        # The elbow stays at the waist: the middle key keeps the hand on its arc in front.
        middle = 4 * level * (1 - level) * 0.9
        points = cast.keys("curl", [(0.16, -0.94, 0.05), (0.12, -0.50, 0.48), (0.10, -0.13, 0.34)])
        cast.reach(
            tracks,
            side,
            points,
            [(0.3, -0.2, -1), (0.3, -0.5, -1), (0.35, -1, -0.35)],
            [middle, level * (1 - middle)],
        )
        tracks.flex[:, :, side] = 0.25 * level


def lift_curl(cast: Cast) -> Tracks:
    """Curls with both arms."""
    tracks = cast.stand(1.2)
    _curl(cast, 0.0, (LEFT, RIGHT), tracks)
    return tracks


def lift_alternate(cast: Cast) -> Tracks:
    """Curls, left and right by turns."""
    tracks = cast.stand(1.2)
    _curl(cast, 0.5, (LEFT, RIGHT), tracks, 2.6)
    return tracks


def lift_one(cast: Cast) -> Tracks:
    """A curl with one arm, standing or sitting: its path is near that of a cup."""
    tracks = cast.stand(1.1)
    _curl(cast, 0.0, (RIGHT,), tracks)
    return tracks


def lift_seated(cast: Cast) -> Tracks:
    """A curl with one arm on a bench, the other hand on the knee."""
    tracks = cast.seated()
    _curl(cast, 0.0, (RIGHT,), tracks)
    return tracks


def lift_press(cast: Cast) -> Tracks:
    """A press from the shoulders over the head."""
    tracks = cast.stand(1.3)
    _, level = repetition(cast, 2.2)
    both(
        cast,
        tracks,
        "press",
        [(0.22, 0.12, 0.30), (0.12, 0.92, 0.08)],
        [(0.6, -1, -0.1), (1.0, -0.3, 0.2)],
        [level],
    )
    tracks.trunk[..., 1] -= 0.10 * level
    return tracks


def lift_lateral(cast: Cast) -> Tracks:
    """A lateral raise to the height of the shoulders."""
    tracks = cast.stand(1.1)
    _, level = repetition(cast, 2.2)
    both(
        cast,
        tracks,
        "raise",
        [(0.15, -0.93, 0.08), (0.92, -0.04, 0.16)],
        [(0.4, 0, -1), (0.1, -0.3, -1)],
        [level],
    )
    return tracks


def lift_floor(cast: Cast) -> Tracks:
    """Bending the knees, taking the weights from the floor and standing up."""
    tracks = cast.stand(1.5)
    _, level = repetition(cast, 3.2)
    size = np.clip(cast.amplitude("bend"), 0.75, 1.15)
    tracks.position[..., 1] -= 0.16 * size * cast.bodies.stature[:, None] * level
    tracks.position[..., 2] -= 0.10 * cast.bodies.stature[:, None] * level
    tracks.pelvis[..., 1] += 0.70 * size * level
    tracks.trunk[..., 1] += 0.35 * size * level
    tracks.head[..., 1] -= 0.45 * level
    both(
        cast,
        tracks,
        "floor",
        [(0.16, -0.94, 0.05), (0.10, -0.72, 0.58)],
        [(0.3, 0, -1), (0.5, -0.2, -0.6)],
        [level],
    )
    return tracks
