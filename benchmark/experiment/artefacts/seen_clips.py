"""The clips that a generator is given: the split's, all training clips, or those of the other data
set of a pair."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmark.experiment.artefacts.clips import (
    check_held_out,
    stored_part,
    stored_rest,
    stored_split,
)
from skeletons.clips import ClipSet

OTHER = "other"


def seen_clips(data: Path, seen: str, data_seed: int) -> ClipSet:
    """What a generator may see, after a check that none of it is held out.

    Args:
        seen: a split, or ``other``.
    """
    if seen != OTHER:
        return stored_split(data, seen, data_seed)
    clips = stored_part(data, OTHER)
    check_held_out(data, clips, "the other data set")
    return clips


def unseen_clips(data: Path, seen: str, data_seed: int) -> ClipSet:
    """The training clips that :func:`seen_clips` leaves out; none of the data set are for one that
    learns from another."""
    if seen != OTHER:
        return stored_rest(data, seen, data_seed)
    return stored_part(data, OTHER).select(np.zeros(0, dtype=np.int64))
