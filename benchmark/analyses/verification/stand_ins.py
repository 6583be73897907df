"""What the scheduler carries out in place of stages that are not made again."""

from __future__ import annotations

import numpy as np

from benchmark.engine.job import Job, Lineage
from benchmark.experiment.artefacts.clips import stored_part
from benchmark.experiment.artefacts.predictions import write_predictions, write_result
from benchmark.experiment.base_novel import novel_labels
from benchmark.experiment.training_sets import training_set
from skeletons.errors import InputError


def recount(job: Job) -> Lineage:
    """Write ``result.json`` of a recognizer from its stored predictions and its training set.

    Inputs as of its training, and ``predictions``, the artefact itself.

    Raises:
        InputError: the predictions are not those of the data's test clips.
    """
    with np.load(job.inputs["predictions"] / "predictions.npz", allow_pickle=False) as file:
        stored = dict(file)
    test = stored_part(job.inputs["data"], job.parameters["part"])
    if not np.array_equal(stored["ids"], test.ids):
        raise InputError("predictions.npz is not about the test clips of the data, in their order")
    wrong = np.flatnonzero(stored["labels"] != test.labels)
    if len(wrong):
        raise InputError(f"predictions.npz has another label for test clip '{test.ids[wrong[0]]}'")
    scores = stored["scores"].astype(np.float32)
    novel = novel_labels(job.inputs["data"], job.parameters)
    write_predictions(job.folder, test, scores, novel)
    write_result(job.folder, test, scores, training_set(job).sizes, novel)
    return {}


def not_given(job: Job) -> Lineage:
    """Stand for an artefact that the store no longer has whole.

    Raises:
        InputError: always.
    """
    raise InputError("the store does not have it, or not whole")
