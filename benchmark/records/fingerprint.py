"""Which files of a run folder a page was made from."""

from __future__ import annotations

import hashlib
from pathlib import Path

TABLES = (
    "metrics.csv",
    "summary.csv",
    "classes.csv",
    "confusion.csv",
    "two_sample.csv",
    "downstream.csv",
    "predictions.csv",
)
CLIPS = "clips.json"
"""A few clips that move on the page."""
RECORD = "run.json"
PAGE = "report.html"


def folder_fingerprint(folder: Path) -> str:
    """SHA-256 over all that a run's page shows: record, tables and clips, as they are now."""
    digest = hashlib.sha256()
    for name in (RECORD, *TABLES, CLIPS):
        path = folder / name
        if path.is_file():
            digest.update(f"{name}\n{path.stat().st_size}\n".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()
