"""Real clips of the data set and synthetic ones of the pool."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from benchmark.engine.job import Job
from benchmark.experiment.lineage import check_ids_unseen
from skeletons.clips import ClipSet, stored_ids
from skeletons.splits import Split

HELD_OUT_PARTS = ("dev", "test")
"""Parts that nothing is fitted on."""


def stored_part(data: Path, part: str) -> ClipSet:
    """The ``train``, ``dev`` or ``test`` part of a data artefact."""
    return ClipSet.load(data / f"{part}.npz")


def check_held_out(data: Path, seen: ClipSet, what: str) -> None:
    """Raise ``LineageError`` if a dev or test clip is among those that ``what`` is fitted on."""
    for part in HELD_OUT_PARTS:
        check_ids_unseen(seen, stored_ids(data / f"{part}.npz"), what, part)


def stored_facts(data: Path) -> dict[str, Any]:
    """What :func:`facts_of` told of a data artefact."""
    facts: dict[str, Any] = json.loads((data / "data.json").read_text(encoding="utf-8"))
    return facts


def stored_split(data: Path, split: str, data_seed: int) -> ClipSet:
    """The training clips that a split may see, after a check that none of them is held out."""
    clips = Split.parse(split).select(stored_part(data, "train"), data_seed)
    check_held_out(data, clips, f"split {split}")
    return clips


def stored_rest(data: Path, split: str, data_seed: int) -> ClipSet:
    """The training clips that a split leaves out, none for ``full``; checked like the split."""
    train = stored_part(data, "train")
    taken = Split.parse(split).rows(train, data_seed)
    rest = np.setdiff1d(np.arange(len(train)), taken)
    clips = train.select(rest, name=f"{train.name}-without-{split}")
    check_held_out(data, clips, f"the rest of split {split}")
    return clips


def stored_pool(shards: Iterable[Path]) -> ClipSet:
    """All synthetic clips: those of the artefacts of the shards, in order."""
    return ClipSet.concatenate([ClipSet.load(shard / "clips.npz") for shard in shards])


def clips_of_part(job: Job) -> ClipSet:
    """The clips of the ``part`` that a stage is about: ``train``, ``dev``, ``test``, ``synthetic``,
    or ``represented``: held-out clips as the generator's own representation has them.

    Inputs: ``data``; the series ``shards``; or ``represented``.
    """
    part = job.parameters["part"]
    if part == "synthetic":
        return stored_pool(job.series["shards"])
    if part == "represented":
        return ClipSet.load(job.inputs["represented"] / "clips.npz")
    return stored_part(job.inputs["data"], part)
