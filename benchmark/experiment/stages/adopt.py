"""Take over an extractor that the user named."""

from __future__ import annotations

from pathlib import Path

from benchmark.engine.job import Job, Lineage
from benchmark.experiment.artefacts.clips import stored_part
from benchmark.experiment.artefacts.extractor import (
    FILES,
    given_extractor,
    write_accuracy,
)
from benchmark.experiment.lineage import weights_lineage
from skeletons.errors import InputError


def adopt(job: Job) -> Lineage:
    """Copy an extractor that the user named, or make one from a published checkpoint.

    Parameters: ``path``, ``kind``, ``sha256``. Input: ``data``.

    Raises:
        InputError: the file changed, is of another kind, or does not fit the data set.
    """
    from recognizers.extractors.kinds import adopt_published

    path, train = Path(job.parameters["path"]), stored_part(job.inputs["data"], "train")
    if given_extractor(str(path)) != dict(job.parameters):
        raise InputError(f"extractor '{path}' changed while the run went on: start it again")
    if path.is_dir():
        for name in FILES:
            (job.folder / name).write_bytes((path / name).read_bytes())
    else:
        adopt_published(path, job.folder, train, job.parameters["kind"])
    write_accuracy(job.folder, job.inputs["data"])
    return {"weights": weights_lineage(job.folder)}
