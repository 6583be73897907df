"""Controls: generators that learn nothing, between which every other row of a table must lie.

``real`` is the ceiling, ``copy`` the generator that knows its training clips by heart, ``mean`` the
floor of diversity and ``shuffle`` the one with right clips and wrong labels.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from pydantic import Field

from generators.clip_choice import (
    check_known,
    draw_of_all,
    draw_with_replacement,
    draw_without_replacement,
)
from generators.length_and_placement import LengthAndPlacement
from generators.profiles import Parameters, Profiles
from generators.protocol import FitContext
from skeletons.arrays import IntArray, StrArray
from skeletons.clips import ClipSet
from skeletons.errors import InputError
from skeletons.placement import VOTING_FRAMES, remove_placement, restore_placement, upright
from skeletons.seeds import named_rng


class NoParameters(Parameters):
    """There is nothing to set."""


class MeanParameters(Parameters):
    """The class mean and the noise on it."""

    frames: int = Field(48, ge=1, description="frames that clips are resampled to for their mean")
    noise: float = Field(
        0.01, ge=0, description="standard deviation of each coordinate, in the data's unit"
    )


CONTROL_PROFILES = Profiles(NoParameters)
MEAN_PROFILES = Profiles(MeanParameters)


class _RealClips(ABC):
    """Real clips as they are; a subclass says which."""

    parameters_type: ClassVar[type[NoParameters]] = NoParameters
    length: ClassVar[str] = "variable"

    def __init__(self, parameters: NoParameters | None = None) -> None:
        self.parameters = parameters or self.parameters_type()
        self.caveats: tuple[str, ...] = ()

    def sample(self, labels: IntArray, seed: int) -> ClipSet:
        """A real clip for each label ``[N]``, in order; :class:`InputError` for an unknown one."""
        check_known(self.clips.labels, labels)
        drawn = self.clips.select(self._rows(labels, named_rng(seed, "rows")), "sample")
        return replace(drawn, labels=np.asarray(labels, dtype=np.int64), ids=_numbered(len(labels)))

    def save(self, folder: Path) -> None:
        """Write ``clips.npz`` and ``control.json``."""
        self.clips.save(folder / "clips.npz")
        _write(folder, {"caveats": list(self.caveats)})

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The control that :meth:`save` wrote; :class:`InputError` for files that do not fit."""
        control = cls()
        control.caveats = tuple(_read(folder, "caveats", cls.__name__))
        control.clips = ClipSet.load(folder / "clips.npz")
        return control

    def _keep(self, clips: ClipSet, *caveats: str) -> None:
        self.clips = clips.packed()
        self.caveats = caveats

    @abstractmethod
    def _rows(self, labels: IntArray, rng: np.random.Generator) -> IntArray:
        """Rows of the kept clips that stand for labels ``[N]``."""


class Copy(_RealClips):
    """The split's training clips again, drawn with replacement: a generator that memorised."""

    def fit(self, clips: ClipSet, run: FitContext) -> None:
        """Keep the training clips of the split."""
        self._keep(clips, "Each sample of `copy` is a training clip of the split, unchanged.")

    def _rows(self, labels: IntArray, rng: np.random.Generator) -> IntArray:
        return draw_with_replacement(self.clips.labels, labels, rng)


class Real(_RealClips):
    """Held-back real clips: the best that a generator can hope for.

    Clips of a class come without replacement within one call, as long as they last. A class of
    which nothing is held back, as every class of the split ``full``, is served from the split.
    """

    sees_held_back: ClassVar[bool] = True

    def fit(self, clips: ClipSet, run: FitContext) -> None:
        """Keep the clips that are held back, and the split's own of classes that have none."""
        who, held = type(self).__name__.lower(), run.held_back
        if held is None or len(held) == 0:
            self._keep(
                clips,
                f"Nothing is held back in this split: `{who}` hands out the split's own clips.",
            )
            return
        own = clips.select(~np.isin(clips.labels, held.labels))
        caveats = [
            f"Each sample of `{who}` is a real training clip outside the split: it has seen more "
            "clips than the split holds."
        ]
        if len(own):
            names = ", ".join(clips.classes[label] for label in np.unique(own.labels))
            caveats.append(
                f"Nothing is held back of {names}: there `{who}` hands out the split's own clips."
            )
        self._keep(ClipSet.concatenate([held, own]), *caveats)

    def _rows(self, labels: IntArray, rng: np.random.Generator) -> IntArray:
        return draw_without_replacement(self.clips.labels, labels, rng)


