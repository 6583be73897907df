"""How a run goes on, on standard error: bars with the time left, or plain lines in a log."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from benchmark.engine.outcomes import OK, SKIPPED
from benchmark.engine.scheduler import StageResult, Watcher
from benchmark.engine.tally import Tally

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID

TOTAL = "all stages"


def watcher_for(console: Console) -> Watcher:
    """Bars on a terminal, lines elsewhere."""
    return Bars(console) if console.is_terminal else Lines(console)


def end_of(result: StageResult) -> str:
    """One line about a stage that ended."""
    if result.status == OK:
        seconds = "" if result.seconds is None else f"{result.seconds:.1f} s"
        doubt = f" ({result.reason})" if result.reason else ""
        return f"{result.stage}: done" + (f" in {seconds}" if seconds else "") + doubt
    return f"{result.stage}: {result.status} ({result.reason})"


class Work:
    """How much of the expected work is done, and how long the rest should take.

    Each stage counts with its expected cost, whatever it costs in truth; the time left is the
    remaining cost at the speed so far.
    """

    def __init__(self, missing: Mapping[str, float]) -> None:
        self._cost = dict(missing)
        self._share = dict.fromkeys(missing, 0.0)
        self._start = time.monotonic()
        self.total = sum(missing.values())

    @property
    def done(self) -> float:
        """Cost of what is done, parts of stages included."""
        return sum(self._cost[stage] * share for stage, share in self._share.items())

    def advance(self, stage: str, share: float) -> None:
        """A stage is done up to ``share`` in [0, 1]."""
        if stage in self._share:
            self._share[stage] = min(max(share, 0.0), 1.0)

    def left(self) -> float | None:
        """Expected seconds; None while there is nothing to go by."""
        done = self.done
        if done < 0.02 * self.total:
            return None
        return (time.monotonic() - self._start) * (self.total - done) / done


class Display(Watcher):
    """Knows how much is done, and how many of the runs of a sweep."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._work = Work({})
        self._tally: Tally | None = None

    def runs(self, stages_of: Mapping[str, Collection[str]]) -> None:
        """Count them."""
        self._tally = Tally(stages_of)

    def found(self, results: Sequence[StageResult]) -> None:
        """Count runs that are there."""
        for result in results:
            self._count(result)

    def _count(self, result: StageResult) -> list[str]:
        """The runs that ended with a stage."""
        self._work.advance(result.stage, 1.0)
        return [] if self._tally is None else self._tally.ended(result.stage, result.status)


class Bars(Display):
    """One bar for the run, or all runs of a sweep, and one for each stage under way."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._progress: Progress | None = None
        self._bars: dict[str, TaskID] = {}

    def begin(self, missing: Mapping[str, float], cached: int) -> None:
        """Show the bar of the run."""
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        self._work = Work(missing)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeElapsedColumn(),
            TextColumn("{task.fields[left]}"),
            console=self._console,
            transient=True,
        )
        self._bars[TOTAL] = self._progress.add_task(self._whole, total=self._work.total, left="")
        self._progress.start()

    def started(self, stage: str) -> None:
        """Show the stage's bar."""
        if self._tally is not None:
            self._tally.started(stage)
            self._show_total()
        if self._progress is not None:
            self._bars[stage] = self._progress.add_task(stage, total=None, left="")

    def progressed(self, stage: str, done: int, total: int) -> None:
        """Move the stage's bar and the run's."""
        self._work.advance(stage, done / max(total, 1))
        if self._progress is None or stage not in self._bars:
            return
        bar = self._bars[stage]
        elapsed = self._progress.tasks[self._progress.task_ids.index(bar)].elapsed or 0.0
        left = _time_left(elapsed * (total - done) / done if done else None)
        self._progress.update(bar, completed=done, total=total, left=left)
        self._show_total()

    def noted(self, stage: str, text: str) -> None:
        """Say what the stage waits for, beside its bar."""
        if self._progress is not None and stage in self._bars:
            self._progress.update(self._bars[stage], left=text)

    def finished(self, result: StageResult) -> None:
        """Take the stage's bar away and leave a line."""
        self._count(result)
        if self._progress is None:
            return
        if result.stage in self._bars:
            self._progress.remove_task(self._bars.pop(result.stage))
        style = {OK: "green", SKIPPED: "yellow"}.get(result.status, "red")
        self._progress.console.print(end_of(result), style=style, highlight=False, markup=False)
        self._show_total()

    def end(self) -> None:
        """Take all bars away."""
        if self._progress is not None:
            self._progress.stop()

    @property
    def _whole(self) -> str:
        return TOTAL if self._tally is None else str(self._tally)

    def _show_total(self) -> None:
        if self._progress is not None:
            self._progress.update(
                self._bars[TOTAL],
                description=self._whole,
                completed=self._work.done,
                left=_time_left(self._work.left()),
            )


class Lines(Display):
    """A line when a stage starts and one when it ends, and for each run of a sweep that ended: for
    logs and pipes."""

    def begin(self, missing: Mapping[str, float], cached: int) -> None:
        """Say how much there is to do."""
        self._work = Work(missing)
        self._say(f"{len(missing)} stages to do, {cached} in the store")

    def started(self, stage: str) -> None:
        """Say so."""
        if self._tally is not None:
            self._tally.started(stage)
        self._say(f"{stage}: started")

    def progressed(self, stage: str, done: int, total: int) -> None:
        """Only count."""
        self._work.advance(stage, done / max(total, 1))

    def noted(self, stage: str, text: str) -> None:
        """Say so."""
        self._say(f"{stage}: {text}")

    def finished(self, result: StageResult) -> None:
        """Say how it ended and how long the rest should take."""
        ended = self._count(result)
        left = _time_left(self._work.left())
        self._say(end_of(result) + (f"; {left}" if left else ""))
        if ended:
            self._say(f"{self._tally}")

    def _say(self, text: str) -> None:
        self._console.print(text, highlight=False, markup=False, soft_wrap=True)


def _time_left(seconds: float | None) -> str:
    if seconds is None or seconds < 1:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    return f"about {minutes}:{rest:02d} left"
