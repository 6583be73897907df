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
