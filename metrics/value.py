"""What a metric gives: a number, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Undefined:
    """A number that does not exist for these clips, and why. Never stands in as 0 or NaN."""

    reason: str

    def __str__(self) -> str:
        return f"undefined ({self.reason})"


Value = float | Undefined
"""What a metric gives."""

Cell = str | float
"""A value as tables and JSON hold it: the number, or ``undefined (reason)``."""


def cell_of(value: Value) -> Cell:
    """How a value is written."""
    return str(value) if isinstance(value, Undefined) else value


def value_of(cell: Cell) -> Value:
    """The value that :func:`cell_of` wrote."""
    if isinstance(cell, str):
        return Undefined(cell.removeprefix("undefined (").removesuffix(")"))
    return cell
