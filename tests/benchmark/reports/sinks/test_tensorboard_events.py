"""What TensorBoard finds of a run; read back with its own reader."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from benchmark.records.run_folder import RunFolder
from benchmark.reports.sinks.numbers import numbers_of
from benchmark.reports.sinks.tensorboard_events import TensorBoardSink
from tests.benchmark.run_folders import run_of

pytest.importorskip("tensorboard", reason="needs skelgenbench[tensorboard]")


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    made = run_of(tmp_path, "one", caveats=["It is <noise>."])
    (made.path / "plots").mkdir()
    Image.new("RGB", (8, 5), (200, 0, 0)).save(made.path / "plots" / "metrics.png")
    return made


def events_of(folder: Path) -> Any:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    return EventAccumulator(str(folder)).Reload()


def test_numbers_tables_pictures_and_hyper_parameters_are_there(
    run: RunFolder, tmp_path: Path
) -> None:
    TensorBoardSink(tmp_path / "events").record(run)
    events = events_of(tmp_path / "events" / run.name)
    found = {
        (name, event.step): event.value
        for name in events.Tags()["scalars"]
        for event in events.Scalars(name)
    }
    for one in numbers_of(run):
        assert found[one.name, one.step] == pytest.approx(one.value, rel=1e-6)
    (text,) = events.Tensors("tables/text_summary")
    told = text.tensor_proto.string_val[0].decode()
    assert "It is <noise>." in told
    assert "| generator |" in told
    (picture,) = events.Images("plots/metrics")
    assert (picture.height, picture.width) == (5, 8)
    assert any(name.startswith("_hparams_") for name in events.summary_metadata)


def test_a_run_that_is_recorded_again_replaces_its_events(run: RunFolder, tmp_path: Path) -> None:
    sink = TensorBoardSink(tmp_path / "events")
    sink.record(run)
    sink.record(run)
    assert [path.name for path in (tmp_path / "events").iterdir()] == [run.name]
    events = events_of(tmp_path / "events" / run.name)
    assert len(events.Scalars("summary/top1/stgcn++/real")) == 2, "itself, and as a result"


def test_a_run_without_any_table_is_recorded(tmp_path: Path) -> None:
    made = run_of(tmp_path, "one", status="error")
    for path in made.path.glob("*.csv"):
        path.unlink()
    TensorBoardSink(tmp_path / "events").record(made)
    (text,) = events_of(tmp_path / "events" / "one").Tensors("tables/text_summary")
    assert "error" in text.tensor_proto.string_val[0].decode()
