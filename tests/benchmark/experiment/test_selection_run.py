"""Runs that keep some of more drawn clips."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmark.analyses.verification.verify import verify
from benchmark.experiment.api import Workplace, run
from benchmark.experiment.plan import FOLDS, plan
from benchmark.records.run_folder import read_run
from skeletons.errors import InputError
from skeletons.formats.pyskl import read_annotations
from tests.benchmark.conftest import tiny_spec
from tests.benchmark.fakes import CLASSES, SKELETON

NOISY = {"settings": {"noise": 8.0}}
"""So that the classifiers find a part of the clips wrong."""

pytestmark = pytest.mark.usefixtures("stand_ins")


def selected(**changes: Any) -> Any:
    return tiny_spec(
        **{"select": "right", "classifiers": ["gru"], "samples": 60, **NOISY, **changes}
    )


def test_the_pool_is_chosen_from_more_clips_and_every_class_keeps_its_share(
    here: Workplace,
) -> None:
    plain = run(tiny_spec(samples=60), here)
    result = run(selected(), here)
    assert (result.status, result.exit_code) == ("ok", 0)
    pools = [
        read_annotations(one.folder / "samples.pkl", SKELETON, CLASSES)[0]
        for one in (plain, result)
    ]
    assert [pool.class_counts().tolist() for pool in pools] == [[20, 20, 20]] * 2
    told = json.loads((result.folder / "run.json").read_text("utf-8"))["generator"]["selection"]
    assert (told["drawn"], told["kept"], told["rule"]) == (180, 60, "right")
    assert 60 <= told["right"] < 180
    assert told["filled"] == 0
    assert set(told["right_by_class"]) == set(CLASSES)
    assert 0.5 < told["classifiers"]["gru"] <= 1.0


def test_selected_clips_are_more_often_right_than_all(here: Workplace) -> None:
    def accuracy(folder: Path) -> float:
        rows = read_run(folder).main_rows.set_index("metric")
        return float(rows.loc["accuracy", "mean"])

    plain, chosen = run(tiny_spec(samples=60, **NOISY), here), run(selected(), here)
    assert accuracy(chosen.folder) > accuracy(plain.folder) + 0.05


def test_tables_say_that_clips_were_chosen_and_by_what(here: Workplace) -> None:
    (caveat,) = [
        sentence
        for sentence in read_run(run(selected(), here).folder).generator_caveats
        if "were kept by the rule" in sentence
    ]
    assert caveat.startswith("60 of 180 drawn clips were kept by the rule 'right': ")
    assert "gru (" in caveat


def test_all_drawn_clips_are_paid_for(here: Workplace) -> None:
    cost = read_run(run(selected(), here).folder).cost
    assert cost["selection_seconds"] > 0.0
    assert cost["sampling_ms_per_clip"] == pytest.approx(
        1000 * cost["sampling_seconds"] / 60, rel=1e-4
    )


def test_classifiers_see_the_split_without_one_fold_and_are_shared_by_generators() -> None:
    stages = plan(selected(select_from=2).resolved())
    names = [name for name in stages.names if name.startswith("classifier/")]
    assert names == [f"classifier/gru/{fold}" for fold in range(FOLDS)]
    assert all(stages[name].needs == ("data",) for name in names)
    other = plan(selected(settings={"noise": 0.7}).resolved())
    assert {name: stages.identities[name] for name in names} == {
        name: other.identities[name] for name in names
    }


def test_the_arm_classical_is_not_selected() -> None:
    arms = {"arms": ["real", "classical"]}
    with_it, without = (
        plan(selected(**arms).resolved()),
        plan(tiny_spec(samples=60, **arms).resolved()),
    )
    names = [name for name in without.names if name.startswith("classical/")]
    assert names
    assert {with_it.identities[name] for name in names} == {
        without.identities[name] for name in names
    }


def test_a_selection_verifies(here: Workplace) -> None:
    run(selected(), here)
    report = verify(here)
    assert report.findings == ()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"classifiers": ["gru", "gcn"]}, "unknown classifier 'gcn'"),
        ({"classifiers": []}, "select right asks classifiers"),
        ({"protocol": "action2motion-2020"}, "draws new clips in each repetition"),
        ({"select": "best"}, "select: Input should be 'none', 'right', 'clear' or 'new'"),
        ({"select_from": 1}, "select_from: Input should be greater than or equal to 2"),
    ],
)
def test_a_selection_that_cannot_be_made_is_refused_at_once(
    changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        selected(**changes).resolved()


def test_a_split_too_small_for_folds_is_one_line(here: Workplace) -> None:
    result = run(selected(split="1shot"), here)
    reasons = [row.reason for row in result.stages if row.status != "ok" and row.reason]
    assert any("cannot be cut into 4 folds" in reason for reason in reasons)
