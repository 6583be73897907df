"""Label the clips that a split leaves out, for the arm ``real+pseudo``."""

from __future__ import annotations

import numpy as np

from benchmark.engine.job import Job, Lineage
from benchmark.experiment.artefacts.clips import check_held_out, stored_rest
from benchmark.experiment.artefacts.pseudo_labels import write_pseudo_labels
from benchmark.experiment.lineage import clips_lineage
from benchmark.experiment.stages.weights import stored_weights
from benchmark.experiment.training_sets import training_set
from skeletons.errors import InputError


def label(job: Job) -> Lineage:
    """Write what a recognizer that has seen the split alone says of each clip that it leaves out.

    It is the recognizer of the arm ``real``: the same clips, steps and seed, its last checkpoint.
    Every clip is kept with the likeliest class, however unlikely (pseudo-labels, Lee 2013, in one
    round).

    Parameters and inputs are those of the arm's own training, see
    :func:`benchmark.experiment.stages.downstream.train`.

    Raises:
        InputError: the split leaves out no clip.
    """
    from recognizers.downstream import train_and_score
    from recognizers.recipes import Recipe
    from recognizers.training import TrainingRun

    parameters = job.parameters
    rest = stored_rest(job.inputs["data"], parameters["split"], parameters["data_seed"])
    if len(rest) == 0:
        raise InputError(
            f"arm 'real+pseudo' labels the clips that the split leaves out, {parameters['split']} "
            "leaves none: take a smaller split"
        )
    chosen = training_set(job)
    check_held_out(job.inputs["data"], chosen.clips, f"recognizer {parameters['recognizer']}")
    scores, _ = train_and_score(
        parameters["recognizer"],
        chosen.clips,
        rest,
        recipe=Recipe.of(parameters["recipe"]),
        steps=chosen.steps,
        seed=parameters["seed"],
        start=stored_weights(job.inputs["weights"]) if "weights" in job.inputs else None,
        run=TrainingRun(job.device, job.scratch / "training.pt", job.progress, devices=job.devices),
    )
    write_pseudo_labels(job.folder, rest, np.asarray(scores.argmax(axis=1), dtype=np.int64))
    return {"fitted_on": clips_lineage(chosen.clips), "labelled": rest.ids.tolist()}
