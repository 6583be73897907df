"""Sinks of somebody's own."""

from __future__ import annotations

from typing import Any, ClassVar


class Keeper:
    runs: ClassVar[list[Any]] = []

    def record(self, run: Any) -> None:
        self.runs.append(run)


class Refuses:
    def record(self, run: Any) -> None:
        raise ConnectionError("nobody\nanswers")


class Deaf:
    pass
