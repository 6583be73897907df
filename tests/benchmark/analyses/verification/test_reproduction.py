"""Reference results made anew: what is equal, what differs and by how much."""

from __future__ import annotations

from collections.abc import Sequence
from math import isinf
from pathlib import Path

import pytest

from benchmark.analyses.verification.reference_folders import ReferenceFolder, read_reference
from benchmark.analyses.verification.reproduction import largest_difference, reproduce
from benchmark.commands.app import run_command_line

ROWS = "network,arm,top1\ngru,real,0.5\ngru,mixed,0.75\n"
YAML = """\
one:
  hours: 0.5
  commands: [python -m benchmark list, "python -m benchmark list metrics {out}/*.csv"]
  files: {table.csv: 'runs/*/table.csv', both.csv: {rows of: runs/*/table.csv}}
  not compared: {times.csv: times}
two:
  commands: [python -m benchmark list]
"""


@pytest.fixture
def reference(tmp_path: Path) -> Path:
    folder = tmp_path / "reference"
    (folder / "one").mkdir(parents=True)
    (folder / "reproduce.yaml").write_text(YAML)
    (folder / "one" / "table.csv").write_text(ROWS)
    (folder / "one" / "both.csv").write_text("network,arm,top1\ngru,mixed,0.75\ngru,real,0.5\n")
    return folder


class Maker:
    """Stands for the commands: leaves a table."""

    def __init__(self, out: Path, text: str = ROWS, code: int = 0) -> None:
        self.out, self.text, self.code = out, text, code
        self.carried_out: list[list[str]] = []

    def __call__(self, words: Sequence[str]) -> int:
        self.carried_out.append(list(words))
        (self.out / "runs" / "a").mkdir(parents=True, exist_ok=True)
        (self.out / "runs" / "a" / "table.csv").write_text(self.text)
        (self.out / "x.csv").write_text("")
        return self.code


def one(reference: Path) -> ReferenceFolder:
    return read_reference(reference)["one"]


def test_the_same_bytes_are_equal(reference: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    maker = Maker(out)
    made = reproduce(one(reference), reference, out, maker)
    assert made.ok
    assert made.equal == ("table.csv", "both.csv")
    first, second = maker.carried_out
    assert first == ["list", "--out", str(out)]
    assert second == ["list", "metrics", str(out / "x.csv"), "--out", str(out)], "as a shell does"


def test_a_cell_that_differs_is_told_with_its_place_and_size(
    reference: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    maker = Maker(out, ROWS.replace("0.5", "0.500001"))
    made = reproduce(one(reference), reference, out, maker)
    assert not made.ok
    assert [(found.where, found.says, found.should_be) for found in made.findings] == [
        ("table.csv, row 1, column 'top1'", "0.5", "0.500001"),
        ("both.csv, row 2, column 'top1'", "0.5", "0.500001"),
    ]
    assert largest_difference(made.findings) == pytest.approx(2e-6, rel=1e-3)


def test_what_was_not_made_is_a_difference(reference: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    made = reproduce(one(reference), reference, out, Maker(out, "network,arm,top1\ngru,real,0.5\n"))
    assert {found.file for found in made.findings} == {"table.csv", "both.csv"}
    assert isinf(largest_difference(made.findings))
    (out / "runs" / "b").mkdir()
    (out / "runs" / "b" / "table.csv").write_text(ROWS)
    made = reproduce(one(reference), reference, out, lambda words: 0)
    assert [found.file for found in made.findings] == ["table.csv"], "two that one cannot be"


def test_a_command_that_fails_ends_its_folder(reference: Path, tmp_path: Path) -> None:
    maker = Maker(tmp_path / "out", code=2)
    made = reproduce(one(reference), reference, tmp_path / "out", maker)
    assert (made.ok, len(maker.carried_out)) == (False, 1)
    assert made.failed.startswith("list")


def test_the_command_tells_hours_and_differences_and_ends_with_1(
    reference: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "out"
    asked = ["reproduce", "--reference", str(reference), "--out", str(out)]
    place = "benchmark.analyses.verification.reproduction._process"
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(place, Maker(out / "one"))
    assert run_command_line([*asked, "--list"]) == 0
    assert "0.5 hours at least" in capsys.readouterr().out
    assert not out.exists()
    assert run_command_line(asked) == 0
    assert "one/table.csv: the same bytes" in capsys.readouterr().out
    monkeypatch.setattr(place, Maker(out / "one", ROWS.replace("0.75", "0.5")))
    table = tmp_path / "found.csv"
    assert run_command_line([*asked, "one", "--csv", str(table)]) == 1
    told = capsys.readouterr().out
    assert "one/table.csv: 1 difference, of 3.3e-01 of a number at most" in told
    assert "says 0.75, today's code makes 0.5" in told
    assert len(table.read_text().splitlines()) == 3


def test_a_folder_that_is_none_is_one_line_and_exit_code_2(
    reference: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command_line(["reproduce", "on", "--reference", str(reference)]) == 2
    assert "did you mean 'one'" in capsys.readouterr().err
    assert run_command_line(["reproduce", "--reference", str(reference / "one")]) == 2
    assert capsys.readouterr().err.startswith("error: cannot read")
