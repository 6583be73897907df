"""Each shared case, through the command that a user types, value by value."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cases.answers import answer, written
from tests.cases.folders import cases_of

SAMPLES = [
    pytest.param(*one.values, id=one.id, marks=[*one.marks, pytest.mark.slow])
    for one in cases_of("samples")
]
"""Whole runs; what is found in their files is in ``test_shared_samples.py``."""


@pytest.mark.parametrize("folder", [*cases_of("data", "metrics", "generator"), *SAMPLES])
def test_a_case_is_answered_as_it_must_be(folder: Path) -> None:
    found = answer(folder)
    assert found.agrees, found.row()
    told = {row["case"]: row for row in written()}
    row = found.row()
    for column in ("use", "must", "answer", "exit_code", "values_met", "verdict"):
        assert told[folder.name][column] == str(row[column]), "results/reference/cases"


def test_the_table_has_a_line_for_each_case_and_all_agree() -> None:
    rows = written()
    assert len({row["case"] for row in rows}) == len(rows) == 53
    assert {row["verdict"] for row in rows} == {"agrees"}
    assert all(row["said"] for row in rows)
