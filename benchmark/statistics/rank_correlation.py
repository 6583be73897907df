"""Spearman's rank correlation of many columns with one, over few rows that come in families.

Rows are entries of a table, such as generators; entries of one family (one generator in several
settings) are not independent, so the interval resamples families with all their entries (cluster
bootstrap, Field and Welsh 2007), and the test moves the one column about among entries.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.stats import rankdata

from skeletons.arrays import Float64Array, IntArray, StrArray
from skeletons.seeds import named_rng

RESAMPLES = 2_000
PERMUTATIONS = 10_000
AT_ONCE = 100
"""Resamples that are ranked in one call."""
LEAST_ENTRIES = 5
"""Of fewer no correlation is told."""
_NO_SPREAD = 1e-12


class RankCorrelation(NamedTuple):
    """Correlation of each of K columns, ``[K]`` each; NaN where a column is constant.

    Attributes:
        rho: Spearman's coefficient.
        low: lower end of its 95 % interval.
        high: upper end.
        p_value: two-sided, of no association.
    """

    rho: Float64Array
    low: Float64Array
    high: Float64Array
    p_value: Float64Array


def rank_correlation(
    columns: Float64Array, other: Float64Array, families: StrArray
) -> RankCorrelation:
    """Of each column of ``columns [N, K]`` with ``other [N]``, all finite.

    Args:
        families: ``[N]``, whose members are drawn together.
    """
    rng = named_rng("rank correlation", *columns.shape)
    rho = _spearman(columns, other)
    names, family = np.unique(families, return_inverse=True)
    drawn = rng.integers(len(names), size=(RESAMPLES, len(names)))
    low, high = _percentiles(_of_resamples(columns, other, family, drawn))
    ranks = _standardised(rankdata(columns, axis=0))
    mixed = np.stack([rng.permutation(len(other)) for _ in range(PERMUTATIONS)])
    chance = np.abs(_standardised(rankdata(other)[:, None])[mixed, 0] @ ranks)
    reached = (chance >= np.abs(rho) - 1e-9).sum(axis=0)
    p_value = np.where(np.isnan(rho), np.nan, (reached + 1) / (PERMUTATIONS + 1))
    return RankCorrelation(rho, low, high, p_value)


def reliability(halves: Float64Array) -> float:
    """How well a number with noise in it agrees with itself measured once more: the correlation of
    ranks of two halves ``[N, 2]``, brought to the length of both (Spearman 1910, Brown 1910). Its
    square root bounds every correlation with that number. NaN where a half is constant."""
    between = float(_spearman(halves[:, :1], halves[:, 1])[0])
    return max(0.0, 2 * between / (1 + between)) if between > -1 else 0.0


def _of_resamples(
    columns: Float64Array, other: Float64Array, family: IntArray, drawn: IntArray
) -> Float64Array:
    """Coefficients ``[R, K]`` of resamples of families ``drawn [R, F]``."""
    members = [np.flatnonzero(family == one) for one in range(drawn.shape[1])]
    sizes = np.asarray([len(rows) for rows in members])[drawn].sum(axis=1)
    found = np.empty((len(drawn), columns.shape[1]))
    for size in np.unique(sizes):
        alike = np.flatnonzero(sizes == size)
        # ranks of many at once: a call of rankdata takes longer than the rest
        for places in np.array_split(alike, -(-len(alike) // AT_ONCE)):
            rows = np.stack([np.concatenate([members[one] for one in drawn[p]]) for p in places])
            ranks, others = (rankdata(values[rows], axis=1) for values in (columns, other))
            for number, place in enumerate(places):
                found[place] = _correlation(ranks[number], others[number])
    return found


def _spearman(columns: Float64Array, other: Float64Array) -> Float64Array:
    return _correlation(rankdata(columns, axis=0), rankdata(other))


def _correlation(ranks: Float64Array, other: Float64Array) -> Float64Array:
    """Of ranks ``[N, K]`` with ranks ``[N]``."""
    alone = _standardised(other[:, None])[:, 0]
    return np.asarray(alone @ _standardised(ranks), dtype=np.float64)


def _standardised(ranks: Float64Array) -> Float64Array:
    """Ranks ``[N, K]`` with mean 0 and length 1; NaN for a constant column."""
    away = ranks - ranks.mean(axis=0)
    length = np.sqrt(np.square(away).sum(axis=0))
    told = np.broadcast_to(length > _NO_SPREAD, away.shape)
    return np.asarray(np.divide(away, length, out=np.full_like(away, np.nan), where=told))


def _percentiles(resampled: Float64Array) -> tuple[Float64Array, Float64Array]:
    """The middle 95 % of each column of ``[R, K]``; NaN where most resamples say nothing."""
    known = ~np.isnan(resampled)
    low, high = np.full(resampled.shape[1], np.nan), np.full(resampled.shape[1], np.nan)
    for column in np.flatnonzero(known.mean(axis=0) > 0.5):
        values = resampled[known[:, column], column]
        low[column], high[column] = np.quantile(values, [0.025, 0.975])
    return low, high
