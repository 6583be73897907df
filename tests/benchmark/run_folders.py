"""Hand-made run folders and clips that the tests of the reports share."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from benchmark.records.run_folder import RunFolder, read_run
from benchmark.records.tables import (
    DOWNSTREAM_COLUMNS,
    PREDICTIONS_COLUMNS,
    SUMMARY_COLUMNS,
    undefined,
    write_table,
)
from skeletons.clips import ClipSet
from skeletons.skeleton import Skeleton

DIGITS = "0a1b2c3d"
"""Behind the kind in a judge's name."""

NO_PAIR = undefined("class 'throw' has one clip")


def make_run(
    folder: Path,
    *,
    generator: str = "ddpm",
    fid: float = 30.0,
    gain: float = 0.1,
    seeds: int = 3,
    arms: Sequence[str] = ("real", "real+synthetic"),
    no_multimodality: bool = False,
    status: str = "ok",
    caveats: Sequence[str] = (),
    of_generator: Sequence[str] = (),
    cost: dict[str, Any] | None = None,
    protocol: str = "cross-subject",
    clips: int = 120,
    people: int = 0,
    judges: Sequence[str] = ("st_trans",),
    recognizers: Sequence[str] = ("stgcn++",),
    n_real: int = 120,
    accuracy: float = 0.6,
    more: Mapping[str, tuple[float, float, float]] | None = None,
    **spec: Any,
) -> Path:
    """A run whose arms are right on ``accuracy`` of the clips, which ``people`` made (unknown ones,
    if 0), and the augmented ones on ``gain`` more; ``more`` metrics have a mean, half an interval
    and a floor each."""
    head = {"dataset": "kinematic12", "split": "10pct", "generator": generator}
    head |= {key: spec[key] for key in ("dataset", "split") if key in spec}
    values = {
        "fid": (fid, 2.0, 10.9),
        "accuracy": (0.84, 0.01, 0.93),
        "diversity": (13.2, 0.2, 13.3),
        "multimodality": (8.1, 0.3, 7.2),
        **(more or {}),
    }
    rows = []
    for reference in ("train", "test"):
        for metric, (mean, half, floor) in values.items():
            cells: dict[str, Any] = {
                "mean": mean,
                "ci95_low": mean - half,
                "ci95_high": mean + half,
                "real_floor": floor,
                "real_floor_low": floor - half / 4,
                "real_floor_high": floor + half / 4,
            }
            if no_multimodality and metric == "multimodality":
                cells = dict.fromkeys(cells, NO_PAIR)
            rows += [
                {**head, "extractor": f"{judge}-{DIGITS}", "reference": reference}
                | {"metric": metric, "varies": "sampling", "repetitions": 20, **cells}
                for judge in judges
            ]
    write_table(folder / "summary.csv", SUMMARY_COLUMNS, rows)
    rng = np.random.default_rng(5)
    labels, hardness = rng.integers(0, 4, clips), rng.random(clips)
    trained, predictions = [], []
    for recognizer, arm in product(recognizers, arms):
        for seed in range(seeds):
            bar = accuracy + (gain if arm != "real" else 0.0)
            right = hardness + rng.normal(0.0, 0.02, clips) < bar
            place = {"recognizer": recognizer, "arm": arm, "seed": seed}
            place["generator_seed"] = spec.get("generator_seed", 0)
            counts = {"n_real": n_real, "n_synthetic": 600 * (arm != "real"), "steps": 900}
            trained.append({**head, **place, "top1": right.mean(), **counts})
            predicted = np.where(right, labels, (labels + 1) % 4)
            predictions += [
                {**place, "clip_id": f"c{clip:03d}", "label": label, "predicted": guess}
                | {"subject": f"s{clip % people}" if people else ""}
                for clip, (label, guess) in enumerate(zip(labels, predicted, strict=True))
            ]
    write_table(folder / "downstream.csv", DOWNSTREAM_COLUMNS, trained)
    write_table(folder / "predictions.csv", PREDICTIONS_COLUMNS, predictions)
    stages = [{"stage": "fit", "status": "ok", "phase": "", "reason": ""}]
    if status != "ok":
        stages.append(
            {"stage": "sample", "status": status, "phase": "sampling", "reason": "limit of 60 s"}
        )
    record = {
        "spec": {
            **head,
            "profile": "quick",
            "samples": 600,
            "protocol": "skelgen-v2",
            "settings": {},
            "data_seed": 0,
            **spec,
        },
        "status": status,
        "data": {"protocol": protocol, "caveats": list(caveats)},
        "generator": {"length": "fixed", "caveats": list(of_generator)},
        "cost": cost or {},
        "judges": [
            {"kind": judge, "name": f"{judge}-{DIGITS}", "test_accuracy": 0.93, "caveats": []}
            for judge in judges
        ],
        "stages": stages,
    }
    (folder / "run.json").write_text(json.dumps(record), encoding="utf-8")
    return folder


def run_of(folder: Path, name: str, **options: Any) -> RunFolder:
    """A run of :func:`make_run` in ``folder/name``, read back."""
    return read_run(make_run(folder / name, **options))


def with_record(made: RunFolder, **parts: Any) -> RunFolder:
    """The run with other parts in its record."""
    record = {**made.record, **parts}
    (made.path / "run.json").write_text(json.dumps(record), encoding="utf-8")
    return read_run(made.path)


def standing_bodies(
    skeleton: Skeleton, *, name: str, classes: Sequence[str], each: int = 3
) -> ClipSet:
    """Bodies laid out along their trees that sway: a few clips of each class."""
    rng = np.random.default_rng(7)
    rest = np.zeros((len(skeleton), 3))
    sideways = np.zeros(len(skeleton))
    for left, right in skeleton.pairs:
        sideways[left], sideways[right] = -0.2, 0.2
    for joint in skeleton.tree_order:
        parent = skeleton.parents[joint]
        if parent >= 0:
            down = -1.0 if any(part in skeleton.joints[joint] for part in LEGS) else 1.0
            rest[joint] = rest[parent] + (0.0, 0.2 * down, 0.0)
    rest[:, 0] = sideways
    joints, labels = [], []
    for label in range(len(classes)):
        for _ in range(each):
            frames = int(rng.integers(8, 20))
            sway = 0.1 * np.sin(np.linspace(0, 6, frames))[:, None, None] * rng.random((1, 1, 3))
            joints.append((rest + sway * (rest[:, 1:2] + 1)).astype(np.float32))
            labels.append(label)
    return ClipSet.of(skeleton, classes, joints, labels, name=name)


LEGS = ("hip", "knee", "ankle", "foot")
