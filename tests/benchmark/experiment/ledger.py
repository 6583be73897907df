"""A ledger of stages begun and artefacts placed, beside a store, and what it says was made twice.

``begun KIND KEY PID`` is written before a stage's function is called, ``placed KIND KEY PID`` once
its artefact stands. A line is one write to a file opened for appending: no kill takes half of it,
and no other process's line comes between.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

BEGUN, PLACED = "begun", "placed"


@dataclass(frozen=True)
class Line:
    """One thing that happened."""

    what: str
    kind: str
    key: str
    pid: int


def note(store: Path, what: str, kind: str, key: str) -> None:
    number = os.open(_path(store), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        os.write(number, f"{what} {kind} {key} {os.getpid()}\n".encode("ascii"))
    finally:
        os.close(number)


def lines_of(store: Path) -> list[Line]:
    """What happened so far, in order."""
    try:
        told = [line.split() for line in _path(store).read_text("ascii").splitlines()]
    except OSError:
        return []
    return [Line(what, kind, key, int(pid)) for what, kind, key, pid in told]


def interrupted(lines: Iterable[Line], is_whole: Callable[[str, str], bool]) -> list[Line]:
    """Beginnings that came to nothing. All else was made once: after an artefact was placed no
    stage began on it again, and each that began and was not placed is among the returned.

    Args:
        is_whole: whether the store holds an artefact of this kind and key. One that stands without
            a line that it was placed had its writer killed in between; its last beginning counts.
    """
    by_artefact: dict[tuple[str, str], list[Line]] = {}
    for line in lines:
        by_artefact.setdefault((line.kind, line.key), []).append(line)
    lost: list[Line] = []
    for (kind, key), told in by_artefact.items():
        begun = [line for line in told if line.what == BEGUN]
        placed = [line for line in told if line.what == PLACED]
        assert len(placed) <= 1, f"{kind} {key} was made {len(placed)} times"
        if placed:
            assert told[-1] == placed[0], f"{kind} {key} was begun again after it was placed"
        if kind != "part":  # a part has no stage of its own
            assert begun, f"{kind} {key} was placed and never begun"
        if placed or is_whole(kind, key):
            begun = begun[:-1]
        lost += begun
    return lost


def _path(store: Path) -> Path:
    return store.parent / "ledger"
