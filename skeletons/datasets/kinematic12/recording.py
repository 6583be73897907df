"""All clips of the data set: who does what, how it moves, and what the sensor sees of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from skeletons.arrays import BoolArray, IntArray, StrArray
from skeletons.datasets.kinematic12.actions import ACTIONS, CLASSES, Variant
from skeletons.datasets.kinematic12.body import Float, Subjects, make_subjects
from skeletons.datasets.kinematic12.cast import Cast
from skeletons.datasets.kinematic12.difficulty import Difficulty
from skeletons.datasets.kinematic12.kinematics import solve
from skeletons.datasets.kinematic12.retake import AS_RECORDED, FACTORS, Retake
from skeletons.datasets.kinematic12.sensor import observe, place_before_camera
from skeletons.layouts import SMPL24
from skeletons.seeds import named_rng

Int = IntArray

TRAIN_CLIPS, TEST_CLIPS = 100, 40
"""Clips of each class in the two parts."""
WIDEST_YAW = 90
"""The camera stands up to a quarter turn to either side of the subject, in steps of 5 degrees."""


@dataclass(frozen=True, eq=False)
class Recording:
    """N clips, one after the other in ``frames``.

    Attributes:
        frames: ``[F, V, 3]`` metres; clean clips stand on the floor y = 0 and start facing +z.
        contact: ``[F, 2]`` whether the ball of the left and the right foot stands.
        lengths, labels, subject, yaw: ``[N]``; yaw of the camera in degrees.
        train: ``[N]`` whether the clip's subject is in the training part.
        variants: ``[N]`` names of the programs.
        ids: ``[N]`` such as ``k12_s03_walk_0007``.
        subjects: all subjects.
        counts: what the sensor lost.
    """

    frames: Float
    contact: BoolArray
    lengths: Int
    labels: Int
    subject: Int
    yaw: Int
    train: BoolArray
    variants: StrArray
    ids: StrArray
    subjects: Subjects
    counts: dict[str, int]

    @property
    def starts(self) -> Int:
        """First frame of each clip."""
        return np.cumsum(self.lengths) - self.lengths


CLIPS_OF_A_CLASS = TRAIN_CLIPS + TEST_CLIPS


def record(
    seed: int,
    difficulty: Difficulty,
    *,
    clean: bool = False,
    retake: Retake = AS_RECORDED,
    labels: Sequence[int] = range(len(CLASSES)),
) -> Recording:
    """The clips of a seed, class by class.

    Args:
        clean: leave out camera and sensor.
        retake: with one, the same clips in the same order, with some of what varies redrawn.
        labels: of the classes to record; the sensor's noise is another one without the others.
    """
    subjects = make_subjects(seed, difficulty)
    parts = [_record_action(seed, label, subjects, difficulty, clean, retake) for label in labels]
    joined = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in vars(parts[0])
        if name not in ("subjects", "counts")
    }
    counts: dict[str, int] = {}
    if not clean:
        joined["frames"], counts = observe(
            joined["frames"], joined["lengths"], seed, difficulty, retake.take
        )
    return Recording(**joined, subjects=subjects, counts=counts)


def _record_action(
    seed: int,
    label: int,
    subjects: Subjects,
    difficulty: Difficulty,
    clean: bool,
    retake: Retake,
) -> Recording:
    """The clips of one class, train before test; joints exact, before a camera unless clean."""
    action = CLASSES[label]
    rng = named_rng("kinematic12", seed, action)
    count = CLIPS_OF_A_CLASS
    subject = np.concatenate(
        [
            _rota(rng, np.flatnonzero(subjects.train), TRAIN_CLIPS),
            _rota(rng, np.flatnonzero(~subjects.train), TEST_CLIPS),
        ]
    )
    tastes = _tastes(rng, ACTIONS[action], 1 + int(subject.max()), difficulty)
    chosen = _choose(rng, tastes[subject])
    lengths = _lengths(rng, count, difficulty)
    other = rng.random(count) < difficulty.other_hand_share
    yaw = _yaw(rng, count)
    if retake.take:
        anew = {what: retake.rng(what, rng, action) for what in FACTORS}
        if "variant" in retake.redrawn:
            chosen = _choose(anew["variant"], tastes[subject])
        if "timing" in retake.redrawn:
            lengths = _lengths(anew["timing"], count, difficulty)
        if "side" in retake.redrawn:
            other = anew["side"].random(count) < difficulty.other_hand_share
        if "camera" in retake.redrawn:
            yaw = _yaw(anew["camera"], count)
            rng = anew["camera"]
        subject = retake.stand_ins(subject, action)
    mirrored = subjects.left_handed[subject] ^ other
    pieces: list[Float] = [np.empty(0)] * count
    contacts: list[BoolArray] = [np.empty(0, bool)] * count
    for number, variant in enumerate(ACTIONS[action]):
        rows = np.flatnonzero(chosen == number)
        if not len(rows):
            continue
        cast = Cast(
            seed=seed,
            action=f"{action}/{variant.name}",
            subject=subject[rows],
            bodies=subjects.select(subject[rows]),
            lengths=lengths[rows],
            frames=int(lengths[rows].max()),
            difficulty=difficulty,
            retake=retake,
        )
        tracks = variant.program(cast)
        joints = solve(tracks, cast.bodies)
        contact = tracks.contact
        flip = mirrored[rows]
        joints[flip] = joints[flip][:, :, SMPL24.mirror] * (-1, 1, 1)
        contact[flip] = contact[flip][..., ::-1]
        if not clean:
            half = lengths[rows] // 2
            centre = joints[np.arange(len(rows)), half, SMPL24.centre]
            joints = place_before_camera(joints, lengths[rows], centre, np.deg2rad(yaw[rows]), rng)
        for row, clip, stands in zip(rows, joints, contact, strict=True):
            pieces[row] = clip[: lengths[row]]
            contacts[row] = stands[: lengths[row]]
    return Recording(
        frames=np.concatenate(pieces),
        contact=np.concatenate(contacts),
        lengths=lengths,
        labels=np.full(count, label, dtype=np.int64),
        subject=subject,
        yaw=yaw,
        train=subjects.train[subject],
        variants=np.array([ACTIONS[action][k].name for k in chosen]),
        ids=np.array([f"k12_{subject_name(s)}_{action}_{i:04d}" for i, s in enumerate(subject)]),
        subjects=subjects,
        counts={},
    )


def _lengths(rng: np.random.Generator, count: int, difficulty: Difficulty) -> Int:
    spread = difficulty.longest - difficulty.shortest
    return difficulty.shortest + np.round(spread * rng.beta(1.3, 1.7, count)).astype(np.int64)


def _yaw(rng: np.random.Generator, count: int) -> Int:
    """Of the camera, in degrees."""
    return np.asarray(5 * rng.integers(-WIDEST_YAW // 5, WIDEST_YAW // 5 + 1, count))


def subject_name(subject: int) -> str:
    """``s01`` for subject 0."""
    return f"s{subject + 1:02d}"


def _rota(rng: np.random.Generator, subjects: Int, count: int) -> Int:
    """``count`` subject numbers, each subject as often as the others give or take one."""
    rounds = [rng.permutation(subjects) for _ in range(-(-count // len(subjects)))]
    return np.concatenate(rounds)[:count]


def _tastes(
    rng: np.random.Generator, variants: tuple[Variant, ...], people: int, difficulty: Difficulty
) -> Float:
    """How often each person does each variant, ``[people, variants]``, summed up along variants:
    confusing ones have their share, people a taste."""
    confusing = np.array([bool(variant.resembles) for variant in variants])
    share = np.where(
        confusing,
        difficulty.confusing_share / max(1, confusing.sum()),
        (1 - difficulty.confusing_share) / max(1, (~confusing).sum()),
    )
    taste = share * np.exp(rng.normal(0, difficulty.taste, (people, len(variants))))
    return np.asarray(np.cumsum(taste / taste.sum(axis=1, keepdims=True), axis=1))


def _choose(rng: np.random.Generator, bounds: Float) -> Int:
    """The variant of each clip, from its person's tastes ``[N, variants]``."""
    return np.asarray((rng.random(len(bounds))[:, None] > bounds[:, :-1]).sum(axis=1))
