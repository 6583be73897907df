"""The store of artefacts: folders named by what they were made from.

``<root>/<kind>/<key>/`` is complete when it is there: it is filled under ``<root>/partial/`` and
renamed. Its ``meta.json`` lists every file with size and SHA-256, so that a damaged artefact counts
as missing. A lock file a key lets processes share the store: the second one that wants an artefact
waits and finds it. Locks are the operating system's and end with the process that held them.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from skeletons.errors import InputError

META = "meta.json"


def canonical_json(value: Any) -> str:
    """JSON with sorted keys and no spaces, the same text for the same value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def artefact_key(
    kind: str, code: str, parameters: Mapping[str, Any], inputs: Mapping[str, str]
) -> str:
    """SHA-256 of what an artefact is made from; ``inputs`` are keys of other artefacts by role."""
    content = {"kind": kind, "code": code, "parameters": parameters, "inputs": inputs}
    return hashlib.sha256(canonical_json(content).encode()).hexdigest()


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
        """Make the folder; :class:`InputError` where nothing can be written."""
        probe = self.root / f".probe-{os.getpid()}"
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            probe.touch()
            probe.unlink()
        except OSError as error:
            raise InputError(
                f"cannot write to '{self.root}' ({error.strerror or error}): choose another --out"
            ) from error

    def folder(self, kind: str, key: str) -> Path:
        """Where an artefact lies, or would lie."""
        return self.root / kind / key

    def scratch(self, key: str) -> Path:
        """A folder for the checkpoints of an artefact in the making; survives a kill."""
        return self.root / "scratch" / key

    def find(self, kind: str, key: str) -> Artefact | None:
        """The artefact, or None where it is missing, incomplete or damaged."""
        folder = self.folder(kind, key)
        try:
            meta = json.loads((folder / META).read_text(encoding="utf-8"))
            files: Mapping[str, Any] = meta["files"]
            intact = all(
                (folder / name).stat().st_size == size and file_sha256(folder / name) == digest
                for name, (size, digest) in files.items()
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
        return Artefact(folder, meta) if intact else None

    def meta(self, kind: str, key: str) -> Mapping[str, Any]:
        """What an artefact's ``meta.json`` says; empty where there is none."""
        try:
            meta: dict[str, Any] = json.loads((self.folder(kind, key) / META).read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return meta

    def make(
        self,
        kind: str,
        key: str,
        build: Callable[[Path], Mapping[str, Any]],
        waiting: Callable[[], None] = lambda: None,
    ) -> tuple[Artefact, bool]:
        """The artefact, built if it is not there yet.

        Args:
            build: fills the folder that it is given and returns what ``meta.json`` should say.
            waiting: called once if another process is making the same artefact.

        Returns:
            the artefact and whether it was there before.
        """
        with self._lock(key, waiting):
            found = self.find(kind, key)
            if found is not None:
                return found, True
            partial = self.root / "partial" / f"{kind}-{key}"
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir(parents=True)
            meta = dict(build(partial))
            meta["files"] = {
                path.relative_to(partial).as_posix(): [path.stat().st_size, file_sha256(path)]
                for path in sorted(partial.rglob("*"))
                if path.is_file()
            }
            (partial / META).write_text(
                json.dumps(meta, indent=1, sort_keys=True) + "\n", encoding="utf-8"
            )
            folder = self.folder(kind, key)
            folder.parent.mkdir(parents=True, exist_ok=True)
            shutil.rmtree(folder, ignore_errors=True)
            partial.rename(folder)
            shutil.rmtree(self.scratch(key), ignore_errors=True)
            return Artefact(folder, meta), False

    @contextmanager
    def _lock(self, key: str, waiting: Callable[[], None]) -> Iterator[None]:
        locks = self.root / "locks"
        locks.mkdir(parents=True, exist_ok=True)
        with (locks / key).open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                waiting()
                fcntl.flock(file, fcntl.LOCK_EX)
            yield


def write_atomically(path: Path, content: bytes) -> None:
    """Replace a file at once, so that no reader and no kill ever sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    partial.write_bytes(content)
    partial.replace(path)


def copy_tree_atomically(source: Path, target: Path) -> None:
    """Copy every file of an artefact but ``meta.json``, each replaced at once."""
    for path in sorted(source.rglob("*")):
        name = path.relative_to(source)
        if path.is_file() and name.as_posix() != META:
            write_atomically(target / name, path.read_bytes())


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's content, in hexadecimal."""
    with path.open("rb") as file:
        digest = hashlib.sha256()
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
