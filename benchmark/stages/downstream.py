"""Train a recognizer on one arm and keep what it says of every test clip."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmark.arms import Arm
from benchmark.lineage import check_unseen, clips_lineage
from benchmark.stages import Job, Lineage
from benchmark.stages.data import stored_rest, stored_split, stored_test
from benchmark.stages.generate import stored_pool
from skeletons.clips import ClipSet
from skeletons.errors import InputError
from skeletons.seeds import named_rng


@dataclass(frozen=True, eq=False)
class TrainingSet:
    """What an arm trains on: its clips, which of them were added, and for how many steps. Added
    clips that are not real make up half of each batch; real ones count like those of the split."""

    clips: ClipSet
    added: NDArray[np.bool_]
    steps: int
    n_real: int


def train(job: Job) -> Lineage:
    """Write ``predictions.npz`` and ``result.json`` of one recognizer, arm and seed.

    Every arm but ``real_same_epochs`` takes as many optimiser steps as the recipe gives the real
    clips and ``budget`` others, so that an arm with more clips is not an arm with more training.

    Parameters: ``recognizer``, ``profile``, ``arm``, ``split``, ``data_seed``, ``seed``; ``budget``
    (0 unless given); for arms whose size hangs on it ``samples``, the number of synthetic clips of
    the run. Inputs: ``data``, and all shards for an arm with synthetic or augmented clips.

    Raises:
        InputError: an arm that asks for more clips than there are.
    """
    from recognizers.downstream import train_and_predict
    from recognizers.training import TrainingRun

    parameters = job.parameters
    test = stored_test(job.inputs["data"])
    chosen = training_set(job)
    check_unseen(chosen.clips, test, f"recognizer {parameters['recognizer']}")
    mixed = chosen.n_real < len(chosen.clips) and not chosen.added.all()
    predicted = train_and_predict(
        parameters["recognizer"],
        chosen.clips,
        test,
        profile=parameters["profile"],
        steps=chosen.steps,
        seed=parameters["seed"],
        synthetic=chosen.added if mixed else None,
        run=TrainingRun(job.device, job.scratch / "training.pt", job.progress),
    )
    np.savez(job.folder / "predictions.npz", ids=test.ids, labels=test.labels, predicted=predicted)
    result = {
        "top1": float((predicted == test.labels).mean()),
        "n_real": chosen.n_real,
        "n_synthetic": len(chosen.clips) - chosen.n_real,
        "steps": chosen.steps,
    }
    (job.folder / "result.json").write_text(json.dumps(result) + "\n", encoding="utf-8")
    return {"fitted_on": clips_lineage(chosen.clips)}


def training_set(job: Job) -> TrainingSet:
    """The clips and steps of a job's arm."""
    from recognizers.registry import planned_steps

    parameters = job.parameters
    place = job.inputs["data"], parameters["split"], parameters["data_seed"]
    real, arm = stored_split(*place), Arm.parse(parameters["arm"])
    counted = len(real) + parameters.get("budget", 0)
    steps = planned_steps(parameters["recognizer"], parameters["profile"], counted)
    none = np.zeros(len(real), dtype=bool)
    if arm.kind == "real":
        return TrainingSet(real, none, steps, len(real))
    if arm.kind == "real_same_epochs":
        share = len(real) / (len(real) + parameters["samples"])
        return TrainingSet(real, none, max(1, round(steps * share)), len(real))
    added = _added(job, arm, real)
    if arm.kind == "synthetic":
        return TrainingSet(added, np.ones(len(added), dtype=bool), steps, 0)
    clips = ClipSet.concatenate([real, added], f"{real.name}+{arm.name}")
    n_real = len(clips) if arm.kind == "oracle" else len(real)
    return TrainingSet(clips, np.arange(len(clips)) >= len(real), steps, n_real)


def _added(job: Job, arm: Arm, real: ClipSet) -> ClipSet:
    """The clips that an arm adds to, or puts in place of, the real ones."""
    parameters = job.parameters
    if arm.kind == "oracle":
        source = stored_rest(job.inputs["data"], parameters["split"], parameters["data_seed"])
        if len(source) == 0:
            raise InputError(
                f"arm '{arm.name}' needs real clips that the split leaves out, "
                f"{parameters['split']} leaves none: take a smaller split"
            )
        order = named_rng("oracle", parameters["data_seed"]).permutation(len(source))
        source = source.select(order)
        hint = "take a smaller split or dose"
    else:
        source = stored_pool(job.inputs)
        if len(source) > parameters["samples"]:  # a protocol with new clips in each repetition
            source = source.select(np.arange(parameters["samples"]))
        hint = "raise --samples or take a smaller dose"
    if arm.dose is None:
        count = min(len(source), parameters["samples"])
        return source if count == len(source) else source.select(np.arange(count))
    return _in_class_shares(source, arm, real, hint)


def _in_class_shares(source: ClipSet, arm: Arm, real: ClipSet, hint: str) -> ClipSet:
    """The first clips of each class of ``source``, ``arm.dose`` for each real clip of the class."""
    assert arm.dose is not None
    exact = real.class_counts() * arm.dose
    wanted = np.floor(exact).astype(np.int64)
    missing = round(float(exact.sum())) - int(wanted.sum())
    wanted[np.argsort(wanted - exact, kind="stable")[:missing]] += 1
    there = source.class_counts()
    if (there < wanted).any():
        scarce = int(np.argmax(wanted - there))
        raise InputError(
            f"arm '{arm.name}' needs {wanted[scarce]} clips of '{real.classes[scarce]}' beside "
            f"the {len(real)} real ones, there are {there[scarce]}: {hint}"
        )
    by_class = np.argsort(source.labels, kind="stable")
    place = np.arange(len(source)) - np.repeat(np.cumsum(there) - there, there)
    return source.select(np.sort(by_class[place < wanted[source.labels[by_class]]]))


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
