"""Plots and moving skeletons of a run, drawn from its tables and clips."""

from __future__ import annotations

from benchmark.engine.job import Job, Lineage
from benchmark.experiment.artefacts.clips import stored_pool, stored_split
from benchmark.experiment.artefacts.tables import stored_caveats
from benchmark.setting import STANDARD
from benchmark.spec import RunSpec


def draw(job: Job) -> Lineage:
    """Write ``plots/*.png`` and ``samples.gif``.

    A partial stage; parameters and missing inputs as in
    :mod:`benchmark.experiment.stages.tables`. What rests on a missing input is not drawn.
    """
    from benchmark.reports.pictures import write_report

    spec = RunSpec.parse(job.parameters["spec"])
    tables = job.inputs["tables"]
    setting = "" if spec.setting == STANDARD else f", setting {spec.setting}"
    write_report(
        tables,
        name=f"{spec.dataset}, {spec.split}{setting}",
        generator=spec.generator,
        caveats=stored_caveats(tables),
        real=stored_split(job.inputs["data"], spec.seen_split, spec.data_seed),
        synthetic=stored_pool(job.series["shards"]) if "shards" in job.series else None,
        out=job.folder,
    )
    return {}
