"""What dead writers left of artefacts that they never finished."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

from benchmark.engine.writers import WRITERS, Watch, Writer

PARTIAL = "partial"
SECONDS_UNTIL_STALE = 24 * 3600.0
"""Before that nothing of another host's writer is cleaned away, by the file system's own clock."""


class Cleaner:
    """Removes partial folders, marks and news of dead writers from a store.

    What a process of this host left goes as soon as that is no more. Of other hosts what is a day
    old goes, once two looks that lie far enough apart have seen no sign of its writer: either alone
    could be wrong, where clocks disagree or a host is busy. Checkpoints stay for the next attempt.

    It goes by the time at which it was made, so that nothing becomes old while it looks.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._watch = Watch()
        self._now = file_system_time(root)

    def look(self) -> list[Path]:
        """Remove what is known to be left over; returns what that was."""
        left = [
            path
            for folder in (PARTIAL, WRITERS, "news")
            for path in entries(self._root / folder)
            if self.is_left_over(path)
        ]
        for path in left:
            remove(path)
        return left

    def is_left_over(self, path: Path) -> bool:
        """Whether the writer of something is known to be dead by now."""
        if not self._watch.is_dead(self._root, path.name):
            return False
        writer = Writer.of(path.name)
        if writer is not None and writer.lives is False:
            return True
        times = [time_of(one) for one in (path, self._root / WRITERS / path.name)]
        known = [time for time in times if time is not None]
        now = self._now
        return now is not None and bool(known) and now - max(known) > SECONDS_UNTIL_STALE


def entries(folder: Path) -> list[Path]:
    """What a folder holds, by name; nothing where there is none."""
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def remove(path: Path) -> None:
    """Remove a file or a folder, as far as that can be."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()


def time_of(path: Path) -> float | None:
    """When a file or folder was changed, by the clock of its file system."""
    try:
        return path.lstat().st_mtime
    except OSError:
        return None


def file_system_time(root: Path) -> float | None:
    """What time it is for a file system, which may be another host's; None where it does not
    tell, since nothing can be written."""
    probe = root / f".probe-{Writer.new()}"
    try:
        probe.touch()
        os.utime(probe)
        return probe.stat().st_mtime
    except OSError:
        return None
    finally:
        with suppress(OSError):
            probe.unlink()
