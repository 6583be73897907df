"""Faults at every step of writing: the n-th system call that changes a folder fails or kills."""

from __future__ import annotations

import io
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

CALLS = ("mkdir", "rename", "replace", "unlink", "rmdir", "fsync", "utime")
KILL_BEFORE, KILL_AFTER, KILL_IN_A_WRITE = "kill before", "kill after", "kill in a write"


class Faults:
    """Counts the calls that write below ``root``, and lets some go wrong.

    Args:
        at: number of the first call to go wrong, from 1; None for none.
        how: an error number, or one of the kills.
        for_good: the calls after it go wrong, too.
    """

    def __init__(self, root: Path, at: int | None, how: int | str, for_good: bool = False) -> None:
        self.root, self.at, self.how, self.for_good = str(root), at, how, for_good
        self.calls = 0

    def hits(self) -> bool:
        self.calls += 1
        return self.at is not None and (
            self.calls == self.at or (self.for_good and self.calls > self.at)
        )

    def strike(self, path: Any) -> None:
        if isinstance(self.how, int):
            raise OSError(self.how, os.strerror(self.how), str(path))
        os.kill(os.getpid(), signal.SIGKILL)

    def wrapped(self, function: Callable[..., Any], name: str) -> Callable[..., Any]:
        def call(path: Any, *arguments: Any, **named: Any) -> Any:
            ours = name == "fsync" or str(path).startswith(self.root)
            if not (ours and self.hits()):
                return function(path, *arguments, **named)
            if self.how != KILL_AFTER:
                self.strike(path)
            function(path, *arguments, **named)
            return self.strike(path)

        return call

    def numbered(self, function: Callable[..., int]) -> Callable[..., int]:
        call = self.wrapped(function, "open")

        def choose(path: Any, flags: int, *arguments: Any, **named: Any) -> int:
            writes = flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
            return (call if writes else function)(path, flags, *arguments, **named)

        return choose

    def opened(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(path: Any, mode: str = "r", *arguments: Any, **named: Any) -> Any:
            writes = any(letter in mode for letter in "wax+") and str(path).startswith(self.root)
            if not (writes and self.hits()):
                return function(path, mode, *arguments, **named)
            if self.how == KILL_IN_A_WRITE:
                with function(path, "wb") as file:
                    file.write(b"{")
            return self.strike(path)

        return call


@contextmanager
def faults(root: Path, at: int | None, how: int | str, for_good: bool = False) -> Iterator[Faults]:
    """Let calls below ``root`` go wrong in this process."""
    these = Faults(root, at, how, for_good)
    with pytest.MonkeyPatch.context() as patch:
        for name in CALLS:
            patch.setattr(os, name, these.wrapped(getattr(os, name), name))
        patch.setattr(os, "open", these.numbered(os.open))
        patch.setattr(io, "open", these.opened(io.open))
        yield these
