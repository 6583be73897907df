"""The store of artefacts: folders named by what they were made from.

``<root>/<kind>/<key>/`` is complete when it is there: each writer fills a folder of its own under
``<root>/partial/`` and renames it; the first one stands, a second one compares. Its ``meta.json``
lists every file with size and SHA-256, so that a damaged artefact counts as missing. What it holds,
as one hash, also stands under ``<root>/contents/``: an artefact that was thrown away need not be
made again to know what rests on it.

Nothing of this needs a lock. A lock a key, and marks of who is at work (``writers.py``), save work
where they can be had: the second process that wants an artefact waits and finds it.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmark.engine import writers
from benchmark.engine.artefacts import META as META
from benchmark.engine.artefacts import Artefact as Artefact
from benchmark.engine.artefacts import compared, intact, meta_of
from benchmark.engine.cleaning import PARTIAL, Cleaner
from benchmark.engine.files import sync_folder, sync_tree
from benchmark.engine.files import write_atomically as write_atomically
from benchmark.engine.keys import content_of, file_sha256
from benchmark.engine.locks import Lock
from benchmark.engine.writers import Mark, Watch, Writer, marks, note_use

RUN = "run"
"""What the mark of a run under way is called."""
FIRST_WAIT, LONGEST_WAIT = 0.05, 0.5
"""Seconds between two looks at what another process makes."""
TIMES_TO_PLACE = 5


@dataclass(frozen=True)
class Store:
    """Artefacts under one folder."""

    root: Path

    def prepare(self) -> None:
        """Make the folder; :class:`OSError` where nothing can be written."""
        self.root.mkdir(parents=True, exist_ok=True)
        probe = self.root / f".probe-{Writer.new()}"
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
        return intact(self.folder(kind, key))

    def meta(self, kind: str, key: str) -> Mapping[str, Any]:
        """What an artefact's ``meta.json`` says; empty where there is none."""
        return meta_of(self.folder(kind, key))

    def metas(self, kind: str) -> Iterator[Mapping[str, Any]]:
        """What each artefact of a kind says, in the order of keys."""
        for folder in sorted((self.root / kind).glob("*")):
            if meta := self.meta(kind, folder.name):
                yield meta

    def content(self, kind: str, key: str) -> str | None:
        """What an artefact holds, as a hash, also where it was since thrown away; None where it was
        never made."""
        content = self.meta(kind, key).get("content")
        return content if isinstance(content, str) else self.noted_content(kind, key)

    def noted_content(self, kind: str, key: str) -> str | None:
        """What the store noted of an artefact's content when it was made; None where nothing."""
        try:
            return (self.root / "contents" / kind / key).read_text("utf-8")
        except OSError:
            return None

    def touch(self, kind: str, key: str) -> None:
        """Note that an artefact was of use just now: by the time of its ``meta.json``."""
        with suppress(OSError):
            os.utime(self.folder(kind, key) / META)

    @contextmanager
    def hold(self) -> Iterator[Mark]:
        """Leave the mark of a run under way, whose artefacts nobody should clean away. It says
        ``keys``, or nothing yet. What dead writers have left goes meanwhile."""
        cleaner, mark = Cleaner(self.root), Mark(self.root, RUN)
        mark.begin()
        try:
            cleaner.look()
            yield mark
            cleaner.look()
        finally:
            mark.end()

    @contextmanager
    def claim(
        self, kind: str, key: str, waiting: Callable[[], None] = lambda: None
    ) -> Iterator[Claim]:
        """The right to make an artefact, held by one process at a time where that can be told.

        Args:
            waiting: called once if another process is making the same artefact.
        """
        found = self.find(kind, key)
        if found is not None:  # nothing is written: the store may be one that cannot be
            self.touch(kind, key)
            note_use(self.root, key)
            yield Claim(self, kind, key, found.folder, self.scratch(key), found)
            return
        mark = Mark(self.root, f"{kind}-{key}")
        partial = self.root / PARTIAL / mark.name
        lock, watch = Lock(self.root / "locks" / key), Watch()
        try:
            found = self._wait_for_turn(kind, key, lock, watch, waiting)
            if found is None:
                mark.begin()
                found = self.find(kind, key)
            scratch = self.scratch(key)
            if found is None:
                if any(one != mark.path for one in self._others(mark.what, watch)):
                    scratch = scratch.with_name(f"{key}.{mark.writer}")
                partial.mkdir(parents=True)
            note_use(self.root, key)
            yield Claim(self, kind, key, partial, scratch, found)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
            mark.end()
            lock.release()

    def _wait_for_turn(
        self, kind: str, key: str, lock: Lock, watch: Watch, waiting: Callable[[], None]
    ) -> Artefact | None:
        """Wait while another process is at it; the artefact if it was made meanwhile.

        One who holds the lock and shows no other sign of life is waited for in vain: where a file
        system keeps the lock of a host that is gone, work goes on without.
        """
        told, last_sign, pause = False, time.monotonic(), FIRST_WAIT
        while True:
            has = lock.acquire()
            others = self._others(f"{kind}-{key}", watch)
            now = time.monotonic()
            if not others and (has or now - last_sign >= writers.SECONDS_OF_SILENCE):
                return None
            if others:
                last_sign = now
            if not told:
                waiting()
                told = True
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_WAIT)
            found = self.find(kind, key)
            if found is not None:
                return found

    def _others(self, what: str, watch: Watch) -> list[Path]:
        """Marks of those who are at something, or may be; those of the dead go."""
        living = []
        for mark in marks(self.root, what):
            if watch.is_dead(self.root, mark.name):
                with suppress(OSError):
                    mark.unlink()
            else:
                living.append(mark)
        return living


