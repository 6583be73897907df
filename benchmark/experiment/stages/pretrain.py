"""Train the extractor: the frozen network whose features the metrics see."""

from __future__ import annotations

import json

from benchmark.engine.job import Job, Lineage
from benchmark.experiment.artefacts.clips import stored_test, stored_train
from benchmark.experiment.lineage import check_unseen, clips_lineage, weights_lineage

PROFILE = "quick"
"""One recipe whatever the run's profile: rows judged by different extractors do not compare."""


def pretrain(job: Job) -> Lineage:
    """Train the extractor on the whole training part and note its accuracy on the test part.

    Parameters: ``profile``, ``kind``. Input: ``data``. Writes the
    extractor's folder and ``accuracy.json``.
    """
    from recognizers.extractors.kinds import load_extractor, pretrain_extractor
    from recognizers.training import TrainingRun

    train, test = stored_train(job.inputs["data"]), stored_test(job.inputs["data"])
    check_unseen(train, test, "the extractor")
    run = TrainingRun(job.device, job.scratch / "extractor.pt", job.progress)
    pretrain_extractor(
        train,
        job.folder,
        run=run,
        profile=job.parameters["profile"],
        kind=job.parameters["kind"],
    )
    _, logits = load_extractor(job.folder).featurise(test)
    accuracy = float((logits.argmax(axis=1) == test.labels).mean())
    (job.folder / "accuracy.json").write_text(
        json.dumps({"test_accuracy": accuracy}) + "\n", encoding="utf-8"
    )
    return {"fitted_on": clips_lineage(train), "weights": weights_lineage(job.folder)}
