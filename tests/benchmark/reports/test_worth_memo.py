"""What synthetic clips are worth is worked out once for the same tables and code."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark.reports import worth_memo
from benchmark.reports.worth_memo import MEMO, worth_of_runs
from tests.benchmark.run_folders import make_run, run_of

ARMS = ("real", "real+synthetic", "oracle")


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the runs whose worth was worked out."""
    names: list[str] = []
    work_out = worth_memo.worth_lines

    def counting(name, group):  # type: ignore[no-untyped-def]
        names.append(name)
        return work_out(name, group)

    monkeypatch.setattr(worth_memo, "worth_lines", counting)
    return names


def test_runs_with_arms_of_more_real_clips_have_lines(tmp_path: Path) -> None:
    runs = [run_of(tmp_path, "a", arms=ARMS), run_of(tmp_path, "b", arms=ARMS[:2])]
    ((run, line),) = worth_of_runs([(run,) for run in runs], tmp_path)
    assert run is runs[0]
    assert (line.run, line.recognizer, line.arm, line.added) == (
        "a", "stgcn++", "real+synthetic", 600,
    )  # fmt: skip


def test_the_same_tables_are_read_from_the_memo(tmp_path: Path, counted: list[str]) -> None:
    run = run_of(tmp_path, "a", arms=ARMS, people=5)
    first = worth_of_runs([(run,)], tmp_path)
    assert worth_of_runs([(run,)], tmp_path) == first
    assert counted == ["a"]
    make_run(run.path, arms=ARMS, people=5, gain=0.05)
    assert worth_of_runs([(run_of(tmp_path, "a", arms=ARMS, people=5, gain=0.05),)], tmp_path)
    assert counted == ["a", "a"]


@pytest.mark.parametrize("broken", ["", "[1]", '{"key": [[1]]}', '{"key": {"a": 1}}'])
def test_a_broken_memo_is_written_again(tmp_path: Path, broken: str, counted: list[str]) -> None:
    (tmp_path / MEMO).write_text(broken, encoding="utf-8")
    run = run_of(tmp_path, "a", arms=(*ARMS[:1], "oracle"))
    assert worth_of_runs([(run,)], tmp_path) == []
    worth_of_runs([(run,)], tmp_path)
    assert counted == ["a"]


def test_without_such_arms_there_is_no_memo(tmp_path: Path) -> None:
    assert worth_of_runs([(run_of(tmp_path, "a"),)], tmp_path) == []
    assert not (tmp_path / MEMO).exists()
