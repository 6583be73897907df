"""The part ``dev``: training clips that nothing is fitted on, to choose by.

Whatever was chosen (a default, a recipe, a guidance scale) by what came of it on the test clips has
seen them. So a part is taken out of the training clips once and for all: by person where persons
are known, since clips of one person are alike.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from skeletons.arrays import BoolArray
from skeletons.clips import ClipSet
from skeletons.datasets import Data
from skeletons.seeds import named_rng

SHARE = 0.2
"""Part of the people, or of each class's clips, that is held out where a data set says no more."""

FEWEST_PEOPLE = 4
"""With fewer people in the training part, clips are held out class by class."""


def with_dev(data: Data, people: int | None = None) -> Data:
    """The same data with a part ``dev`` taken out of its training clips; as they are where there
    is one.

    Args:
        people: how many training people it takes; without, a fifth of them.
    """
    if data.dev is not None:
        return data
    held_out = development_clips(data.train, people)
    name = data.train.name.removesuffix("-train")
    return replace(
        data,
        train=data.train.select(~held_out, name=data.train.name),
        dev=data.train.select(held_out, name=f"{name}-dev"),
    )


def development_clips(train: ClipSet, people: int | None = None) -> BoolArray:
    """Which training clips ``[N]`` are held out.

    The order of people, or of a class's clips, is seeded by the data set's name. Nobody is taken
    who alone shows a class. Of a class whose clips are taken one by one, at least one stays.
    """
    rng = named_rng("dev", train.name)
    persons = sorted(set(train.subjects.tolist()) - {""})
    if people is None and len(persons) < FEWEST_PEOPLE:
        return _of_each_class(train, rng)
    wanted = max(1, round(SHARE * len(persons))) if people is None else people
    held_out = np.zeros(len(train), dtype=bool)
    shown = train.class_counts() > 0
    taken = 0
    for number in rng.permutation(len(persons)):
        attempt = held_out | (train.subjects == persons[number])
        left = np.bincount(train.labels[~attempt], minlength=len(shown)) > 0
        if taken < wanted and np.array_equal(left, shown):
            held_out, taken = attempt, taken + 1
    return held_out


def _of_each_class(train: ClipSet, rng: np.random.Generator) -> BoolArray:
    held_out = np.zeros(len(train), dtype=bool)
    for label in range(len(train.classes)):
        rows = np.flatnonzero(train.labels == label)
        rows = rng.permutation(rows[np.argsort(train.ids[rows])])
        held_out[rows[: min(len(rows) - 1, round(SHARE * len(rows)))]] = True
    return held_out
