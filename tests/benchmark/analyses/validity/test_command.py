from __future__ import annotations

import csv
from pathlib import Path

import pytest

from benchmark.analyses.validity.promised_corruptions import PROMISES
from benchmark.commands.app import run_command_line
from tests.benchmark import fakes
from tests.benchmark.analyses.validity.leaderboards import leaderboard, rows_of


@pytest.fixture
def extractor(tmp_path: Path) -> Path:
    folder = tmp_path / "extractor"
    folder.mkdir()
    (folder / "weights.safetensors").write_bytes(b"of the tiny data set")
    (folder / "config.json").write_text('{"kind": "st_trans"}')
    other = tmp_path / "other"
    other.mkdir()
    (other / "weights.safetensors").write_bytes(b"of another kind")
    (other / "config.json").write_text('{"kind": "gru"}')
    return folder


@pytest.mark.usefixtures("stand_ins")
def test_the_command_leaves_tables_and_pictures(
    tmp_path: Path, extractor: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = leaderboard(tmp_path / "runs", rows_of([1.0, 2.0, 3.0, 4.0, 5.0]))
    arguments = ["validate-metrics", "--dataset", fakes.DATASET, "--judge", str(extractor)]
    arguments += ["--metrics", "fid,accuracy", "--corruptions", "swapped_labels,dropped_modes"]
    arguments += ["--judge", str(extractor.parent / "other")]
    arguments += ["--repetitions", "3", "--runs", str(runs), "--out", str(tmp_path / "a")]
    code = run_command_line(arguments)
    output = capsys.readouterr()
    assert code in (0, 1), output.err
    folder = tmp_path / "a" / "validity" / "TinyDataset"
    names = {path.name for path in folder.iterdir()}
    tables = {"values.csv", "ladder.csv", "reactions.csv", "gains.csv", "summary.md"}
    assert names == tables | {"ladder.png", "gains.png"}
    with (folder / "values.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 2 * 3 * 2 * (1 + 2 * 6)
    judges = dict.fromkeys(row["extractor"] for row in rows)
    assert [name.rpartition("-")[0] for name in judges] == ["st_trans", "gru_action2motion"]
    page = (folder / "summary.md").read_text(encoding="utf-8")
    assert "swapped labels" in page and "It is noise." in page
    assert "kinematic12, 10pct, stgcn++" in page
    assert "FID, st_trans" in page and "accuracy, gru" in page
    # Both are one stand-in.
    assert "Nothing is seen by the judges of one architecture alone." in page
    assert "swapped_labels" in output.out and "promises kept" in output.out
    assert "It is noise." in output.out
    arguments[-1] = str(tmp_path / "b")
    assert run_command_line(arguments) == code
    for name in sorted(names):
        again = tmp_path / "b" / "validity" / "TinyDataset" / name
        assert again.read_bytes() == (folder / name).read_bytes(), name


@pytest.mark.usefixtures("stand_ins")
def test_a_broken_promise_is_exit_code_1(
    tmp_path: Path,
    extractor: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(PROMISES, "accuracy", ("dropped_modes",))
    arguments = ["validate-metrics", "--dataset", fakes.DATASET, "--judge", str(extractor)]
    arguments += ["--metrics", "accuracy", "--corruptions", "dropped_modes"]
    arguments += ["--repetitions", "2", "--out", str(tmp_path)]
    assert run_command_line(arguments) == 1
    assert "accuracy does not see dropped_modes" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--metrics", "fdi"], "did you mean 'fid'"),
        (["--corruptions", "joint_nose"], "did you mean 'joint_noise'"),
        (["--dataset", "ntu"], "unknown dataset 'ntu'"),
        (["--dataset", fakes.DATASET], "has no bundled extractor"),
        (["--dataset", fakes.DATASET, "--judge", "gru"], "no bundled extractor gru: make one"),
        (["--judge", "grru"], "unknown judge 'grru': did you mean 'gru'"),
        (["--judge", "."], "holds no usable extractor"),
        (["--repetitions", "1"], "--repetitions"),
        (["--runs", "nowhere"], "'nowhere' has no readable leaderboard.csv"),
        (["--data-protocol", "random"], "unknown protocol of kinematic12 'random'"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command_line(["validate-metrics", *arguments]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1 and message in lines[0]
