"""Which of more clips than are needed a run keeps: rules on what cross-fitted classifiers say.

Nothing here knows a file or a network. A rule sees what classifiers make of each drawn clip, each
of which was trained without one fold of the split, and how far clips are from one another in their
features. It generalises what the field does with one classifier or with distances to one real clip
(the refinement module of ``transformer_diffusion``'s paper keeps samples within a threshold of
their clip): several architectures vote, and any generator's samples can be chosen so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from skeletons.arrays import BoolArray, Float64Array, IntArray
from skeletons.errors import InputError
from skeletons.seeds import named_rng


@dataclass(frozen=True, eq=False)
class Seen:
    """What K classifiers make of the clips of a pool.

    Attributes:
        probabilities: float64 ``[K, N, C]``.
        knows: ``[K, C]``, whether a classifier was trained on clips of a class.
    """

    probabilities: Float64Array
    knows: BoolArray

    def votes(self, labels: IntArray) -> Float64Array:
        """For clips that were asked to show ``labels [N]`` the classifiers' joint probabilities
        ``[N, C]``: the geometric mean over those that know the asked class."""
        logs = np.log(np.clip(self.probabilities, 1e-12, 1.0))
        weights = self.knows[:, labels].astype(np.float64)
        known = weights.sum(axis=0)
        if (known == 0.0).any():
            raise InputError(f"no classifier knows class {labels[known == 0.0][0]}")
        joint = np.exp(np.einsum("kn,knc->nc", weights, logs) / known[:, None])
        return np.asarray(joint / joint.sum(axis=1, keepdims=True), dtype=np.float64)


@dataclass(frozen=True, eq=False)
class Selection:
    """What was kept of a pool.

    Attributes:
        rows: the kept clips, in the order in which they were drawn.
        right: ``[N]``, which of the drawn clips the classifiers find to be of their class.
    """

    rows: IntArray
    right: BoolArray

    @property
    def filled(self) -> int:
        """Kept clips that are not found right: a class had too few others."""
        return int((~self.right[self.rows]).sum())


def select(
    rule: str,
    labels: IntArray,
    wanted: IntArray,
    votes: Float64Array,
    features: Sequence[Float64Array] = (),
    real_features: Sequence[Float64Array] = (),
    real_labels: IntArray | None = None,
) -> Selection:
    """Keep so many clips of each class.

    A class with too few clips that are found right is filled with the surest of the others.

    Args:
        rule: ``right``, the first that are found right; ``clear``, the surest; ``new``, of those
            found right the farthest from the split's clips and from each other.
        labels: ``[N]``, what the drawn clips were asked to show, in the order of drawing.
        wanted: ``[C]``, clips to keep of each class.
        votes: ``[N, C]``, see :meth:`Seen.votes`.
        features: one ``[N, D]`` a classifier, for ``new``.
        real_features: one ``[R, D]`` a classifier, of the split's clips.
        real_labels: ``[R]``.

    Raises:
        InputError: more clips of a class are wanted than were drawn.
    """
    drawn = np.bincount(labels, minlength=len(wanted))
    if (drawn < wanted).any():
        scarce = int(np.argmax(wanted - drawn))
        raise InputError(
            f"{wanted[scarce]} clips of class {scarce} are to be kept, {drawn[scarce]} were drawn"
        )
    right = votes.argmax(axis=1) == labels
    sure = votes[np.arange(len(labels)), labels]
    kept = []
    for label in np.flatnonzero(wanted).tolist():
        rows = np.flatnonzero(labels == label)
        good, others = rows[right[rows]], rows[~right[rows]]
        others = others[np.argsort(-sure[others], kind="stable")]
        count = int(wanted[label])
        if rule == "clear":
            good = good[np.argsort(-sure[good], kind="stable")]
        elif rule == "new" and len(good) > count:
            assert real_labels is not None, "novelty is against the split's clips"
            of_class = np.flatnonzero(real_labels == label)
            near = [
                (one[good], real[of_class])
                for one, real in zip(features, real_features, strict=True)
            ]
            good = good[farthest_first(near, count)]
        kept.append(np.concatenate([good, others])[:count])
    rows = np.sort(np.concatenate(kept)) if kept else np.zeros(0, dtype=np.int64)
    return Selection(np.asarray(rows, dtype=np.int64), np.asarray(right, dtype=np.bool_))


def farthest_first(views: Sequence[tuple[Float64Array, Float64Array]], count: int) -> IntArray:
    """Rows of clips, each the farthest from the given real clips and from all rows before it.

    Distances are squared and summed over views, each in units of the mean squared distance of the
    real clips to their centre, so that no view outweighs another. Of equally far ones the first is
    taken. The greedy rule covers at least half as well as the best choice (Gonzalez 1985).

    Args:
        views: features of the N clips and of the R real ones, ``[N, D]`` and ``[R, D]``.
        count: at most N.
    """
    scaled = []
    for clips, real in views:
        all_of_them = real if len(real) > 1 else clips
        spread = float(np.square(all_of_them - all_of_them.mean(axis=0)).sum(axis=1).mean())
        scaled.append((clips, real, 1.0 / spread if spread > 0.0 else 1.0))
    size = len(views[0][0])
    nearest = np.full(size, np.inf)
    for place in range(len(views[0][1])):
        away = sum(
            scale * np.square(clips - real[place]).sum(axis=1) for clips, real, scale in scaled
        )
        nearest = np.minimum(nearest, away)
    chosen = []
    for _ in range(count):
        row = int(np.argmax(nearest))
        chosen.append(row)
        away = sum(scale * np.square(clips - clips[row]).sum(axis=1) for clips, _, scale in scaled)
        nearest = np.minimum(nearest, away)
        nearest[row] = -1.0
    return np.asarray(chosen, dtype=np.int64)


def folds_of(labels: IntArray, folds: int, seed: int) -> IntArray:
    """The fold of each clip, ``[N]``: the clips of a class are spread evenly, in a seeded order."""
    fold = np.zeros(len(labels), dtype=np.int64)
    rng = named_rng("folds", seed)
    start = 0
    for label in np.unique(labels).tolist():
        rows = rng.permutation(np.flatnonzero(labels == label))
        fold[rows] = (start + np.arange(len(rows))) % folds
        start += len(rows)
    return fold
