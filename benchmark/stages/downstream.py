"""Train a recognizer on one arm and keep what it says of every test clip."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from benchmark.lineage import check_unseen, clips_lineage
from benchmark.stages import Job, Lineage
from benchmark.stages.data import stored_split, stored_test
from benchmark.stages.generate import stored_pool
from skeletons.clips import ClipSet


def train(job: Job) -> Lineage:
    """Write ``predictions.npz`` and ``result.json`` of one recognizer, arm and seed.

    Every arm takes as many optimiser steps as the split's real clips ask for, so that an arm with
    more clips is not an arm with more training.

    Parameters: ``recognizer``, ``profile``, ``arm``, ``split``, ``data_seed``, ``seed``.
    Inputs: ``data``, and all shards for an arm with synthetic clips.
    """
    from recognizers.downstream import train_and_predict
    from recognizers.registry import planned_steps
    from recognizers.training import TrainingRun

    parameters = job.parameters
    real = stored_split(job.inputs["data"], parameters["split"], parameters["data_seed"])
    test = stored_test(job.inputs["data"])
    clips, synthetic = real, np.zeros(len(real), dtype=bool)
    if parameters["arm"] == "real+synthetic":
        clips = ClipSet.concatenate([real, stored_pool(job.inputs)], f"{real.name}+synthetic")
        synthetic = np.arange(len(clips)) >= len(real)
    check_unseen(clips, test, f"recognizer {parameters['recognizer']}")
    steps = planned_steps(parameters["recognizer"], parameters["profile"], len(real))
    predicted = train_and_predict(
        parameters["recognizer"],
        clips,
        test,
        profile=parameters["profile"],
        steps=steps,
        seed=parameters["seed"],
        synthetic=synthetic if synthetic.any() else None,
        run=TrainingRun(job.device, job.scratch / "training.pt", job.progress),
    )
    np.savez(job.folder / "predictions.npz", ids=test.ids, labels=test.labels, predicted=predicted)
    result = {
        "top1": float((predicted == test.labels).mean()),
        "n_real": len(real),
        "n_synthetic": int(synthetic.sum()),
        "steps": steps,
    }
    (job.folder / "result.json").write_text(json.dumps(result) + "\n", encoding="utf-8")
    return {"fitted_on": clips_lineage(clips)}


def stored_result(folder: Path) -> dict[str, Any]:
    """Accuracy, sizes and steps of a downstream artefact."""
    result: dict[str, Any] = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    return result


def stored_predictions(folder: Path) -> list[dict[str, Any]]:
    """One row a test clip: ``clip_id``, ``label``, ``predicted``."""
    with np.load(folder / "predictions.npz", allow_pickle=False) as stored:
        return [
            {"clip_id": clip_id, "label": label, "predicted": predicted}
            for clip_id, label, predicted in zip(
                stored["ids"].tolist(),
                stored["labels"].tolist(),
                stored["predicted"].tolist(),
                strict=True,
            )
        ]
