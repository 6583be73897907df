"""Held-out clips as a generator's representation has them: what no sample can be better than."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from benchmark.engine.job import Job, Lineage
from benchmark.experiment.artefacts.clips import stored_part
from benchmark.experiment.artefacts.generator import generator_folder
from skeletons.clips import ClipSet
from skeletons.errors import InputError


def represent(job: Job) -> Lineage:
    """Write ``clips.npz``: the clips of a held-out part, encoded and decoded by a fitted generator;
    none where it does not offer that, see :class:`generators.protocol.Generator`.

    Parameters: ``generator``, ``part``. Inputs: ``data``, ``fit``.

    Raises:
        InputError: what came back are not these clips.
    """
    from generators.registry import load_generator

    real = stored_part(job.inputs["data"], job.parameters["part"])
    generator = load_generator(job.parameters["generator"], generator_folder(job.inputs["fit"]))
    offered = getattr(generator, "represent", None)
    if offered is None:
        clips = real.select(np.zeros(0, dtype=np.int64))
    else:
        clips = offered(real)
        if not isinstance(clips, ClipSet) or not np.array_equal(clips.labels, real.labels):
            raise InputError(
                f"generator '{job.parameters['generator']}': represent returned other clips than "
                "it was given"
            )
        clips = replace(clips, ids=real.ids)
        clips.check()
    clips.save(job.folder / "clips.npz")
    return {"clips": {"clips": len(clips), "fingerprint": clips.fingerprint}}
