"""What measuring leaves: every number of every draw, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from metrics.value import Value, cell_of, value_of


@dataclass(frozen=True)
class Measured:
    """One metric against one reference, in all draws.

    Attributes:
        values: of the synthetic clips, one a repetition.
        floors: of the real clips that were drawn in the same way, one a repetition.
        drawn_fraction: the largest part of a class's synthetic clips that one draw takes; 0 if no
            draw differs from another.
        floor_fraction: the same of the real clips that floors are drawn from.
        draw_size: clips of one draw, synthetic or real.
    """

    reference: str
    metric: str
    values: tuple[Value, ...]
    floors: tuple[Value, ...]
    drawn_fraction: float
    floor_fraction: float
    draw_size: int

    def row(self) -> dict[str, Any]:
        """All of it as JSON holds it."""
        return {
            "reference": self.reference,
            "metric": self.metric,
            "values": [cell_of(value) for value in self.values],
            "floors": [cell_of(value) for value in self.floors],
            "drawn_fraction": self.drawn_fraction,
            "floor_fraction": self.floor_fraction,
            "draw_size": self.draw_size,
        }

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Measured:
        """What :meth:`row` gave, to the last bit."""
        numbers = {
            name: tuple(value_of(cell) for cell in row[name]) for name in ("values", "floors")
        }
        return cls(**{**row, **numbers})


@dataclass(frozen=True)
class MetricOfClass:
    """One metric of one class, over the whole pool; ``n`` is how many synthetic clips it has."""

    reference: str
    metric: str
    label: int
    n: int
    value: Value

    def row(self) -> dict[str, str | int | float]:
        """Columns of ``classes.csv`` that this knows; ``class`` is the label's number."""
        return {
            "reference": self.reference,
            "metric": self.metric,
            "class": self.label,
            "n": self.n,
            "value": cell_of(self.value),
        }
