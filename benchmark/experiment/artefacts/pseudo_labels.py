"""Labels that a recognizer gave to clips of a split's rest, and how often they are right."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from skeletons.arrays import IntArray
from skeletons.clips import ClipSet
from skeletons.errors import InputError

LABELS, FACTS = "labels.npz", "pseudo_labels.json"


def write_pseudo_labels(folder: Path, clips: ClipSet, given: IntArray) -> None:
    """Write the labels ``[N]`` that clips were given and, for tables alone, how many are right."""
    np.savez(folder / LABELS, ids=clips.ids, labels=given)
    told = {"clips": len(clips), "right": int((given == clips.labels).sum())}
    (folder / FACTS).write_text(json.dumps(told) + "\n", encoding="utf-8")


def stored_pseudo_facts(inputs: Mapping[str, Path]) -> dict[str, dict[str, Any]]:
    """How many ``clips`` each of the stages among ``inputs`` labelled, and how many of them
    ``right``, by the stage's name."""
    return {
        stage: json.loads((folder / FACTS).read_text(encoding="utf-8"))
        for stage, folder in inputs.items()
        if stage.startswith("pseudo_labels/")
    }


def pseudo_labelled(clips: ClipSet, folder: Path) -> ClipSet:
    """These clips with the labels that they were given.

    Raises:
        InputError: labels of other clips.
    """
    with np.load(folder / LABELS, allow_pickle=False) as stored:
        if not np.array_equal(stored["ids"], clips.ids):
            raise InputError(f"{folder} holds labels of other clips than those of {clips.name}")
        return replace(clips, labels=np.asarray(stored["labels"], dtype=np.int64))


def pseudo_caveats(told: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """How good pseudo-labels are: a sentence a recognizer, over its trainings.

    Args:
        told: facts by stage, ``pseudo_labels/<recognizer>/<seed>``.
    """
    right: dict[str, list[float]] = {}
    for stage, facts in told.items():
        right.setdefault(stage.split("/")[1], []).append(facts["right"] / facts["clips"])
    return [
        f"Of the pseudo-labels of real+pseudo that {recognizer} gave, "
        f"{100 * sum(shares) / len(shares):.0f} % are right."
        for recognizer, shares in right.items()
    ]
