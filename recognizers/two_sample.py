"""A classifier two-sample test: can a network tell synthetic clips from real ones that it has not
been trained on? (Lopez-Paz and Oquab, "Revisiting classifier two-sample tests", ICLR 2017.)

If both kinds came from one distribution, no classifier could be right more often than half of the
time. Unlike a distance of features, the test does not hang on a judge that has learnt to look past
what differs: the network learns the difference itself. What it could learn unfairly is kept out:

- **Numbers and classes.** In each half every class has as many real clips as synthetic ones.
- **People.** A person is in one half only, where people are known; so is a clip that is there
  twice, and a copy of a real clip goes where the person goes that it shows. Else the network could
  know clips again, and copies of real clips would look *less* like real clips than by chance.
- **Length and frame rate.** Clips are sampled at as many moments as the recipe has frames.
- **Place and direction** are taken off, by the inputs of all recognizers.
- **Rounding, exact zeros.** Recordings are stored in tenths of a millimetre or in half precision,
  samples are not: Gaussian noise of ``DITHER`` mean bone lengths is added to both, in training and
  in test, so that differences below that size are not looked at.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from recognizers.downstream import train_recognizer
from recognizers.recipe_table import recipe_of
from recognizers.recipes import Augmentation, Recipe
from recognizers.training import TrainingRun
from skeletons.arrays import BoolArray, Float64Array, IntArray, StrArray
from skeletons.clips import ClipSet
from skeletons.errors import InputError
from skeletons.seeds import derive_seed, named_rng

STEPS = 400
"""Optimiser steps of each of the two trainings."""

DITHER = 0.005
"""Standard deviation of the noise on every coordinate of every clip, in mean bone lengths: about a
millimetre, twice the rounding error of half precision at four metres from a sensor."""

KINDS = ("real", "synthetic")


@dataclass(frozen=True, eq=False)
class TwoSampleScores:
    """What a network says of clips that it has not been trained on, one row a clip.

    Attributes:
        ids: of the clips, as their sets have them.
        synthetic: ``[N]``, which clips are synthetic; half of them.
        labels: class of each clip ``[N]``.
        groups: ``[N]``, clips that were kept in one half: those of a person, or of one content.
        half: ``[N]``, 0 or 1: the half in which a clip was tested.
        p_synthetic: ``[N]``, probability that the clip is synthetic, by the network that was
            trained on the other half. Two networks, so compare within a half.
    """

    ids: StrArray
    synthetic: BoolArray
    labels: IntArray
    groups: StrArray
    half: IntArray
    p_synthetic: Float64Array

    @property
    def correct(self) -> BoolArray:
        """Whether the likelier kind is the right one, ``[N]``."""
        return np.asarray((self.p_synthetic > 0.5) == self.synthetic)


def two_sample_recipe(network: str) -> Recipe:
    """The quick recipe of a network, with mirroring as the only augmentation: noise, turns and
    crops would hide what is looked for."""
    return replace(recipe_of(network, "quick"), augmentation=Augmentation(mirror=0.5))


def two_sample_scores(
    real: ClipSet,
    synthetic: ClipSet,
    network: str,
    *,
    recipe: Recipe,
    steps: int = STEPS,
    seed: int,
    run: TrainingRun,
) -> TwoSampleScores:
    """Train a network on one half to tell the kinds apart, test it on the other, and the other way
    round.

    Args:
        network: name of a recognizer, such as ``stgcn++`` or ``st_trans``.
        run: its checkpoint, if any, is the stem of two, one a half.

    Raises:
        InputError: sets of different skeletons or classes, or too few clips or people to have both
            kinds in both halves.
        TrainingDivergedError: the loss is no longer finite.
    """
    if real.skeleton != synthetic.skeleton or real.classes != synthetic.classes:
        raise InputError(f"'{real.name}' and '{synthetic.name}' differ in skeleton or classes")
    clips, labels, groups = _both_kinds(real, synthetic)
    half = halves(clips.labels, labels, groups, seed)
    clips = _dithered(clips, seed)
    p_synthetic = np.zeros(len(clips))
    for number in (0, 1):
        trained = train_recognizer(
            network,
            clips.select(half == 1 - number, name=f"{clips.name}, half {2 - number}"),
            recipe=recipe,
            steps=steps,
            seed=derive_seed(seed, "two-sample test", number),
            run=_run_of_half(run, number, steps),
        )
        tested = np.flatnonzero(half == number)
        p_synthetic[tested] = trained.scores(clips.select(tested))[:, 1]
    used = np.flatnonzero(half >= 0)
    ids = np.concatenate([real.ids, synthetic.ids])
    return TwoSampleScores(
        ids=ids[used],
        synthetic=clips.labels[used] == 1,
        labels=labels[used],
        groups=groups[used],
        half=half[used],
        p_synthetic=p_synthetic[used],
    )


def halves(kinds: IntArray, labels: IntArray, groups: StrArray, seed: int) -> IntArray:
    """The half of each clip ``[N]``: 0, 1, or -1 for a clip that is left out.

    Groups are shared out whole, so that both halves have about as many clips of each kind and class
    (scikit-learn's ``StratifiedGroupKFold``). Then clips of the kind that has more of a class in a
    half are left out at random until both have as many.

    Args:
        kinds: 0 for real, 1 for synthetic, ``[N]``.

    Raises:
        InputError: a half without clips.
    """
    from sklearn.model_selection import StratifiedGroupKFold  # lazy: takes seconds to import

    rng = named_rng("halves of a two-sample test", seed)
    split = StratifiedGroupKFold(2, shuffle=True, random_state=int(rng.integers(2**32)))
    half = np.full(len(kinds), -1, dtype=np.int64)
    strata = 2 * labels + kinds
    if len(np.unique(groups)) > 1 and np.bincount(strata).max() > 1:
        with warnings.catch_warnings():
            # A class with one clip of a kind is in one half alone, and left out there.
            warnings.filterwarnings("ignore", "The least populated class", UserWarning)
            folds = split.split(kinds, strata, groups)
            for number, (_, rows) in enumerate(folds):
                half[rows] = number
    for rows in _surplus(half, kinds, labels, rng):
        half[rows] = -1
    if not ((half == 0).any() and (half == 1).any()):
        raise InputError(
            "a two-sample test needs two clips or more of each kind in one class, of two people or "
            f"more: there are {int((kinds == 0).sum())} real and {int((kinds == 1).sum())} "
            "synthetic clips"
        )
    return half


def _surplus(
    half: IntArray, kinds: IntArray, labels: IntArray, rng: np.random.Generator
) -> Iterator[IntArray]:
    """Rows to leave out, so that each class has as many clips of both kinds in each half."""
    for number in (0, 1):
        for label in np.unique(labels):
            here = (half == number) & (labels == label)
            rows = [np.flatnonzero(here & (kinds == kind)) for kind in (0, 1)]
            count = min(len(one) for one in rows)
            yield from (rng.permutation(one)[count:] for one in rows)


def _both_kinds(real: ClipSet, synthetic: ClipSet) -> tuple[ClipSet, IntArray, StrArray]:
    """One set whose classes are the two kinds, and the class and the group of each clip ``[N]``."""
    parts = [
        replace(
            part,
            classes=KINDS,
            labels=np.full(len(part), kind, dtype=np.int64),
            ids=np.asarray([f"{KINDS[kind]}/{clip}" for clip in part.ids.tolist()], dtype=str),
        )
        for kind, part in enumerate((real, synthetic))
    ]
    clips = ClipSet.concatenate(parts, f"{real.name} and {synthetic.name}")
    labels = np.concatenate([real.labels, synthetic.labels])
    return clips, labels, _groups(clips)


def _groups(clips: ClipSet) -> StrArray:
    """The person of each clip ``[N]``; where no person is known, that of a known clip with the same
    frames, else the frames themselves."""
    contents = [
        hashlib.sha256(np.ascontiguousarray(clips[row].joints).tobytes()).hexdigest()
        for row in range(len(clips))
    ]
    people = clips.subjects.tolist()
    person_of = {
        content: person for content, person in zip(contents, people, strict=True) if person
    }
    groups = [
        f"person {person_of[content]}" if content in person_of else f"clip {content[:16]}"
        for content in contents
    ]
    return np.asarray(groups, dtype=str)


def _dithered(clips: ClipSet, seed: int) -> ClipSet:
    """Clips with a little noise, whose size real and synthetic ones share."""
    packed = clips.packed()
    real = packed.select(packed.labels == 0).packed()
    lengths = packed.skeleton.bone_lengths(real.frames)
    size = DITHER * float(lengths.mean(dtype=np.float64)) if lengths.size else 0.0
    noise = named_rng("dither", seed).standard_normal(packed.frames.shape, dtype=np.float32)
    return replace(packed, frames=packed.frames + np.float32(size) * noise)


def _run_of_half(run: TrainingRun, number: int, steps: int) -> TrainingRun:
    """The run of one of the two trainings: a checkpoint and a half of the progress of its own."""
    checkpoint = run.checkpoint
    if checkpoint is not None:
        checkpoint = checkpoint.with_name(f"{checkpoint.stem}-{number}{checkpoint.suffix}")
    return replace(
        run,
        checkpoint=checkpoint,
        progress=lambda done, total: run.progress(number * steps + done, 2 * steps),
    )
