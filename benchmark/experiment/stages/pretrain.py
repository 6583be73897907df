"""Train a judge: a frozen network whose features the metrics see."""

from __future__ import annotations

from benchmark.engine.job import Job, Lineage
from benchmark.experiment.artefacts.clips import check_held_out, stored_part
from benchmark.experiment.artefacts.extractor import write_accuracy
from benchmark.experiment.lineage import clips_lineage, weights_lineage

PROFILE = "quick"
"""One recipe whatever the run's profile: rows judged by different extractors do not compare."""


def pretrain(job: Job) -> Lineage:
    """Train a judge on the whole training part and note its accuracy on what is held out.

    Parameters: ``profile``, ``kind``. Input: ``data``. Writes the extractor's folder and
    ``accuracy.json``.
    """
    from recognizers.extractors.kinds import pretrain_extractor
    from recognizers.training import TrainingRun

    train = stored_part(job.inputs["data"], "train")
    check_held_out(job.inputs["data"], train, "the judge")
    pretrain_extractor(
        train,
        job.folder,
        run=TrainingRun(job.device, job.scratch / "extractor.pt", job.progress),
        profile=job.parameters["profile"],
        kind=job.parameters["kind"],
    )
    write_accuracy(job.folder, job.inputs["data"])
    return {"fitted_on": clips_lineage(train), "weights": weights_lineage(job.folder)}
