"""The store of artefacts: folders named by what they were made from.

``<root>/<kind>/<key>/`` is complete when it is there: it is filled under ``<root>/partial/`` and
renamed. Its ``meta.json`` lists every file with size and SHA-256, so that a damaged artefact counts
as missing. What it holds, as one hash, also stands under ``<root>/contents/``: an artefact that was
thrown away need not be made again to know what rests on it. A lock a key lets processes share the
store: the second one that wants an artefact waits and finds it. Locks end with the process that
held them.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from benchmark.engine.keys import content_of, file_sha256

META = "meta.json"


@dataclass(frozen=True)
class Artefact:
    """A complete artefact: its folder and what ``meta.json`` says."""

    folder: Path
    meta: Mapping[str, Any]


@dataclass(frozen=True)
class Store:
    """Artefacts under one folder."""

    root: Path

    def prepare(self) -> None:
        """Make the folder; :class:`OSError` where nothing can be written."""
        self.root.mkdir(parents=True, exist_ok=True)
        probe = self.root / f".probe-{os.getpid()}"
        probe.touch()
        probe.unlink()

    def folder(self, kind: str, key: str) -> Path:
        """Where an artefact lies, or would lie."""
        return self.root / kind / key

    def scratch(self, key: str) -> Path:
        """A folder for the checkpoints of an artefact in the making; survives a kill."""
        return self.root / "scratch" / key

    def news(self, key: str) -> Path:
        """The file in which an artefact in the making says how far it is."""
        return self.root / "news" / key

    def find(self, kind: str, key: str) -> Artefact | None:
        """The artefact, or None where it is missing, incomplete or damaged."""
        folder, meta = self.folder(kind, key), self.meta(kind, key)
        try:
            intact = bool(meta) and all(
                (folder / name).stat().st_size == size and file_sha256(folder / name) == digest
                for name, (size, digest) in meta["files"].items()
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
        return Artefact(folder, meta) if intact else None

    def meta(self, kind: str, key: str) -> Mapping[str, Any]:
        """What an artefact's ``meta.json`` says; empty where there is none."""
        try:
            meta = json.loads((self.folder(kind, key) / META).read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return meta if isinstance(meta, dict) else {}

    def metas(self, kind: str) -> Iterator[Mapping[str, Any]]:
        """What each artefact of a kind says, in the order of keys."""
        for folder in sorted((self.root / kind).glob("*")):
            if meta := self.meta(kind, folder.name):
                yield meta

    def content(self, kind: str, key: str) -> str | None:
        """What an artefact holds, as a hash, also where it was since thrown away; None where it was
        never made."""
        try:
            return (self.root / "contents" / kind / key).read_text("utf-8")
        except OSError:
            return None

    @contextmanager
    def claim(
        self, kind: str, key: str, waiting: Callable[[], None] = lambda: None
    ) -> Iterator[Claim]:
        """The right to make an artefact, held by one process at a time.

        Args:
            waiting: called once if another process is making the same artefact.
        """
        with self._lock(key, waiting):
            found = self.find(kind, key)
            folder = self.root / "partial" / f"{kind}-{key}"
            if found is None:
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir(parents=True)
            yield Claim(self, kind, key, folder, found)

    @contextmanager
    def _lock(self, key: str, waiting: Callable[[], None]) -> Iterator[None]:
        locks = self.root / "locks"
        locks.mkdir(parents=True, exist_ok=True)
        lock = FileLock(locks / key)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            waiting()
            lock.acquire()
        try:
            yield
        finally:
            lock.release()


@dataclass(frozen=True)
class Claim:
    """An artefact that nobody else can make now.

    Attributes:
        folder: to be filled, where nothing was found.
        found: the artefact, if it is there already.
    """

    store: Store
    kind: str
    key: str
    folder: Path
    found: Artefact | None

    def complete(self, meta: Mapping[str, Any]) -> Artefact:
        """Put what ``folder`` holds in its place at once; ``meta.json`` will say ``meta``."""
        files = {
            path.relative_to(self.folder).as_posix(): (path.stat().st_size, file_sha256(path))
            for path in sorted(self.folder.rglob("*"))
            if path.is_file()
        }
        said = {**meta, "files": files, "content": content_of(files)}
        text = json.dumps(said, indent=1, sort_keys=True) + "\n"
        (self.folder / META).write_text(text, encoding="utf-8")
        ledger = self.store.root / "contents" / self.kind / self.key
        write_atomically(ledger, said["content"].encode())
        place = self.store.folder(self.kind, self.key)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(place, ignore_errors=True)
        self.folder.rename(place)
        shutil.rmtree(self.store.scratch(self.key), ignore_errors=True)
        return Artefact(place, said)


def write_atomically(path: Path, content: bytes) -> None:
    """Replace a file at once, so that no reader and no kill ever sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    partial.write_bytes(content)
    partial.replace(path)
