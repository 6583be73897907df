from __future__ import annotations

from pathlib import Path

import pytest

from benchmark.records.repetitions import group_repetitions
from skeletons.errors import InputError
from tests.benchmark.run_folders import run_of, with_record


def test_runs_that_differ_in_the_generator_seed_only_are_repetitions(tmp_path: Path) -> None:
    runs = [
        run_of(tmp_path, "a", generator_seed=2, hash8="0a"),
        run_of(tmp_path, "b", generator_seed=1, hash8="0b"),
        run_of(tmp_path, "c", generator="mdm"),
        # A run from before the field, and a field from after it at its default.
        run_of(tmp_path, "d", hash8="0d"),
    ]
    runs[1] = with_record(runs[1], spec={**runs[1].spec, "allow": [], "generator_data": "split"})
    groups = group_repetitions(runs)
    assert [group.seeds for group in groups] == [(0, 1, 2), (0,)]
    assert [one.name for one in groups[0].runs] == ["d", "b", "a"]
    other = with_record(runs[3], spec={**runs[3].spec, "generator_data": "full"})
    assert len(group_repetitions([runs[0], other])) == 2


def test_one_run_twice_is_refused(tmp_path: Path) -> None:
    runs = [run_of(tmp_path, "a"), run_of(tmp_path, "b")]
    with pytest.raises(InputError, match="are the same run"):
        group_repetitions(runs)
