"""Soft labels of added clips: a recognizer of the real clips, and what it says of them."""

from __future__ import annotations

from benchmark.engine.job import Job, Lineage
from benchmark.experiment.artefacts.clips import check_held_out, stored_split
from benchmark.experiment.artefacts.soft_labels import write_soft_labels
from benchmark.experiment.lineage import clips_lineage, weights_lineage
from benchmark.experiment.stages.weights import stored_weights
from benchmark.experiment.training_sets import training_set


def teach(job: Job) -> Lineage:
    """Write ``weights.safetensors`` of the recognizer that the arm ``real`` trains: the same clips,
    recipe, steps and seed, so that it is the same network.

    Parameters: ``recognizer`` (of one stream), ``recipe``, ``arm`` (``real``), ``split``,
    ``data_seed``, ``seed``; ``budget`` (0 unless given). Inputs: ``data``; ``weights`` where the
    training starts from given ones.
    """
    from safetensors.torch import save_file

    from recognizers.downstream import train_recognizer
    from recognizers.recipes import Recipe
    from recognizers.training import TrainingRun

    parameters = job.parameters
    chosen = training_set(job)
    check_held_out(job.inputs["data"], chosen.clips, f"recognizer {parameters['recognizer']}")
    trained = train_recognizer(
        parameters["recognizer"],
        chosen.clips,
        recipe=Recipe.of(parameters["recipe"]),
        steps=chosen.steps,
        seed=parameters["seed"],
        start=stored_weights(job.inputs["weights"]) if "weights" in job.inputs else None,
        run=TrainingRun(job.device, job.scratch / "training.pt", job.progress, devices=job.devices),
    )
    state = trained.model.state_dict()
    # A copy each, since a file holds no two names for one tensor.
    tensors = {name: values.cpu().contiguous().clone() for name, values in state.items()}
    save_file(tensors, job.folder / "weights.safetensors")
    return {"fitted_on": clips_lineage(chosen.clips)}


def label(job: Job) -> Lineage:
    """Write ``labels.npz``: the class probabilities that the recognizer of the real clips gives to
    the clips that an arm adds.

    Parameters: those of the arm's training, but with the recipe of the recognizer that labels.
    Inputs: ``data``, ``teacher``; the series ``shards`` for an arm with synthetic or augmented
    clips.

    Raises:
        InputError: an arm that asks for more clips than there are.
    """
    from recognizers.downstream import restored_recognizer
    from recognizers.recipes import Recipe

    parameters, teacher = job.parameters, job.inputs["teacher"]
    chosen = training_set(job)
    added = chosen.clips.select(chosen.added)
    recognizer = restored_recognizer(
        parameters["recognizer"],
        stored_split(job.inputs["data"], parameters["split"], parameters["data_seed"]),
        stored_weights(teacher),
        recipe=Recipe.of(parameters["recipe"]),
        device=job.device,
    )
    probabilities = recognizer.scores(added)
    write_soft_labels(job.folder, added, probabilities)
    job.progress(len(added), len(added))
    agreeing = int((probabilities.argmax(axis=1) == added.labels).sum())
    return {"teacher": weights_lineage(teacher), "clips": len(added), "agreeing": agreeing}
