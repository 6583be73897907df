"""Writes each run of a sweep when its last stage ended, while the others go on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from benchmark.engine.scheduler import StageResult, Watcher
from benchmark.engine.tally import Tally

WriteRun = Callable[[str, Mapping[str, StageResult]], None]
"""Given the label of a run and its results by the names that stages have in the plan of all."""


class RunsAsTheyEnd(Watcher):
    """Passes everything on to another watcher.

    Attributes:
        written: labels of the runs that ended; those of which nothing was missing are not among
            them.
    """

    def __init__(
        self, stages_of: Mapping[str, Collection[str]], write: WriteRun, beside: Watcher
    ) -> None:
        self._stages_of, self._write, self._beside = stages_of, write, beside
        self._tally = Tally(stages_of)
        self._results: dict[str, StageResult] = {}
        self.written: set[str] = set()
        beside.runs(stages_of)

    def found(self, results: Sequence[StageResult]) -> None:
        """Keep what was there."""
        for result in results:
            self._results[result.stage] = result
            self._tally.ended(result.stage, result.status)
        self._beside.found(results)

    def begin(self, missing: Mapping[str, float], cached: int) -> None:
        """Pass it on."""
        self._beside.begin(missing, cached)

    def started(self, stage: str) -> None:
        """Pass it on."""
        self._beside.started(stage)

    def progressed(self, stage: str, done: int, total: int) -> None:
        """Pass it on."""
        self._beside.progressed(stage, done, total)

    def noted(self, stage: str, text: str) -> None:
        """Pass it on."""
        self._beside.noted(stage, text)

    def finished(self, result: StageResult) -> None:
        """Write the runs that ended with it."""
        self._results[result.stage] = result
        for label in self._tally.ended(result.stage, result.status):
            self._write(label, {name: self._results[name] for name in self._stages_of[label]})
            self.written.add(label)
        self._beside.finished(result)

    def end(self) -> None:
        """Pass it on."""
        self._beside.end()
