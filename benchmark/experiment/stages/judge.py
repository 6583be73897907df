"""Features and body measures of real and synthetic clips, and the metrics on them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmark.experiment.lineage import check_other_weights, weights_lineage
from benchmark.experiment.stages import Job, Lineage
from benchmark.experiment.stages.data import stored_split, stored_test, stored_train
from benchmark.experiment.stages.extractor import extractor_folder
from benchmark.experiment.stages.generate import stored_pool
from skeletons.clips import ClipSet
from skeletons.errors import InputError
from skeletons.seeds import derive_seed

if TYPE_CHECKING:
    from metrics.body.measures import BodyMeasures
    from metrics.features import FeatureSet

FEATURES, BODIES = "features.npz", "bodies.npz"
RANDOM_STATE = "+random_state"
"""Part of the name of an extractor whose numbers hold the published evaluator's noise."""


def featurise(job: Job) -> Lineage:
    """Write ``features.npz`` (features, labels, predicted, ids) of one part.

    Parameters: ``part`` (``train``, ``test`` or ``synthetic``), ``dataset``, ``extractor`` (None if
    it is an input), ``random_state`` (of a GRU; False unless given) and ``allow``. Inputs:
    ``data``, or all shards and ``fit``; ``extractor`` where it was made or adopted by this run.

    Raises:
        LineageError: the generator holds the extractor's weights.
    """
    from recognizers.extractors.st_trans import extractor_id, load_extractor

    part = job.parameters["part"]
    folder = extractor_folder(job.parameters, job.inputs)
    weights = weights_lineage(folder)
    if part == "synthetic" and not job.parameters.get("guide_is_extractor", False):
        check_other_weights(weights, weights_lineage(job.inputs["fit"]))
    clips = _clips(job)
    extractor, name = load_extractor(folder), extractor_id(folder)
    if job.parameters.get("random_state", False):
        features, logits = _noisy(extractor, clips, part)
        name += RANDOM_STATE
    else:
        features, logits = extractor.featurise(clips)
    np.savez(
        job.folder / FEATURES,
        features=features,
        labels=clips.labels,
        predicted=logits.argmax(axis=1).astype(np.int64),
        ids=clips.ids,
    )
    facts = {"extractor": name}
    (job.folder / "extractor.json").write_text(json.dumps(facts) + "\n", encoding="utf-8")
    job.progress(len(clips), len(clips))
    return {"extractor": weights, "clips": {"clips": len(clips), "fingerprint": clips.fingerprint}}


def measure(job: Job) -> Lineage:
    """Write ``bodies.npz``: what is measured on the joints of one part's clips, without extractor.

    Parameter: ``part``. Inputs: ``data``, or all shards.
    """
    from metrics.body.measuring import measure_bodies

    clips = _clips(job)
    arrays: dict[str, Any] = dict(measure_bodies(clips).arrays())
    np.savez(job.folder / BODIES, **arrays)
    return {"clips": {"clips": len(clips), "fingerprint": clips.fingerprint}}


def score(job: Job) -> Lineage:
    """Write ``values.json``: every repetition of each metric of a family and of its floor, and its
    values class by class where it has them.

    Parameters: ``metrics``, ``repetitions``, ``protocol``, ``seed``; ``split`` and ``data_seed``
    for metrics that ask what the generator has seen. Inputs: ``features/train``, ... ``synthetic``,
    ``bodies/...`` for metrics of the body, ``data`` for metrics of what was seen.
    """
    from metrics.evaluation import engine
    from metrics.evaluation.protocols import protocol_named
    from metrics.registry import check_metrics

    parameters = job.parameters
    protocol = protocol_named(parameters["protocol"])
    measured = {part: measured_part(job.inputs, part) for part in ("train", "test", "synthetic")}
    references = {
        name: _train_and_test(measured) if name == "all" else measured[name]
        for name in protocol.references
    }
    if "split" in parameters:
        references |= {"train": measured["train"], "test": measured["test"]}
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
    return {"features": {role: folder.name for role, folder in job.inputs.items()}}


def measured_part(inputs: Any, part: str) -> FeatureSet:
    """Features of a part, with its body measures where they are among the inputs."""
    features = stored_features(inputs[f"features/{part}"])
    if f"bodies/{part}" not in inputs:
        return features
    return replace(features, bodies=stored_bodies(inputs[f"bodies/{part}"]))


def stored_features(folder: Path) -> FeatureSet:
    """The features of a featurise artefact, in float64."""
    from metrics.features import FeatureSet

    with np.load(folder / FEATURES, allow_pickle=False) as stored:
        return FeatureSet(
            features=stored["features"].astype(np.float64),
            labels=stored["labels"],
            predicted=stored["predicted"],
        )


def stored_ids(folder: Path) -> list[str]:
    """Clip ids of a featurise artefact, in the order of its features."""
    with np.load(folder / FEATURES, allow_pickle=False) as stored:
        return [str(clip_id) for clip_id in stored["ids"]]


def stored_bodies(folder: Path) -> BodyMeasures:
    """The body measures of a ``measure`` artefact."""
    from metrics.body.measures import BodyMeasures

    with np.load(folder / BODIES, allow_pickle=False) as stored:
        return BodyMeasures.from_arrays({name: stored[name] for name in stored.files})


def extractor_accuracy(folder: Path) -> tuple[str, float]:
    """The extractor's name and its accuracy on the clips of a featurise artefact."""
    features = stored_features(folder)
    facts: dict[str, Any] = json.loads((folder / "extractor.json").read_text(encoding="utf-8"))
    return str(facts["extractor"]), float((features.predicted == features.labels).mean())


def _noisy(extractor: object, clips: ClipSet, part: str) -> tuple[Any, Any]:
    """Features and logits of a GRU that starts from a random hidden state."""
    import torch

    from recognizers.extractors.gru import GRUExtractor

    if not isinstance(extractor, GRUExtractor):
        raise InputError("random_state is a property of a GRU extractor, this is another")
    generator = torch.Generator().manual_seed(derive_seed("hidden state", part) % 2**31)
    return extractor.featurise(clips, generator)


def _clips(job: Job) -> ClipSet:
    """The clips of the part that a stage is about."""
    part = job.parameters["part"]
    if part == "synthetic":
        return stored_pool(job.inputs)
    return (stored_train if part == "train" else stored_test)(job.inputs["data"])


def _train_and_test(measured: dict[str, FeatureSet]) -> FeatureSet:
    from metrics.features import FeatureSet

    return FeatureSet.concatenate([measured["train"], measured["test"]])


def _seen(job: Job, train: FeatureSet) -> FeatureSet:
    """The training clips that the generator was given."""
    split = stored_split(job.inputs["data"], job.parameters["split"], job.parameters["data_seed"])
    rows = {clip_id: row for row, clip_id in enumerate(stored_ids(job.inputs["features/train"]))}
    return train.select([rows[str(clip_id)] for clip_id in split.ids])
