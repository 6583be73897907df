"""A validation on 2D data: what needs metres, a floor or a front is undefined and says why."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmark.analyses.validity.validation import applicable
from benchmark.commands.app import run_command_line
from metrics.corruptions.ladder import CORRUPTIONS
from recognizers.extractors import gru
from recognizers.training import TrainingRun
from skeletons.datasets import dataset_named, load_data
from skeletons.errors import InputError
from skeletons.layouts import COCO17, SMPL24
from skeletons.skeleton import chain
from tests.cases.made_files import annotation_file, changed, entries_of
from tests.skeletons.standing import standing

UNDEFINED = ("foot_skate", "left_right_sides")
DEFINED = ("fid", "accuracy", "joint_positions", "bone_change", "jerk")


def flat(joints: np.ndarray) -> np.ndarray:
    return np.asarray(joints[..., :2] * np.array([200.0, -200.0]) + 500.0)


@pytest.fixture
def source(tmp_path: Path) -> str:
    entries = changed(entries_of(standing(count=36, frames=10)), flat)
    return f"pyskl:{annotation_file(tmp_path / 'flat.pkl', entries)}"


@pytest.fixture
def judge(source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    short = replace(gru.GRU_RECIPES["quick"], batch=6, steps_per_clip=0.0, least_steps=5)
    monkeypatch.setitem(gru.GRU_RECIPES, "quick", short)
    train = load_data(dataset_named(source, "kinect20"), "", None).train
    gru.pretrain(train, tmp_path / "judge", run=TrainingRun("cpu"))
    return tmp_path / "judge"


def test_a_validation_on_2d_clips_runs_and_says_what_is_undefined(
    source: str, judge: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["validate-metrics", "--dataset", source, "--skeleton", "kinect20"]
    arguments += ["--judge", str(judge), "--repetitions", "2", "--out", str(tmp_path / "out")]
    arguments += ["--metrics", ",".join((*DEFINED, *UNDEFINED))]
    arguments += ["--corruptions", "joint_noise,sliding"]
    code = run_command_line(arguments)
    output = capsys.readouterr()
    assert code in (0, 1), output.err
    (folder,) = (tmp_path / "out" / "validity").iterdir()
    with (folder / "reactions.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert {row["corruption"] for row in rows} == {"joint_noise"}
    told = {row["metric"]: row for row in rows}
    page = (folder / "summary.md").read_text(encoding="utf-8")
    assert "sliding is undefined (2D clips show no floor)." in page
    with (folder / "values.csv").open() as stream:
        values = list(csv.DictReader(stream))
    for metric in UNDEFINED:
        assert metric in told
        found = {row["value"] for row in values if row["metric"] == metric}
        assert all(value.startswith("undefined (") for value in found), (metric, found)
    for metric in DEFINED:
        found = {row["value"] for row in values if row["metric"] == metric}
        assert not any(value.startswith("undefined") for value in found), metric


def test_a_corruption_that_a_skeleton_does_not_allow_is_left_out_with_its_reason() -> None:
    assert applicable(list(CORRUPTIONS.values()), SMPL24) == (list(CORRUPTIONS.values()), [])
    kept, said = applicable(list(CORRUPTIONS.values()), COCO17)
    assert {*CORRUPTIONS} - {one.name for one in kept} == {"sliding"}
    assert said == ["sliding is undefined (2D clips show no floor)."]
    kept, said = applicable([CORRUPTIONS["joint_noise"], CORRUPTIONS["frame_swaps"]], chain(5))
    assert [one.name for one in kept] == ["joint_noise"]
    with pytest.raises(InputError, match="sliding is undefined"):
        applicable([CORRUPTIONS["sliding"]], COCO17)


@pytest.mark.parametrize("name", sorted(CORRUPTIONS.keys() - {"sliding"}))
def test_every_other_corruption_applies_to_2d_clips(name: str) -> None:
    clips = standing(count=18)
    skeleton = replace(clips.skeleton, dimensions=2, unit="px", up=(1, -1))
    seen = replace(clips, skeleton=skeleton, frames=flat(clips.frames).astype(np.float32))
    after = CORRUPTIONS[name].corrupt(seen, 0.5, np.random.default_rng(0), seen)
    after.check()
    assert after.frames.shape[1:] == (20, 2)
    assert after.fingerprint != seen.fingerprint or name == "training_copies"


def test_clips_do_not_slide_where_no_floor_is_seen() -> None:
    clips = standing(count=6)
    skeleton = replace(clips.skeleton, dimensions=2, up=(1, -1))
    seen = replace(clips, skeleton=skeleton, frames=clips.frames[..., :2].copy())
    with pytest.raises(InputError, match="2D clips show no floor"):
        CORRUPTIONS["sliding"].corrupt(seen, 0.5, np.random.default_rng(0), seen)
