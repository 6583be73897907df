"""Leaderboards of made-up generators."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

LEADERBOARD = ("dataset", "split", "generator", "recognizer", "gain")


def leaderboard(folder: Path, rows: Sequence[dict[str, object]]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    columns = [*LEADERBOARD, "fid_mean", "fid_floor", "diversity_mean", "diversity_floor"]
    with (folder / "leaderboard.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns)
        writer.writeheader()
        writer.writerows(rows)
    return folder


def rows_of(fids: Sequence[object], split: str = "10pct") -> list[dict[str, object]]:
    return [
        {
            "dataset": "kinematic12",
            "split": split,
            "generator": f"g{place}",
            "recognizer": "stgcn++",
            "gain": -0.01 * place,
            "fid_mean": fid,
            "fid_floor": 0.5,
            "diversity_mean": 10.0 + place * (-1) ** place,
            "diversity_floor": 10.0,
        }
        for place, fid in enumerate(fids)
    ]
