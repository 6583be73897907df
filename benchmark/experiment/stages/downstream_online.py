"""Train a recognizer on one arm whose added clips a generator draws meanwhile."""

from __future__ import annotations

import numpy as np

from benchmark.engine.job import Job, Lineage
from benchmark.experiment.artefacts.clips import stored_split
from benchmark.experiment.artefacts.generator import generator_folder
from benchmark.experiment.lineage import weights_lineage
from benchmark.experiment.stages.downstream import train_on
from benchmark.experiment.stages.sample import check_samples, fitted_generator
from benchmark.experiment.training_sets import training_set
from skeletons.arrays import IntArray
from skeletons.clips import ClipSet


def train(job: Job) -> Lineage:
    """Write what :func:`benchmark.experiment.stages.downstream.train` does, of a training whose
    added clips are others after every ``recipe.synthetic_online`` steps: each is replaced by one of
    its class. Steps, batches and labels are those of a training on the samples.

    Parameters and inputs: those of that training; ``drawn_by``, the generator; ``sees`` where its
    fit may see more than the split; the input ``fit``. The lineage says under ``online`` how many
    clips were drawn, for how many steps and in how many seconds, since a training that was
    interrupted was taken up.

    Raises:
        InputError: the generator breaks the contract of ``sample``.
        LineageError: it was fitted on clips that it may not see.
    """
    from recognizers.online import OnlineAugmentation

    parameters, name = job.parameters, job.parameters["drawn_by"]
    real = stored_split(job.inputs["data"], parameters["split"], parameters["data_seed"])
    generator = fitted_generator(job, name)

    def sample(labels: IntArray, seed: int) -> ClipSet:
        clips: ClipSet = generator.sample(labels, seed)
        check_samples(clips, labels, real, name)
        return clips

    chosen = training_set(job)
    replaced = chosen.added if chosen.n_real else np.ones(len(chosen.clips), dtype=bool)
    online = OnlineAugmentation(sample, replaced, parameters["recipe"]["synthetic_online"])
    lineage = train_on(job, chosen, online)
    cost = {"clips": online.drawn, "steps": online.steps, "seconds": round(online.seconds, 6)}
    drawn_by = weights_lineage(generator_folder(job.inputs["fit"]))
    return {**lineage, "online": {"generator": drawn_by, **cost}}
