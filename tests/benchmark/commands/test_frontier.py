"""The command ``frontier``: quality against time of one fitted generator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
import pytest
from pydantic import BaseModel, ConfigDict

from benchmark.commands.app import run_command_line
from benchmark.comparisons.frontier import FRONTIER_COLUMNS
from benchmark.engine.executors.inline import InlineExecutor
from benchmark.experiment import api, frontier_sweep
from benchmark.experiment.sweep import Point
from benchmark.records.tables import numbers, read_table
from skeletons.clips import ClipSet
from skeletons.errors import InputError
from tests.benchmark import fakes

HERE = "tests.benchmark.commands.test_frontier"


class StepperParameters(BaseModel):
    model_config = ConfigDict(extra="forbid")

    sampler: Literal["ddpm", "ddim"] = "ddpm"
    sampling_steps: int = 25
    diffusion_steps: int = 50
    noise: float = 0.4


class Stepper(fakes.Shaker):
    """The fewer steps the more noise; ``ddim`` has no more at 10 steps than at 50."""

    parameters_type: ClassVar[type[BaseModel]] = StepperParameters

    def __init__(self, parameters: Any = None) -> None:
        self.parameters = parameters or StepperParameters()

    @property
    def evaluations(self) -> int:
        return 2 * self.parameters.sampling_steps

    def fit(self, clips: ClipSet, run: Any) -> None:
        poses = clips.resample(4)

        def build(folder: Path) -> None:
            means = [poses[clips.labels == c].mean(axis=0) for c in range(len(fakes.CLASSES))]
            np.save(folder / "means.npy", np.stack(means))

        self.means = np.load(run.part("means", {"frames": 4}, build) / "means.npy")

    def sample(self, labels: np.ndarray, seed: int) -> ClipSet:
        told = self.parameters
        few = 0.0 if told.sampler == "ddim" else 5.0 / told.sampling_steps
        joints = self.means[labels] + (told.noise + few) * np.sin(
            seed % 97 + np.arange(labels.size * self.means[0].size)
        ).reshape(len(labels), *self.means.shape[1:])
        return ClipSet.of(fakes.SKELETON, fakes.CLASSES, list(joints), labels, name="anything")

    @classmethod
    def load(cls, folder: Path) -> Stepper:
        content = (folder / "parameters.json").read_text()
        stepper = cls(StepperParameters.model_validate_json(content))
        stepper.means = np.load(folder / "means.npy")
        return stepper


def asked(*options: str) -> list[str]:
    return [
        "frontier", "--generator", f"{HERE}:Stepper", "--dataset", fakes.DATASET, "--split",
        "50pct", "--samples", "160", "--repetitions", "4", "--judges", "st_trans", *options,
    ]  # fmt: skip


@pytest.fixture
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = api.Workplace
    monkeypatch.setattr(
        api,
        "Workplace",
        lambda **told: replace(plain(**told), executor=lambda stages: InlineExecutor()),
    )


@pytest.mark.usefixtures("stand_ins", "in_this_process")
def test_points_share_a_fit_and_are_told_as_table_picture_and_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setattr(frontier_sweep, "STEPS", {"ddpm": (5, 10, 100), "ddim": (5, 10)})
    told = ["--samplers", "ddpm,ddim", "--two-sample", "stgcn++,st_trans"]
    command = asked(*told, "--device", "cpu", "--out", str(tmp_path))
    assert run_command_line(command) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "Aim, 10 or fewer network evaluations within 5 % of the FID" in printed
    (folder,) = tmp_path.glob("sweeps/frontier-*")
    assert (folder / "plots" / "frontier.png").stat().st_size > 10_000
    assert len(list(tmp_path.glob("store/part/*"))) == 1, "one fit"
    table = read_table(folder / "frontier.csv", FRONTIER_COLUMNS)
    assert sorted({int(one) for one in table["steps"]}) == [5, 10, 50], "100 are too many"
    assert (table["evaluations"].astype(int) == 2 * table["steps"].astype(int)).all()
    assert (numbers(table["seconds_per_clip"]) > 0.0).all()
    assert (numbers(table["memory_ratio"]) > 0.0).all()
    assert numbers(table["c2st_accuracy"]).between(0.85, 0.95).all()
    rows = table.set_index("point")
    assert float(rows.loc["ddpm, 50 steps", "relative_fid"]) == 1.0
    assert float(rows.loc["ddpm, 5 steps", "relative_fid"]) > 1.05
    assert rows.loc["ddim, 5 steps", "pareto"] == "true"
    assert rows.loc["ddpm, 5 steps", "pareto"] == "false"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--samplers", "dimm"], "unknown sampler 'dimm'"),
        (["--samplers", "flow"], "has no flow: ddpm, ddim"),
        (["--set", "sampling_steps=3"], "frontier varies sampling_steps itself"),
        (["--generator", fakes.GENERATOR], "does not say how often its networks are asked"),
        (["--generator", "variations"], "does not say how often its networks are asked"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(
    options: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command_line([*asked("--out", str(tmp_path)), *options]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert message in error
    assert error.count("\n") == 1


def test_a_generator_is_needed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["frontier"]) == 2
    assert "frontier needs --generator" in capsys.readouterr().err


def points_of(fields: dict[str, Any], samplers: Sequence[str] = ()) -> tuple[Point, ...]:
    return frontier_sweep.frontier_sweep(fields, samplers).points()


def test_guided_points_and_flow_are_those_of_generators_that_have_them() -> None:
    plain = {point.value for point in points_of({"generator": "ddpm"})}
    assert {"ddpm, 1000 steps", "ddim, 10 steps", "dpm_solver++, 5 steps", "flow, 1 step"} <= plain
    assert not any("guide" in name for name in plain)
    guided = points_of({"generator": "st_guided_ddpm"}, ["guidance"])
    assert [point.value for point in guided if point.base] == ["ddpm, 1000 steps"]
    assert "ddim, 10 steps, guide at every 2nd step" in {point.value for point in guided}
    with pytest.raises(InputError, match="has no guidance"):
        unguided = {"generator": "st_guided_ddpm", "settings": {"guidance_scale": 0}}
        points_of(unguided, ["guidance"])
