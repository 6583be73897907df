"""Two people a clip, from a file to the table of a run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmark.engine.executors.inline import InlineExecutor
from benchmark.experiment.api import Workplace, run
from benchmark.experiment.evaluation import evaluate_samples
from benchmark.spec import RunSpec
from recognizers.extractors import gru
from skeletons.datasets import dataset_named, load_data
from skeletons.errors import InputError
from tests.cases.mutual import ACTIONS, write_mutual

SMALL = {
    "ddpm": {"width": 32, "layers": 1, "train_steps": 3, "sampling_steps": 2},
    "mdm": {"train_steps": 2, "sampling_steps": 2},
}


@pytest.fixture
def source(tmp_path: Path) -> str:
    return f"pyskl:{write_mutual(tmp_path / 'mutual.pkl')}"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workplace:
    short = replace(gru.GRU_RECIPES["quick"], batch=6, steps_per_clip=0.0, least_steps=2)
    monkeypatch.setitem(gru.GRU_RECIPES, "quick", short)
    return Workplace(
        out=tmp_path / "results", device="cpu", executor=lambda stages: InlineExecutor()
    )


def test_both_people_keep_their_distance(source: str) -> None:
    data = load_data(dataset_named(source, "kinect20", persons=2), "", None)
    assert data.train.classes == ACTIONS
    assert (data.train.skeleton.people, data.train.frames.shape[1:]) == (2, (40, 3))
    counts = dict(data.counts)
    assert counts["clips_of_one_body_of_two"] == 2
    clip = data.train[int(np.flatnonzero(data.train.labels == 0)[0])].joints
    gap = np.linalg.norm(clip[:, 0] - clip[:, 20], axis=-1)
    assert (gap[0], gap[-1]) == (pytest.approx(2.0, abs=1e-4), pytest.approx(0.6, abs=1e-4))
    alone = data.test[len(data.test) - 1].joints
    assert np.ptp(alone[:, 20:], axis=1).max() == 0.0, "who is not there is a point"


def test_one_person_of_the_same_file_is_the_one_that_moves_most(source: str) -> None:
    data = load_data(dataset_named(source, "kinect20"), "", None)
    assert data.train.frames.shape[1:] == (20, 3)
    assert dict(data.counts)["clips_of_several_people"] == 22


def test_sets_of_one_person_say_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="one person a clip"):
        dataset_named("kinematic12", persons=2)
    with pytest.raises(InputError, match="one person each"):
        dataset_named(f"humanact12:{tmp_path}", persons=2)


@pytest.mark.parametrize("generator", SMALL)
def test_a_run_of_two_people_comes_to_its_table_and_its_samples_can_be_judged_again(
    generator: str, source: str, here: Workplace
) -> None:
    fields = {
        "dataset": source,
        "skeleton": "kinect20",
        "persons": 2,
        "seeds": 1,
        "repetitions": 2,
        "judges": ["gru"],
        "recognizers": ["stgcn++"],
        "recipe": {"steps_per_clip": 0.0, "least_steps": 2, "batch": 4, "frames": 8},
    }
    spec = RunSpec.parse(
        {**fields, "generator": generator, "settings": SMALL[generator], "samples": 12}
    )
    result = run(spec, here)
    assert (result.status, result.exit_code) == ("ok", 0), result.stages
    assert (result.folder / "summary.csv").exists()
    assert (result.folder / "downstream.csv").exists()
    assert (result.folder / "samples.gif").exists()
    again = evaluate_samples(result.folder / "samples.pkl", fields, here, name="again")
    assert again.foreign.clips is not None
    assert again.foreign.clips.frames.shape[1:] == (40, 3)
    assert len(again.summary)


def test_a_generator_that_cannot_says_so_in_one_line(source: str, here: Workplace) -> None:
    spec = RunSpec.parse(
        {
            "generator": "action2motion",
            "dataset": source,
            "skeleton": "kinect20",
            "persons": 2,
            "recognizers": [],
            "judges": ["gru"],
            "samples": 6,
        }
    )
    result = run(spec, here)
    assert result.exit_code == 2
    (reason,) = {row.reason for row in result.stages if "2 people" in row.reason}
    assert "action2motion_xyz" in reason
