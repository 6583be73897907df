"""Which clips a repetition measures, and which real clips its floor is taken from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol as Structural

import numpy as np

from metrics.evaluation.half_samples import draw, drawn_fraction, matched_counts
from metrics.features import FeatureSet
from metrics.protocols import OTHER_PARTS
from metrics.reference import Draw, Reference
from metrics.value import Undefined
from skeletons.arrays import IntArray
from skeletons.errors import InputError
from skeletons.seeds import named_rng

SMALLEST_FLOOR = 0.25
"""Draws shrink to what a real part can give, down to this part of their size; if it can give even
less, they keep their size and the floor is undefined."""


class Drawing(Structural):
    """Draws of synthetic clips and, for the floor, of real ones."""

    @property
    def size(self) -> int:
        """Clips of one draw."""

    @property
    def fraction(self) -> float:
        """The largest part of a class's clips that a draw takes; 0 if all draws are the same."""

    @property
    def floor_fraction(self) -> float:
        """The same of the real clips that floors are drawn from."""

    def synthetic(self, repetition: int) -> Draw | Undefined:
        """The draw of a repetition; the same for every metric."""

    def real(self, repetition: int) -> Draw | Undefined:
        """Real clips drawn in the same way."""


@dataclass(frozen=True, eq=False)
class HalfDraws:
    """``half``: class counts of a draw, what part of the pool they are, and the floor's clips."""

    pool: FeatureSet
    reference: Reference
    counts: IntArray
    fraction: float
    floor: FeatureSet | None
    no_floor: str
    names: tuple[object, ...]

    @classmethod
    def of(
        cls,
        pool: FeatureSet,
        reference: Reference,
        floor: FeatureSet | None,
        names: tuple[object, ...],
    ) -> HalfDraws:
        """Draws in the reference's class shares, small enough for ``floor`` to be drawn alike."""
        parts = [part for part in (pool, reference.clips, floor) if part is not None]
        classes = 1 + max(int(part.labels.max()) for part in parts)
        there, prior = pool.class_counts(classes), reference.clips.class_counts(classes)
        wanted = matched_counts(there, prior)
        plain = pool, reference, wanted, drawn_fraction(there, wanted), None
        if floor is None:
            return cls(*plain, "there is no other real part", names)
        counts = matched_counts(there, prior, floor.class_counts(classes))
        if counts.sum() < SMALLEST_FLOOR * wanted.sum():
            reason = f"{counts.sum()} real clips are there for draws of {wanted.sum()}"
            return cls(*plain, reason, names)
        fraction = drawn_fraction(there, counts)
        return cls(pool, reference, counts, fraction, floor, "", names)

    @property
    def size(self) -> int:
        """Clips of one draw."""
        return int(self.counts.sum())

    @property
    def floor_fraction(self) -> float:
        """The largest part of a class's real clips that a floor's draw takes."""
        if self.floor is None:
            return 0.0
        return drawn_fraction(self.floor.class_counts(len(self.counts)), self.counts)

    def synthetic(self, repetition: int) -> Draw | Undefined:
        """Half of the pool, without replacement."""
        if self.counts.sum() == 0:
            return Undefined("no synthetic clip is of a class of the reference")
        return self._draw(self.pool, (*self.names, repetition))

    def real(self, repetition: int) -> Draw | Undefined:
        """Real clips with the same class counts."""
        if self.floor is None:
            return Undefined(self.no_floor)
        if self.counts.sum() == 0:
            return Undefined("no synthetic clip is of a class of the reference")
        return self._draw(self.floor, ("floor", *self.names, repetition))

    def _draw(self, clips: FeatureSet, names: tuple[object, ...]) -> Draw:
        rows = draw(clips.labels, self.counts, named_rng("metric draw", *names))
        return Draw(clips.select(rows), self.reference)


@dataclass(frozen=True, eq=False)
class FreshDraws:
    """``fresh``: each repetition has synthetic clips of its own, and all real clips are resampled
    with replacement to as many, for the reference and once more for the floor."""

    pool: FeatureSet
    reference: Reference
    repetitions: int
    names: tuple[object, ...]

    @classmethod
    def of(
        cls, pool: FeatureSet, reference: Reference, repetitions: int, names: tuple[object, ...]
    ) -> FreshDraws:
        """Stretches of the pool, in its order.

        Raises:
            InputError: a pool that does not divide into as many stretches.
        """
        if len(pool) % repetitions:
            raise InputError(
                f"{len(pool)} synthetic clips do not divide into {repetitions} repetitions: this "
                "protocol needs new clips in each"
            )
        return cls(pool, reference, repetitions, names)

    @property
    def size(self) -> int:
        """Clips of one draw."""
        return len(self.pool) // self.repetitions

    @property
    def fraction(self) -> float:
        """Each draw takes its own part of the pool."""
        return 1.0 / self.repetitions

    @property
    def floor_fraction(self) -> float:
        """Floors are drawn with replacement: no draw exhausts the clips."""
        return 0.0

    def synthetic(self, repetition: int) -> Draw | Undefined:
        """The repetition's own clips, against resampled real ones."""
        rows = np.arange(repetition * self.size, (repetition + 1) * self.size)
        return Draw(self.pool.select(rows), self._resampled_reference(repetition))

    def real(self, repetition: int) -> Draw | Undefined:
        """All real clips resampled, against all real clips resampled."""
        clips = self._resampled(("floor", *self.names, repetition))
        return Draw(clips, self._resampled_reference(repetition))

    def _resampled_reference(self, repetition: int) -> Reference:
        resampled = self._resampled(("reference", *self.names, repetition))
        return Reference(self.reference.name, resampled, self.reference.other)

    def _resampled(self, names: tuple[object, ...]) -> FeatureSet:
        rng = named_rng("metric draw", *names)
        clips = self.reference.clips
        return clips.select(rng.integers(len(clips), size=self.size))


def reference_of(name: str, references: dict[str, FeatureSet]) -> Reference:
    """A real part, with the part that its floors are drawn from."""
    first = [part for part in OTHER_PARTS.get(name, ()) if part in references]
    rest = [part for part in references if part != name] if name != "all" else []
    other = next((references[part] for part in (*first, *rest)), None)
    return Reference(name, references[name], other)
