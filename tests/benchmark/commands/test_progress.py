from __future__ import annotations

import io

import pytest
from rich.console import Console

from benchmark.commands.progress import Bars, Lines, Work, watcher_for
from benchmark.engine.scheduler import StageResult, Watcher

WORK = {"fit": 80.0, "score/fid": 20.0}


def _told(watcher: Watcher) -> None:
    watcher.begin(WORK, cached=3)
    watcher.started("fit")
    watcher.noted("fit", "another process is making this artefact")
    watcher.progressed("fit", 1, 4)
    watcher.finished(StageResult("fit", "ok", seconds=12.34))
    watcher.finished(StageResult("score/fid", "skipped", reason="needs 'x', which is killed"))
    watcher.end()


def test_a_log_gets_a_line_at_the_start_and_the_end_of_a_stage() -> None:
    text = io.StringIO()
    _told(Lines(Console(file=text, width=40)))
    assert text.getvalue().splitlines() == [
        "2 stages to do, 3 in the store",
        "fit: started",
        "fit: another process is making this artefact",
        "fit: done in 12.3 s",
        "score/fid: skipped (needs 'x', which is killed)",
    ]


def test_a_terminal_gets_bars_that_vanish_and_lines_that_stay() -> None:
    text = io.StringIO()
    console = Console(file=text, width=100, force_terminal=True, color_system=None)
    _told(Bars(console))
    assert "all stages" in text.getvalue()
    assert "fit: done in 12.3 s" in text.getvalue()


def test_the_kind_of_display_follows_from_the_console() -> None:
    assert isinstance(watcher_for(Console(file=io.StringIO())), Lines)
    assert isinstance(watcher_for(Console(file=io.StringIO(), force_terminal=True)), Bars)
    _told(Watcher())


def test_the_time_left_is_the_rest_at_the_speed_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("benchmark.commands.progress.time.monotonic", lambda: now)
    work = Work(WORK)
    assert work.left() is None
    now = 110.0
    work.advance("fit", 0.25)
    assert work.done == 20
    assert work.left() == pytest.approx(40)
    work.advance("fit", 1.0)
    work.advance("score/fid", 1.0)
    assert work.left() == 0
