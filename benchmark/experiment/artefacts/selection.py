"""What a selection kept of the clips that were drawn, and why that is to be believed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmark.experiment.selection import Selection
from skeletons.arrays import IntArray

SELECTION = "selection.json"


def write_selection(
    path: Path,
    *,
    rule: str,
    chosen: Selection,
    labels: IntArray,
    classes: Sequence[str],
    right_on_left_out: Mapping[str, float],
) -> None:
    """Write what was drawn, found right and kept, in all and class by class.

    Args:
        labels: of the drawn clips.
        right_on_left_out: by kind of classifier, how often it is right on real clips of the split
            that it was not trained on.
    """
    drawn = np.bincount(labels, minlength=len(classes))
    right = np.bincount(labels[chosen.right], minlength=len(classes))
    told = {
        "rule": rule,
        "drawn": len(labels),
        "kept": len(chosen.rows),
        "right": int(chosen.right.sum()),
        "filled": chosen.filled,
        "classifiers": {kind: round(share, 6) for kind, share in right_on_left_out.items()},
        "right_by_class": {
            name: round(float(right[label] / drawn[label]), 6)
            for label, name in enumerate(classes)
            if drawn[label]
        },
    }
    path.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def stored_selection(shards: Sequence[Path]) -> dict[str, Any]:
    """What :func:`write_selection` wrote, where the pool is a selection; else nothing."""
    path = shards[0] / SELECTION if shards else None
    if path is None or not path.exists():
        return {}
    told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return told


def selection_caveat(told: Mapping[str, Any]) -> str:
    """The sentence that tables of selected clips carry."""
    filled = f", {told['filled']:,} of them not" if told["filled"] else ""
    classifiers = told["classifiers"].items()
    judges = ", ".join(f"{kind} ({100 * right:.0f} %)" for kind, right in classifiers)
    right = 100 * told["right"] / told["drawn"]
    return (
        f"{told['kept']:,} of {told['drawn']:,} drawn clips were kept by the rule "
        f"'{told['rule']}'{filled}: {right:.0f} % were found right by classifiers of the split, "
        f"{judges} right on the clips of it that they have not seen. Judges of these kinds see "
        "what was chosen by their like."
    )
