"""How long a clip lasts, where it stands and which way it faces: what an image does not hold.

A generator of fixed length draws these from the training clips of the label, so that neither
length nor view gives a sample away.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from skeletons.arrays import IntArray
from skeletons.clips import ClipSet
from skeletons.errors import InputError
from skeletons.placement import Placement
from skeletons.seeds import named_rng

FILE = "length_and_placement.npz"

SEED_NAME = "circumstances"
"""What the draws are seeded with beside the seed: another word would give other samples."""


@dataclass(frozen=True, eq=False)
class LengthAndPlacement:
    """Length, placement and label of each training clip."""

    labels: IntArray
    lengths: IntArray
    placement: Placement

    @classmethod
    def of(cls, clips: ClipSet, placement: Placement) -> LengthAndPlacement:
        """Those of training clips, whose placements the image codec found."""
        return cls(clips.labels, clips.lengths, placement)

    def draw(self, labels: IntArray, seed: int) -> tuple[IntArray, Placement]:
        """Lengths ``[N]`` and placements for labels ``[N]``, as :meth:`draw_rows` draws them."""
        return self.at(self.draw_rows(labels, seed))

    def at(self, rows: IntArray) -> tuple[IntArray, Placement]:
        """Lengths and placements of the training clips ``rows [N]``."""
        return self.lengths[rows], self.placement.select(rows)

    def draw_rows(self, labels: IntArray, seed: int) -> IntArray:
        """For each of labels ``[N]`` a training clip of it; :class:`InputError` for a label that no
        training clip has."""
        rng = named_rng(seed, SEED_NAME)
        rows = np.empty(len(labels), dtype=np.int64)
        for label in np.unique(labels):
            known = np.flatnonzero(self.labels == label)
            if len(known) == 0:
                raise InputError(f"label {label} was not among the clips that were fitted")
            here = labels == label
            rows[here] = known[rng.integers(len(known), size=int(here.sum()))]
        return rows

    def save(self, folder: Path) -> None:
        """Write ``length_and_placement.npz``, without pickles."""
        np.savez(
            folder / FILE,
            labels=self.labels,
            lengths=self.lengths,
            origin=self.placement.origin,
            yaw=self.placement.yaw,
        )

    @classmethod
    def load(cls, folder: Path) -> LengthAndPlacement:
        """Read what :meth:`save` wrote."""
        with np.load(folder / FILE, allow_pickle=False) as stored:
            placement = Placement(stored["origin"], stored["yaw"])
            return cls(stored["labels"], stored["lengths"], placement)
