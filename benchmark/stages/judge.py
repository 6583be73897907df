"""Features of real and synthetic clips, and the metrics on them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmark.lineage import check_other_weights, weights_lineage
from benchmark.stages import Job, Lineage
from benchmark.stages.data import stored_test, stored_train
from benchmark.stages.extractor import extractor_folder
from benchmark.stages.generate import stored_pool

if TYPE_CHECKING:
    from metrics.features import FeatureSet


def featurise(job: Job) -> Lineage:
    """Write ``features.npz`` (features, labels, predicted) of one part.

    Parameters: ``part`` (``train``, ``test`` or ``synthetic``), ``dataset``, ``extractor`` (None if
    it is an input). Inputs: ``data``, or all shards and ``fit``; ``extractor`` where it was
    pretrained.

    Raises:
        LineageError: the generator holds the extractor's weights.
    """
    from recognizers.extractor import extractor_id, load_extractor

    part = job.parameters["part"]
    folder = extractor_folder(job.parameters, job.inputs)
    weights = weights_lineage(folder)
    if part == "synthetic":
        check_other_weights(weights, weights_lineage(job.inputs["fit"]))
        clips = stored_pool(job.inputs)
    else:
        clips = (stored_train if part == "train" else stored_test)(job.inputs["data"])
    features, logits = load_extractor(folder).featurise(clips)
    np.savez(
        job.folder / "features.npz",
        features=features,
        labels=clips.labels,
        predicted=logits.argmax(axis=1).astype(np.int64),
    )
    facts = {"extractor": extractor_id(folder)}
    (job.folder / "extractor.json").write_text(json.dumps(facts) + "\n", encoding="utf-8")
    job.progress(len(clips), len(clips))
    return {"extractor": weights, "clips": {"clips": len(clips), "fingerprint": clips.fingerprint}}


def score(job: Job) -> Lineage:
    """Write ``values.json``: every repetition of one metric, its mean, interval and floor.

    Parameters: ``metric``, ``repetitions``, ``protocol``, ``seed``. Inputs: ``train``, ``test``,
    ``synthetic`` features.
    """
    from metrics.engine import evaluate

    values, summaries = evaluate(
        stored_features(job.inputs["synthetic"]),
        {part: stored_features(job.inputs[part]) for part in ("train", "test")},
        [job.parameters["metric"]],
        job.parameters["repetitions"],
        job.parameters["seed"],
    )
    content = {
        "values": [value.row() for value in values],
        "summaries": [summary.row() for summary in summaries],
    }
    (job.folder / "values.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return {"features": {role: folder.name for role, folder in job.inputs.items()}}


def stored_features(folder: Path) -> FeatureSet:
    """The features of a featurise artefact, in float64."""
    from metrics.features import FeatureSet

    with np.load(folder / "features.npz", allow_pickle=False) as stored:
        return FeatureSet(
            features=stored["features"].astype(np.float64),
            labels=stored["labels"],
            predicted=stored["predicted"],
        )


def extractor_accuracy(folder: Path) -> tuple[str, float]:
    """The extractor's name and its accuracy on the clips of a featurise artefact."""
    features = stored_features(folder)
    facts: dict[str, Any] = json.loads((folder / "extractor.json").read_text(encoding="utf-8"))
    return str(facts["extractor"]), float((features.predicted == features.labels).mean())
