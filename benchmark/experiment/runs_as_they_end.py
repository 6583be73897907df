"""Writes each run of a sweep when its last stage ended, while the others go on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from benchmark.engine.files import why_unwritable
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
        """Write the runs that ended with it; one that cannot be written keeps none from going on,
        and is written again, or said, with the rest."""
        self._results[result.stage] = result
        for label in self._tally.ended(result.stage, result.status):
            try:
                self._write(label, {name: self._results[name] for name in self._stages_of[label]})
            except OSError as error:
                if why_unwritable(error) is None:
                    raise
            else:
                self.written.add(label)
        self._beside.finished(result)

    def write_rest(self, results: Mapping[str, StageResult], then: Callable[[str], object]) -> None:
        """Write the runs that were not written meanwhile, and call ``then`` with each label.

        Raises:
            OSError: of the first run that cannot be written, when all others are.
        """
        refused: list[OSError] = []
        for label in self._stages_of:
            try:
                if label not in self.written:
                    self._write(label, results)
                then(label)
            except OSError as error:
                if why_unwritable(error) is None:
                    raise
                refused.append(error)
        if refused:
            raise refused[0]

    def end(self) -> None:
        """Pass it on."""
        self._beside.end()
