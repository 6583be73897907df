"""Take over an extractor that the user named."""

from __future__ import annotations

import json
from pathlib import Path

from benchmark.engine.job import Job, Lineage
from benchmark.experiment.artefacts.clips import stored_test, stored_train
from benchmark.experiment.artefacts.extractor import FILES, given_extractor
from benchmark.experiment.lineage import weights_lineage
from skeletons.errors import InputError


def adopt(job: Job) -> Lineage:
    """Copy an extractor that the user named, or make one from a published checkpoint.

    Parameters: ``path``, ``kind``, ``sha256``. Input: ``data``.

    Raises:
        InputError: the file changed, is of another kind, or does not fit the data set.
    """
    from recognizers.extractors.kinds import adopt_published, load_extractor

    path, train = Path(job.parameters["path"]), stored_train(job.inputs["data"])
    if given_extractor(str(path), job.parameters["kind"]) != dict(job.parameters):
        raise InputError(f"extractor '{path}' changed while the run went on: start it again")
    if path.is_dir():
        for name in FILES:
            (job.folder / name).write_bytes((path / name).read_bytes())
    else:
        adopt_published(path, job.folder, train, job.parameters["kind"])
    test = stored_test(job.inputs["data"])
    _, logits = load_extractor(job.folder).featurise(test)
    accuracy = float((logits.argmax(axis=1) == test.labels).mean())
    (job.folder / "accuracy.json").write_text(
        json.dumps({"test_accuracy": accuracy}) + "\n", encoding="utf-8"
    )
    return {"weights": weights_lineage(job.folder)}
