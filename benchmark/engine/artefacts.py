"""An artefact: a folder with ``meta.json``, which says what it must hold."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmark.engine.keys import file_sha256

META = "meta.json"
SECONDS_OF_PATIENCE = 60.0
"""How long a written artefact may stay unseen: hosts that share files remember folders a while."""
SECONDS_BETWEEN_LOOKS = 0.5


@dataclass(frozen=True)
class Artefact:
    """A complete artefact: its folder and what ``meta.json`` says.

    Attributes:
        doubt: what is odd about it: another process made it first, of other bytes.
    """

    folder: Path
    meta: Mapping[str, Any]
    doubt: str = ""


def meta_of(folder: Path) -> Mapping[str, Any]:
    """What the ``meta.json`` of a folder says; empty where there is none."""
    try:
        meta = json.loads((folder / META).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return meta if isinstance(meta, dict) else {}


def intact(folder: Path) -> Artefact | None:
    """The artefact in a folder, if all files are as its ``meta.json`` says."""
    meta = meta_of(folder)
    try:
        whole = bool(meta) and all(
            (folder / name).stat().st_size == size and file_sha256(folder / name) == digest
            for name, (size, digest) in meta["files"].items()
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return Artefact(folder, meta) if whole else None


def await_artefact(folder: Path) -> bool:
    """Whether an artefact that was written is seen here; patient with what a host remembers of a
    folder that others write to, see ``SECONDS_OF_PATIENCE``."""
    end = time.monotonic() + SECONDS_OF_PATIENCE
    while not _is_seen(folder):
        if time.monotonic() >= end:
            return False
        for place in (folder.parent.parent, folder.parent, folder):  # to list is to ask anew
            with suppress(OSError), os.scandir(place) as names:
                for _ in names:
                    pass
        time.sleep(min(SECONDS_BETWEEN_LOOKS, SECONDS_OF_PATIENCE))
    return True


def _is_seen(folder: Path) -> bool:
    """Whether all files are there, by their sizes."""
    meta = meta_of(folder)
    try:
        return bool(meta) and all(
            (folder / name).stat().st_size == size for name, (size, _) in meta["files"].items()
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def compared(theirs: Artefact, ours: Mapping[str, Any]) -> Artefact:
    """The artefact that stands, with what must be said where ours has other bytes."""
    if theirs.meta.get("content") == ours["content"]:
        return theirs
    listed, other = theirs.meta["files"], ours["files"]
    names = sorted(
        name
        for name in {*listed, *other}
        if name not in listed or name not in other or listed[name][1] != other[name][1]
    )
    doubt = f"another process made it first, of other bytes ({', '.join(names[:3])}): theirs stands"
    return Artefact(theirs.folder, theirs.meta, doubt)
