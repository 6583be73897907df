"""Bones: a body's do not change their length, and are as long as those of real bodies."""

from __future__ import annotations

import numpy as np

from metrics.body.measures import BodyMeasures, check_comparable
from metrics.body.wasserstein import wasserstein_1
from metrics.value import Undefined, Value
from skeletons.arrays import Float64Array
from skeletons.skeleton import Skeleton


def bone_moments(joints: Float64Array, skeleton: Skeleton) -> tuple[Float64Array, Float64Array]:
    """Mean and standard deviation over time (divided by T) of the length of each bone.

    Args:
        joints: ``[N, T, V, 3]``, frames as recorded.

    Returns:
        Two float64 ``[N, V - 1]`` in the unit of the data, bones as in ``Skeleton.edges``.
    """
    if len(skeleton) < 2:
        return np.zeros((len(joints), 0)), np.zeros((len(joints), 0))
    lengths = skeleton.bone_lengths(joints)
    return lengths.mean(axis=1), lengths.std(axis=1)


def bone_change(drawn: BodyMeasures, reference: BodyMeasures) -> Value:
    """How much bones change in length within a clip: mean coefficient of variation.

    Standard deviation over the mean of a bone's length over 24 frames of a clip, averaged over
    bones and clips; Pearson (1896) for the coefficient. 0 for a rigid body. A sensor's noise
    changes bones too, so the value of real clips, not 0, is where a copy of the data should be;
    below it is cleaner than the data. Range [0, inf), share of the length, best near real.

    Undefined without a clip of two frames, or where no bone has a length. A bone without a length
    throughout a clip is left out.
    """
    check_comparable(drawn, reference)
    moving = drawn.lengths >= 2
    if not moving.any():
        return Undefined("no clip has two frames")
    means, spreads = drawn.bone_means[moving], drawn.bone_spreads[moving]
    extended = means > 0.0
    if not extended.any():
        return Undefined("no bone has a length")
    return float((spreads[extended] / means[extended]).mean())


def bone_lengths(drawn: BodyMeasures, reference: BodyMeasures) -> Value:
    """How far bone lengths are from those of real clips of the same class.

    Wasserstein-1 distance, bone by bone, of the clips' mean bone lengths to those of the real
    clips of the class, over the real mean length; averaged over bones, then over classes as often
    as they were drawn. 0.1 is a body that is a tenth too large. Range [0, inf), share of the
    length, lower is better; real clips of other people do not reach 0.

    Undefined where no drawn class has real clips, or no real bone has a length.
    """
    check_comparable(drawn, reference)
    shared = np.intersect1d(drawn.labels, reference.labels)
    if len(shared) == 0:
        return Undefined("no class has both drawn and real clips")
    distances, clips = [], []
    for label in shared.tolist():
        here = drawn.labels == label
        real = reference.bone_means[reference.labels == label]
        length = real.mean(axis=0)
        extended = length > 0.0
        if extended.any():
            gap = wasserstein_1(drawn.bone_means[here][:, extended], real[:, extended])
            distances.append(float((gap / length[extended]).mean()))
            clips.append(int(here.sum()))
    if not distances:
        return Undefined("no bone has a length in real clips")
    return float(np.average(distances, weights=clips))
