"""Measures of the bodies of real and synthetic clips."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmark.engine.job import Job, Lineage
from benchmark.experiment.artefacts.clips import clips_of_part
from benchmark.experiment.artefacts.features import BODIES


def measure(job: Job) -> Lineage:
    """Write ``bodies.npz``: what is measured on the joints of one part's clips, without extractor.

    Parameter: ``part``. Inputs: ``data``, or the series ``shards``.
    """
    from metrics.body.measuring import measure_bodies

    clips = clips_of_part(job)
    arrays: dict[str, Any] = dict(measure_bodies(clips).arrays())
    np.savez(job.folder / BODIES, **arrays)
    return {"clips": {"clips": len(clips), "fingerprint": clips.fingerprint}}
