"""Kernel distance of two sets of features, the KID of Bińkowski et al. 2018 ("Demystifying MMD
GANs"): the squared maximum mean discrepancy with the kernel (x.y / D + 1)^3.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metrics.value import Undefined, Value
from skeletons.arrays import Float64Array, IntArray
from skeletons.errors import InputError

SUBSETS = 100
LARGEST_SUBSET = 1000
"""The subsets of the field: 100 of 1,000 clips."""

BLOCK = 2**22
"""Kernel values held at once, 32 MiB."""


@dataclass(frozen=True)
class KernelDistance:
    """Mean and standard deviation of the kernel distance over random subsets.

    Attributes:
        mean: lower is better. Unbiased: clips of the real distribution give 0 on average, so about
            half of such values are negative, and are left so. At any number of clips it estimates
            the same quantity, which FID does not. Draws that match the reference's class counts
            exactly scatter less than independent ones and lie a little below 0, as their floor.
        sd: how far the value of a subset of ``subset_size`` clips lies from the mean, divisor
            ``subsets - 1``. Undefined for one subset, and where the subsets cannot differ.
        subset_size: clips drawn from each side.
        subsets: how many were drawn.
    """

    mean: float
    sd: Value
    subset_size: int
    subsets: int


def kernel_distance(
    real: NDArray[Any],
    fake: NDArray[Any],
    rng: np.random.Generator,
    subsets: int = SUBSETS,
    subset_size: int | None = None,
) -> KernelDistance | Undefined:
    """Unbiased squared MMD (Gretton et al. 2012, equation 3) of real and synthetic features.

    Each subset is drawn without replacement from both sides: a clip drawn twice would count as its
    own neighbour and bias the value upwards.

    Args:
        real: ``[N, D]``.
        fake: ``[M, D]``.
        subset_size: clips of a subset from each side, at most ``min(N, M)`` are taken. Unless
            given, half of the smaller side, at most 1,000: half-samples vary as the whole does,
            while subsets of all clips would not vary at all.

    Raises:
        InputError: sets of different features, fewer than one subset or two clips a subset.
    """
    if real.ndim != 2 or fake.ndim != 2 or real.shape[1] != fake.shape[1]:
        raise InputError(f"features of shape {real.shape} and {fake.shape} do not compare")
    if subsets < 1 or (subset_size is not None and subset_size < 2):
        raise InputError(
            f"{subsets} subsets of {subset_size} clips: take at least 1 subset of 2 clips"
        )
    smaller = min(len(real), len(fake))
    for count, name in ((len(real), "real"), (len(fake), "synthetic")):
        if count < 2:
            return Undefined(f"{count} {name} clips have no pairs")
    wanted = min(LARGEST_SUBSET, smaller // 2) if subset_size is None else subset_size
    size = min(max(wanted, 2), smaller)
    sides = [
        _Side(np.asarray(features, dtype=np.float64), _draw(len(features), size, subsets, rng))
        for features in (real, fake)
    ]
    within = sum(_pairs(side, side) - _selves(side) for side in sides) / (size * (size - 1))
    distances = within - 2.0 * _pairs(*sides) / size**2
    sd: Value
    if subsets < 2:
        sd = Undefined("one subset has no spread")
    elif size == len(real) == len(fake):
        sd = Undefined(f"all subsets hold the same {size} clips of each side")
    else:
        sd = float(distances.std(ddof=1))
    return KernelDistance(float(distances.mean()), sd, size, subsets)


@dataclass(frozen=True, eq=False)
class _Side:
    """Features ``[N, D]`` and the rows of each subset, ``[subsets, size]``."""

    features: Float64Array
    rows: IntArray


def _draw(count: int, size: int, subsets: int, rng: np.random.Generator) -> IntArray:
    drawn = [rng.choice(count, size, replace=False) for _ in range(subsets)]
    return np.asarray(drawn, dtype=np.int64)


def _pairs(first: _Side, second: _Side) -> Float64Array:
    """Sum of the kernel over all pairs of a subset's clips of both sides, ``[subsets]``.

    Large subsets of few clips overlap, so that the kernel of all clips costs less than those of
    the subsets; the indicators ``[subsets, N]`` of the subsets then sum it up.
    """
    subsets, size = first.rows.shape
    if subsets * size**2 <= len(first.features) * len(second.features):
        drawn = zip(first.rows, second.rows, strict=True)
        return np.asarray(
            [
                sum(
                    block.sum()
                    for _, block in _kernel_blocks(first.features[one], second.features[other])
                )
                for one, other in drawn
            ]
        )
    left, right = _indicators(first), _indicators(second)
    total = np.zeros(subsets)
    for rows, block in _kernel_blocks(first.features, second.features):
        total += ((left[:, rows] @ block) * right).sum(axis=1)
    return total


def _selves(side: _Side) -> Float64Array:
    """Sum of the kernel of each clip of a subset with itself, ``[subsets]``."""
    kernel = _kernel((side.features**2).sum(axis=1), side.features.shape[1])
    return np.asarray(kernel[side.rows].sum(axis=1))


def _indicators(side: _Side) -> Float64Array:
    """1 where a clip is in a subset, else 0, ``[subsets, N]``."""
    present = np.zeros((len(side.rows), len(side.features)))
    np.put_along_axis(present, side.rows, 1.0, axis=1)
    return present


def _kernel_blocks(
    first: Float64Array, second: Float64Array
) -> Iterator[tuple[slice, Float64Array]]:
    rows = max(1, BLOCK // len(second))
    for start in range(0, len(first), rows):
        block = slice(start, start + rows)
        yield block, _kernel(first[block] @ second.T, first.shape[1])


def _kernel(products: Float64Array, size: int) -> Float64Array:
    """(x.y / D + 1)^3 of the products x.y."""
    base = products / size + 1.0
    # A product of three is several times faster than a power, which goes through logarithms.
    return np.asarray(base * base * base)
