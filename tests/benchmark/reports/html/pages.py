"""A run folder with everything that a page can show, and class names that want to be markup."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np

from benchmark.records.tables import CONFUSION_COLUMNS, FEATURE_MAP_COLUMNS, write_table
from benchmark.reports.moving_clips import write_moving_clips
from skeletons.clips import ClipSet
from skeletons.layouts import SMPL24
from skeletons.skeleton import Skeleton
from tests.benchmark.run_folders import DIGITS, make_run, standing_bodies

HOSTILE = "</script><script>alert(1)</script>"
CLASSES = ("walk around", HOSTILE, "$x^2$ & co", "throw")


def make_folder(
    folder: Path, skeleton: Skeleton = SMPL24, classes: tuple[str, ...] = CLASSES, each: int = 3
) -> Path:
    """Two judges that differ, recognizers, confusion, cost and clips of each class."""
    folder.mkdir(parents=True, exist_ok=True)
    make_run(
        folder,
        judges=("st_trans", "stgcn++"),
        people=6,
        caveats=("A fifth of the <b>test</b> clips is also in train.",),
        cost={
            **{"fit_seconds": 75.0, "sampling_ms_per_clip": 12.0, "device": "cpu"},
            "online": [
                {"recognizer": "gru", "arm": "classical", "ms_per_step": 1.25, "share": 0.075}
            ],
        },
    )
    record = json.loads((folder / "run.json").read_text())
    record["data"]["classes"] = list(classes)
    record["stages"][0]["seconds"] = 75.0
    record["environment"] = {"python": "3.11.7", "cpu": "some <processor>", "packages": {}}
    (folder / "run.json").write_text(json.dumps(record))
    rows = [
        {"dataset": "kinematic12", "split": "10pct", "generator": "ddpm"}
        | {"extractor": f"{judge}-{DIGITS}", "asked": asked, "recognized": seen}
        | {"clips": 8 if asked == seen else 1}
        for judge in ("st_trans", "stgcn++")
        for asked in classes
        for seen in classes
    ]
    write_table(folder / "confusion.csv", CONFUSION_COLUMNS, rows)
    rng = np.random.default_rng(5)
    places = [
        {"dataset": "kinematic12", "split": "10pct", "generator": "ddpm"}
        | {"extractor": f"{judge}-{DIGITS}", "kind": kind, "class": name}
        | {"x": label + rng.random(), "y": rng.random(), "x_share": 0.4, "y_share": 0.2}
        for judge in ("st_trans", "stgcn++")
        for kind in ("real", "synthetic")
        for label, name in enumerate(classes)
        for _ in range(5)
    ]
    write_table(folder / "feature_map.csv", FEATURE_MAP_COLUMNS, places)
    real = standing_bodies(skeleton, name="real", classes=classes, each=each)
    synthetic = standing_bodies(skeleton, name="synthetic", classes=classes, each=each)
    write_moving_clips(real, synthetic, folder / "clips.json")
    return folder


def disagree(folder: Path) -> None:
    """Let the first judge find the clips like real ones."""
    path = folder / "summary.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    for row in rows:
        if row["metric"] == "fid" and row["extractor"].startswith("st_trans"):
            row["mean"], row["ci95_low"], row["ci95_high"] = "10.9", "10.8", "11.0"
    write_table(path, tuple(rows[0]), rows)


def waving(skeleton: Skeleton, clips: int = 4, frames: int = 12) -> ClipSet:
    """Clips of a skeleton of any kind, whose joints go their own ways."""
    rng = np.random.default_rng(3)
    joints = [
        rng.normal(size=(frames, len(skeleton), skeleton.dimensions)).cumsum(0).astype(np.float32)
        for _ in range(clips)
    ]
    return ClipSet.of(skeleton, ("one",), joints, [0] * clips, name="waving")
