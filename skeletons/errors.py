"""The one exception that means "the input is wrong", as opposed to "the program is wrong"."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class InputError(Exception):
    """Bad input: one line that says what is wrong, where, and what to do.

    The command line prints the line and exits with code 2; every other exception is a bug and
    shows its traceback.
    """

    bad_input = True
    """How the engine, which knows no exception of ours, tells one from the other."""


def unknown_name(kind: str, name: str, known: Iterable[str]) -> InputError:
    """The error for a name that no registry holds, with the nearest known one."""
    names = sorted(known)
    near = nearest(name, names)
    hint = f"did you mean '{near}'? " if near else ""
    return InputError(f"unknown {kind} '{name}': {hint}known are {', '.join(names)}")


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name that is spelt most like this one; empty where none is alike."""
    return next(iter(get_close_matches(name, sorted(known), n=1, cutoff=0.5)), "")
