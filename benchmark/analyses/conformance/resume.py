"""The check that a fit which was interrupted goes on where it was."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from benchmark.analyses.conformance.candidate import (
    BrokenPromiseError,
    Candidate,
    NotApplicableError,
    copied,
    equal,
)

CONSTANT = "SECONDS_BETWEEN_CHECKPOINTS"


class Interruption(BaseException):
    """Stands for Ctrl-C and for a kill: no ``except Exception`` may swallow it."""


def check_resumes(candidate: Candidate) -> None:
    """Interrupt a fit half way, fit again with the same folder, compare with the shared fit.

    The second fit must report fewer steps than one from the beginning, and give the same samples.
    """
    calls = candidate.reference.progress_calls
    if calls < 2:
        raise NotApplicableError(f"too short to interrupt: {calls} steps of progress")
    if not (candidate.samples_repeat and candidate.fits_repeat):
        raise NotApplicableError("it is not deterministic: there is nothing to compare with")
    scratch = candidate.new_folder("interrupted")
    left = calls // 2 + 1

    def interrupt(done: int, total: int) -> None:
        nonlocal left
        left -= done > 0
        if left == 0:
            raise Interruption

    with checkpoints_at_every_step():
        try:
            candidate.fit(copied(candidate.clips), scratch=scratch, progress=interrupt)
        except Interruption:
            pass
        else:
            raise BrokenPromiseError(
                "an interruption (a BaseException out of run.progress) did not end the fit"
            )
    again = 0

    def count(done: int, total: int) -> None:
        nonlocal again
        again += done > 0

    generator = candidate.fit(copied(candidate.clips), scratch=scratch, progress=count)
    if again >= calls:
        raise BrokenPromiseError(
            f"interrupted at step {calls // 2 + 1} of {calls}, it starts again from nothing: keep "
            "a checkpoint in run.scratch (a fit of seconds may report its progress once, at its "
            "end)"
        )
    if not equal(candidate.sample(generator, candidate.few_labels), candidate.few_samples):
        raise BrokenPromiseError("a resumed fit gives other samples than one that ran through")


@contextmanager
def checkpoints_at_every_step() -> Iterator[None]:
    """Every loaded module that has a ``SECONDS_BETWEEN_CHECKPOINTS`` waits for none of them."""
    modules = [module for module in list(sys.modules.values()) if CONSTANT in vars(module)]
    before = [getattr(module, CONSTANT) for module in modules]
    for module in modules:
        setattr(module, CONSTANT, -1.0)  # below 0: clocks may stand still for a step
    try:
        yield
    finally:
        for module, seconds in zip(modules, before, strict=True):
            setattr(module, CONSTANT, seconds)
