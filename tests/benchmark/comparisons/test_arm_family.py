from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from benchmark.comparisons.arm_family import BETTER, NOT_APART, WORSE, ArmComparison, family
from benchmark.comparisons.arm_gains import arm_gains
from benchmark.records.repetitions import group_repetitions
from benchmark.records.run_folder import read_run
from benchmark.statistics.multiplicity import holm
from benchmark.statistics.paired_test import PairedTest
from benchmark.statistics.pairing import outcomes, paired_difference, without_copies
from metrics.value import Undefined
from skeletons.errors import InputError
from tests.benchmark.run_folders import run_of, with_record


def paired_tests(rows: list[ArmComparison]) -> list[PairedTest]:
    tests = [row.test for row in rows]
    assert not any(isinstance(test, Undefined) for test in tests), tests
    return [test for test in tests if isinstance(test, PairedTest)]


def test_differences_are_those_of_the_other_reports(tmp_path: Path) -> None:
    made = run_of(tmp_path, "a")
    arms = [outcomes(made.predictions, "stgcn++", arm) for arm in ("real+synthetic", "real")]
    table = paired_difference(*arms)
    expected = arm_gains(made.predictions).iloc[0]
    assert 100.0 * table.mean() == pytest.approx(expected["difference"])
    (row,) = family({"a": group_repetitions([made])[0]})
    (test,) = paired_tests([row])
    assert (100 * test.low, 100 * test.high) == pytest.approx(
        (expected["ci95_low"], expected["ci95_high"])
    )
    assert test.exact_p_value == expected["p_value"]


def test_the_family_is_adjusted_as_one(tmp_path: Path) -> None:
    runs = [
        run_of(tmp_path, "a", gain=0.12),
        run_of(tmp_path, "b", generator="mdm", gain=0.11),
        run_of(tmp_path, "c", generator="gan", gain=-0.3),
    ]
    rows = family({made.name: group_repetitions([made])[0] for made in runs})
    places = [(row.run, row.against, row.of_control) for row in rows]
    assert places == [
        *[(name, "real", True) for name in "abc"],
        *[("a", "b", False), ("a", "c", False), ("b", "c", False)],
    ]
    assert [row.p_adjusted for row in rows] == pytest.approx(
        holm([test.p_value for test in paired_tests(rows)])
    )
    assert [row.verdict for row in rows] == [BETTER, BETTER, WORSE, NOT_APART, BETTER, BETTER]


def test_other_runs_are_compared_in_arms_that_use_the_generator_only(tmp_path: Path) -> None:
    arms = ("real", "classical", "oracle@0.5", "real+synthetic@2")
    runs = [run_of(tmp_path, "a", arms=arms), run_of(tmp_path, "b", generator="mdm", arms=arms)]
    rows = family({made.name: group_repetitions([made])[0] for made in runs})
    assert [row.arm for row in rows if not row.of_control] == ["real+synthetic@2"]
    assert len(rows) == 7


def test_generator_seeds_are_one_more_axis_and_copies_of_the_control_are_none(
    tmp_path: Path,
) -> None:
    arms = ("real", "classical", "real+synthetic")
    runs = [
        run_of(tmp_path, f"s{seed}", gain=0.1 + 0.02 * seed, arms=arms, generator_seed=seed)
        for seed in range(3)
    ]
    for made in runs[1:]:  # the arm without a generator is the same in each
        first = runs[0].predictions
        kept = made.predictions[made.predictions["arm"] != "classical"]
        both = pd.concat([kept, first[first["arm"] == "classical"]])
        both.to_csv(made.path / "predictions.csv", index=False)
    (group,) = group_repetitions([read_run(made.path) for made in runs])
    rows = family({"ddpm": group})
    assert [row.differences.shape for row in rows] == [(1, 3, 120), (3, 3, 120)]
    assert [test.varies for test in paired_tests(rows)] == [
        "clips and seeds",
        "clips, seeds and generator seeds",
    ]
    assert without_copies(np.ones((2, 3, 4), np.int64)).shape == (1, 3, 4)


def test_two_generators_are_paired_in_the_generator_seeds_they_share(tmp_path: Path) -> None:
    ours = [run_of(tmp_path, f"a{seed}", generator_seed=seed) for seed in (0, 1, 2)]
    theirs = [run_of(tmp_path, f"b{seed}", generator="mdm", generator_seed=seed) for seed in (1, 2)]
    lonely = [run_of(tmp_path, "c", generator="gan", generator_seed=7)]
    groups = group_repetitions([*ours, *theirs, *lonely])
    rows = family(dict(zip(["a", "b", "c"], groups, strict=True)))
    between = {(row.run, row.against): row for row in rows if not row.of_control}
    assert not isinstance(between["a", "b"].test, Undefined)
    reason = between["a", "c"].test
    assert isinstance(reason, Undefined)
    assert reason.reason == "no generator seed is shared: [0, 1, 2] and [7]"
    assert np.isnan(between["a", "c"].p_adjusted)
    assert between["a", "c"].verdict == ""


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"spec": {"seed": 5}}, "seeds derive from seed 0 and 5"),
        ({"recipes": {"stgcn++": {"steps": 9}}}, "trained by two recipes"),
    ],
)
def test_trainings_of_another_kind_are_not_paired(
    tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    one = with_record(run_of(tmp_path, "a"), recipes={"stgcn++": {"steps": 8}})
    other = run_of(tmp_path, "b", generator="mdm")
    parts = {"recipes": {"stgcn++": {"steps": 8}}} | changes
    if "spec" in changes:
        parts["spec"] = {**other.spec, **changes["spec"]}
    other = with_record(other, **parts)
    rows = family({made.name: group_repetitions([made])[0] for made in (one, other)})
    reasons = [row.test.reason for row in rows if isinstance(row.test, Undefined)]
    assert len(reasons) == 1
    assert words in reasons[0]


def test_an_arm_that_lacks_a_seed_says_so_and_the_others_go_on(tmp_path: Path) -> None:
    made = run_of(tmp_path, "a", arms=("real", "classical", "real+synthetic"))
    table = made.predictions
    table = table[(table["arm"] != "classical") | (table["seed"] < 2)]
    table.to_csv(made.path / "predictions.csv", index=False)
    rows = family({"a": group_repetitions([read_run(made.path)])[0]})
    assert isinstance(rows[0].test, Undefined)
    assert "needs the same seeds" in rows[0].test.reason
    assert not isinstance(rows[1].test, Undefined)
    assert rows[1].p_adjusted == rows[1].test.p_value


def test_an_unknown_control_is_refused(tmp_path: Path) -> None:
    entries = {"a": group_repetitions([run_of(tmp_path, "a")])[0]}
    with pytest.raises(
        InputError, match=r"unknown control \(arm of a\) 'rael': did you mean 'real'"
    ):
        family(entries, "rael")


def test_a_run_without_its_control_says_which_arms_to_ask_for(tmp_path: Path) -> None:
    made = run_of(tmp_path, "a")
    table = made.predictions
    table[table["arm"] != "real"].to_csv(made.path / "predictions.csv", index=False)
    entries = {"a": group_repetitions([read_run(made.path)])[0]}
    with pytest.raises(InputError, match=r"a has no arm 'real' .* add --arms real,.*--control"):
        family(entries)
