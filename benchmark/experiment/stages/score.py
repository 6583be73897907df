"""The metrics on features and body measures."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from benchmark.engine.job import Job, Lineage
from benchmark.experiment.artefacts.clips import stored_split
from benchmark.experiment.artefacts.features import measured_part, stored_ids
from metrics.protocols import HELD_OUT

if TYPE_CHECKING:
    from metrics.features import FeatureSet


def score(job: Job) -> Lineage:
    """Write ``values.json``: every repetition of each metric of a family and of its floor, and its
    values class by class where it has them.

    Parameters: ``metrics``, ``repetitions``, ``protocol``, ``part`` (``dev`` or ``test``),
    ``seed``; ``split`` and ``data_seed`` for metrics that ask what the generator has seen. Inputs:
    ``features/train``, ``features/<part>``, ``features/synthetic``, ``bodies/...`` for metrics of
    the body, ``data`` for metrics of what was seen.
    """
    from metrics.evaluation import engine
    from metrics.protocols import protocol_named
    from metrics.registry import check_metrics

    parameters = job.parameters
    protocol, part = protocol_named(parameters["protocol"]), parameters["part"]
    measured = {name: measured_part(job.inputs, name) for name in ("train", part, "synthetic")}
    references = {
        part if name == HELD_OUT else name: _reference(measured, name, part)
        for name in protocol.references
    }
    if "split" in parameters:
        references |= {"train": measured["train"], part: measured[part]}
        references["split"] = _seen(job, measured["train"])
    metrics, synthetic = check_metrics(parameters["metrics"]), measured["synthetic"]
    repetitions, seed = parameters["repetitions"], parameters["seed"]
    found = engine.measure(synthetic, references, metrics, repetitions, seed, protocol)
    classes = engine.measure_classes(synthetic, references, metrics)
    content = {
        "measured": [one.row() for one in found],
        "classes": [one.row() for one in classes],
    }
    (job.folder / "values.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return {}


def _reference(measured: dict[str, FeatureSet], name: str, part: str) -> FeatureSet:
    """The clips of a protocol's reference."""
    from metrics.features import FeatureSet

    if name == "all":
        return FeatureSet.concatenate([measured["train"], measured[part]])
    return measured[part if name == HELD_OUT else name]


def _seen(job: Job, train: FeatureSet) -> FeatureSet:
    """The training clips that the generator was given."""
    split = stored_split(job.inputs["data"], job.parameters["split"], job.parameters["data_seed"])
    rows = {clip_id: row for row, clip_id in enumerate(stored_ids(job.inputs["features/train"]))}
    return train.select([rows[str(clip_id)] for clip_id in split.ids])
