"""The corruptions by name, each with the ladder of doses that real clips are sent down."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from metrics.corruptions import blends, body, denoising, motion, sample
from skeletons.clips import ClipSet
from skeletons.errors import InputError, unknown_name
from skeletons.skeleton import Skeleton

Change = Callable[[ClipSet, float, np.random.Generator], ClipSet]


@dataclass(frozen=True)
class Corruption:
    """One way in which clips go wrong.

    Attributes:
        summary: what happens to the clips.
        unit: what a dose counts.
        doses: growing, from one that is hard to see to one that cannot be missed; all in (0, 1].
        change: from clips, a dose, random numbers and the clips that a generator has seen.
        why_not: why clips of a skeleton cannot go wrong so, or ``""``.
    """

    name: str
    summary: str
    unit: str
    doses: tuple[float, ...]
    change: Callable[[ClipSet, float, np.random.Generator, ClipSet], ClipSet]
    why_not: Callable[[Skeleton], str] = lambda skeleton: ""

    def corrupt(
        self, clips: ClipSet, dose: float, rng: np.random.Generator, training: ClipSet
    ) -> ClipSet:
        """The clips at a dose in [0, 1]; at 0 they come back as they are.

        With equally seeded random numbers, a larger dose does the same to the same clips, only
        further. Ids stay, labels and lengths may change.

        Args:
            training: clips that a generator would have seen, for copies and estimates.

        Raises:
            InputError: a dose outside [0, 1], or clips that the corruption does not apply to.
        """
        if not 0.0 <= dose <= 1.0:
            raise InputError(f"{self.name}: a dose of {dose:g} is not in [0, 1]")
        if dose == 0.0 or len(clips) == 0:
            return clips
        return self.change(clips.packed(), dose, rng, training)


def _alone(change: Change) -> Callable[[ClipSet, float, np.random.Generator, ClipSet], ClipSet]:
    """A change that does not look at training clips."""
    return lambda clips, dose, rng, training: change(clips, dose, rng)


SHARES = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
BLENDS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5)
"""Beyond one half a blend goes on to be the other clip."""

_LADDER = (
    Corruption(
        "joint_noise",
        "Gaussian noise on every joint in every frame",
        "standard deviation, in mean bone lengths",
        (0.01, 0.02, 0.05, 0.1, 0.2, 0.5),
        _alone(body.joint_noise),
    ),
    Corruption(
        "joint_drift",
        "every joint strays slowly on a path of its own",
        "standard deviation, in mean bone lengths",
        (0.01, 0.02, 0.05, 0.1, 0.2, 0.5),
        _alone(body.joint_drift),
    ),
    Corruption(
        "smoothing",
        "moving average over time",
        "window, as a share of the clip",
        (0.02, 0.05, 0.1, 0.2, 0.5, 1.0),
        _alone(motion.smoothing),
    ),
    Corruption(
        "over_sharp",
        "what smoothing would take from the motion is added to it",
        f"share of {motion.SHARPEST:g} times the detail",
        (0.02, 0.05, 0.1, 0.2, 0.5, 1.0),
        _alone(motion.over_sharp),
    ),
    Corruption(
        "frozen_end",
        "the clip stands still from a moment on",
        "share of the frames that stand still",
        (0.05, 0.1, 0.2, 0.4, 0.7, 1.0),
        _alone(motion.frozen_end),
    ),
    Corruption(
        "frozen_frames",
        "random frames repeat the frame before them",
        "share of the frames that repeat",
        (0.05, 0.1, 0.2, 0.4, 0.7, 0.95),
        _alone(motion.frozen_frames),
    ),
    Corruption(
        "time_reversal",
        "clips run backwards",
        "share of the clips",
        SHARES,
        _alone(motion.time_reversal),
    ),
    Corruption(
        "left_right_swap",
        "left and right joints exchange their names in whole clips",
        "share of the clips",
        SHARES,
        _alone(body.left_right_swap),
        body.sides_unknown,
    ),
    Corruption(
        "frame_swaps",
        "left and right joints exchange their names in single frames",
        "share of the frames",
        (0.002, 0.005, 0.01, 0.05, 0.2, 0.5),
        _alone(body.frame_swaps),
        body.sides_unknown,
    ),
    Corruption(
        "bone_scaling",
        "arms and legs too long",
        "share by which they are longer",
        (0.01, 0.02, 0.05, 0.1, 0.2, 0.5),
        _alone(body.bone_scaling),
        body.sides_unknown,
    ),
    Corruption(
        "bone_wobble",
        "bones grow and shrink over time",
        "amplitude, as a share of the bone",
        (0.01, 0.02, 0.05, 0.1, 0.2, 0.5),
        _alone(body.bone_wobble),
    ),
    Corruption(
        "body_scale",
        "bodies and their paths too large",
        "share by which they are larger",
        (0.01, 0.02, 0.05, 0.1, 0.2, 0.5),
        _alone(body.body_scale),
    ),
    Corruption(
        "sliding",
        "the body drifts over the floor",
        "body heights from first to last frame",
        (0.02, 0.05, 0.1, 0.2, 0.5, 1.0),
        _alone(body.sliding),
        body.floor_unseen,
    ),
    Corruption(
        "class_blend",
        "clips mixed with clips of another class, labels kept",
        "weight of the other clip",
        BLENDS,
        _alone(blends.class_blend),
    ),
    Corruption(
        "clip_blend",
        "clips mixed with other clips of their class",
        "weight of the other clip",
        BLENDS,
        _alone(blends.clip_blend),
    ),
    Corruption(
        "half_denoised",
        "clips as a half-trained denoiser of skeleton images gives them back",
        "share of the training images' variance that is lost",
        (0.02, 0.05, 0.1, 0.2, 0.5, 1.0),
        denoising.half_denoised,
    ),
    Corruption(
        "dropped_modes",
        "random clips of each class replaced by copies of its others",
        "share of the clips replaced",
        (0.05, 0.1, 0.25, 0.5, 0.8, 0.95),
        _alone(sample.dropped_modes),
    ),
    Corruption(
        "dropped_tails",
        "the clips farthest from their class's mean replaced by copies of nearer ones",
        "share of the clips replaced",
        (0.05, 0.1, 0.25, 0.5, 0.8, 0.95),
        _alone(sample.dropped_tails),
    ),
    Corruption(
        "collapsed_classes",
        "clips that show one class, whatever was asked for",
        "share of the clips",
        SHARES,
        _alone(sample.collapsed_classes),
    ),
    Corruption(
        "swapped_labels",
        "clips labelled as another class",
        "share of the clips",
        SHARES,
        _alone(sample.swapped_labels),
    ),
    Corruption(
        "training_copies",
        "clips replaced by training clips of their class",
        "share of the clips",
        SHARES,
        sample.training_copies,
    ),
)

CORRUPTIONS = {corruption.name: corruption for corruption in _LADDER}


def corruptions_named(names: Sequence[str]) -> tuple[Corruption, ...]:
    """The corruptions of these names, in the ladder's order; ``all`` is all of them.

    Raises:
        InputError: no name, or one that is not known.
    """
    if not names:
        raise InputError("no corruption was named")
    for name in names:
        if name not in CORRUPTIONS and name != "all":
            raise unknown_name("corruption", name, CORRUPTIONS)
    return tuple(entry for entry in _LADDER if "all" in names or entry.name in names)
