from __future__ import annotations

from benchmark.engine.tally import Tally

RUNS = {"quiet": ["data", "quiet/fit", "quiet/tables"], "loud": ["data", "loud/fit"]}


def test_a_run_is_over_with_its_last_stage_in_whatever_order() -> None:
    tally = Tally(RUNS)
    assert str(tally) == "0 of 2 runs done"
    tally.started("data")
    assert (tally.done, tally.running, tally.failed) == (0, 2, 0)
    assert tally.ended("data", "ok") == []
    assert tally.ended("loud/fit", "ok") == ["loud"]
    assert str(tally) == "1 of 2 runs done, 1 running"
    assert tally.ended("quiet/tables", "ok") == []
    assert tally.ended("quiet/fit", "ok") == ["quiet"]
    assert str(tally) == "2 of 2 runs done"


def test_a_run_fails_with_its_first_stage_that_does_and_is_over_with_its_last() -> None:
    tally = Tally(RUNS)
    tally.started("data")
    assert tally.ended("quiet/fit", "killed") == []
    assert str(tally) == "0 of 2 runs done, 1 running, 1 failed"
    tally.ended("quiet/tables", "skipped")
    assert tally.ended("data", "ok") == ["quiet"]
    assert tally.done == 0


def test_a_stage_that_all_have_may_end_them_all_and_counts_once() -> None:
    tally = Tally({"a": ["data"], "b": ["data"], "c": []})
    assert tally.ended("data", "ok") == ["a", "b"]
    assert tally.ended("data", "ok") == []
    assert tally.ended("unknown", "ok") == []
    assert tally.done == 3
