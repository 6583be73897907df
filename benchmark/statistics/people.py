"""People as sampling units: test clips of one person are not independent.

A new test set would hold other people, so where it is known who made the clips, a mean over clips
is a ratio of two sums over people: of their values and of their numbers of clips. Its linearised
residuals, one a person, stand in a table in place of the clips (Cochran 1977, section 6.4; Liang
and Zeger 1986). With P people of equal numbers of clips the variance has the factor P / (P - 1);
with unequal ones each residual is divided by the share of its variance that it is expected to
keep, and there are fewer degrees of freedom than P - 1 (Bell and McCaffrey 2002, CR2, equations 5
and 10, with independent clips as working model).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

from benchmark.statistics.crossed import CONFIDENCE, CrossedMean, crossed_estimate
from skeletons.arrays import Float64Array, IntArray

PEOPLE, CLIPS = "people", "clips"
_ROUNDING = 1e-12


@dataclass(frozen=True, eq=False)
class Units:
    """What a test set is a sample of.

    Attributes:
        of_clip: int64 ``[C]``, the unit that each clip belongs to, ``0 .. U - 1``.
        name: ``people``, or ``clips`` where each clip is a unit of its own.
    """

    of_clip: IntArray
    name: str

    @classmethod
    def of(cls, subjects: ArrayLike) -> Units:
        """People where two or more are known, else clips.

        Args:
            subjects: str ``[C]``, who made each clip, ``""`` where that is unknown. Beside known
                people, all clips of unknown people count as one more person.
        """
        names = np.asarray(subjects, dtype=np.str_)
        people, number = np.unique(names, return_inverse=True)
        if len(people) < 2:
            return cls(np.arange(len(names)), CLIPS)
        return cls(number.astype(np.int64), PEOPLE)

    @property
    def clips(self) -> IntArray:
        """Number of clips of each unit, ``[U]``."""
        return np.bincount(self.of_clip)

    @property
    def people(self) -> int:
        """Number of people; 0 where they are unknown or there is one."""
        return len(self.clips) if self.name == PEOPLE else 0

    @property
    def freedom(self) -> float:
        """Degrees of freedom of the variance between the units, at most ``U - 1``.

        Satterthwaite's for the quadratic form that the variance is, were all clips independent.
        """
        share = self.clips / len(self.of_clip)
        if len(np.unique(share)) == 1:
            return float(len(share) - 1)
        residual = np.eye(len(share)) - share
        form = residual.T @ np.diag(share**2 / (1.0 - share)) @ residual
        form = form / np.sqrt(np.outer(share, share))
        return float(np.trace(form) ** 2 / (form * form.T).sum())

    @property
    def unseen(self) -> float:
        """Upper end of the 95 % interval of a share that no clip shows.

        That of Wilson 1927, with the t quantile of the units and as many trials as there are clips.
        """
        squared = float(stdtrit(self.freedom, CONFIDENCE)) ** 2
        return squared / (len(self.of_clip) + squared)

    def sums(self, values: NDArray[Any]) -> NDArray[Any]:
        """Sums ``[..., U]`` of ``values [..., C]`` by unit; whole numbers stay whole."""
        order = np.argsort(self.of_clip, kind="stable")
        starts = np.cumsum(self.clips) - self.clips
        sums: NDArray[Any] = np.add.reduceat(values[..., order], starts, axis=-1)
        return sums

    def table(self, values: NDArray[Any]) -> Float64Array:
        """A table ``[..., U]`` whose mean is that of ``values [..., C]`` and whose spread over the
        units is what the mean owes to them."""
        if self.name == CLIPS:
            return np.asarray(values, dtype=np.float64)
        clips, means = self.clips, values.mean(axis=-1, keepdims=True)
        share = clips / len(self.of_clip)
        kept = (1.0 - share) / (1.0 - 1.0 / len(clips))
        residuals = (self.sums(values) - means * clips) / clips.mean() / np.sqrt(kept)
        return np.asarray(means + residuals - residuals.mean(axis=-1, keepdims=True))


def clustered_estimate(values: NDArray[Any], units: Units) -> CrossedMean:
    """Mean of ``values [..., C]`` over seeds and clips, with the interval that people give.

    People who agree to the last clip show no spread between them. That is chance (clips of one
    person differ), so the error is then that of the clips.

    Raises:
        InputError: fewer than two values.
    """
    found = crossed_estimate(units.table(values), units.freedom)
    if found.error > _ROUNDING or units.name == CLIPS:
        return found
    return CrossedMean(found.mean, crossed_estimate(values).error, units.freedom)


def varied(repeated: Sequence[tuple[str, int]]) -> str:
    """What an interval covers, in words, of sources and how often each was repeated."""
    *first, last = (name for name, count in repeated if count > 1)
    return f"{', '.join(first)} and {last}" if first else last
