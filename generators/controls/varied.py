"""What a generator could win by varying one thing: kinematic12's clips performed again.

The data set is made by code, so its clips can be performed again with one factor redrawn and all
else as it was. Training on such clips tells which variation a recognizer lacks. No learned
generator can know what this one does, and it works for kinematic12 alone.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
from pydantic import Field, field_validator

from generators.clip_choice import check_known
from generators.profiles import Parameters
from generators.protocol import FitContext
from skeletons.arrays import Float32Array, IntArray
from skeletons.clips import ClipSet
from skeletons.datasets.kinematic12 import Difficulty, Kinematic12
from skeletons.datasets.kinematic12.recording import CLIPS_OF_A_CLASS, record
from skeletons.datasets.kinematic12.retake import FACTORS, Retake
from skeletons.errors import InputError, unknown_name
from skeletons.layouts import SMPL24
from skeletons.seeds import derive_seed, named_rng

SEED = 0
"""Of the data set that comes with the package."""


class VariedParameters(Parameters):
    """What is performed anew."""

    vary: str = Field(
        "timing", description=f"one of {', '.join(FACTORS)}, or several with + between them"
    )

    @field_validator("vary")
    @classmethod
    def _known(cls, value: str) -> str:
        for name in value.split("+"):
            if name not in FACTORS:
                raise ValueError(str(unknown_name("factor", name, FACTORS)))
        return value


class Varied:
    """The split's clips of kinematic12, performed again with some factors redrawn."""

    parameters_type: ClassVar[type[VariedParameters]] = VariedParameters
    length: ClassVar[str] = "variable"

    def __init__(self, parameters: VariedParameters | None = None) -> None:
        self.parameters = parameters or VariedParameters()
        self.caveats: tuple[str, ...] = (
            f"Each sample is a clip of the split performed again by the data set's own code with "
            f"another {' and '.join(self.parameters.vary.split('+'))}: what nobody can know who "
            "has the clips alone.",
        )

    def fit(self, clips: ClipSet, run: FitContext) -> None:
        """Find the clips of the split in the recording.

        Raises:
            InputError: clips that are not those of kinematic12.
        """
        known = Kinematic12(SEED).load(Kinematic12.protocols[0]).train
        if not _among(clips, known):
            raise InputError(
                f"{clips.name}: its clips are not those of kinematic12, which alone can be "
                "performed again"
            )
        parts = [str(clip_id).split("_") for clip_id in clips.ids]
        self.numbers = np.array([int(part[-1]) for part in parts], dtype=np.int64)
        self.labels, self.classes = clips.labels, clips.classes
        self.people = tuple(sorted({int(part[1].removeprefix("s")) - 1 for part in parts}))

    def sample(self, labels: IntArray, seed: int) -> ClipSet:
        """A clip for each label ``[N]``: those of its class in turn, a take after the other."""
        check_known(self.labels, labels)
        numbers, takes = np.zeros((2, len(labels)), dtype=np.int64)
        for label in np.unique(labels).tolist():
            own = named_rng(seed, "turns", label).permutation(self.numbers[self.labels == label])
            here = np.flatnonzero(labels == label)
            numbers[here] = own[np.arange(len(here)) % len(own)]
            takes[here] = np.arange(len(here)) // len(own)
        factors = frozenset(self.parameters.vary.split("+"))
        joints: list[Float32Array] = [np.empty(0, np.float32)] * len(labels)
        for take in np.unique(takes).tolist():
            here = np.flatnonzero(takes == take)
            asked = np.unique(labels[here])
            number = derive_seed(seed, "take", take) % 2**31 + 1
            retake = Retake(factors, number, self.people)
            again = record(SEED, Difficulty(), retake=retake, labels=asked.tolist())
            rows = np.searchsorted(asked, labels[here]) * CLIPS_OF_A_CLASS + numbers[here]
            starts, lengths = again.starts[rows], again.lengths[rows]
            for place, start, length in zip(here.tolist(), starts, lengths, strict=True):
                joints[place] = again.frames[start : start + length].astype(np.float32)
        made = ClipSet.of(SMPL24, self.classes, joints, labels, name="varied")
        return replace(made, labels=np.asarray(labels, dtype=np.int64))

    def save(self, folder: Path) -> None:
        """Write ``varied.json``."""
        told = {
            "vary": self.parameters.vary,
            "numbers": self.numbers.tolist(),
            "labels": self.labels.tolist(),
            "classes": list(self.classes),
            "people": list(self.people),
        }
        (folder / "varied.json").write_text(json.dumps(told) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The generator that :meth:`save` wrote; :class:`InputError` for files that do not fit."""
        path = folder / "varied.json"
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
            made = cls(VariedParameters(vary=told["vary"]))
            made.numbers = np.asarray(told["numbers"], dtype=np.int64)
            made.labels = np.asarray(told["labels"], dtype=np.int64)
            made.classes = tuple(map(str, told["classes"]))
            made.people = tuple(map(int, told["people"]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(f"{path} holds no generator: {error!r}") from error
        return made


def _among(clips: ClipSet, known: ClipSet) -> bool:
    """Whether clips are among those of a data set, coordinate by coordinate."""
    if clips.skeleton != known.skeleton or not np.isin(clips.ids, known.ids).all():
        return False
    same = known.select_ids(clips.ids.tolist()).packed()
    return np.array_equal(clips.lengths, same.lengths) and np.array_equal(
        clips.packed().frames, same.frames
    )
