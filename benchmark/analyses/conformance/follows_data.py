"""The check that samples follow the clips that were fitted last, whatever was fitted before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmark.analyses.conformance.candidate import (
    BrokenPromiseError,
    Candidate,
    NotApplicableError,
    copied,
    equal,
)
from benchmark.engine.executors.local import LocalPool
from benchmark.engine.outcomes import outcome_of
from skeletons.clips import ClipSet

GROWTH = 1.25
"""How much larger the bodies of the other clips are."""


def check_follows_data(candidate: Candidate) -> None:
    """Fit other clips after the shared fit; compare with a process that has seen these alone.

    Samples equal to those of the first clips are told at once, from wherever they were kept, a
    file too. Where part of an earlier fit is kept in the process (weights, a mean, lengths), only
    a process without one can tell. What a processor does otherwise in another process does not
    count: where the samples differ, two new processes are compared, one of which fits the first
    clips first.
    """
    if not (candidate.samples_repeat and candidate.fits_repeat):
        raise NotApplicableError("it is not deterministic: there is nothing to compare with")
    other = replace(
        candidate,
        clips=other_clips(candidate.clips),
        held_back=other_clips(candidate.held_back),
        folder=candidate.new_folder("other-clips"),
        _reference=None,
    )
    after = other.few_samples
    if equal(after, candidate.few_samples):
        raise BrokenPromiseError(
            "fitted on other clips, it still gives the samples of the first ones, bit for bit: "
            "something under its own name outlives a fit (a variable of the module or the class, "
            "or a file); keep it in the object, or know it by the content of the clips"
        )
    alone = _in_a_new_process(other, [other.clips])
    if equal(after, alone):
        return
    if not equal(_in_a_new_process(other, [candidate.clips, other.clips]), alone):
        raise BrokenPromiseError(
            "after a fit on other clips it gives other samples than a process that has fitted "
            "these alone: part of an earlier fit is kept in the module or the class; keep it in "
            "the object"
        )


def other_clips(clips: ClipSet) -> ClipSet:
    """As many clips with the same ids, labels and frames in all, but other values and lengths: a
    cache that goes by any of the former takes them for the first ones."""
    turned = clips.with_lengths(np.roll(clips.lengths, 1)).packed()
    return replace(turned, frames=np.asarray(turned.frames * GROWTH, dtype=np.float32))


def _in_a_new_process(candidate: Candidate, fits: Sequence[ClipSet]) -> ClipSet:
    """Samples of the last of these fits in a process that has made no other."""
    folder = candidate.new_folder("new-process")
    pool = LocalPool(workers=1)
    try:
        parts = (candidate.name, candidate.held_back, folder, candidate.profile)
        given = {"settings": dict(candidate.settings), "device": candidate.device}
        packed = [copied(clips) for clips in fits]
        return pool.submit(few_samples_after, packed, *parts, **given).result()
    except Exception as error:  # whatever a user's code raises there, or its process ended with
        reason = outcome_of(error).reason
        raise BrokenPromiseError(f"in another process it does not fit and sample: {reason}") from (
            error
        )
    finally:
        pool.shutdown(cancel_futures=True)


def few_samples_after(
    fits: Sequence[ClipSet], name: str, held_back: ClipSet, folder: Path, profile: str, **more: Any
) -> ClipSet:
    """Fit each set of clips with a new generator, sample the last."""
    for number, clips in enumerate(fits):
        candidate = Candidate(name, clips, held_back, folder / str(number), profile, **more)
        samples = candidate.few_samples
    return samples
