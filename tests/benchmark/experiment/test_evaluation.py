"""Clips made elsewhere through a whole evaluation, on the tiny data set with quick stand-ins."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from benchmark.experiment.api import Workplace
from benchmark.experiment.evaluation import SampleSource, check_samples, evaluate_samples
from skeletons.errors import InputError
from tests.benchmark import fakes

pytestmark = pytest.mark.usefixtures("stand_ins")

FIELDS = {
    "dataset": fakes.DATASET,
    "split": "50pct",
    "seeds": 2,
    "repetitions": 4,
    "judges": ["st_trans"],
}


def made(count: int = 60, frames: int = 8, noise: float = 0.3) -> tuple[np.ndarray, np.ndarray]:
    """Clips of the tiny data set's people, moved a little."""
    real = fakes.tiny_clips("train", 20).select(np.arange(count))
    shaken = np.random.default_rng(0).normal(scale=noise, size=(count, frames, 20, 3))
    return (real.resample(frames) + shaken).astype(np.float32), real.labels


def written(folder: Path, **more: Any) -> Path:
    joints, labels = made()
    path = folder / "theirs.npz"
    np.savez(path, **{"joints": joints, "labels": labels, **more})
    return path


def test_clips_made_elsewhere_get_a_run_folder_and_a_row_of_the_leaderboard(
    here: Workplace, tmp_path: Path
) -> None:
    result = evaluate_samples(written(tmp_path), FIELDS, here)
    assert (result.run.status, result.run.exit_code) == ("ok", 0)
    assert set(result.summary["generator"]) == {"theirs"}
    assert set(result.downstream["arm"]) == {"real", "real+synthetic"}
    assert set(result.downstream["n_synthetic"]) == {0, 60}
    board = pd.read_csv(here.out / "leaderboard.csv")
    assert "theirs" in set(board["generator"])
    record = json.loads((result.run.folder / "run.json").read_text())
    assert record["lineage"]["generator"]["fitted_on"] == "unknown"
    assert any("is not known" in caveat for caveat in record["generator"]["caveats"])
    assert "represented_accuracy" not in record["judges"][0]


def test_the_file_and_the_arrays_in_it_are_one_run(here: Workplace, tmp_path: Path) -> None:
    first = evaluate_samples(written(tmp_path), FIELDS, here, name="mine")
    joints, labels = made()
    again = evaluate_samples(
        SampleSource(np.moveaxis(joints, 1, 3), labels), FIELDS, here, name="mine"
    )
    assert again.run.folder == first.run.folder
    assert all(row.cached for row in again.run.stages)


def test_what_was_changed_is_a_caveat_and_another_run(here: Workplace, tmp_path: Path) -> None:
    path = written(tmp_path)
    plain = evaluate_samples(path, FIELDS, here, name="mine")
    assert fakes.SKELETON.unit == "m"
    joints, labels = made()
    scaled = evaluate_samples(SampleSource(joints * 1000, labels), FIELDS, here, name="mine")
    assert scaled.run.folder != plain.run.folder
    record = json.loads((scaled.run.folder / "run.json").read_text())
    assert any("millimetres" in caveat for caveat in record["generator"]["caveats"])
    columns = ["metric", "reference", "mean"]
    pd.testing.assert_frame_equal(
        plain.summary[columns], scaled.summary[columns], check_exact=False, rtol=1e-3
    )


def test_metrics_of_memory_run_though_the_lineage_is_unknown(here: Workplace) -> None:
    joints, labels = made()
    fields = {**FIELDS, "recognizers": (), "metrics": ["memory"]}
    result = evaluate_samples(SampleSource(joints, labels), fields, here)
    assert result.run.status == "ok"
    assert len(result.summary)
    assert result.downstream.empty


def test_real_clips_sent_the_same_way_reach_the_floor_and_mislabelled_ones_do_not(
    here: Workplace,
) -> None:
    fields = {**FIELDS, "recognizers": ()}
    real = fakes.tiny_clips("dev", 20)
    joints = [real[row].joints for row in range(len(real))]
    assert not evaluate_samples(SampleSource(joints, real.labels), fields, here).beyond_the_floor
    wrong = SampleSource(joints, (real.labels + 1) % 3)
    assert evaluate_samples(wrong, fields, here).beyond_the_floor


@pytest.mark.parametrize(
    ("fields", "more", "said"),
    [
        ({}, {"labels": np.full(60, 7)}, "labels run from 7 to 7"),
        ({}, {"joints": made()[0][:, :, :19]}, "19 joints, the skeleton kinect20 has 20"),
        ({"generator_seed": 3}, {}, "no settings and no seed"),
        ({"settings": {"steps": 3}}, {}, "no settings and no seed"),
        ({"protocol": "paper-eval"}, {}, "paper-eval"),
        ({"dataset": "nowhere"}, {}, "nowhere"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_kept(
    fields: dict[str, Any], more: dict[str, Any], said: str, here: Workplace, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=said):
        evaluate_samples(written(tmp_path, **more), {**FIELDS, **fields}, here)
    assert not (here.out / "runs").exists()


@pytest.mark.parametrize("name", ["ddpm", "...", "///"])
def test_a_name_is_neither_another_generators_nor_nothing(
    name: str, here: Workplace, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="--name"):
        evaluate_samples(written(tmp_path), FIELDS, here, name=name)


def test_looking_computes_and_writes_nothing(here: Workplace, tmp_path: Path) -> None:
    found = check_samples(written(tmp_path, labels=np.full(60, 7)), FIELDS, here)
    assert found.clips is None
    assert not here.out.exists()


def test_an_evaluation_whose_clips_were_thrown_away_says_what_to_do(
    here: Workplace, tmp_path: Path
) -> None:
    import shutil

    from benchmark.experiment.api import run
    from benchmark.spec import RunSpec

    result = evaluate_samples(written(tmp_path), FIELDS, here)
    record = json.loads((result.run.folder / "run.json").read_text())
    shutil.rmtree(here.store.root)
    values = {key: value for key, value in record["spec"].items() if key != "hash8"}
    again = run(RunSpec.parse(values), here)
    assert again.exit_code == 2
    assert "evaluate their file again" in str([row.reason for row in again.stages])
