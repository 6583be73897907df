"""The subjects: stature and bone lengths, tempo, amplitude, handedness, posture.

Segment lengths as shares of stature are those of Drillis & Contini (1966) as printed by Winter
("Biomechanics and Motor Control of Human Movement", figure 4.1): upper arm 0.186, forearm 0.146,
thigh 0.245, shank 0.246, ankle height 0.039, hip height 0.530, shoulder height 0.818, hip to hip
0.191 and shoulder to shoulder 0.259 over the soft tissue. Joint centres lie further inside. The
spine is cut into SMPL's joints so that these heights hold. Stature by sex is ANSUR II's (Gordon et
al. 2014): 1.756 +- 0.069 m men, 1.629 +- 0.064 m women.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from skeletons.arrays import BoolArray, Float64Array, IntArray
from skeletons.datasets.kinematic12.difficulty import Difficulty
from skeletons.layouts import SMPL24
from skeletons.seeds import named_rng

Float = Float64Array

TRAIN_SUBJECTS = 21
TEST_SUBJECTS = 9
SUBJECTS = TRAIN_SUBJECTS + TEST_SUBJECTS
LEFT_HANDED = 4
"""13 % of the subjects, one of them in the test part; 10.6 % in the population (Papadatou-Pastou
et al. 2020)."""

STATURE = {"male": (1.756, 0.069), "female": (1.629, 0.064)}
LENGTH_SPREAD = 0.03
"""Standard deviation of a segment's length around its share of stature, as a share of itself."""

REST_OFFSETS: dict[str, tuple[float, float, float]] = {
    "left_hip": (0.050, -0.030, 0.0),
    "left_knee": (0.0, -0.245, 0.0),
    "left_ankle": (0.0, -0.246, 0.0),
    "left_foot": (0.0, -0.029, 0.090),
    "spine1": (0.0, 0.060, -0.012),
    "spine2": (0.0, 0.072, 0.004),
    "spine3": (0.0, 0.034, 0.004),
    "neck": (0.0, 0.114, -0.014),
    "head": (0.0, 0.052, 0.024),
    "left_collar": (0.042, 0.070, -0.008),
    "left_shoulder": (0.064, 0.012, -0.004),
    "left_elbow": (0.0, -0.186, 0.0),
    "left_wrist": (0.0, -0.146, 0.0),
    "left_hand": (0.0, -0.050, 0.0),
}
"""Offset of a joint from its parent in stature, standing upright with hanging arms: +x left,
+y up, +z to the front. The hand joint is the knuckles."""

SEX_BREADTH = {"male": (1.04, 0.97), "female": (0.95, 1.05)}
"""Breadth of shoulders and hips against the mean of both sexes."""


@dataclass(frozen=True)
class Subjects:
    """S people; every array has S rows.

    Attributes:
        stature: metres.
        offsets: ``[S, V, 3]`` metres, offset of each joint from its parent at rest.
        tempo, amplitude: factors around 1.
        left_handed: whose clips are mirrored.
        slouch: forward bend of the trunk, radians.
        head_forward: pitch of the head, radians.
        carriage: how far the arms hang away from the body, in arm lengths.
        stance: half the distance between the standing feet, metres.
        turnout: of the feet, radians.
        sway: amplitude of idle sway, metres.
        train: mask of the subjects in the training part.
    """

    stature: Float
    offsets: Float
    tempo: Float
    amplitude: Float
    left_handed: BoolArray
    slouch: Float
    head_forward: Float
    carriage: Float
    stance: Float
    turnout: Float
    sway: Float
    train: BoolArray

    def __len__(self) -> int:
        return len(self.stature)

    def select(self, rows: IntArray) -> Subjects:
        """One row a clip, from the subject number of each clip."""
        return Subjects(**{name: values[rows] for name, values in vars(self).items()})

    def length(self, joint: str) -> Float:
        """Length ``[S]`` of the bone that ends in ``joint``, metres."""
        return np.asarray(np.linalg.norm(self.offsets[:, SMPL24.index(joint)], axis=-1))

    @property
    def arm(self) -> Float:
        """Upper arm and forearm together, metres."""
        return self.length("left_elbow") + self.length("left_wrist")

    @property
    def leg(self) -> Float:
        """Thigh and shank together, metres."""
        return self.length("left_knee") + self.length("left_ankle")

    @property
    def ankle_height(self) -> Float:
        """Height of the ankle over the floor, foot flat."""
        return 0.039 * self.stature

    @property
    def ball_height(self) -> Float:
        """Height of the foot joint over the floor, foot flat."""
        return self.ankle_height + self.offsets[:, SMPL24.index("left_foot"), 1]

    @property
    def standing(self) -> Float:
        """Height of the pelvis over the floor with straight legs."""
        return self.ankle_height + self.leg - self.offsets[:, SMPL24.index("left_hip"), 1]

    def in_chest(self, joint: str) -> Float:
        """Position ``[S, 3]`` of a joint of head or shoulder at rest, from ``spine3``, metres."""
        position = np.zeros((len(self), 3))
        index = SMPL24.index(joint)
        while index != SMPL24.index("spine3"):
            position += self.offsets[:, index]
            index = SMPL24.parents[index]
        return position


