"""Everything in one go."""

from __future__ import annotations

from benchmark.analyses.doctor import examination
from benchmark.analyses.doctor.machine import Finding
from tests.benchmark.analyses.doctor.test_machine import by_name


def test_everything_is_looked_at_here(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(
        examination, "look_at_pyskl", lambda: [Finding("PYSKL", "missing", "it is not here")]
    )
    found = by_name(examination.examine(tmp_path, tmp_path))
    expected = {"Python", "packages", "torch", "GPU", "data folder", "results folder", "disk"}
    assert expected | {"PYSKL", "judge st_trans of kinematic12", "data set nw_ucla"} <= set(found)
    assert found["data folder"].found == str(tmp_path)
    assert not any(finding.fatal for finding in found.values()), "the tests run here"
