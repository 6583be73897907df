"""How many of the runs of one plan are done, under way or failed, as its stages end."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from benchmark.engine.outcomes import OK


class Tally:
    """Counts runs by their stages; a stage may belong to several."""

    def __init__(self, stages_of: Mapping[str, Collection[str]]) -> None:
        self._left = {run: set(stages) for run, stages in stages_of.items()}
        self._runs_of: dict[str, list[str]] = {}
        for run, stages in stages_of.items():
            for stage in stages:
                self._runs_of.setdefault(stage, []).append(run)
        self._begun: set[str] = set()
        self._failed: set[str] = set()

    def __len__(self) -> int:
        return len(self._left)

    def started(self, stage: str) -> None:
        """A stage is under way, and so are its runs."""
        self._begun.update(self._runs_of.get(stage, ()))

    def ended(self, stage: str, status: str) -> list[str]:
        """A stage ended; the runs that ended with it."""
        runs = self._runs_of.get(stage, ())
        if status != OK:
            self._failed.update(runs)
        over = []
        for run in runs:
            if stage in self._left[run]:
                self._left[run].remove(stage)
                if not self._left[run]:
                    over.append(run)
        return over

    @property
    def done(self) -> int:
        """Runs of which all stages ended well."""
        return sum(not left and run not in self._failed for run, left in self._left.items())

    @property
    def failed(self) -> int:
        """Runs of which a stage did not end well, even if others are still to come."""
        return len(self._failed)

    @property
    def running(self) -> int:
        """Runs of which a stage of their own or a shared one began, and which have not ended."""
        return sum(bool(self._left[run]) for run in self._begun - self._failed)

    def __str__(self) -> str:
        told = [f"{self.done} of {len(self)} runs done"]
        told += [f"{self.running} running"] if self.running else []
        told += [f"{self.failed} failed"] if self.failed else []
        return ", ".join(told)
