from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmark.records.comparable import check_comparable, comparable_sets
from benchmark.records.run_folder import RunFolder, read_run
from skeletons.errors import InputError
from tests.benchmark.run_folders import run_of, with_record


@pytest.mark.parametrize(
    ("part", "value", "words"),
    [
        ("spec", {"protocol": "action2motion-2020"}, "differ in protocol (skelgen-v2 and"),
        ("spec", {"split": "full"}, "differ in split (10pct and full)"),
        ("spec", {"dataset": "nw_ucla"}, "differ in data set"),
        ("spec", {"profile": "paper"}, "differ in profile"),
        ("spec", {"samples": 60}, "differ in number of synthetic clips (600 and 60)"),
        ("spec", {"data_seed": 1}, "differ in data seed"),
        ("data", {"protocol": "official"}, "differ in data protocol"),
        ("data", {"test_fingerprint": "f" * 64}, "differ in test clips (000000000000... and ffff"),
        ("judges", [{"name": "gru"}], "differ in judges (st_trans-0a1b2c3d and gru)"),
    ],
)
def test_runs_measured_in_two_ways_are_not_compared(
    tmp_path: Path, part: str, value: Any, words: str
) -> None:
    one, other = run_of(tmp_path, "a"), run_of(tmp_path, "b", generator="mdm")
    one = with_record(one, data={**one.data, "test_fingerprint": "0" * 64})
    check_comparable([one, other])
    new = value if isinstance(value, list) else {**other.record[part], **value}
    changed = with_record(other, **{part: new})
    with pytest.raises(InputError) as refused:
        check_comparable([one, changed])
    assert words in str(refused.value)
    assert str(refused.value).startswith("a and b are not compared")


def with_references(run: RunFolder, **names: str) -> RunFolder:
    """The run with other names of the real clips that its metrics are held against."""
    table = run.summary
    table.assign(reference=table["reference"].replace(names)).to_csv(
        run.path / "summary.csv", index=False
    )
    return read_run(run.path)


def test_metrics_held_against_other_clips_are_not_compared(tmp_path: Path) -> None:
    one, other = run_of(tmp_path, "a"), run_of(tmp_path, "b", generator="mdm")
    check_comparable([one, with_references(other, train="all")])
    with pytest.raises(InputError, match=r"differ in reference of fid \(test and all\)"):
        check_comparable([one, with_references(other, test="all", all="train")])


def test_a_run_that_says_less_stands_beside_the_others(tmp_path: Path) -> None:
    one = run_of(tmp_path, "a")
    bare = run_of(tmp_path, "b", generator="mdm")
    (bare.path / "summary.csv").unlink()
    bare = with_record(bare, extractor={})
    check_comparable([one, bare])
    assert comparable_sets([one, bare]) == [[0, 1]]


def test_each_set_holds_runs_that_one_table_may_rank(tmp_path: Path) -> None:
    a, b, c = (
        with_record(one, data={**one.data, "test_fingerprint": mark} if mark else one.data)
        for one, mark in (
            (run_of(tmp_path, "a"), "1"),
            (run_of(tmp_path, "b"), "2"),
            (run_of(tmp_path, "c"), ""),
        )
    )
    assert comparable_sets([a, b, c]) == [[0, 2], [1]]
    assert comparable_sets([c, a, b]) == [[0, 1], [2]]
    assert comparable_sets([]) == []
