"""Jerk: sensor noise and trembling make it large, averaging makes it small."""

from __future__ import annotations

import numpy as np

from metrics.body.measures import BodyMeasures, check_comparable
from metrics.body.wasserstein import wasserstein_1
from metrics.value import Undefined, Value
from skeletons.arrays import Float64Array

FRAMES = 4
"""Frames that a third difference needs."""

STILL = 1e-3
"""Share of the real clips' median jerk that a clip has at least in the logarithm: a body that does
not move at all would be infinitely far from real ones."""


def mean_jerks(joints: Float64Array) -> Float64Array:
    """Mean size of the third differences over time and joints of ``[N, T > 3, V, 3]``.

    Returns:
        float64 ``[N]``, unit of the data a step cubed.
    """
    third = np.diff(joints, n=3, axis=1)
    return np.asarray(np.linalg.norm(third, axis=-1).mean(axis=(1, 2)))


def jerk(drawn: BodyMeasures, reference: BodyMeasures) -> Value:
    """How far the clips' jerk is from that of real clips.

    Wasserstein-1 distance of the natural logarithms of the clips' mean absolute jerk, third
    differences over time at 24 moments of a clip (jerk as a measure of smoothness: Flash and
    Hogan 1985). Logarithms, since jerk spans decades and its ratio counts: 0.69 is twice the real
    jerk or half of it. A clip has at least a thousandth of the real median. Range [0, inf), no
    unit, lower is better.

    Undefined where no drawn or no real clip has four frames, or most real clips do not move.
    """
    check_comparable(drawn, reference)
    moving, real = drawn.lengths >= FRAMES, reference.lengths >= FRAMES
    if not moving.any() or not real.any():
        return Undefined(f"no {'real' if moving.any() else 'drawn'} clip has {FRAMES} frames")
    least = STILL * float(np.median(reference.jerks[real]))
    if least == 0.0:
        return Undefined("most real clips do not move")
    logs = [
        np.log(np.maximum(jerks, least)) for jerks in (drawn.jerks[moving], reference.jerks[real])
    ]
    return float(wasserstein_1(*logs))
