"""The summed scores of several streams."""

from __future__ import annotations

import numpy as np

from benchmark.engine.job import Job, Lineage
from benchmark.experiment.artefacts.clips import stored_part
from benchmark.experiment.artefacts.predictions import (
    stored_result,
    stored_scores,
    write_predictions,
    write_result,
)
from benchmark.experiment.base_novel import novel_labels


def fuse(job: Job) -> Lineage:
    """Write ``predictions.npz`` and ``result.json`` of several streams whose scores are added.

    Parameters: ``weights``, one a stream; ``part``; ``split`` and ``data_seed`` in the setting
    ``base-novel``. Inputs: ``data``, and the streams' artefacts.

    The steps are those of all streams together.
    """
    test = stored_part(job.inputs["data"], job.parameters["part"])
    # In one order, whatever that of the parameters: sums of floats hang on it.
    weights = dict(sorted(job.parameters["weights"].items()))
    scores = np.average(
        [stored_scores(job.inputs[name]) for name in weights],
        axis=0,
        weights=[float(weight) for weight in weights.values()],
    ).astype(np.float32)
    results = [stored_result(job.inputs[name]) for name in weights]
    novel = novel_labels(job.inputs["data"], job.parameters)
    write_predictions(job.folder, test, scores, novel)
    steps = {"steps": sum(result["steps"] for result in results)}
    write_result(job.folder, test, scores, results[0] | steps, novel)
    return {"streams": {name: job.inputs[name].name for name in weights}}
