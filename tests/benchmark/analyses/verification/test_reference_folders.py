"""``results/reference/reproduce.yaml``, and what the folders and their READMEs say beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmark.analyses.verification.reference_folders import (
    OUT,
    ReferenceFolder,
    read_reference,
    reference_table,
)
from benchmark.commands.app import run_command_line
from skeletons.errors import InputError

HOME = Path(__file__).parents[4]
REFERENCE = HOME / "results" / "reference"
FOLDERS = read_reference(REFERENCE)
APART = ("first-protocol", "cases")


def test_every_committed_file_is_compared_or_it_is_said_why_not() -> None:
    told = {
        f"{one.name}/{name}" for one in FOLDERS.values() for name in (*one.files, *one.not_compared)
    }
    there = {
        path.relative_to(REFERENCE).as_posix()
        for path in REFERENCE.rglob("*")
        if path.is_file() and path.name != "README.md"
    }
    there -= {"reproduce.yaml", *(one for one in there if one.startswith(APART))}
    assert told == there


def test_the_readmes_say_what_the_file_says() -> None:
    assert reference_table(FOLDERS) in (REFERENCE / "README.md").read_text()
    for one in FOLDERS.values():
        if len(one.commands) > 1:
            page = (REFERENCE / one.name / "README.md").read_text().replace(" \\\n  ", " ")
            for command in one.commands:
                assert command.replace(OUT, "results") in page.splitlines()


class ReachedError(Exception):
    """The command's own work would begin."""


@pytest.mark.parametrize("folder", FOLDERS.values(), ids=lambda folder: str(folder.name))
def test_its_commands_are_commands_of_today(
    folder: ReferenceFolder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def reached(first: Any, *given: Any, **named: Any) -> Any:
        getattr(first, "resolved", getattr(first, "points", lambda: None))()
        raise ReachedError

    monkeypatch.chdir(HOME)
    for place in (
        "benchmark.experiment.api.run",
        "benchmark.experiment.api.run_sweep",
        "benchmark.analyses.claims.claim.recount",
        "benchmark.analyses.validity.validation.validate",
        "benchmark.commands.options.run_folder",
        "benchmark.commands.predictors.run_folder",
    ):
        monkeypatch.setattr(place, reached)
    for words in folder.words(tmp_path):
        assert run_command_line(words) == 1
        assert "ReachedError" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("a: [x]", "a: not a mapping"),
        ("a: {commands: []}", "a list of command lines"),
        ("a: {commands: [rm -rf x]}", "does not begin with 'python -m benchmark'"),
        ("a: {commands: [python -m benchmark list], fils: {}}", "did you mean 'files'"),
        ("a: {commands: [python -m benchmark list], hours: long}", "a number, not 'long'"),
        ("a: {commands: [python -m benchmark list], files: {b: {row: c}}}", "give a path"),
        ("a: {commands: [python -m benchmark list], files: [b]}", "mappings of file names"),
        ("[a]", "mapping of folders"),
    ],
)
def test_a_file_that_says_something_else_is_refused(
    content: str, said: str, tmp_path: Path
) -> None:
    (tmp_path / "reproduce.yaml").write_text(content)
    with pytest.raises(InputError, match=said):
        read_reference(tmp_path)
