"""Splits: which training clips may be seen. Stratified by class, seeded and nested."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from skeletons.arrays import IntArray
from skeletons.clips import ClipSet
from skeletons.errors import InputError
from skeletons.seeds import named_rng

KINDS = {
    "full": "all training clips",
    "<p>pct": "p percent of each class, such as 10pct; 5pct lies inside 10pct",
    "<k>shot": "k clips of each class, such as 5shot",
}
BASE = "base+"
"""Stands before a split of which the base classes give all of their clips."""


def base_labels(classes: Sequence[str], seed: int = 0) -> IntArray:
    """Labels of the base classes, ascending: half of the classes, rounded down, in an order of
    their names that is seeded with ``seed``; the others are novel."""
    names = sorted(classes)
    order = named_rng("base classes", seed).permutation(len(names))
    base = {names[place] for place in order[: len(names) // 2]}
    return np.asarray([label for label, name in enumerate(classes) if name in base], np.int64)


@dataclass(frozen=True)
class Split:
    """``full``, ``<p>pct`` (a percentage of each class) or ``<k>shot`` (k clips of each class).

    Attributes:
        base: the base classes (:func:`base_labels`) give all of their clips: ``base+5shot``.
    """

    name: str
    percent: float | None = None
    shots: int | None = None
    base: bool = False

    @classmethod
    def parse(cls, name: str) -> Split:
        """The split of a name; :class:`InputError` says what a name looks like."""
        if name.startswith(BASE):
            return replace(cls.parse(name.removeprefix(BASE)), name=name, base=True)
        if name == "full":
            return cls(name, percent=100.0)
        if match := re.fullmatch(r"(\d+(?:\.\d+)?)pct", name):
            percent = float(match[1])
            if 0 < percent <= 100:
                return cls(name, percent=percent)
        elif (match := re.fullmatch(r"(\d+)shot", name)) and int(match[1]) > 0:
            return cls(name, shots=int(match[1]))
        raise InputError(
            f"unknown split '{name}': known are full, <p>pct such as 10pct, <k>shot such as 5shot"
        )

    def rows(self, clips: ClipSet, seed: int = 0) -> IntArray:
        """Row numbers of the clips in this split, ascending.

        Each class has one seeded order of its clips, by id, and a split takes that order's
        beginning: so a smaller split lies inside every larger one, whatever order the clips come
        in. A class that would get no clip gets one, and one that has too few gives all of them.
        """
        chosen: list[int] = []
        base = self._base_of(clips, seed)
        for label in range(len(clips.classes)):
            rows = np.flatnonzero(clips.labels == label)
            rows = rows[np.argsort(clips.ids[rows])]
            order = named_rng("split", seed, clips.classes[label]).permutation(len(rows))
            share = len(rows) if label in base else max(1, self._share_of(len(rows)))
            chosen.extend(rows[order[:share]].tolist())
        return np.sort(np.asarray(chosen, dtype=np.int64))

    def select(self, clips: ClipSet, seed: int = 0) -> ClipSet:
        """The clips of this split, in the order of ``clips``.

        Raises:
            InputError: the split says nothing about these clips, since it asks every class for
                more than it has, or for less than one clip.
        """
        novel = np.delete(clips.class_counts(), self._base_of(clips, seed))
        largest = int(novel.max(initial=0))
        if self.shots is not None and self.shots > largest:
            raise InputError(
                f"split '{self.name}' of {clips.name}: no class has {self.shots} clips, the "
                f"largest has {largest}; take full, or {largest}shot at most"
            )
        if largest and self._share_of(largest) == 0:
            raise InputError(
                f"split '{self.name}' of {clips.name}: that is no clip in any class, the largest "
                f"has {largest}; take 1shot, or a larger share"
            )
        return clips.select(self.rows(clips, seed), name=f"{clips.name}-{self.name}")

    def _base_of(self, clips: ClipSet, seed: int) -> IntArray:
        """Labels of the classes that give all of their clips, whatever the share."""
        return base_labels(clips.classes, seed) if self.base else np.zeros(0, dtype=np.int64)

    def _share_of(self, count: int) -> int:
        """Clips that a class of ``count`` should give."""
        if self.shots is not None:
            return self.shots
        return round(count * (self.percent or 0.0) / 100.0)
