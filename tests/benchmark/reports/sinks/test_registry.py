"""Sinks by name, and what happens where one cannot be or does not work."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark.reports.sinks import registry
from benchmark.reports.sinks.registry import make_sinks, record_runs
from skeletons.errors import InputError
from tests.benchmark.reports.sinks import keepers
from tests.benchmark.run_folders import run_of

HERE = keepers.__name__


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("tensorbord", "did you mean 'tensorboard'"),
        (f"{HERE}:Kepper", "did you mean 'Keeper'"),
        (f"{HERE}:Deaf", "gives a Deaf, which has no record"),
        ("nowhere:Sink", "there is no module nowhere"),
    ],
)
def test_a_sink_that_is_none_is_refused(name: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=said):
        make_sinks([name], tmp_path)


@pytest.mark.parametrize("name", ["tensorboard", "mlflow:http://localhost:1"])
def test_a_package_that_is_not_installed_is_named_with_its_extra(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry.importlib.util, "find_spec", lambda package: None)
    head = name.partition(":")[0]
    with pytest.raises(InputError, match=rf"needs the package {head}: .*skelgenbench\[{head}\]"):
        make_sinks([name], tmp_path)


def test_mlflow_is_told_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry.importlib.util, "find_spec", lambda package: package)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    with pytest.raises(InputError, match="MLFLOW_TRACKING_URI"):
        make_sinks(["mlflow"], tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://localhost:1")
    assert set(make_sinks(["mlflow"], tmp_path)) == {"mlflow"}


def test_a_sink_that_fails_is_one_line_a_run_and_the_others_are_told(tmp_path: Path) -> None:
    first, second = run_of(tmp_path, "first"), run_of(tmp_path, "second")
    names = [f"{HERE}:Refuses", f"{HERE}:Keeper"]
    keepers.Keeper.runs.clear()
    problems = record_runs(
        make_sinks(names, tmp_path), [first.path, tmp_path / "never begun", second.path]
    )
    assert problems == [
        f"sink '{HERE}:Refuses' cannot record {name}: ConnectionError: nobody answers "
        "(keepers.py, line 17)"
        for name in ("first", "second")
    ]
    assert [run.name for run in keepers.Keeper.runs] == ["first", "second"]
