"""A body between two bodies: directions of bones are brought together, not places of joints."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from skeletons.arrays import Float32Array
from skeletons.skeleton import Skeleton

LEAST_LENGTH = 1e-6
"""A bone or a sum of two directions that is shorter has no direction."""


def blended(
    joints: NDArray[Any], others: NDArray[Any], weight: NDArray[Any], skeleton: Skeleton
) -> Float32Array:
    """Bodies on the way from ``joints [F, V, C]`` to ``others``, ``weight [F]`` of it.

    Each bone turns along the great circle between its two directions, near enough, and its length
    is between its two lengths: the mean of two places would make an arm that points up in one and
    down in the other a stump. The root goes along the straight line.
    """
    weight = np.asarray(weight, dtype=np.float32)[:, None]
    made = np.empty(joints.shape, dtype=np.float32)
    for joint in skeleton.tree_order:
        parent = skeleton.parents[joint]
        if parent < 0:
            made[:, joint] = joints[:, joint] + weight * (others[:, joint] - joints[:, joint])
            continue
        bone = joints[:, joint] - joints[:, parent]
        other = others[:, joint] - others[:, parent]
        made[:, joint] = made[:, parent] + _between(bone, other, weight)
    return made


def _between(bone: NDArray[Any], other: NDArray[Any], weight: NDArray[Any]) -> NDArray[Any]:
    """Vectors ``[F, C]`` between two; where they point opposite ways, along the first."""
    length = np.linalg.norm(bone, axis=1, keepdims=True)
    its_length = np.linalg.norm(other, axis=1, keepdims=True)
    direction = bone / np.maximum(length, LEAST_LENGTH)
    towards = other / np.maximum(its_length, LEAST_LENGTH) - direction
    turned = direction + weight * towards
    size = np.linalg.norm(turned, axis=1, keepdims=True)
    turned = np.where(size > LEAST_LENGTH, turned / np.maximum(size, LEAST_LENGTH), direction)
    return np.asarray(turned * (length + weight * (its_length - length)))
