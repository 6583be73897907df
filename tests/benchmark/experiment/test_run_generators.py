"""What a run gives to a generator, expects of it, and tells of it."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmark.experiment.api import Workplace, run
from benchmark.experiment.artefacts.clips import stored_part
from tests.benchmark import fakes
from tests.benchmark.conftest import tiny_spec

pytestmark = pytest.mark.usefixtures("stand_ins")


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("generator", "status", "reason", "code"),
    [
        ("Raises", "error", "RuntimeError: the moon is in the wrong place", 1),
        ("Starves", "out_of_memory", "MemoryError", 1),
        ("Complains", "error", "shaker: 3 clips are too few, take a larger split", 2),
    ],
)
def test_a_failed_fit_is_a_row_and_the_control_arm_goes_on(
    here: Workplace, generator: str, status: str, reason: str, code: int
) -> None:
    result = run(tiny_spec(generator=f"{fakes.HERE}:{generator}"), here)
    stages = {stage.stage: stage for stage in result.stages}
    assert (stages["fit"].status, stages["fit"].reason) == (status, reason)
    assert stages["fit"].phase == "fit"
    assert stages["sample/0"].status == "skipped"
    assert stages["sample/0"].reason == f"needs 'fit', which is {status}"
    assert stages["downstream/stgcn++/real/0"].status == "ok"
    assert (result.status, result.exit_code) == (status, code)
    record = json.loads((result.folder / "run.json").read_text())
    assert record["status"] == status
    assert [row["arm"] for row in rows_of(result.folder / "downstream.csv")] == ["real"] * 2
    assert rows_of(result.folder / "summary.csv") == []
    assert not (result.folder / "samples.pkl").exists()


def test_a_generator_that_asks_for_them_gets_the_clips_that_the_split_leaves_out(
    here: Workplace,
) -> None:
    folder = run(tiny_spec(generator=f"{fakes.HERE}:SeesAll"), here).folder
    (fit,) = here.store.root.glob("fit/*")
    given = json.loads((fit / "generator" / "held_back.json").read_text())
    record = json.loads((folder / "run.json").read_text())
    split = record["lineage"]["split"]["ids"]
    assert sorted([*split, *given]) == fakes.tiny_clips("train", 20).ids.tolist()
    seen = record["lineage"]["generator"]
    assert (seen["clips"], seen["held_back"]["clips"]) == (30, 30)
    assert seen["held_back"]["ids"] == given
    assert json.loads((fit / "fitted.json").read_text())["held_back"]["ids"] == given
    assert record["generator"]["caveats"] == [
        "Its fit was also given the 30 real training clips that the split leaves out."
    ]


def test_the_full_split_leaves_nothing_out(here: Workplace) -> None:
    folder = run(tiny_spec(generator=f"{fakes.HERE}:SeesAll", split="full"), here).folder
    record = json.loads((folder / "run.json").read_text())
    assert record["lineage"]["generator"]["held_back"]["clips"] == 0
    assert record["generator"]["caveats"] == []


def test_other_generators_are_given_no_more_than_their_split(here: Workplace) -> None:
    folder = run(tiny_spec(), here).folder
    assert "held_back" not in json.loads((folder / "run.json").read_text())["lineage"]["generator"]


def test_a_part_that_may_rest_on_held_back_clips_is_another_part(here: Workplace) -> None:
    run(tiny_spec(), here)
    run(tiny_spec(generator=f"{fakes.HERE}:SeesAll"), here)
    assert len(list(here.store.root.glob("part/*"))) == 2


def test_what_a_fitted_generator_says_of_itself_is_in_the_record(here: Workplace) -> None:
    folder = run(tiny_spec(generator=f"{fakes.HERE}:Confesses"), here).folder
    record = json.loads((folder / "run.json").read_text())
    assert record["generator"] == {
        "length": "variable",
        "caveats": ["Shaken 3 times.", "Not stirred."],
        "guided_by": "",
    }
    assert record["data"]["caveats"] == ["It is noise."]
    page = (here.out / "leaderboard.md").read_text()
    assert "| Confesses ¹ ² |" in page.replace(f"{fakes.HERE}:", "")
    assert "- ² Not stirred." in page


def test_the_pictures_carry_the_sentences_of_data_and_generator(
    here: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(
        sys.modules["benchmark.reports.pictures"],
        "write_report",
        lambda tables, *, caveats, **facts: told.extend(caveats),
    )
    run(tiny_spec(generator=f"{fakes.HERE}:Confesses"), here)
    assert told == ["It is noise.", "Shaken 3 times.", "Not stirred."]


def test_caveats_that_are_no_sentences_are_bad_input(here: Workplace) -> None:
    result = run(tiny_spec(generator=f"{fakes.HERE}:Mumbles"), here)
    reasons = [stage.reason for stage in result.stages if stage.bad_input]
    assert reasons[0].endswith("not a tuple of sentences")
    assert result.exit_code == 2


def test_a_shared_part_counts_in_the_cost_of_every_fit_that_uses_it(here: Workplace) -> None:
    records = []
    for name in ("Slow", "OtherSlow"):
        folder = run(tiny_spec(generator=f"{fakes.HERE}:{name}"), here).folder
        records.append(json.loads((folder / "run.json").read_text())["cost"])
    first, second = records
    assert first["parts"] == second["parts"]
    assert first["parts"][0]["seconds"] >= 0.4
    for cost in records:
        alone = cost["fit_seconds"] - cost["parts"][0]["seconds"]
        assert 0.09 < alone < 0.4, "its own 0.1 s and not the time that making the part took"
        assert cost["sampling_seconds"] >= 2 * 0.02
        assert cost["sampling_ms_per_clip"] == pytest.approx(
            1000 * cost["sampling_seconds"] / 160, rel=1e-4
        )
        assert cost["peak_memory_mb"] > 0
        assert not cost["resumed"]


def test_a_fit_from_the_store_costs_what_it_cost_when_it_was_made(here: Workplace) -> None:
    folder = run(tiny_spec(), here).folder
    first = json.loads((folder / "run.json").read_text())["cost"]
    folder = run(tiny_spec(repetitions=5), here).folder
    assert json.loads((folder / "run.json").read_text())["cost"] == first


def test_a_generator_that_breaks_the_contract_is_told_so(here: Workplace) -> None:
    result = run(tiny_spec(generator=f"{fakes.HERE}:Backwards"), here)
    reasons = [stage.reason for stage in result.stages if stage.bad_input]
    assert reasons[0].endswith("sample returned clips in another order than the labels")
    assert result.exit_code == 2


def test_a_generator_that_holds_the_extractor_is_not_judged_by_it(here: Workplace) -> None:
    result = run(tiny_spec(generator=f"{fakes.HERE}:StealsExtractor"), here)
    stages = {stage.stage: stage for stage in result.stages}
    assert stages["features/st_trans/synthetic"].status == "error"
    assert "is the extractor that judges it" in stages["features/st_trans/synthetic"].reason
    assert stages["score/st_trans/fid"].status == "skipped"


def test_what_is_asked_for_beyond_the_rules_is_done_and_marked_in_every_table(
    here: Workplace,
) -> None:
    guided = f"{fakes.HERE}:StealsExtractor"
    result = run(tiny_spec(generator=guided, allow=["guide_is_extractor"]), here)
    assert result.status == "ok", [row for row in result.stages if row.status != "ok"]
    page = (here.out / "leaderboard.md").read_text()
    assert "The guide may hold the extractor's own weights" in page
    record = json.loads((result.folder / "run.json").read_text())
    assert not any("extractor's weights" in line for line in record["lineage"]["checked"])


def test_a_generator_that_sees_all_training_data_is_marked_in_every_table(here: Workplace) -> None:
    result = run(tiny_spec(generator_data="full"), here)
    assert result.status == "ok", [row for row in result.stages if row.status != "ok"]
    record = json.loads((result.folder / "run.json").read_text())
    assert record["lineage"]["generator"]["clips"] == 60
    assert "fitted on the full training part" in (here.out / "leaderboard.md").read_text()


def test_a_fit_that_is_not_of_the_split_is_not_sampled(
    here: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def everything(job: Any, *place: Any) -> Any:
        return stored_part(job, "train")

    monkeypatch.setattr("benchmark.experiment.stages.fit.seen_clips", everything)
    result = run(tiny_spec(recognizers=["none"], metrics=["none"]), here)
    (stage,) = [row for row in result.stages if row.stage == "sample/0"]
    assert "was fitted on 30 clips outside of" in stage.reason
