"""Train and test of clips that come without a split of their own."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np

from skeletons.arrays import BoolArray
from skeletons.clips import ClipSet
from skeletons.errors import InputError
from skeletons.seeds import named_rng

SHARE = 0.2
"""Part of the people, or of each class's clips, that is tested on."""

OWN = "own"
"""What a file's split is called that is just train and test."""

_PARTS = {
    "train": "train",
    "training": "train",
    "test": "test",
    "testing": "test",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "dev": "val",
    "eval": "test",
}
_NAME = re.compile(
    rf"(.*?)[_\-. ]?({'|'.join(sorted(_PARTS, key=len, reverse=True))})[_\-. ]?(\d*)"
)


def named_splits(names: Mapping[str, object]) -> dict[str, dict[str, str]]:
    """Ways to choose train and test that the names of a file's splits tell.

    Returns:
        Name -> the splits that are its ``train``, ``test`` and, where there is a third, ``dev``:
        ``xsub_train`` and ``xsub_val`` are ``xsub``, ``train1`` and ``test1`` are ``1``, ``train``
        and ``test`` alone are :data:`OWN`. Val tests where nothing else does.
    """
    found: dict[str, dict[str, str]] = {}
    for name in names:
        match = _NAME.fullmatch(name.lower())
        if match is not None:
            stem = "-".join(part for part in (match[1], match[3]) if part) or OWN
            found.setdefault(stem, {}).setdefault(_PARTS[match[2]], name)
    pairs = {}
    for stem, parts in found.items():
        if "train" in parts and "test" in parts:
            dev = {"dev": parts["val"]} if "val" in parts else {}
            pairs[stem] = {"train": parts["train"], "test": parts["test"], **dev}
        elif "train" in parts and "val" in parts:
            pairs[stem] = {"train": parts["train"], "test": parts["val"]}
    return pairs


def tested(clips: ClipSet, seed: str) -> tuple[BoolArray, str]:
    """Which clips ``[N]`` are tested on where nothing else tells, and the sentence that says so.

    By person where all clips have one and there are two or more: a fifth of the people, nobody who
    alone shows a class. Else, or where everybody does, a fifth of each class's clips. Both orders
    are seeded by ``seed``.

    Raises:
        InputError: no class has a clip to spare.
    """
    persons = sorted(set(clips.subjects.tolist()) - {""})
    if len(persons) > 1 and (clips.subjects != "").all():
        chosen, people = _some_people(clips, persons, named_rng("people to test on", seed))
        if people:
            told = ", ".join(people[:8]) + (", ..." if len(people) > 8 else "")
            return chosen, (
                f"There is no split: {len(people)} of {len(persons)} people are tested on "
                f"({told}), by the seed '{seed}'."
            )
    rng = named_rng("clips to test on", seed)
    chosen = np.zeros(len(clips), dtype=bool)
    for label in range(len(clips.classes)):
        rows = np.flatnonzero(clips.labels == label)
        rows = rng.permutation(rows[np.argsort(clips.ids[rows])])
        if len(rows) > 1:
            chosen[rows[: max(1, round(SHARE * len(rows)))]] = True
    if not chosen.any():
        raise InputError(f"{clips.name}: no class has two clips, there is nothing to test on")
    return chosen, (
        f"There is no split and people are not known: a fifth of each class's clips is tested on, "
        f"by the seed '{seed}'."
    )


def _some_people(
    clips: ClipSet, persons: list[str], rng: np.random.Generator
) -> tuple[BoolArray, list[str]]:
    chosen = np.zeros(len(clips), dtype=bool)
    shown = clips.class_counts() > 0
    taken: list[str] = []
    for number in rng.permutation(len(persons)):
        attempt = chosen | (clips.subjects == persons[number])
        left = np.bincount(clips.labels[~attempt], minlength=len(shown)) > 0
        if len(taken) < max(1, round(SHARE * len(persons))) and np.array_equal(left, shown):
            chosen = attempt
            taken.append(persons[number])
    return chosen, sorted(taken)
