"""The clips of one variant of an action, performed together: who, how fast, how large."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from skeletons.arrays import BoolArray, IntArray
from skeletons.datasets.kinematic12.body import SUBJECTS, Float, Subjects
from skeletons.datasets.kinematic12.difficulty import Difficulty
from skeletons.datasets.kinematic12.retake import AS_RECORDED, Retake, factor_of
from skeletons.datasets.kinematic12.tracks import LEFT, RIGHT, Tracks, arc, unit
from skeletons.seeds import named_rng

FRAMES_PER_SECOND = 20.0
Key = tuple[float, float, float]
Level = Float
SEAT = 0.285
"""Height of the pelvis over the floor on a chair, in stature: a seat of about 0.44 m."""


@dataclass(frozen=True)
class Cast:
    """n clips of one variant; every array has n rows.

    Attributes:
        seed: names the random draws, with ``action``.
        action: the name of action and variant.
        subject: number of the subject of each clip.
        bodies: the subjects, one row a clip.
        lengths: frames of each clip that will be kept.
        frames: T, frames that are made.
        difficulty: the data set's knobs.
        retake: what is redrawn where the clips are performed again.
    """

    seed: int
    action: str
    subject: IntArray
    bodies: Subjects
    lengths: IntArray
    frames: int
    difficulty: Difficulty
    retake: Retake = AS_RECORDED

    def __len__(self) -> int:
        return len(self.subject)

    @property
    def time(self) -> Float:
        """``[T]`` seconds from the first frame."""
        return np.arange(self.frames) / FRAMES_PER_SECOND

    def draw(self, what: str, low: float, high: float) -> Float:
        """``[n]`` uniform values, one a clip; ``what`` names the draw."""
        rng = named_rng("kinematic12", self.seed, self.action, what)
        rng = self.retake.rng(factor_of(what), rng, self.action, what)
        return rng.uniform(low, high, len(self))

    def habit(self, what: str, mean: float, spread: float, factor: str = "manner") -> Float:
        """``[n]`` normal values that are mostly the subject's own: a habit, and a part a clip."""
        rng = named_rng("kinematic12", self.seed, self.action, what)
        own = np.clip(rng.normal(size=SUBJECTS), -2, 2)[self.subject]
        rng = self.retake.rng(factor, rng, self.action, what)
        return np.asarray(
            mean + spread * (0.8 * own + 0.6 * np.clip(rng.normal(size=len(self)), -2, 2))
        )

    def chance(self, what: str, probability: float) -> BoolArray:
        """``[n]`` true with this probability."""
        return self.draw(what, 0, 1) < probability

    def amplitude(self, what: str = "") -> Float:
        """``[n, 1]`` factor around 1: the subject's, and half its spread from clip to clip."""
        spread = self.difficulty.amplitude_spread / 2
        own = np.exp(self.habit(f"amplitude {what}", 0.0, spread, "amplitude"))
        return np.asarray((self.bodies.amplitude * own)[:, None])

    def seconds(self, what: str, mean: float) -> Float:
        """``[n]`` durations around ``mean`` at the subject's tempo."""
        spread = self.difficulty.tempo_spread / 2
        own = np.exp(self.habit(f"seconds {what}", 0.0, spread, "timing"))
        return np.asarray(mean / (self.bodies.tempo * own))

    def cycle(self, seconds: Float, telling: Float | float = 0.5) -> Float:
        """Phase ``[n, T]`` in cycles of these seconds.

        The moment ``telling`` of a cycle, at which the action shows, falls into the middle of the
        clip; in the difficulty's ``partial_share`` of clips it may lie near or outside the ends.
        """
        clip = self.lengths / FRAMES_PER_SECOND
        whole, partial = self.draw("moment", 0.2, 0.8), self.draw("partial moment", -0.15, 1.15)
        cut = self.chance("partial", self.difficulty.partial_share)
        start = telling - np.where(cut, partial, whole) * clip / seconds
        return np.asarray(start[:, None] + self.time / seconds[:, None])

    def wander(self, what: str, amplitude: Float | float, hertz: float = 0.25) -> Float:
        """``[n, T]`` slow smooth movement around 0: three sinusoids of this std."""
        rng = named_rng("kinematic12", self.seed, self.action, "wander", what)
        rng = self.retake.rng("manner", rng, self.action, "wander", what)
        phase = rng.uniform(0, 2 * np.pi, (3, len(self), 1))
        rate = 2 * np.pi * hertz * rng.uniform(0.5, 1.6, (3, len(self), 1))
        size = np.broadcast_to(np.asarray(amplitude, float), (len(self),))[:, None]
        waves = np.sin(phase + rate * self.time).sum(axis=0)
        return np.asarray(size * np.sqrt(2 / 3) * waves)

    def keys(self, what: str, points: Sequence[Key], looseness: float = 1.0) -> Float:
        """Key points ``[n, K, 3]`` around these, each subject with a style of its own."""
        rng = named_rng("kinematic12", self.seed, self.action, "keys", what)
        shape = (len(points), 3)
        own = np.clip(rng.normal(size=(SUBJECTS, *shape)), -2, 2)[self.subject]
        rng = self.retake.rng("manner", rng, self.action, "keys", what)
        now = np.clip(rng.normal(size=(len(self), *shape)), -2, 2)
        spread = self.difficulty.subject_style * own + self.difficulty.clip_style * now
        return np.asarray(np.asarray(points) + looseness * spread)

    def reach(
        self,
        tracks: Tracks,
        side: int,
        points: Float,
        poles: Sequence[Key],
        levels: Sequence[Level],
    ) -> None:
        """Move one arm: key 0 is held, key k > 0 has the weight ``levels[k - 1] [n, T]``."""
        weights = np.stack([1 - sum(levels), *levels], axis=1)
        tracks.wrists[:, :, side] = arc(weights, points)
        pole = self.keys(f"pole {side}", poles, 0.5)
        tracks.poles[:, :, side] = np.einsum("nkt,nki->nti", weights, pole)

    def face(self, what: str, outward: float, up: float, forward: float) -> Float:
        """Key point ``[n, 1, 3]`` for a right hand at the head, as a wrist target.

        ``outward``, ``up`` and ``forward`` are the wrist's place from the head joint, in stature.
        """
        head, shoulder = self.bodies.in_chest("head"), self.bodies.in_chest("right_shoulder")
        gap = (head - shoulder) * (-1, 1, 1)
        here = np.array([outward, up, forward]) * self.bodies.stature[:, None]
        target = (gap + here) / self.bodies.arm[:, None]
        return target[:, None] + self.keys(what, [(0.0, 0.0, 0.0)], 0.55)

    def stand(self, width: float = 1.0) -> Tracks:
        """Idle standing: feet planted, breathing and shifting weight, arms hanging."""
        tracks = Tracks.empty(len(self), self.frames)
        bodies = self.bodies
        stance = np.maximum(bodies.stance * width * np.exp(self.habit("stance", 0, 0.15)), 0.06)
        stagger = self.habit("stagger", 0.0, 0.03)
        for side, sign in ((LEFT, 1.0), (RIGHT, -1.0)):
            tracks.balls[:, :, side, 0] = sign * stance[:, None]
            tracks.balls[:, :, side, 1] = bodies.ball_height[:, None]
            tracks.balls[:, :, side, 2] = (0.05 * bodies.stature + sign * stagger)[:, None]
            tracks.feet[:, :, side, 0] = sign * bodies.turnout[:, None]
        shift = self.wander("shift", bodies.sway)
        tracks.position[..., 0] = shift
        tracks.position[..., 1] = 0.998 * bodies.standing[:, None]
        tracks.position[..., 2] = self.wander("sway", 0.6 * bodies.sway)
        tracks.pelvis[..., 0] = self.wander("turn", 0.05) + self.habit("facing", 0, 0.08)[:, None]
        tracks.pelvis[..., 2] = -0.6 * shift
        tracks.trunk[..., 0] = self.wander("twist", 0.04)
        tracks.trunk[..., 1] = bodies.slouch[:, None] + self.wander("breath", 0.012, 0.3)
        tracks.trunk[..., 2] = 0.8 * shift
        tracks.head[..., 0] = self.wander("look", 0.10)
        tracks.head[..., 1] = bodies.head_forward[:, None] + self.wander("nod", 0.05)
        self.hang(tracks, LEFT)
        self.hang(tracks, RIGHT)
        return tracks

    def hanging(self, side: int) -> Float:
        """Wrist ``[n, T, 3]`` of an arm that hangs."""
        wrist = np.empty((len(self), self.frames, 3))
        carriage = self.bodies.carriage + self.habit(f"carriage {side}", 0.0, 0.02)
        wrist[..., 0] = carriage[:, None]
        wrist[..., 1] = -1.0
        wrist[..., 2] = 0.10 + self.wander(f"hang {side}", 0.02)
        return np.asarray(unit(wrist) * self.habit(f"bent {side}", 0.968, 0.010)[:, None, None])

    def hang(self, tracks: Tracks, side: int) -> None:
        """Let one arm hang."""
        tracks.wrists[:, :, side] = self.hanging(side)
        tracks.poles[:, :, side] = (0.15, 0.0, -1.0)
        tracks.flex[:, :, side] = 0.1

    def blend_hand(self, tracks: Tracks, side: int, other: Float, pole: Key, level: Level) -> None:
        """Move the wrist by ``level [n, T]`` from where it is toward ``other [n, T or 1, 3]``."""
        here = tracks.wrists[:, :, side]
        there = np.broadcast_to(other, here.shape)
        weight = level[..., None]
        direction = unit((1 - weight) * unit(here) + weight * unit(there))
        size = (1 - level) * np.linalg.norm(here, axis=-1) + level * np.linalg.norm(there, axis=-1)
        tracks.wrists[:, :, side] = direction * size[..., None]
        tracks.poles[:, :, side] += weight * (np.asarray(pole) - tracks.poles[:, :, side])

    def sit_down(self, tracks: Tracks, level: Level) -> None:
        """Lower a standing body by ``level [n, T]`` (1 = on the chair); the feet stay."""
        bodies = self.bodies
        seat = SEAT * bodies.stature * np.exp(self.habit("seat", 0.0, 0.05))
        back = 0.235 * bodies.stature * np.exp(self.habit("depth", 0.0, 0.08))
        lean = 4 * level * (1 - level) * self.habit("rise lean", 0.55, 0.12)[:, None]
        rest = self.habit("backrest", -0.06, 0.08)[:, None]
        # The body goes back before it goes down: the heels carry it over the feet.
        backward = np.sin(np.pi / 2 * level) ** 1.3
        tracks.position[..., 1] += level * (seat[:, None] - tracks.position[..., 1])
        tracks.position[..., 2] -= backward * back[:, None]
        tracks.pelvis[..., 1] += 0.5 * lean - 0.12 * level
        tracks.trunk[..., 1] += 0.6 * lean + level * (0.16 + rest)
        tracks.head[..., 1] -= 0.4 * lean

    def seated(self) -> Tracks:
        """Idle sitting on a chair for the whole clip."""
        tracks = self.stand(1.5)
        knees = np.maximum(self.habit("feet forward", 0.01, 0.035), -0.02)
        tracks.balls[..., 2] += knees[:, None, None]
        tracks.position[..., 0] *= 0.4
        self.sit_down(tracks, np.ones((len(self), self.frames)))
        for side in (LEFT, RIGHT):
            lap = self.keys(f"lap {side}", [(-0.03, -0.70, 0.40)], 0.6)
            self.blend_hand(tracks, side, lap, (0.40, -0.3, -1.0), np.ones(tracks.flex.shape[:2]))
        return tracks
