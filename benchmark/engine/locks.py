"""A lock between processes that does without where a file system has none."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from filelock import BaseFileLock, FileLock, Timeout


class Lock:
    """A lock that may be out of order: some shared file systems have none."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock: BaseFileLock | None = None
        self._has = False

    def acquire(self) -> bool:
        """Take it if it is free; true also where it cannot be had at all."""
        if self._has:
            return True
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._lock = self._lock or FileLock(self._path)
            self._lock.acquire(timeout=0)
        except Timeout:
            return False
        except (OSError, NotImplementedError):
            self._lock = None
        self._has = True
        return True

    def release(self) -> None:
        """Give it back."""
        if self._lock is not None and self._has:
            with suppress(OSError, NotImplementedError):
                self._lock.release()
