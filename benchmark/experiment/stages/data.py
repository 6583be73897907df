"""The data stage: a data set's clips, made or read once and stored without pickles."""

from __future__ import annotations

import json
from typing import Any

from benchmark.engine.job import Job, Lineage
from benchmark.experiment.artefacts.seen_clips import OTHER
from benchmark.experiment.lineage import check_unseen
from skeletons.clips import ClipSet
from skeletons.datasets import Data, dataset_named, load_data
from skeletons.duplicates import Duplicates, find_duplicates


def load(job: Job) -> Lineage:
    """Write ``train.npz``, ``dev.npz``, ``test.npz`` and ``data.json`` of a data set; of a pair
    ``other.npz``, too.

    Parameters: ``dataset``, ``protocol``, ``identity``; ``skeleton`` and ``persons`` where they
    were given.

    Raises:
        InputError: missing or broken files.
        LineageError: a clip that is in two parts.
    """
    dataset = dataset_named(
        job.parameters["dataset"],
        job.parameters.get("skeleton", ""),
        job.parameters.get("persons", 1),
    )
    data = load_data(dataset, job.parameters["protocol"], job.data_root)
    for name, part in data.parts.items():
        part.save(job.folder / f"{name}.npz")
        if name != "train":
            check_unseen(data.train, part, "every generator", name)
    if data.other is not None:
        data.other.save(job.folder / f"{OTHER}.npz")
    facts = facts_of(data, find_duplicates(data.train, data.test))
    (job.folder / "data.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    return {"identity": job.parameters["identity"]}


def facts_of(data: Data, found: Duplicates) -> dict[str, Any]:
    """What tables and pages tell of a data set; a leak that ``found`` shows is among the caveats,
    unless the data set's own caveats tell of it."""
    return {
        "protocol": data.protocol,
        "caveats": [*data.caveats, *found.sentences(said=data.caveats)],
        "counts": dict(data.counts),
        "notes": list(data.notes),
        "fps": data.fps,
        **{f"n_{name}": len(part) for name, part in data.parts.items()},
        "people": {name: _people(part) for name, part in data.parts.items()},
        "classes": list(data.train.classes),
        "skeleton": data.train.skeleton.name,
        "persons": data.train.skeleton.people,
        "test_clips_identical_to_a_training_clip": found.count("identical"),
        "duplicates": found.facts(),
        **{f"{name}_fingerprint": part.fingerprint for name, part in data.parts.items()},
        **({} if data.other is None else _facts_of_other(data.other)),
    }


def _facts_of_other(clips: ClipSet) -> dict[str, Any]:
    """How many clips of another data set a generator may learn from, and which these are."""
    return {
        f"n_{OTHER}": len(clips),
        f"{OTHER}_class_counts": clips.class_counts().tolist(),
        f"{OTHER}_fingerprint": clips.fingerprint,
    }


def _people(clips: ClipSet) -> int:
    """How many persons are known to be seen in some clips."""
    return len(set(clips.subjects.tolist()) - {""})
