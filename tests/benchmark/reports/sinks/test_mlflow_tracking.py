"""What MLflow finds of a run, in a store of files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmark.reports.sinks.mlflow_tracking import MlflowSink, plain_name
from benchmark.reports.sinks.registry import record_runs
from tests.benchmark.run_folders import run_of, with_record

pytest.importorskip("mlflow", reason="needs skelgenbench[mlflow]")


@pytest.fixture
def uri(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    monkeypatch.delenv("MLFLOW_EXPERIMENT_NAME", raising=False)
    return (tmp_path / "tracked").as_uri()


def recorded(uri: str) -> tuple[Any, list[Any]]:
    from mlflow.tracking import MlflowClient

    client = MlflowClient(tracking_uri=uri)
    experiment = client.get_experiment_by_name("skelgenbench")
    return client, list(client.search_runs([experiment.experiment_id]))


def test_parameters_numbers_and_the_folder_are_there(uri: str, tmp_path: Path) -> None:
    run = run_of(tmp_path, "one", seeds=2, settings={"width": 32}, caveats=["It is noise."])
    MlflowSink(uri).record(run)
    client, (found,) = recorded(uri)
    assert (found.info.run_name, found.info.status) == ("one", "FINISHED")
    assert found.data.params["settings.width"] == "32"
    assert found.data.metrics["summary/st_trans-0a1b2c3d/test/fid/mean"] == 30.0
    history = client.get_metric_history(found.info.run_id, "top1/stgcn__/real_synthetic")
    trained = run.downstream[run.downstream["arm"] == "real+synthetic"]["top1"].tolist()
    assert [one.value for one in sorted(history, key=lambda one: one.step)] == trained
    names = {one.path for one in client.list_artifacts(found.info.run_id)}
    assert names == {path.name for path in run.path.iterdir()}
    assert found.data.tags["mlflow.note.content"] == "- It is noise."


def test_what_is_recorded_is_not_recorded_again_and_what_changed_is(
    uri: str, tmp_path: Path
) -> None:
    run = run_of(tmp_path, "one")
    for _ in range(2):
        MlflowSink(uri).record(run)
    assert len(recorded(uri)[1]) == 1
    MlflowSink(uri).record(with_record(run, status="error"))
    assert sorted(one.info.status for one in recorded(uri)[1]) == ["FAILED", "FINISHED"]


def test_a_run_that_could_not_be_told_whole_is_told_again(
    uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlflow.tracking import MlflowClient

    run = run_of(tmp_path, "one")

    def full(*given: Any) -> None:
        raise OSError("no space")

    with monkeypatch.context() as broken, pytest.raises(OSError, match="no space"):
        broken.setattr(MlflowClient, "log_artifacts", full)
        MlflowSink(uri).record(run)
    MlflowSink(uri).record(run)
    assert sorted(one.info.status for one in recorded(uri)[1]) == ["FAILED", "FINISHED"]


def test_a_store_that_is_none_is_one_line(tmp_path: Path) -> None:
    run = run_of(tmp_path, "one")
    (problem,) = record_runs({"mlflow:nowhere": MlflowSink("nothing://x")}, [run.path])
    assert problem.startswith("sink 'mlflow:nowhere' cannot record one: ")
    assert "\n" not in problem
    assert json.loads((run.path / "run.json").read_text())["status"] == "ok"


def test_a_name_that_mlflow_would_refuse_is_written_otherwise() -> None:
    assert plain_name("top1/a.b:Net/real+synthetic@2") == "top1/a.b_Net/real_synthetic_2"