@dataclass(frozen=True)
class Claim:
    """An artefact to be made.

    Attributes:
        folder: to be filled, where nothing was found.
        scratch: for checkpoints; that of an earlier attempt, if nobody else may be at work in it.
        found: the artefact, if it is there already.
    """

    store: Store
    kind: str
    key: str
    folder: Path
    scratch: Path
    found: Artefact | None

    def complete(self, meta: Mapping[str, Any]) -> Artefact:
        """Put what ``folder`` holds in its place at once; ``meta.json`` will say ``meta``.

        Returns:
            the artefact; that of another process, if that was first.
        """
        sync_tree(self.folder)
        files = {
            path.relative_to(self.folder).as_posix(): (path.stat().st_size, file_sha256(path))
            for path in sorted(self.folder.rglob("*"))
            if path.is_file()
        }
        said = {**meta, "files": files, "content": content_of(files)}
        text = json.dumps(said, indent=1, sort_keys=True) + "\n"
        write_atomically(self.folder / META, text.encode())
        sync_folder(self.folder)
        artefact = self._placed(said)
        with suppress(OSError):  # it stands in the artefact, too
            ledger = self.store.root / "contents" / self.kind / self.key
            write_atomically(ledger, artefact.meta["content"].encode())
        shutil.rmtree(self.scratch, ignore_errors=True)
        return artefact

    def _placed(self, said: Mapping[str, Any]) -> Artefact:
        """Rename the folder; where a whole artefact is there by now, that one stands."""
        place = self.store.folder(self.kind, self.key)
        place.parent.mkdir(parents=True, exist_ok=True)
        for left in reversed(range(TIMES_TO_PLACE)):
            try:
                self.folder.rename(place)
                break
            except OSError as error:
                theirs = self.store.find(self.kind, self.key)
                if theirs is not None:
                    return compared(theirs, said)
                if not left or error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                    raise
                self._set_aside(place)
        sync_folder(place.parent)
        return Artefact(place, said)

    def _set_aside(self, damaged: Path) -> None:
        """Take what is no whole artefact out of the place of one."""
        aside = self.folder.with_name(f"aside-{self.key}.{Writer.new()}")
        with suppress(OSError):  # another process has done so
            damaged.rename(aside)
            if intact(aside) is not None:  # placed by another one just now
                aside.rename(damaged)
        shutil.rmtree(aside, ignore_errors=True)
