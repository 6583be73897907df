"""The tables of recognizers that a run leaves, from the artefacts of their trainings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmark.engine.job import Job
from benchmark.experiment.artefacts.predictions import (
    stored_over_all_classes,
    stored_predictions,
    stored_result,
)
from benchmark.records.tables import (
    BASE_NOVEL_COLUMNS,
    DOWNSTREAM_COLUMNS,
    PREDICTIONS_COLUMNS,
    write_table,
)
from benchmark.spec import RunSpec


def write_downstream(job: Job, spec: RunSpec, head: Mapping[str, str]) -> None:
    """Write ``downstream.csv`` and ``predictions.csv``."""
    cells = [cell for cell in job.parameters["cells"] if cell["stage"] in job.inputs]
    write_table(
        job.folder / "downstream.csv",
        DOWNSTREAM_COLUMNS,
        (
            {**head, **_place(cell, spec), **stored_result(job.inputs[cell["stage"]])}
            for cell in cells
        ),
    )
    write_table(
        job.folder / "predictions.csv",
        PREDICTIONS_COLUMNS,
        (
            {**_place(cell, spec), **row}
            for cell in cells
            for row in stored_predictions(job.inputs[cell["stage"]])
        ),
    )


def write_base_novel(job: Job, spec: RunSpec) -> None:
    """Write ``base_novel.csv``, a row a training."""
    rows = []
    for cell in (cell for cell in job.parameters["cells"] if cell["stage"] in job.inputs):
        folder = job.inputs[cell["stage"]]
        of_all = stored_over_all_classes(folder).items()
        told = {f"{classes}_of_all": share for classes, share in of_all}
        rows.append({**_place(cell, spec), "novel": stored_result(folder)["top1"], **told})
    write_table(job.folder / "base_novel.csv", BASE_NOVEL_COLUMNS, rows)


def _place(cell: Mapping[str, Any], spec: RunSpec) -> dict[str, Any]:
    place = {key: cell[key] for key in ("recognizer", "arm", "seed")}
    return {**place, "generator_seed": spec.generator_seed}
