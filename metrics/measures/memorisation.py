"""How near clips lie to the training clips that a generator saw: what catches a copier.

A generator that hands out its training clips has perfect scores for everything else. Two
statistics, :func:`nearest_training` of a set of clips and :func:`own_distances` of the training
clips, do not change with the draw: they are taken once, and each number below is a cheap function
of their rows.

All numbers here grow with novelty, and noise is novel, too. So none is "higher is better": good
clips lie where real clips that the generator did not see lie.
"""

from __future__ import annotations

import numpy as np

from metrics.measures.neighbours import nearest, nearest_other
from metrics.value import Undefined, Value
from skeletons.arrays import Float64Array, IntArray
from skeletons.errors import InputError

COPY = 1e-5
"""Two clips are copies below this part of the training features' spread. The features of one clip
differ by about 1e-6 when float32 arithmetic sums in another order."""


def nearest_training(clips: Float64Array, training: Float64Array) -> tuple[Float64Array, IntArray]:
    """Euclidean distance of each clip to its nearest training clip, and which one that is.

    Exact over all training clips (:func:`metrics.measures.neighbours.nearest`). A distance of a
    copy (:data:`COPY`) is exactly 0; the spread is the root of the training features' total
    variance. Memory grows with N + M, not with N x M.

    Args:
        clips: features ``[N, D]``, synthetic or held-out real.
        training: features ``[M, D]`` of the training clips that the generator saw, M >= 1.

    Returns:
        Distances float64 ``[N]`` and rows of the training clips int64 ``[N]``.

    Raises:
        InputError: no training clips, or features of different size.
    """
    _check(clips, training)
    distances, rows = nearest(clips, training)
    return _copies_at_0(distances, training), rows


def own_distances(training: Float64Array) -> Float64Array:
    """Distance of each training clip to its nearest other training clip, float64 ``[M]``.

    The second yardstick beside held-out clips. A copy is at exactly 0, as in
    :func:`nearest_training`. Empty for one training clip, which has no other.

    Args:
        training: features ``[M, D]``, M >= 1.

    Raises:
        InputError: no training clips.
    """
    _check(training, training)
    if len(training) < 2:
        return np.zeros(0)
    return _copies_at_0(nearest_other(training)[0], training)


def median_distance(distances: Float64Array) -> Value:
    """Median of nearest-neighbour distances ``[N]``, in units of the features.

    Of :func:`own_distances` it is the spacing of the training set, of :func:`nearest_training` how
    far the clips are from it. Range 0 to infinity, good near the value of held-out real clips.
    Undefined without distances.
    """
    return float(np.median(distances)) if len(distances) else Undefined("no clips")


def memory_ratio(distances: Float64Array, yardstick: Float64Array) -> Value:
    """Median distance of clips to the training set over that of clips known to be new.

    The comparison of generated with held-out clips by their distance to the training set is that
    of Meehan, Chaudhuri and Dasgupta 2020 (arXiv 2004.05675), who test it by ranks; the ratio of
    medians is ours, for a size in place of a p-value. Range 0 (copies) to infinity (noise); 1 is as
    new as real clips that the generator never saw, and best. Undefined without clips or yardstick,
    or where at least half of the yardstick's clips are copies.

    Args:
        distances: of the synthetic clips to their nearest training clips, ``[N]``.
        yardstick: of held-out real clips to theirs, ``[H]``; or :func:`own_distances` ``[M]``,
            where no real clip was held out.
    """
    for name, part in (("synthetic", distances), ("real", yardstick)):
        if len(part) == 0:
            return Undefined(f"no distances of {name} clips")
    scale = float(np.median(yardstick))
    if scale == 0.0:
        return Undefined("half of the real clips that it is compared with are copies")
    return float(np.median(distances)) / scale


def authenticity(distances: Float64Array, nearest: IntArray, own: Float64Array) -> Value:
    """Share of clips that are farther from their training clip than that is from its neighbour.

    Alaa, van Breugel, Saveliev and van der Schaar 2022 (arXiv 2102.08921): a clip
    is authentic if its distance to the nearest training clip exceeds that training clip's distance
    to the nearest other training clip. Range 0 (copies) to 1 (all far away). Good near
    the value of held-out real clips, which is not 1: a third in one dimension, 0.38 in two
    (one less the share of mutual nearest neighbours in a Poisson process, Clark and Evans 1955).
    Undefined without clips, or for one training clip.

    Args:
        distances, nearest: of :func:`nearest_training`, ``[N]`` each.
        own: of :func:`own_distances`, ``[M]``.
    """
    if len(distances) == 0:
        return Undefined("no clips")
    if len(own) == 0:
        return Undefined("one training clip has no neighbour")
    return float((distances > own[nearest]).mean())


def copied_share(distances: Float64Array) -> Value:
    """Share of clips that are copies of a training clip, to rounding (:data:`COPY`).

    Range 0 to 1, lower is better, at best the value of held-out real clips: that is above 0 where
    the data set has duplicates across its split. Undefined without clips.

    Args:
        distances: of :func:`nearest_training`, ``[N]``.
    """
    return float((distances == 0.0).mean()) if len(distances) else Undefined("no clips")


def _copies_at_0(distances: Float64Array, training: Float64Array) -> Float64Array:
    """The distances, 0 where they are below :data:`COPY` of the training features' spread."""
    spread = float(np.sqrt(((training - training.mean(axis=0)) ** 2).sum(axis=1).mean()))
    return np.where(distances <= COPY * spread, 0.0, distances)


def _check(clips: Float64Array, training: Float64Array) -> None:
    if len(training) == 0:
        raise InputError("there are no training clips to compare with")
    if clips.ndim != 2 or training.ndim != 2 or clips.shape[1] != training.shape[1]:
        raise InputError(
            f"clips have features of shape {clips.shape}, training clips {training.shape}: "
            "they come from different extractors"
        )
