"""Keep some of more synthetic clips than are needed: classifiers of the split, and the choice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from benchmark.engine.job import Job, Lineage
from benchmark.experiment.artefacts.clips import stored_pool, stored_split
from benchmark.experiment.artefacts.selection import SELECTION, write_selection
from benchmark.experiment.lineage import clips_lineage, weights_lineage
from benchmark.experiment.selection import Seen, folds_of, select
from benchmark.experiment.stages.sample import pool_labels
from skeletons.arrays import IntArray
from skeletons.clips import ClipSet
from skeletons.errors import InputError

PROFILE = "quick"
"""One recipe whatever the run's profile, as for judges: a split is small."""
KNOWN = "known.json"


def train(job: Job) -> Lineage:
    """Train a classifier on a split without one of its folds.

    Writes an extractor's folder and ``known.json``: how many clips of each class it has seen, and
    of how many clips of its fold it is right.

    Parameters: ``kind`` of extractor, ``split``, ``data_seed``, ``fold``, ``folds``, ``seed``.
    Input: ``data``.

    Raises:
        InputError: the split has too few clips to leave any out.
    """
    from recognizers.extractors.kinds import load_extractor, pretrain_extractor
    from recognizers.training import TrainingRun

    real, fold = _fold(job)
    seen = real.select(np.flatnonzero(fold != job.parameters["fold"]))
    left_out = real.select(np.flatnonzero(fold == job.parameters["fold"]))
    if len(seen) == 0 or len(left_out) == 0:
        raise InputError(
            f"select: a split of {len(real)} clips cannot be cut into {job.parameters['folds']} "
            "folds: take a larger split"
        )
    pretrain_extractor(
        seen,
        job.folder,
        run=TrainingRun(job.device, job.scratch / "extractor.pt", job.progress),
        profile=PROFILE,
        kind=job.parameters["kind"],
    )
    _, logits = load_extractor(job.folder).featurise(left_out)
    right = int((logits.argmax(axis=1) == left_out.labels).sum())
    told = {"seen": seen.class_counts().tolist(), "left_out": len(left_out), "right": right}
    (job.folder / KNOWN).write_text(json.dumps(told) + "\n", encoding="utf-8")
    return {"fitted_on": clips_lineage(seen), "weights": weights_lineage(job.folder)}


def keep(job: Job) -> Lineage:
    """Write ``clips.npz``, the kept clips under the names that they were drawn under, and
    ``selection.json``.

    Parameters: ``rule``, ``samples`` (to keep), ``order_seed`` (of the pool's labels), ``labels``
    (as in :func:`benchmark.experiment.stages.sample.sample`), ``split``, ``data_seed``,
    ``classifiers`` (kinds), ``folds``. Inputs: ``data``, ``classifier/<kind>/<fold>``. Series:
    ``drawn``.
    """
    parameters = job.parameters
    real = stored_split(job.inputs["data"], parameters["split"], parameters["data_seed"])
    drawn = stored_pool(job.series["drawn"])
    every = np.ones(len(real.classes), dtype=np.int64)
    shares = every if parameters.get("labels") == "uniform" else real.class_counts()
    labels = pool_labels(shares, parameters["samples"], parameters["order_seed"])
    wanted = np.bincount(labels, minlength=len(real.classes))
    folders = {
        kind: [job.inputs[f"classifier/{kind}/{fold}"] for fold in range(parameters["folds"])]
        for kind in parameters["classifiers"]
    }
    looks = [_look(folder, drawn, real) for several in folders.values() for folder in several]
    seen = Seen(
        np.stack([look["probabilities"] for look in looks]),
        np.stack([look["knows"] for look in looks]),
    )
    chosen = select(
        parameters["rule"],
        drawn.labels,
        wanted,
        seen.votes(drawn.labels),
        [look["features"] for look in looks],
        [look["real"] for look in looks],
        real.labels,
    )
    kept = drawn.select(chosen.rows, name=drawn.name)
    kept.save(job.folder / "clips.npz")
    write_selection(
        job.folder / SELECTION,
        rule=parameters["rule"],
        chosen=chosen,
        labels=drawn.labels,
        classes=real.classes,
        right_on_left_out={kind: _right(several) for kind, several in folders.items()},
    )
    job.progress(len(kept), len(kept))
    return {
        "classifiers": {kind: [weights_lineage(one) for one in folders[kind]] for kind in folders},
        "clips": len(kept),
        "drawn": {"clips": len(drawn), "fingerprint": drawn.fingerprint},
    }


def _fold(job: Job) -> tuple[ClipSet, IntArray]:
    """The split's clips, none of them held out, and the fold of each, ``[N]``."""
    parameters = job.parameters
    real = stored_split(job.inputs["data"], parameters["split"], parameters["data_seed"])
    return real, folds_of(real.labels, parameters["folds"], parameters["seed"])


def _look(folder: Path, drawn: ClipSet, real: ClipSet) -> dict[str, Any]:
    """What a classifier makes of drawn clips, where it sees them, and which classes it knows."""
    from scipy.special import softmax

    from recognizers.extractors.kinds import load_extractor

    classifier = load_extractor(folder)
    features, logits = classifier.featurise(drawn)
    beside, _ = classifier.featurise(real)
    known = json.loads((folder / KNOWN).read_text(encoding="utf-8"))["seen"]
    return {
        "probabilities": softmax(logits.astype(np.float64), axis=1),
        "features": features.astype(np.float64),
        "real": beside.astype(np.float64),
        "knows": np.asarray(known) > 0,
    }


def _right(folders: list[Path]) -> float:
    """How often the classifiers of a kind are right on the real clips that each has not seen."""
    told = [json.loads((folder / KNOWN).read_text(encoding="utf-8")) for folder in folders]
    return float(sum(one["right"] for one in told) / sum(one["left_out"] for one in told))
