"""The data stage: a data set's clips, made or read once and stored without pickles."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from benchmark.lineage import check_unseen, identical_clips
from benchmark.stages import Job, Lineage
from skeletons.clips import ClipSet
from skeletons.datasets import dataset_named
from skeletons.splits import Split


def load(job: Job) -> Lineage:
    """Write ``train.npz``, ``test.npz`` and ``data.json`` of a data set.

    Parameters: ``dataset``, ``protocol``, ``identity``.

    Raises:
        InputError: missing or broken files.
        LineageError: a clip that is in both parts.
    """
    dataset = dataset_named(job.parameters["dataset"])
    data = dataset.load(job.parameters["protocol"], job.data_root)
    check_unseen(data.train, data.test, "every generator")
    data.train.save(job.folder / "train.npz")
    data.test.save(job.folder / "test.npz")
    facts = {
        "protocol": data.protocol,
        "caveats": list(data.caveats),
        "counts": dict(data.counts),
        "n_train": len(data.train),
        "n_test": len(data.test),
        "classes": list(data.train.classes),
        "skeleton": data.train.skeleton.name,
        "test_clips_identical_to_a_training_clip": identical_clips(data.train, data.test),
        "train_fingerprint": data.train.fingerprint,
        "test_fingerprint": data.test.fingerprint,
    }
    (job.folder / "data.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    return {"identity": job.parameters["identity"]}


def stored_train(data: Path) -> ClipSet:
    """The whole training part of a data artefact."""
    return ClipSet.load(data / "train.npz")


def stored_test(data: Path) -> ClipSet:
    """The test part of a data artefact."""
    return ClipSet.load(data / "test.npz")


def stored_facts(data: Path) -> dict[str, Any]:
    """Protocol, caveats, counts and sizes of a data artefact."""
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
