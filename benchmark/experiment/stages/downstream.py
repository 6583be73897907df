"""Train a recognizer on one arm and keep what it says of every test clip."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from benchmark.engine.job import Job, Lineage
from benchmark.experiment.artefacts.clips import check_held_out, stored_part
from benchmark.experiment.artefacts.predictions import write_predictions, write_result
from benchmark.experiment.artefacts.soft_labels import stored_soft_labels
from benchmark.experiment.base_novel import novel_labels
from benchmark.experiment.lineage import clips_lineage
from benchmark.experiment.stages.weights import stored_weights
from benchmark.experiment.training_sets import TrainingSet, training_set
from skeletons.arrays import Float32Array

if TYPE_CHECKING:
    from recognizers.online import OnlineAugmentation


def train(job: Job) -> Lineage:
    """Write ``predictions.npz`` and ``result.json`` of one recognizer, arm and seed.

    Every arm but ``real_same_epochs`` takes as many optimiser steps as the recipe gives the real
    clips and ``budget`` others, so that an arm with more clips is not an arm with more training.
    Added clips of every kind fill the same share of each batch, the recipe's ``synthetic_share``,
    so that an arm with more clips of one kind is not an arm with other batches.

    Parameters: ``recognizer`` (of one stream), ``recipe``, ``arm``, ``split``, ``data_seed``,
    ``part`` (that is labelled), ``seed``; ``budget`` (0 unless given); for arms whose size
    hangs on it ``samples``, the number of synthetic clips of the run. Inputs: ``data``; the series
    ``shards`` for an arm with synthetic or augmented clips; ``pseudo_labels`` for ``real+pseudo``;
    ``weights`` where the training starts from given ones; ``labels`` where added clips have soft
    labels.

    Raises:
        InputError: an arm that asks for more clips than there are.
    """
    return train_on(job, training_set(job))


def train_on(
    job: Job, chosen: TrainingSet, online: OnlineAugmentation | None = None
) -> dict[str, Any]:
    """As :func:`train`, on this training set.

    Args:
        online: clips of it that are drawn anew meanwhile.
    """
    from recognizers.downstream import train_and_score
    from recognizers.recipes import Recipe
    from recognizers.training import TrainingRun

    parameters = job.parameters
    recipe = Recipe.of(parameters["recipe"])
    test = stored_part(job.inputs["data"], job.parameters["part"])
    check_held_out(job.inputs["data"], chosen.clips, f"recognizer {parameters['recognizer']}")
    scores, fit = train_and_score(
        parameters["recognizer"],
        chosen.clips,
        test,
        recipe=recipe,
        steps=chosen.steps,
        seed=parameters["seed"],
        synthetic=chosen.balanced,
        targets=_targets(job, chosen, recipe.synthetic_label_mix),
        start=stored_weights(job.inputs["weights"]) if "weights" in job.inputs else None,
        online=online,
        run=TrainingRun(job.device, job.scratch / "training.pt", job.progress, devices=job.devices),
    )
    novel = novel_labels(job.inputs["data"], parameters)
    write_predictions(job.folder, test, scores, novel)
    write_result(job.folder, test, scores, chosen.sizes, novel)
    started = {} if fit is None else {"started_from_weights": asdict(fit)}
    return {"fitted_on": clips_lineage(chosen.clips), **started}


def _targets(job: Job, chosen: TrainingSet, mix: float) -> Float32Array | None:
    """The class probabilities that the training is to learn; None where all clips have a class."""
    from recognizers.soft_labels import mixed_targets

    if "labels" not in job.inputs:
        return None
    said = stored_soft_labels(job.inputs["labels"], chosen.clips.select(chosen.added))
    return mixed_targets(chosen.clips.labels, chosen.added, said, mix)