class Shuffle(Real):
    """Right clips, wrong labels: features as of ``real``, accuracy at chance.

    Its clips are drawn from all that ``real`` has, in the classes' own proportions, and dealt out
    to the asked labels at random. So the FID of a whole pool is that of ``real``. Where a metric
    takes part of a pool and matches the classes by their labels, it stays a little above it: the
    labels say nothing about the shown classes, whose numbers in the part differ by chance.
    """

    def fit(self, clips: ClipSet, run: FitContext) -> None:
        """Keep the clips that ``real`` keeps."""
        super().fit(clips, run)
        wrong = "Labels of `shuffle` are wrong on purpose: a sample shows a clip of any class."
        self.caveats = (wrong, *self.caveats)

    def _rows(self, labels: IntArray, rng: np.random.Generator) -> IntArray:
        return draw_of_all(self.clips.labels, len(labels), rng)


class ClassMean:
    """The mean clip of each class plus noise: the floor of diversity.

    Training clips are put upright, resampled to ``frames`` and averaged; a sample gets length and
    placement of a training clip of its class. The noise is what a depth sensor adds to a body that
    repeats itself exactly, about a centimetre: so samples differ, but no more than two recordings
    of one motion.
    """

    parameters_type: ClassVar[type[MeanParameters]] = MeanParameters
    length: ClassVar[str] = "fixed"
    caveats: ClassVar[tuple[str, ...]] = (
        "Each sample of `mean` is the mean of its class's training clips, plus noise.",
    )

    def __init__(self, parameters: MeanParameters | None = None) -> None:
        self.parameters = parameters or self.parameters_type()

    def fit(self, clips: ClipSet, run: FitContext) -> None:
        """Average each class; keep its clips' lengths and placements."""
        placement = remove_placement(clips.resample(VOTING_FRAMES), clips.skeleton)[1]
        self.length_and_placement = LengthAndPlacement.of(clips, placement)
        known = np.unique(clips.labels)
        means = [
            upright(clips.select(clips.labels == label))
            .resample(self.parameters.frames)
            .mean(axis=0, dtype=np.float64)
            for label in known
        ]
        self.means = ClipSet.of(clips.skeleton, clips.classes, means, known, name="mean")

    def sample(self, labels: IntArray, seed: int) -> ClipSet:
        """Mean and noise for each label ``[N]``, in order; :class:`InputError` for an unknown
        one."""
        lengths, placement = self.length_and_placement.draw(labels, seed)
        rows = np.searchsorted(self.means.labels, labels)
        clips = self.means.select(rows, "sample").with_lengths(lengths)
        noise = named_rng(seed, "noise").standard_normal(clips.frames.shape, dtype=np.float32)
        noisy = clips.frames + np.float32(self.parameters.noise) * noise
        placed = placement.select(np.repeat(np.arange(len(clips)), lengths))
        frames = restore_placement(noisy[:, None], placed, clips.skeleton)[:, 0]
        return replace(clips, frames=frames, ids=_numbered(len(clips)))

    def save(self, folder: Path) -> None:
        """Write ``means.npz``, ``length_and_placement.npz`` and ``control.json``."""
        self.means.save(folder / "means.npz")
        self.length_and_placement.save(folder)
        _write(folder, {"parameters": self.parameters.model_dump()})

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The control that :meth:`save` wrote; :class:`InputError` for files that do not fit."""
        try:
            parameters = cls.parameters_type(**_read(folder, "parameters", cls.__name__))
            control = cls(parameters)
            control.length_and_placement = LengthAndPlacement.load(folder)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(f"{folder} holds no fitted {cls.__name__}: {error}") from error
        control.means = ClipSet.load(folder / "means.npz")
        return control


def _numbered(count: int) -> StrArray:
    return np.asarray([f"sample-{number:05d}" for number in range(count)], dtype=str)


def _write(folder: Path, state: Mapping[str, Any]) -> None:
    (folder / "control.json").write_text(json.dumps(state, indent=1) + "\n", encoding="utf-8")


def _read(folder: Path, key: str, kind: str) -> Any:
    """A value of ``control.json``."""
    try:
        return json.loads((folder / "control.json").read_text(encoding="utf-8"))[key]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{folder} holds no fitted {kind}: {error}") from error
