"""Labels that are class probabilities. Imports no torch."""

from __future__ import annotations

import numpy as np

from skeletons.arrays import BoolArray, Float32Array, IntArray


def mixed_targets(
    labels: IntArray, added: BoolArray, probabilities: Float32Array, mix: float
) -> Float32Array:
    """What a training is to say of each of its clips, ``[N, classes]``: of an added one a mixture
    of what a recognizer says of it and of its class, of any other its class.

    Args:
        labels: ``[N]``.
        added: ``[N]``.
        probabilities: of the added clips, in their order, ``[A, classes]``.
        mix: part of the probabilities, 0 to 1.
    """
    targets = np.eye(probabilities.shape[1], dtype=np.float32)[labels]
    targets[added] = mix * probabilities + (1.0 - mix) * targets[added]
    return targets
