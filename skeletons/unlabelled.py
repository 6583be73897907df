"""Clips whose labels are withheld: frames and nothing else."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np

from skeletons.clips import ClipSet

NO_LABEL = -1
"""Stands in the place of every label that is withheld; no class has this number."""


def without_labels(clips: ClipSet) -> ClipSet:
    """The frames of clips with nothing beside them that could tell a class.

    Every label is :data:`NO_LABEL`. Ids, people and views, which may follow from the class, are
    gone; new ids count the clips. The order hangs on the frames alone, and the buffer holds no
    others, so that neither place nor neighbours tell what the ids told.
    """
    digests = [hashlib.sha256(clips[row].joints.tobytes()).digest() for row in range(len(clips))]
    order = sorted(range(len(clips)), key=digests.__getitem__)
    packed = clips.select(np.asarray(order, dtype=np.int64)).packed()
    count = len(packed)
    unknown = np.full(count, "", dtype="U1")
    return replace(
        packed,
        labels=np.full(count, NO_LABEL, dtype=np.int64),
        subjects=unknown,
        views=unknown,
        ids=np.asarray([f"unlabelled-{number:05d}" for number in range(count)], dtype=str),
        name="unlabelled",
    )
