"""Finished runs in a tracking store of MLflow: its API, and nothing of this process's state."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, TypeVar

from benchmark.records.fingerprint import folder_fingerprint
from benchmark.records.run_folder import RunFolder
from benchmark.reports.sinks.numbers import numbers_of, parameters_of

if TYPE_CHECKING:
    from mlflow.tracking import MlflowClient

URI_VARIABLE = "MLFLOW_TRACKING_URI"
EXPERIMENT_VARIABLE = "MLFLOW_EXPERIMENT_NAME"
EXPERIMENT = "skelgenbench"
RECORDED = "skelgenbench.recorded"
"""Tag of a run that is there whole: the fingerprint of its folder."""
MOST_PARAMETERS, MOST_METRICS, LONGEST_VALUE = 100, 1000, 6000
"""That MLflow takes at once, and of one parameter."""

Item = TypeVar("Item")


class MlflowSink:
    """A run with its specification as parameters, its numbers as metrics, its folder as artefacts.

    A run folder that is recorded as it stands is not recorded again; one that changed is a run of
    its own.
    """

    def __init__(self, uri: str) -> None:
        self._uri = uri

    def record(self, run: RunFolder) -> None:
        """Record a run; one that could not be finished does not count as recorded."""
        from mlflow.entities import Metric, Param, RunTag
        from mlflow.tracking import MlflowClient

        client = MlflowClient(tracking_uri=self._uri)
        experiment, fingerprint = _experiment(client), folder_fingerprint(run.path)
        known = f"tags.`{RECORDED}` = '{fingerprint}' and tags.`mlflow.runName` = '{run.name}'"
        if client.search_runs([experiment], known, max_results=1):
            return
        now = int(time.time() * 1000)
        metrics = [
            Metric(plain_name(one.name), one.value, now, one.step) for one in numbers_of(run)
        ]
        parameters = [
            Param(plain_name(name), str(value)[:LONGEST_VALUE])
            for name, value in parameters_of(run).items()
        ]
        notes = "\n".join(f"- {said}" for said in (*run.caveats, *run.problems))
        made = client.create_run(
            experiment, run_name=run.name, tags={"mlflow.note.content": notes} if notes else {}
        ).info.run_id
        try:
            for some in _portions(parameters, MOST_PARAMETERS):
                client.log_batch(made, params=some)
            for many in _portions(metrics, MOST_METRICS):
                client.log_batch(made, metrics=many)
            client.log_artifacts(made, str(run.path))
            client.log_batch(made, tags=[RunTag(RECORDED, fingerprint)])
        except BaseException:
            client.set_terminated(made, "FAILED")
            raise
        client.set_terminated(made, "FINISHED" if run.status == "ok" else "FAILED")


def plain_name(name: str) -> str:
    """A name that MLflow takes: what is neither letter, digit, ``_-. `` nor a slash becomes
    ``_``."""
    return re.sub(r"[^\w\-. /]", "_", name, flags=re.ASCII)


def _experiment(client: MlflowClient) -> str:
    """The id of the experiment that ``MLFLOW_EXPERIMENT_NAME`` names, or of our own."""
    name = os.environ.get(EXPERIMENT_VARIABLE) or EXPERIMENT
    found = client.get_experiment_by_name(name)
    return str(client.create_experiment(name) if found is None else found.experiment_id)


def _portions(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    for first in range(0, len(items), size):
        yield items[first : first + size]
