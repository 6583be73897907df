"""Features of real and synthetic clips, as a judge sees them."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from benchmark.engine.job import Job, Lineage
from benchmark.experiment.artefacts.clips import clips_of_part
from benchmark.experiment.artefacts.extractor import extractor_folder
from benchmark.experiment.artefacts.features import FEATURES
from benchmark.experiment.artefacts.generator import generator_folder
from benchmark.experiment.lineage import check_other_weights, weights_lineage
from skeletons.clips import ClipSet
from skeletons.seeds import derive_seed

RANDOM_STATE = "+random_state"
"""Part of the name of an extractor whose numbers hold the published evaluator's noise."""


def featurise(job: Job) -> Lineage:
    """Write ``features.npz`` (features, labels, predicted, ids) of one part.

    Parameters: ``part`` (see :func:`~benchmark.experiment.artefacts.clips.clips_of_part`),
    ``dataset``, ``kind`` and ``extractor`` (None if it is an input), ``random_state`` (of a GRU;
    False unless given) and ``guide_is_extractor``. Inputs: ``data``; ``fit`` and the series
    ``shards``; or ``represented``; ``extractor`` where this run makes or adopts it.

    Raises:
        LineageError: the generator holds the extractor's weights.
    """
    from recognizers.extractors.kinds import extractor_id, load_extractor

    part = job.parameters["part"]
    folder = extractor_folder(job.parameters, job.inputs)
    weights = weights_lineage(folder)
    if part == "synthetic" and not job.parameters.get("guide_is_extractor", False):
        check_other_weights(weights, weights_lineage(generator_folder(job.inputs["fit"])))
    clips = clips_of_part(job)
    extractor, name = load_extractor(folder), extractor_id(folder)
    if len(clips) == 0:  # a generator that does not show its representation
        features, logits = np.zeros((0, 0), np.float32), np.zeros((0, 1), np.float32)
    elif job.parameters.get("random_state", False):
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


def _noisy(extractor: Any, clips: ClipSet, part: str) -> tuple[Any, Any]:
    """Features and logits of a GRU, the one kind that can start from a random hidden state."""
    import torch

    generator = torch.Generator().manual_seed(derive_seed("hidden state", part) % 2**31)
    features, logits = extractor.featurise(clips, generator)
    return features, logits
