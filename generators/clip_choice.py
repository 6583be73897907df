"""Which of the real clips stands for each asked label."""

from __future__ import annotations

import numpy as np

from skeletons.arrays import IntArray
from skeletons.errors import InputError


def draw_with_replacement(known: IntArray, labels: IntArray, rng: np.random.Generator) -> IntArray:
    """A row of ``known [M]`` with the same label for each of ``labels [N]``; ``[N]``.

    Raises:
        InputError: a label that no row has.
    """
    check_known(known, labels)
    order, first, counts = _by_label(known)
    chosen = np.floor(rng.random(len(labels)) * counts[labels]).astype(np.int64)
    return np.asarray(order[first[labels] + chosen], dtype=np.int64)


def draw_without_replacement(
    known: IntArray, labels: IntArray, rng: np.random.Generator
) -> IntArray:
    """As :func:`draw_with_replacement`, but no row comes again before all rows of its label have
    come as often."""
    check_known(known, labels)
    rows = np.empty(len(labels), dtype=np.int64)
    for label in np.unique(labels):
        here = np.flatnonzero(labels == label)
        same = np.flatnonzero(known == label)
        rounds = -(-len(here) // len(same))
        drawn = np.concatenate([rng.permutation(same) for _ in range(rounds)])
        rows[here] = drawn[: len(here)]
    return rows


def draw_another(known: IntArray, rows: IntArray, rng: np.random.Generator) -> IntArray:
    """For each of ``rows [N]`` another row of ``known [M]`` with the same label; the row itself
    where it is the only one of its label."""
    order, first, counts = _by_label(known)
    place = np.empty(len(known), dtype=np.int64)
    place[order] = np.arange(len(known)) - first[known[order]]
    labels = known[rows]
    others = np.maximum(counts[labels] - 1, 1)
    ahead = 1 + np.floor(rng.random(len(rows)) * others).astype(np.int64)
    chosen = (place[rows] + ahead) % counts[labels]
    return np.asarray(order[first[labels] + chosen], dtype=np.int64)


def draw_of_all(known: IntArray, count: int, rng: np.random.Generator) -> IntArray:
    """``count`` rows of ``known [M]`` in random order, with its share of each label up to one row.

    No row comes again before all have come as often. Where not all can come, rows are taken at
    even distances from a list sorted by label (systematic sampling, Madow & Madow 1944).
    """
    shuffled = rng.permutation(len(known))
    sorted_rows = shuffled[np.argsort(known[shuffled], kind="stable")]
    rounds, rest = divmod(count, len(known))
    places = (np.arange(rest) + rng.random()) * (len(known) / max(rest, 1))
    part = sorted_rows[np.minimum(places.astype(np.int64), len(known) - 1)]
    return rng.permutation(np.concatenate([np.tile(shuffled, rounds), part]))


def check_known(known: IntArray, labels: IntArray) -> None:
    """Raise :class:`InputError` for a label of ``labels`` that is not in ``known``."""
    unknown = ~np.isin(labels, known)
    if unknown.any():
        raise InputError(f"label {labels[unknown][0]} was not among the clips that were fitted")


def _by_label(known: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """Rows sorted by label, where each label starts among them and how many it has."""
    order = np.argsort(known, kind="stable")
    counts = np.bincount(known).astype(np.int64)
    return order, np.cumsum(counts) - counts, counts
