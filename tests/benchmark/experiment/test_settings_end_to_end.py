"""Each setting from a spec to its page, with real networks of few steps."""

from __future__ import annotations

import json
from typing import Any

import pytest

from benchmark.arms import Arm
from benchmark.experiment.api import Workplace, run
from benchmark.records.run_folder import read_run
from tests.benchmark.conftest import tiny_spec

SMOKE = {
    "width": 32,
    "layers": 1,
    "diffusion_steps": 20,
    "train_steps": 4,
    "batch": 4,
    "sampling_steps": 3,
}


@pytest.mark.parametrize(
    ("setting", "control", "generator"),
    [("unlabelled", "real+pseudo", "ddpm"), ("base-novel", "pretrained", "ddpm")],
)
def test_a_setting_leaves_tables_and_a_page_that_name_it_and_its_control(
    setting: str, control: str, generator: str, here: Workplace
) -> None:
    settings: dict[str, Any] = {**SMOKE, "label_scale": 2.0}
    arms = ["real", "real+synthetic", control, "oracle"]
    spec = tiny_spec(
        generator=generator,
        setting=setting,
        settings=settings,
        split="5shot",
        recognizers=["gru"],
        recipe={"steps_per_clip": 0.0, "least_steps": 7},
        arms=arms,
        metrics="none",
        samples=30,
    )
    result = run(spec, here)
    assert result.status == "ok", [row for row in result.stages if row.status != "ok"]
    made = read_run(result.folder)
    assert made.spec["setting"] == setting
    assert made.spec["settings"]["label_scale"] == 2.0
    assert set(made.downstream["steps"]) == {7}
    assert [Arm.parse(arm).kind for arm in made.downstream["arm"].drop_duplicates()] == arms
    page = (result.folder / "report.html").read_text("utf-8")
    assert f"Setting {setting}" in page
    assert f"setting {setting}" in (here.out / "leaderboard.md").read_text()
    assert f"setting {setting}" in (here.out / "leaderboard.html").read_text("utf-8")
    again = run(spec, here)
    assert {row.status for row in again.stages} == {"ok"}
    assert json.loads((again.folder / "run.json").read_text())["cost"] == made.cost
