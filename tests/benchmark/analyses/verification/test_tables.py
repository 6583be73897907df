"""Tables and pictures: what follows from the store passes, what does not is named."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import numpy as np
import pytest

from benchmark.analyses.verification.finding import MISSING, WRONG, Finding
from benchmark.analyses.verification.verify import verify
from skeletons.seeds import named_rng
from tests.benchmark import fakes
from tests.benchmark.analyses.verification.stored_runs import (
    CSVS,
    findings,
    flip_a_digit,
    inline,
    the_run,
)

pytestmark = pytest.mark.usefixtures("stand_ins")


def test_a_run_follows_from_its_store_and_nothing_is_written(out: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    verification = verify(inline(out))
    assert verification.findings == ()
    assert verification.exit_code() == 0
    the_run_, leaderboard = verification.checked
    kinds = [path.parts[-3] for path in out.glob("store/*/*/meta.json")]
    assert the_run_.artefacts == len(kinds)
    again = ("featurise", "measure", "score", "downstream", "tables")
    assert the_run_.derived == sum(kind in again for kind in kinds)
    assert the_run_.compared > 5000
    assert leaderboard.compared > 50
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*")} == before


@pytest.mark.parametrize("table", CSVS)
def test_one_flipped_digit_is_named_by_file_row_and_column(out: Path, table: str) -> None:
    path = the_run(out) / f"{table}.csv"
    row, column, says, should_be = flip_a_digit(path, named_rng("flip", table))
    place = path.relative_to(out).as_posix()
    assert findings(out) == (Finding(WRONG, place, says, should_be, row, column),)


def test_flipped_digits_in_all_tables_are_all_named(out: Path) -> None:
    rng = np.random.default_rng(7)
    paths = [*(the_run(out) / f"{table}.csv" for table in CSVS), out / "leaderboard.csv"]
    for _ in range(4):
        expected = set()
        kept = {path: path.read_bytes() for path in paths}
        for path in paths:
            row, column, says, should_be = flip_a_digit(path, rng)
            place = path.relative_to(out).as_posix()
            expected.add(Finding(WRONG, place, says, should_be, row, column))
        assert set(findings(out)) == expected
        for path, content in kept.items():
            path.write_bytes(content)


def test_a_number_in_the_leaderboards_page_is_found_by_its_line(out: Path) -> None:
    page = out / "leaderboard.md"
    lines = page.read_text().splitlines()
    line = next(number for number, text in enumerate(lines) if text.startswith(f"| {fakes.HERE}"))
    page.write_text(page.read_text().replace(lines[line], lines[line] + " 1"))
    (found,) = findings(out)
    assert (found.severity, found.file, found.row) == (WRONG, "leaderboard.md", line + 1)


@pytest.mark.parametrize("table", ["summary.csv", "predictions.csv"])
def test_rows_and_columns_that_were_taken_out_are_found(out: Path, table: str) -> None:
    path = the_run(out) / table
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([*lines[:3], *lines[4:]]))
    (found,) = findings(out)
    assert found.says == f"{len(lines) - 2} rows"
    assert (found.should_be, found.row) == (f"{len(lines) - 1} rows", 3)
    path.write_text("".join(line.partition(",")[2] for line in lines))
    (found,) = findings(out)
    assert (found.says, found.column) == ("not there", lines[0].partition(",")[0])


def test_a_table_that_is_gone_is_missing_and_one_too_many_is_wrong(out: Path) -> None:
    (the_run(out) / "summary.csv").unlink()
    (the_run(out) / "samples.gif").write_bytes(b"GIF89a")
    assert {(one.severity, Path(one.file).name) for one in findings(out)} == {
        (MISSING, "summary.csv"),
        (WRONG, "samples.gif"),
    }


def test_the_page_of_other_files_is_found_where_the_files_are_right(out: Path) -> None:
    page = the_run(out) / "report.html"
    page.write_text("<!doctype html><title>the page of an earlier run</title>")
    (found,) = findings(out)
    assert (found.severity, Path(found.file).name) == (WRONG, "report.html")
    assert found.says == "a page of other files"
    page.unlink()
    assert not findings(out), "a run of an earlier version has no page"


def test_a_changed_picture_is_found(out: Path) -> None:
    (the_run(out) / "plots" / "metrics.png").write_text("nicer")
    (found,) = findings(out)
    assert (found.severity, Path(found.file).name) == (WRONG, "metrics.png")


def test_tables_without_runs_are_compared_with_the_tables_beside_them(
    original: Path, tmp_path: Path
) -> None:
    reference = tmp_path / "reference"
    for path in (original / "leaderboard.csv", *original.glob("runs/*/*.csv")):
        if path.stem in ("leaderboard", "summary", "downstream"):
            target = reference / (path.name if path.parent == original else
                                  f"{path.parent.name}/{path.name}")  # fmt: skip
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
    assert {one.severity for one in findings(reference)} == {MISSING}
    text = (reference / "leaderboard.csv").read_text()
    header, row = next(csv.reader([text.splitlines()[0]])), text.splitlines()[1].split(",")
    place = header.index("diversity_mean")
    row[place] = "1" + row[place]
    (reference / "leaderboard.csv").write_text("\n".join([text.splitlines()[0], ",".join(row), ""]))
    wrong = [one for one in findings(reference) if one.severity == WRONG]
    assert [(one.file, one.row, one.column) for one in wrong] == [
        ("leaderboard.csv", 1, "diversity_mean")
    ]
