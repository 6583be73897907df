"""What a data set holds, as plain values: what `data SOURCE --json` prints and its page shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from skeletons.anatomy import MOST_CLIPS, sampled
from skeletons.clips import ClipSet
from skeletons.datasets import Data, Dataset
from skeletons.duplicates import Duplicates
from skeletons.skeleton import Skeleton, axis_name

Facts = Mapping[str, Any]


def data_facts(dataset: Dataset, data: Data, found: Duplicates, identity: str) -> dict[str, Any]:
    """Everything that the page of a data set tells, for a program to read.

    Lengths are in frames, ``ranges`` and bone lengths in the skeleton's unit.
    """
    parts = data.parts
    labels = np.concatenate([part.labels for part in parts.values()])
    lengths = np.concatenate([part.lengths for part in parts.values()])
    classes = data.train.classes
    return {
        "name": dataset.name,
        "summary": dataset.summary,
        "protocol": data.protocol,
        "protocols": list(dataset.protocols),
        "identity": identity,
        "skeleton": skeleton_facts(data.train.skeleton, data.train),
        "clips": {"all": len(labels), **{name: len(part) for name, part in parts.items()}},
        "frames": {
            "all": int(lengths.sum()),
            "shortest": int(lengths.min()),
            "median": float(np.median(lengths)),
            "longest": int(lengths.max()),
            "one_frame_clips": int((lengths == 1).sum()),
        },
        "classes": list(classes),
        "clips_of_each_class": np.bincount(labels, minlength=len(classes)).tolist(),
        "classes_without_clip": {
            name: [classes[one] for one in np.flatnonzero(part.class_counts() == 0)]
            for name, part in parts.items()
        },
        "people": _names({name: part.subjects for name, part in parts.items()}),
        "views": _names({name: part.views for name, part in parts.items()}),
        "ranges": ranges(list(parts.values())),
        "counts": dict(data.counts),
        "findings": dict(data.findings),
        "notes": list(data.notes),
        "caveats": [*data.caveats, *found.sentences(said=data.caveats)],
        "leaks": _leaks(data, found),
    }


def skeleton_facts(skeleton: Skeleton, clips: ClipSet) -> dict[str, Any]:
    """Joints, tree, axes, and the median length of each bone in the clips."""
    few = sampled(clips, MOST_CLIPS).packed()
    lengths = np.median(skeleton.bone_lengths(few.frames), axis=0)
    return {
        "name": skeleton.name,
        "joints": list(skeleton.joints),
        "parents": list(skeleton.parents),
        "coordinates": skeleton.dimensions,
        "unit": skeleton.unit,
        "up": axis_name(skeleton.up),
        "bones": [
            {
                "parent": skeleton.joints[parent],
                "child": skeleton.joints[child],
                "median_length": round(float(length), 6),
            }
            for (parent, child), length in zip(skeleton.edges, lengths, strict=True)
        ],
    }


def ranges(parts: list[ClipSet]) -> list[list[float]]:
    """Least and largest value of each coordinate over all clips, ``[C][2]``."""
    least, most = [], []
    for part in parts:
        for row in range(len(part)):
            start = int(part.starts[row])
            frames = part.frames[start : start + int(part.lengths[row])]
            least.append(frames.min(axis=(0, 1)))
            most.append(frames.max(axis=(0, 1)))
    bounds = zip(np.min(least, axis=0), np.max(most, axis=0), strict=True)
    return [[round(float(low), 6), round(float(high), 6)] for low, high in bounds]


def _leaks(data: Data, found: Duplicates) -> dict[str, Any]:
    """Test clips, and how many of them are copies of which kind, with their pairs."""
    facts = found.facts()
    return {"test_clips": len(data.test), "copies": facts.pop("test_clips"), **facts}


def _names(parts: Mapping[str, Any]) -> dict[str, Any]:
    """Names of people or views in each part, and those that stand in train and in test."""
    known = {part: sorted(set(names.tolist()) - {""}) for part, names in parts.items()}
    return {**known, "in_train_and_test": sorted(set(known["train"]) & set(known["test"]))}
