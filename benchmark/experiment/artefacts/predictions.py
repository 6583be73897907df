"""What a recognizer says of each test clip, and the sizes of its training."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from skeletons.arrays import Float32Array
from skeletons.clips import ClipSet


def write_predictions(folder: Path, test: ClipSet, scores: Float32Array) -> None:
    """Write what a recognizer says of each test clip: class probabilities ``[N, classes]``, and
    the likeliest class."""
    np.savez(
        folder / "predictions.npz",
        ids=test.ids,
        subjects=test.subjects,
        labels=test.labels,
        predicted=scores.argmax(axis=1).astype(np.int64),
        scores=scores,
    )


def write_result(
    folder: Path, test: ClipSet, scores: Float32Array, sizes: Mapping[str, int]
) -> None:
    """Write ``result.json``: the part of the test clips that are labelled right, and the sizes of
    the training, ``n_real``, ``n_synthetic`` and ``steps``."""
    top1 = float((scores.argmax(axis=1) == test.labels).mean())
    result = {"top1": top1, **{key: sizes[key] for key in ("n_real", "n_synthetic", "steps")}}
    (folder / "result.json").write_text(json.dumps(result) + "\n", encoding="utf-8")


def stored_result(folder: Path) -> dict[str, Any]:
    """Accuracy, sizes and steps of a downstream artefact."""
    result: dict[str, Any] = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    return result


def stored_scores(folder: Path) -> Float32Array:
    """Class probabilities of each test clip, ``[N, classes]``."""
    with np.load(folder / "predictions.npz", allow_pickle=False) as stored:
        return np.asarray(stored["scores"], dtype=np.float32)


def stored_predictions(folder: Path) -> list[dict[str, Any]]:
    """One row a test clip: ``clip_id``, ``subject`` (``""`` where unknown), ``label``,
    ``predicted``."""
    with np.load(folder / "predictions.npz", allow_pickle=False) as stored:
        columns = {
            "clip_id": stored["ids"],
            "subject": stored["subjects"],
            "label": stored["labels"],
            "predicted": stored["predicted"],
        }
        rows = zip(*(column.tolist() for column in columns.values()), strict=True)
        return [dict(zip(columns, row, strict=True)) for row in rows]
