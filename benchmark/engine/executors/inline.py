"""Carry out tasks one after the other in this process: for debuggers and for tests."""

from __future__ import annotations

from collections.abc import Sequence

from benchmark.engine.executors import Event, Surroundings, Task
from benchmark.engine.executors.carry_out import carry_out


class InlineExecutor:
    """An executor without processes; a crash takes the whole run with it."""

    slots = 1

    def __init__(self, surroundings: Surroundings) -> None:
        self._surroundings = surroundings
        self._events: list[Event] = []

    def submit(self, task: Task) -> None:
        """Carry out the task before returning."""
        carry_out(task, self._surroundings, self._events.append)

    def wait(self, seconds: float) -> Sequence[Event]:
        """What the last task told."""
        events, self._events = self._events, []
        return events

    def close(self) -> None:
        """There is nothing to stop."""
