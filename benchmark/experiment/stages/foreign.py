"""Clips made somewhere else, in the place of a generator's fit and samples."""

from __future__ import annotations

import json

import numpy as np

from benchmark.engine.job import Job, Lineage
from benchmark.experiment.artefacts.clips import stored_part
from benchmark.experiment.artefacts.foreign import CLIPS, FINDINGS, KIND
from benchmark.experiment.artefacts.generator import write_facts
from skeletons.clips import ClipSet
from skeletons.errors import InputError
from skeletons.foreign import renamed

UNKNOWN_LINEAGE = (
    "What made these clips, and from which real ones, is not known: they may have been learnt from "
    "clips that the split leaves out, or from test clips."
)


def take_over(job: Job) -> Lineage:
    """Put clips from the store in the place of a fit, with what must be said of them.

    Parameter: ``clips``, the key under which ``evaluate`` stored them. Input: ``data``.

    Raises:
        InputError: they are not in this store, or are of another skeleton or other classes.
    """
    key = job.parameters["clips"]
    found = job.store.find(KIND, key)
    if found is None:
        raise InputError(
            f"clips {key[:12]} made elsewhere are not in {job.store.root}: evaluate their "
            "file again"
        )
    clips, real = ClipSet.load(found.folder / CLIPS), stored_part(job.inputs["data"], "train")
    if clips.skeleton != real.skeleton or clips.classes != real.classes:
        raise InputError(f"clips {key[:12]} are of another skeleton or of other classes")
    clips.save(job.folder / CLIPS)
    findings = json.loads((found.folder / FINDINGS).read_text(encoding="utf-8"))
    said = [f"About the file: {one['text']}" for one in findings]
    lineage = {"clips": 0, "fingerprint": "unknown", "ids": []}
    write_facts(
        job.folder,
        {
            "fitted_on": lineage,
            "weights": {},
            "says": {
                "length": "variable",
                "caveats": [UNKNOWN_LINEAGE, *said],
                "guided_by": "",
            },
        },
    )
    return {"clips": {"clips": len(clips), "fingerprint": clips.fingerprint}}


def cut(job: Job) -> Lineage:
    """Write ``clips.npz``: one shard of the clips.

    Parameters: ``name``, what they are called by; ``first`` and ``count``. Input: ``fit``.
    """
    parameters = job.parameters
    clips = renamed(ClipSet.load(job.inputs["fit"] / CLIPS), parameters["name"])
    first = parameters["first"]
    shard = clips.select(np.arange(first, first + parameters["count"]))
    shard.save(job.folder / "clips.npz")
    job.progress(len(shard), len(shard))
    return {"clips": len(shard)}
