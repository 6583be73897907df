"""The command ``data`` and what the data stage tells, on a small data set with a leak."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmark.commands.app import run_command_line
from benchmark.engine.job import Job
from benchmark.engine.store import Store
from benchmark.experiment.artefacts.clips import stored_facts, stored_part
from benchmark.experiment.stages.data import load
from skeletons.clips import ClipSet
from skeletons.datasets import Data
from skeletons.duplicates import leak
from tests.conftest import moving_clips

ROOT = Path(__file__).parents[3]
HERE = "tests.benchmark.commands.test_data"
LEAKY, HONEST = f"{HERE}:Leaky", f"{HERE}:Honest"


def as_test(clips: ClipSet, joints: list[np.ndarray], labels: list[int]) -> ClipSet:
    views = ["[side]"] * len(joints)
    return ClipSet.of(
        clips.skeleton, clips.classes, joints, labels, subjects=views, views=views, name="test"
    )


class Leaky:
    """Two test clips are training clips, one begins as a training clip ends."""

    name = "leaky"
    summary = "three actions [of which some leak]"
    protocols = ("plain", "half")
    caveats: tuple[str, ...] = ("It is small.",)

    def identity(self, protocol: str, data_root: Path | None) -> str:
        return "seed 0"

    def load(self, protocol: str, data_root: Path | None) -> Data:
        clips = moving_clips(36)
        train, rest = clips.select(np.arange(30)), clips.select(np.arange(30, 36))
        joints = [rest[row].joints for row in range(6)]
        joints[4] = np.concatenate([train[5].joints[-6:], joints[4]])
        test = as_test(clips, [*joints, train[0].joints, train[4].joints], [0, 1, 2, 0, 1, 2, 0, 1])
        return Data(train, test, "plain", self.caveats, (("odd_clips", 1234),))


class Honest(Leaky):
    """Says itself that test clips are in train."""

    caveats = (f"Beware: {leak('identical', 2, 8)}.",)


def facts_of(dataset: str, folder: Path) -> dict[str, object]:
    parameters = {"dataset": dataset, "protocol": "", "identity": "seed 0"}
    folder.mkdir()
    load(Job("data", parameters, {}, folder, folder, "", Store(folder)))
    return stored_facts(folder)


def test_the_data_stage_tells_counts_and_pairs_of_duplicates(tmp_path: Path) -> None:
    facts = facts_of(LEAKY, tmp_path / "data")
    assert facts["test_clips_identical_to_a_training_clip"] == 2
    found = facts["duplicates"]
    assert isinstance(found, dict)
    assert found["test_clips"]["identical"] == 2
    assert found["test_clips"]["run"] == 1
    exact = [pair for pair in found["pairs"] if pair["kind"] != "near"]
    assert [(pair["test"], pair["train"]) for pair in exact] == [
        ("test-00004", "moving-00005"),
        ("test-00006", "moving-00000"),
        ("test-00007", "moving-00004"),
    ]
    assert exact[0]["frames"] == 6
    assert set(stored_part(tmp_path / "data", "test").ids) >= {pair["test"] for pair in exact}


def test_a_leak_is_a_caveat_of_every_data_set_and_is_told_once(tmp_path: Path) -> None:
    told = facts_of(LEAKY, tmp_path / "leaky")["caveats"]
    assert isinstance(told, list)
    assert told[0] == "It is small."
    assert told[1].startswith("2 of 8 test clips (25.0%) are frame for frame in the training set")
    assert told[2].startswith("1 of 8 test clips (12.5%) share a run of frames")
    honest = facts_of(HONEST, tmp_path / "honest")["caveats"]
    assert honest == [*Honest.caveats, *told[2:]]


def test_the_page_tells_what_is_in_the_data_set(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["data", LEAKY]) == 0
    text = capsys.readouterr().out
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert "leaky: three actions [of which some leak]" in lines
    assert "clips 30 8" in lines
    assert any(line.startswith("views not told") for line in lines)
    assert any(line.startswith("class0 10 3") and line.endswith(" 1") for line in lines)
    assert any(line.startswith("class1 10 3") and line.endswith(" 2") for line in lines)
    assert "odd clips 1,234" in lines
    assert "skeleton smpl24: 24 joints in metres, up is +y" in lines
    assert "protocol plain; there are plain, half" in lines
    assert "frame for frame a training clip 2" in lines
    assert any(line.startswith("test-00006 moving-00000 identical") for line in lines)
    assert any(line.startswith("Note: It is small.") for line in lines)
    assert any(line.startswith("Note: 2 of 8 test clips (25.0%)") for line in lines)


def test_people_and_views_are_named_with_their_clips_or_counted() -> None:
    from benchmark.reports.data_page import _names

    few, many = np.array(["a", "[b]", "a"]), np.array([f"s{row:02d}" for row in range(9)])
    assert _names(few, np.array(["a"])) == [r"\[b] (1), a (2)", "a (1)", "1"]
    assert _names(many, few) == ["9", r"\[b] (1), a (2)", "0"]
    assert _names(np.array(["", ""]), few) == ["not told"] * 3


def test_the_duplicates_are_written_as_a_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "found.csv"
    assert run_command_line(["data", LEAKY, "--csv", str(path)]) == 0
    assert f"duplicates in {path}" in capsys.readouterr().out
    with path.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    header = "test,train,kind,frames,share,shift,distance,relative_distance"
    assert path.read_text().splitlines()[0] == header
    run = next(row for row in rows if row["kind"] == "run")
    assert (run["test"], run["train"], run["frames"]) == ("test-00004", "moving-00005", "6")
    assert (run["distance"], run["relative_distance"]) == ("", "")
    assert [row["test"] for row in rows if row["kind"] == "identical"] == [
        "test-00006",
        "test-00007",
    ]


def test_without_a_name_the_data_sets_and_where_their_files_are_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SKELGENBENCH_DATA", raising=False)
    assert run_command_line(["data"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "kinematic12 found cross-subject" in text
    assert "nw_ucla missing clean, official" in text
    assert "give --data-root or set SKELGENBENCH_DATA" in text
    (tmp_path / "nw_ucla" / "all_sqe").mkdir(parents=True)
    assert run_command_line(["data", "--data-root", str(tmp_path)]) == 0
    assert "nw_ucla found" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["data", "kinematc12"], "unknown dataset 'kinematc12': did you mean 'kinematic12'"),
        (["data", "nw_ucla"], "no data folder is known"),
        (["data", "kinematic12", "--data-protocol", "x"], "unknown protocol of kinematic12 'x'"),
        (["data", LEAKY, "--tolerance", "-1"], "the tolerance is -1.0: take 0 or a length from"),
        (["data", LEAKY, "--csv", "/nowhere/x.csv"], "cannot write '/nowhere/x.csv'"),
        (["data", "--csv", "x.csv"], "these options need the name of a data set"),
        (["data", LEAKY, "more"], "more"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(
    arguments: list[str],
    message: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("SKELGENBENCH_DATA", raising=False)
    assert run_command_line(arguments) == 2
    output = capsys.readouterr()
    (line,) = output.err.splitlines()
    assert line.startswith("error: ")
    assert message in line
    assert output.out == ""


def test_help_has_examples_and_imports_nothing_heavy() -> None:
    code = (
        "import sys; from benchmark.commands.app import run_command_line; "
        "run_command_line(['data', '--help']); "
        "print(sorted({'torch', 'pandas', 'scipy', 'sklearn', 'numpy'} & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "python -m benchmark data nw_ucla --data-protocol official" in done.stdout
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_numbers_of_the_docs_are_those_of_the_search(tmp_path: Path) -> None:
    facts = facts_of("kinematic12", tmp_path / "data")
    found = facts["duplicates"]
    assert isinstance(found, dict)
    page = (ROOT / "docs" / "data.md").read_text()
    (row,) = [line for line in page.splitlines() if line.startswith("| `kinematic12`")]
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    counts = [str(found["test_clips"][kind]) for kind in ("identical", "run", "near")]
    closest = f"{found['closest_other_relative_distance']:.2f}"
    assert cells[1:] == [f"{facts['n_train']:,}", f"{facts['n_test']:,}", *counts, closest]
    assert json.dumps(found)
