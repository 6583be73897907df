"""Which files of a run folder a page was made from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

TABLES = (
    "metrics.csv",
    "summary.csv",
    "classes.csv",
    "confusion.csv",
    "feature_map.csv",
    "two_sample.csv",
    "downstream.csv",
    "base_novel.csv",
    "predictions.csv",
)
CLIPS = "clips.json"
"""A few clips that move on the page."""
RECORD = "run.json"
PAGE = "report.html"
TOLD_ANEW = ("stages", "environment")
"""Parts of the record that say how this time went."""


def folder_fingerprint(folder: Path) -> str:
    """SHA-256 over all that a run's page shows: record, tables and clips, as they are now; of the
    record without what a run that is read from the store tells anew."""
    digest = hashlib.sha256()
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        record = None
    if isinstance(record, dict):
        record = {name: told for name, told in record.items() if name not in TOLD_ANEW}
    digest.update(json.dumps(record, ensure_ascii=False, sort_keys=True).encode())
    for name in (*TABLES, CLIPS):
        path = folder / name
        if path.is_file():
            digest.update(f"{name}\n{path.stat().st_size}\n".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def files_fingerprint(paths: Iterable[Path]) -> str:
    """SHA-256 over the names and bytes of files, for a page of many runs that shows their tables.

    Raises:
        OSError: one of them cannot be read.
    """
    digest = hashlib.sha256()
    for path in paths:
        content = path.read_bytes()
        digest.update(f"{path.name}\n{len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()
