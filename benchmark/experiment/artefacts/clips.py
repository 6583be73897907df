"""Real clips of the data set and synthetic ones of the pool."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from benchmark.engine.job import Job
from benchmark.experiment.lineage import check_unseen
from skeletons.clips import ClipSet
from skeletons.splits import Split


def stored_train(data: Path) -> ClipSet:
    """The whole training part of a data artefact."""
    return ClipSet.load(data / "train.npz")


def stored_test(data: Path) -> ClipSet:
    """The test part of a data artefact."""
    return ClipSet.load(data / "test.npz")


def stored_facts(data: Path) -> dict[str, Any]:
    """What :func:`facts_of` told of a data artefact."""
    facts: dict[str, Any] = json.loads((data / "data.json").read_text(encoding="utf-8"))
    return facts


def stored_split(data: Path, split: str, data_seed: int) -> ClipSet:
    """The training clips that a split may see, after a check that none of them is a test clip."""
    clips = Split.parse(split).select(stored_train(data), data_seed)
    check_unseen(clips, stored_test(data), f"split {split}")
    return clips


def stored_rest(data: Path, split: str, data_seed: int) -> ClipSet:
    """The training clips that a split leaves out, none for ``full``; checked like the split."""
    train = stored_train(data)
    taken = Split.parse(split).rows(train, data_seed)
    rest = np.setdiff1d(np.arange(len(train)), taken)
    clips = train.select(rest, name=f"{train.name}-without-{split}")
    check_unseen(clips, stored_test(data), f"the rest of split {split}")
    return clips


def stored_pool(shards: Iterable[Path]) -> ClipSet:
    """All synthetic clips: those of the artefacts of the shards, in order."""
    return ClipSet.concatenate([ClipSet.load(shard / "clips.npz") for shard in shards])


def clips_of_part(job: Job) -> ClipSet:
    """The clips of the ``part`` that a stage is about: ``train``, ``test`` or ``synthetic``.

    Inputs: ``data``, or the series ``shards``.
    """
    part = job.parameters["part"]
    if part == "synthetic":
        return stored_pool(job.series["shards"])
    return (stored_train if part == "train" else stored_test)(job.inputs["data"])