def make_subjects(seed: int, difficulty: Difficulty) -> Subjects:
    """The 30 subjects of a seed, in the order of their numbers."""
    rng = named_rng("kinematic12", seed, "subjects")
    count = SUBJECTS
    male = rng.permutation(np.arange(count) % 2 == 0)
    mean = np.where(male, STATURE["male"][0], STATURE["female"][0])
    spread = np.where(male, STATURE["male"][1], STATURE["female"][1])
    stature = mean + spread * np.clip(rng.normal(size=count), -2.2, 2.2)
    train = np.zeros(count, bool)
    train[rng.permutation(count)[:TRAIN_SUBJECTS]] = True
    left_handed = np.zeros(count, bool)
    left_handed[rng.permutation(np.flatnonzero(train))[: LEFT_HANDED - 1]] = True
    left_handed[rng.permutation(np.flatnonzero(~train))[:1]] = True
    return Subjects(
        stature=stature,
        offsets=_offsets(rng, stature, male),
        tempo=np.exp(rng.normal(0, difficulty.tempo_spread, count)),
        amplitude=np.exp(rng.normal(0, difficulty.amplitude_spread, count)),
        left_handed=left_handed,
        slouch=rng.normal(0.04, 0.05, count),
        head_forward=rng.normal(0.05, 0.08, count),
        carriage=np.clip(rng.normal(0.11, 0.035, count), 0.05, 0.22),
        stance=stature * np.clip(rng.normal(0.06, 0.012, count), 0.035, 0.1),
        turnout=np.clip(rng.normal(0.13, 0.08, count), -0.05, 0.35),
        sway=np.clip(rng.normal(0.010, 0.003, count), 0.004, 0.02),
        train=train,
    )


def _offsets(rng: np.random.Generator, stature: Float, male: BoolArray) -> Float:
    """Rest offsets ``[S, V, 3]`` in metres; left and right limbs of a subject are equal."""
    shoulder_breadth = np.where(male, SEX_BREADTH["male"][0], SEX_BREADTH["female"][0])
    hip_breadth = np.where(male, SEX_BREADTH["male"][1], SEX_BREADTH["female"][1])
    offsets = np.zeros((len(stature), len(SMPL24), 3))
    for joint, share in REST_OFFSETS.items():
        factor = 1 + LENGTH_SPREAD * np.clip(rng.normal(size=len(stature)), -2.2, 2.2)
        offset = np.multiply.outer(stature * factor, share)
        if joint in ("left_collar", "left_shoulder"):
            offset[:, 0] *= shoulder_breadth
        if joint == "left_hip":
            offset[:, 0] *= hip_breadth
        if joint == "left_foot":
            offset[:, 1] = -0.029 * stature
        offsets[:, SMPL24.index(joint)] = offset
    for left, right in SMPL24.pairs:
        offsets[:, right] = offsets[:, left] * (-1, 1, 1)
    return offsets
