"""What a recognizer says of each test clip, and the sizes of its training."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from skeletons.arrays import Float32Array, IntArray
from skeletons.clips import ClipSet


def write_predictions(
    folder: Path, test: ClipSet, scores: Float32Array, novel: IntArray | None = None
) -> None:
    """Write what a recognizer says of each test clip: class probabilities ``[N, classes]``, and
    the likeliest class.

    Args:
        novel: labels of the novel classes where these alone count: the likeliest of them is
            predicted, and ``scored`` says which clips are of one.
    """
    arrays: dict[str, Any] = {
        "ids": test.ids,
        "subjects": test.subjects,
        "labels": test.labels,
        "predicted": _likeliest(scores, novel),
        "scores": scores,
    }
    if novel is not None:
        arrays["scored"] = np.isin(test.labels, novel)
    np.savez(folder / "predictions.npz", **arrays)


def write_result(
    folder: Path,
    test: ClipSet,
    scores: Float32Array,
    sizes: Mapping[str, int],
    novel: IntArray | None = None,
) -> None:
    """Write ``result.json``: the part of the test clips that are labelled right, and the sizes of
    the training, ``n_real``, ``n_synthetic`` and ``steps``.

    Args:
        novel: as in :func:`write_predictions`; ``top1`` is then of their clips, and
            ``over_all_classes`` has the accuracies of clips of ``novel``, ``base`` and ``all``
            classes with every class to choose from.
    """
    right = _likeliest(scores, novel) == test.labels
    result: dict[str, Any] = {"top1": float(right.mean())}
    if novel is not None:
        scored, of_all = np.isin(test.labels, novel), scores.argmax(axis=1) == test.labels
        result["top1"] = _mean(right[scored])
        result["over_all_classes"] = {
            "novel": _mean(of_all[scored]),
            "base": _mean(of_all[~scored]),
            "all": _mean(of_all),
        }
    result |= {key: sizes[key] for key in ("n_real", "n_synthetic", "steps")}
    (folder / "result.json").write_text(json.dumps(result) + "\n", encoding="utf-8")


def _likeliest(scores: Float32Array, novel: IntArray | None) -> IntArray:
    """The likeliest class of each clip, of all or of some."""
    found = scores.argmax(axis=1) if novel is None else novel[scores[:, novel].argmax(axis=1)]
    return np.asarray(found, dtype=np.int64)


def _mean(right: np.ndarray[Any, Any]) -> float | None:
    """A share; None of no clips."""
    return float(right.mean()) if len(right) else None


def stored_result(folder: Path) -> dict[str, Any]:
    """Accuracy, sizes and steps of a downstream artefact."""
    result: dict[str, Any] = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    return {name: value for name, value in result.items() if name != "over_all_classes"}


def stored_over_all_classes(folder: Path) -> dict[str, Any]:
    """Accuracies of a downstream artefact with every class to choose from, where the novel ones
    alone count; else nothing."""
    result: dict[str, Any] = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    told: dict[str, Any] = result.get("over_all_classes", {})
    return told


def stored_scores(folder: Path) -> Float32Array:
    """Class probabilities of each test clip, ``[N, classes]``."""
    with np.load(folder / "predictions.npz", allow_pickle=False) as stored:
        return np.asarray(stored["scores"], dtype=np.float32)


def stored_predictions(folder: Path) -> list[dict[str, Any]]:
    """One row a test clip that counts: ``clip_id``, ``subject`` (``""`` where unknown), ``label``,
    ``predicted``."""
    with np.load(folder / "predictions.npz", allow_pickle=False) as stored:
        rows = stored["scored"] if "scored" in stored else np.full(len(stored["ids"]), True)
        columns = {
            "clip_id": stored["ids"][rows],
            "subject": stored["subjects"][rows],
            "label": stored["labels"][rows],
            "predicted": stored["predicted"][rows],
        }
        told = zip(*(column.tolist() for column in columns.values()), strict=True)
        return [dict(zip(columns, row, strict=True)) for row in told]
