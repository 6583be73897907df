"""Which judge sees what: the holes of one architecture that another one closes.

A metric of features sees what its judge sees. Where all judges but those of one architecture are
blind, the metric rests on that one alone: whoever asks another judge has a hole there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmark.analyses.validity.reactions import Reaction
from benchmark.records.display_names import metric_words
from benchmark.records.tables import NO_JUDGE

HEADLINES = ("fid", "accuracy")
"""Metrics whose first doses are shown judge by judge, beside the full table."""


@dataclass(frozen=True)
class Hole:
    """What a corruption shows to the judges of one architecture only.

    Attributes:
        kind: the architecture that sees it.
        doses: the metrics that see it through this architecture alone, and from which dose on.
    """

    corruption: str
    kind: str
    doses: Mapping[str, float]

    @property
    def sentence(self) -> str:
        """The hole in words, with the first doses."""
        metrics = ", ".join(
            f"{metric_words(name).short} (from {dose:g} on)" for name, dose in self.doses.items()
        )
        return f"{self.corruption.replace('_', ' ')} is seen by {self.kind} alone in {metrics}"


def holes(found: Sequence[Reaction], kinds: Mapping[str, str]) -> list[Hole]:
    """What one architecture alone sees, corruption by corruption.

    Args:
        kinds: architecture of each judge, by its name.
    """
    if len(set(kinds.values())) < 2:
        return []
    seen: dict[tuple[str, str], dict[str, float]] = {}
    for one in found:
        if one.judge != NO_JUDGE and one.caught is not None:
            first = seen.setdefault((one.corruption, one.metric), {})
            kind = kinds[one.judge]
            first[kind] = min(first.get(kind, one.caught), one.caught)
    alone: dict[tuple[str, str], dict[str, float]] = {}
    for (corruption, metric), first in seen.items():
        if len(first) == 1 and _asked(found, kinds, corruption, metric) > 1:
            ((kind, dose),) = first.items()
            alone.setdefault((corruption, kind), {})[metric] = dose
    order = list(dict.fromkeys(one.corruption for one in found))
    return sorted(
        (Hole(corruption, kind, doses) for (corruption, kind), doses in alone.items()),
        key=lambda hole: order.index(hole.corruption),
    )


def _asked(
    found: Sequence[Reaction], kinds: Mapping[str, str], corruption: str, metric: str
) -> int:
    """How many architectures the metric is defined under."""
    return len(
        {
            kinds[one.judge]
            for one in found
            if (one.corruption, one.metric) == (corruption, metric) and not one.undefined
        }
    )
