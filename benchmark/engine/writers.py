"""Who writes to a store, as any host can see it: marks that are renewed while their writer lives.

A mark is a file ``<root>/writers/<what>.<host>.<process>.<random>``. On the writer's own host it
lives as long as its process. From elsewhere a mark that nobody renews for a while, by the clock of
the one who watches it, is that of a dead writer: clocks of two hosts are never compared.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import secrets
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from benchmark.engine.files import write_atomically

SECONDS_BETWEEN_BEATS = 5.0
"""Between two renewals of a mark."""
SECONDS_OF_SILENCE = 30.0
"""After so long without a renewal a writer of another host counts as dead."""
WRITERS = "writers"


@cache
def this_host() -> str:
    """Name of what shares process numbers with this process: a host, since it was started, or a
    container on it."""
    name = socket.gethostname()
    told = [name]
    try:
        told.append(Path("/proc/sys/kernel/random/boot_id").read_text("ascii"))
        told.append(str(Path("/proc/self/ns/pid").readlink()))
    except OSError:  # the name may be that of many hosts
        told.append(f"{uuid.getnode():x}")
    digest = hashlib.sha256("\n".join(told).encode()).hexdigest()[:8]
    return f"{re.sub('[^A-Za-z0-9-]+', '-', name)[:40]}-{digest}"


def process_start(pid: int) -> str | None:
    """When a process of this host began, in the system's own count; ``""`` where that is not told,
    None where there is no such process any more."""
    try:
        told = Path(f"/proc/{pid}/stat").read_text("utf-8", errors="replace")
        state, *rest = told.rpartition(")")[2].split()
        return None if state in ("Z", "X") else rest[18]
    except (OSError, ValueError, IndexError):  # no such file system, or it hides others' processes
        pass
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return None
    except PermissionError:
        pass
    return ""


@dataclass(frozen=True)
class Writer:
    """One who writes one thing."""

    host: str
    pid: int
    start: str
    random: str

    @classmethod
    def new(cls) -> Writer:
        """This process, at something new."""
        pid = os.getpid()
        return cls(this_host(), pid, process_start(pid) or "", secrets.token_hex(4))

    @classmethod
    def of(cls, name: str) -> Writer | None:
        """The writer in a name that ends with one; None for other names."""
        found = re.fullmatch(r"[^.]*\.([\w-]+)\.(\d+)-(\d*)\.([0-9a-f]+)", name)
        return cls(found[1], int(found[2]), found[3], found[4]) if found else None

    def __str__(self) -> str:
        return f"{self.host}.{self.pid}-{self.start}.{self.random}"

    @property
    def lives(self) -> bool | None:
        """Whether it is still at it; None where this host cannot know."""
        if self.host != this_host():
            return None
        if self.pid == os.getpid():
            return _beats.has(self)
        start = process_start(self.pid)
        return start is not None and (start == self.start or "" in (start, self.start))


@dataclass(eq=False)
class Mark:
    """The mark of a writer of this process. It only saves work and protects from cleaning, so that
    a disk that takes none stops nobody.

    Attributes:
        says: plain values that others may read.
    """

    root: Path
    what: str
    writer: Writer = field(default_factory=Writer.new)
    says: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Of its file, and of the partial folder of the same writer."""
        return f"{self.what}.{self.writer}"

    @property
    def path(self) -> Path:
        """Its file."""
        return self.root / WRITERS / self.name

    def begin(self) -> None:
        """Leave the mark, and renew it from now on."""
        _beats.add(self)
        self.say()

    def say(self, **values: Any) -> None:
        """Say something else."""
        self.says |= values
        with contextlib.suppress(OSError):
            write_atomically(self.path, json.dumps(self.says).encode(), durable=False)

    def renew(self) -> None:
        """Show that its writer lives."""
        try:
            os.utime(self.path)
        except FileNotFoundError:
            self.say()
        except OSError:
            pass

    def end(self) -> None:
        """Take the mark away."""
        _beats.remove(self)
        with contextlib.suppress(OSError):
            self.path.unlink()


class _Beats:
    """Renews the marks of this process, in a thread of its own."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Begin anew: a forked process has none of its parent's marks, and no thread."""
        self._marks: dict[Writer, Mark] = {}
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def has(self, writer: Writer) -> bool:
        return writer in self._marks

    def add(self, mark: Mark) -> None:
        with self._lock:
            self._marks[mark.writer] = mark
            if self._thread is None:
                self._thread = threading.Thread(target=self._beat, daemon=True)
                self._thread.start()

    def remove(self, mark: Mark) -> None:
        with self._lock:
            self._marks.pop(mark.writer, None)

    def use(self, root: Path, key: str) -> None:
        with self._lock:
            for mark in [one for one in self._marks.values() if one.root == root]:
                mark.say(uses=sorted({*mark.says.get("uses", ()), key}))

    def _beat(self) -> None:
        while True:
            time.sleep(SECONDS_BETWEEN_BEATS)
            with self._lock:  # a mark that ended is not left again
                for mark in self._marks.values():
                    mark.renew()


_beats = _Beats()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_beats.reset)


def note_use(root: Path, key: str) -> None:
    """Have all marks of this process say that they use an artefact, such as a part of what is in
    the making, which nobody else knows of yet."""
    _beats.use(root, key)


class Watch:
    """Looks at writers again and again, to find out which of other hosts have died."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[int | None, float]] = {}

    def is_dead(self, root: Path, name: str) -> bool:
        """Whether the writer of a mark, or of a partial folder, is known to be dead by now."""
        writer = Writer.of(name)
        lives = None if writer is None else writer.lives
        if lives is not None:
            return not lives
        renewed, now = renewal(root / WRITERS / name), time.monotonic()
        before = self._seen.get(name)
        if before is None or before[0] != renewed:
            self._seen[name] = renewed, now
            return False
        return now - before[1] >= SECONDS_OF_SILENCE


def renewal(path: Path) -> int | None:
    """A number that changes whenever a mark is renewed; None where there is none.

    The file is opened, since hosts that share it remember what they know of files for a while.
    """
    try:
        number = os.open(path, os.O_RDONLY)
    except OSError:
        return None
    try:
        return os.fstat(number).st_mtime_ns
    except OSError:
        return None
    finally:
        os.close(number)


def marks(root: Path, what: str = "") -> Iterator[Path]:
    """The marks in a store: all, or those of one thing."""
    try:
        names = sorted(path.name for path in (root / WRITERS).iterdir())
    except OSError:
        return
    for name in names:
        if Writer.of(name) is not None and (not what or name.partition(".")[0] == what):
            yield root / WRITERS / name
