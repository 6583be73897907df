"""What a classifier two-sample test found: accuracy, interval and p value, in all and class by
class, and the score of every clip."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmark.statistics.two_sample import area_under_curve, told_apart
from skeletons.arrays import BoolArray

if TYPE_CHECKING:
    from recognizers.two_sample import TwoSampleScores

TWO_SAMPLE = "two_sample.json"


def write_two_sample(folder: Path, scores: TwoSampleScores, classes: tuple[str, ...]) -> None:
    """Write ``two_sample.json``.

    ``accuracy``, ``ci95_low``, ``ci95_high``, ``p_value`` (one-sided, of one half), ``n`` (clips
    tested, half of them real), ``groups`` and ``effective`` as in
    :class:`benchmark.statistics.two_sample.ToldApart`; ``auc``; ``classes``, the same for each
    class; and ``clips``: ``clip_id``, ``synthetic``, ``class``, ``half``, ``p_synthetic``.
    """
    everything = np.ones(len(scores.ids), dtype=bool)
    content = {
        **_row(scores, everything),
        "auc": area_under_curve(scores.p_synthetic, scores.synthetic, scores.half),
        "classes": [
            {"class": classes[label], **_row(scores, scores.labels == label)}
            for label in np.unique(scores.labels)
        ],
        "clips": [
            {
                "clip_id": str(scores.ids[row]),
                "synthetic": bool(scores.synthetic[row]),
                "class": classes[scores.labels[row]],
                "half": int(scores.half[row]),
                "p_synthetic": float(scores.p_synthetic[row]),
            }
            for row in range(len(scores.ids))
        ],
    }
    _write(folder, content)


def write_undefined(folder: Path, reason: str) -> None:
    """Write a ``two_sample.json`` that says why there is no number: ``undefined``."""
    _write(folder, {"undefined": reason})


def stored_two_sample(folder: Path) -> dict[str, Any]:
    """What :func:`write_two_sample` or :func:`write_undefined` wrote."""
    content: dict[str, Any] = json.loads((folder / TWO_SAMPLE).read_text(encoding="utf-8"))
    return content


def _row(scores: TwoSampleScores, here: BoolArray) -> dict[str, Any]:
    told = told_apart(
        scores.correct[here], scores.synthetic[here], scores.half[here], scores.groups[here]
    )
    return {
        "accuracy": told.accuracy,
        "ci95_low": told.low,
        "ci95_high": told.high,
        "p_value": told.p_value,
        "n": told.clips,
        "groups": told.groups,
        "effective": told.effective,
    }


def _write(folder: Path, content: dict[str, Any]) -> None:
    text = json.dumps(content, indent=1, allow_nan=False)
    (folder / TWO_SAMPLE).write_text(text + "\n", encoding="utf-8")
