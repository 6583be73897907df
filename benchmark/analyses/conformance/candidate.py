"""The generator under test: its clips, its fits and its samples, made once for all checks."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from benchmark.analyses.conformance.random_state import random_states_watched
from generators.protocol import FitContext, Generator, Parts, Progress, silent
from generators.registry import make_generator
from skeletons.arrays import IntArray
from skeletons.clips import ClipSet
from skeletons.seeds import named_rng
from skeletons.splits import Split

CLIPS_A_CLASS = 3
SAMPLES_A_CLASS = 4
FEW = 12
"""Labels of samples that are only compared with each other."""

STRETCH = 3
"""How much longer than it was the long clip of :func:`ragged` is."""

FIT_SEED = 11
SAMPLE_SEED = 5


class BrokenPromiseError(Exception):
    """A generator does not do what a check asks; one line says what it does instead."""


class NotApplicableError(Exception):
    """A check cannot be made on this generator; one line says why."""


@dataclass(frozen=True, eq=False)
class Reference:
    """A fit that the checks share.

    Attributes:
        generator: fitted on 3 clips a class.
        given: the clips that its fit was handed, which must be as they were.
        progress_calls: calls of ``run.progress`` with some step done.
    """

    generator: Generator
    given: ClipSet
    progress_calls: int


@dataclass(eq=False)
class Candidate:
    """A generator under test.

    Attributes:
        name: as the registry takes it.
        clips: 3 training clips a class, of very different lengths (:func:`ragged`).
        held_back: clips of the training part that no fit sees, for those that ask for them.
        folder: an empty folder to work in.
        watch: called with a fit's progress.
        moved_by_fit: names of the global random states that the latest fit has changed. The first
            fit may import modules, which may change them, too.
    """

    name: str
    clips: ClipSet
    held_back: ClipSet
    folder: Path
    profile: str = "smoke"
    settings: Mapping[str, Any] = field(default_factory=dict)
    device: str = "cpu"
    watch: Progress = silent
    moved_by_fit: tuple[str, ...] = ()
    _folders: int = 0
    _reference: Reference | None = None
    _fit_failed: bool = False

    def new(self) -> Generator:
        """An unfitted one."""
        return make_generator(self.name, self.profile, self.settings)

    @cached_property
    def sees_held_back(self) -> bool:
        """Whether its fits are handed held-back clips."""
        return bool(getattr(self.new(), "sees_held_back", False))

    def fit(
        self, clips: ClipSet, *, scratch: Path | None = None, progress: Progress = silent
    ) -> Generator:
        """A new one, fitted on ``clips`` as a run of the benchmark would: with a folder that
        survives an interruption and parts that are kept in it."""
        scratch = self.new_folder("scratch") if scratch is None else scratch

        def both(done: int, total: int) -> None:
            self.watch(done, total)
            progress(done, total)

        context = FitContext(
            seed=FIT_SEED,
            device=self.device,
            scratch=scratch,
            progress=both,
            part=kept_parts(scratch.with_name(scratch.name + "-parts")),
        )
        if self.sees_held_back:
            context = replace(context, held_back=copied(self.held_back))
        with random_states_watched() as moved:
            generator = self.new()
            generator.fit(clips, context)
        self.moved_by_fit = tuple(moved)
        return generator

    @property
    def reference(self) -> Reference:
        """The shared fit, made on first use.

        Raises:
            NotApplicableError: it has failed before; whoever asked first got its error.
        """
        if self._fit_failed:
            raise NotApplicableError(
                f"it cannot be fitted on {CLIPS_A_CLASS} clips a class, or not sampled"
            )
        if self._reference is None:
            self._fit_failed = True
            given, calls = copied(self.clips), 0

            def progress(done: int, total: int) -> None:
                nonlocal calls
                calls += done > 0

            generator = self.fit(given, progress=progress)
            self._reference = Reference(generator, given, calls)
            self._fit_failed = False
        return self._reference

    def give_up(self) -> None:
        """The shared fit is of no use: whoever asks for it from now on is not applicable."""
        self._fit_failed = True

    @cached_property
    def labels(self) -> IntArray:
        """Every class several times, in a seeded order."""
        labels = np.repeat(np.arange(len(self.clips.classes)), SAMPLES_A_CLASS)
        return np.asarray(named_rng("conformance labels").permutation(labels), dtype=np.int64)

    @property
    def few_labels(self) -> IntArray:
        """The first of them, for samples that are only compared with each other."""
        return self.labels[:FEW]

    @cached_property
    def samples(self) -> ClipSet:
        """Samples of the shared fit for :attr:`labels`."""
        return self.sample(self.reference.generator, self.labels)

    @cached_property
    def few_samples(self) -> ClipSet:
        """Samples of the shared fit for :attr:`few_labels`."""
        return self.sample(self.reference.generator, self.few_labels)

    @cached_property
    def samples_repeat(self) -> bool:
        """Whether the shared fit gives the same samples twice."""
        again = self.sample(self.reference.generator, self.few_labels)
        return equal(again, self.few_samples)

    @cached_property
    def fits_repeat(self) -> bool:
        """Whether a second fit gives the samples of the shared one."""
        second = self.fit(copied(self.clips))
        return equal(self.sample(second, self.few_labels), self.few_samples)

    def sample(self, generator: Generator, labels: IntArray, seed: int = SAMPLE_SEED) -> ClipSet:
        """A sample of a fitted one; :class:`NotApplicableError` where it is no set of clips."""
        clips: Any = generator.sample(labels.copy(), seed)
        if not isinstance(clips, ClipSet):
            raise NotApplicableError(f"sample returns {type(clips).__name__}, not a ClipSet")
        return clips

    def new_folder(self, name: str) -> Path:
        """An empty folder that no other check uses."""
        self._folders += 1
        folder = self.folder / f"{name}-{self._folders}"
        folder.mkdir(parents=True)
        return folder


def clips_for_checks(train: ClipSet) -> tuple[ClipSet, ClipSet]:
    """Clips to fit on, 3 a class and ragged, and as many of the rest to hold back."""
    fitted = Split.parse(f"{CLIPS_A_CLASS}shot").rows(train)
    twice = Split.parse(f"{2 * CLIPS_A_CLASS}shot").rows(train)
    rest = np.setdiff1d(twice, fitted)
    return ragged(train.select(fitted)), train.select(rest, "held-back").packed()


def ragged(clips: ClipSet) -> ClipSet:
    """The same clips, one cut to its first frame, one to two frames, one three times as long.

    Real recordings have such clips. They are the last clips of the first three classes, so that
    the first clip of a class is always a whole one.
    """
    last = {int(label): row for row, label in enumerate(clips.labels)}
    lengths = clips.lengths.copy()
    for label, frames in ((0, 1), (1, 2)):
        if label in last:
            lengths[last[label]] = min(frames, lengths[last[label]])
    cut = replace(clips, lengths=lengths)
    longer = lengths.copy()
    if 2 in last:
        longer[last[2]] *= STRETCH
    return cut.with_lengths(longer)


def first_of_each_class(clips: ClipSet) -> ClipSet:
    """One clip a class."""
    _, rows = np.unique(clips.labels, return_index=True)
    return clips.select(np.sort(rows)).packed()


def copied(clips: ClipSet) -> ClipSet:
    """The same clips in arrays of their own."""
    packed = clips.packed()
    names = ("frames", "starts", "lengths", "labels", "subjects", "views", "ids")
    return replace(packed, **{name: getattr(packed, name).copy() for name in names})


def equal(first: ClipSet, second: ClipSet) -> bool:
    """Whether two sets hold the same clips, bit for bit; ids do not matter."""
    one, two = first.packed(), second.packed()
    return all(
        getattr(one, name).shape == getattr(two, name).shape
        and getattr(one, name).tobytes() == getattr(two, name).tobytes()
        for name in ("lengths", "labels", "frames")
    )


def kept_parts(store: Path) -> Parts:
    """``FitContext.part``: finished parts stay under ``store``, as a run's store keeps them."""

    def part(
        name: str,
        recipe: Mapping[str, Any],
        write: Callable[[Path], None],
        modules: Sequence[str] = (),
    ) -> Path:
        key = hashlib.sha256(repr((name, sorted(recipe.items()))).encode()).hexdigest()[:16]
        folder, partial = store / key, store / f"{key}.partial"
        if not folder.exists():
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir(parents=True)
            write(partial)
            partial.rename(folder)
        return folder

    return part
