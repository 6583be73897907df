"""Checks of what a generator returns: labels, clips, unit, lengths."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmark.analyses.conformance.candidate import (
    SAMPLE_SEED,
    BrokenPromiseError,
    Candidate,
    NotApplicableError,
    first_of_each_class,
)
from benchmark.experiment.stages.fit import said_of_itself
from skeletons.arrays import Float32Array
from skeletons.clips import ClipSet
from skeletons.seeds import named_rng

UNIT_FACTOR = 10.0
"""Bones of samples may be this much shorter or longer than real ones: an untrained model is
allowed to be wrong, but centimetres for metres are a factor of 100."""

SHORTEST, LONGEST = 0.5, 1.5
"""Lengths of a generator of ``length = "variable"`` may lie outside the real lengths of the class
by these factors: a crop or a change of pace is no error."""


def check_fits(candidate: Candidate) -> None:
    """The shared fit, what it says of itself, and one sample of it."""
    said_of_itself(candidate.reference.generator, candidate.name)
    try:
        candidate.sample(candidate.reference.generator, candidate.labels[:1])
    except NotApplicableError:
        raise
    except BaseException:
        candidate.give_up()
        raise


def check_fits_on_one(candidate: Candidate) -> None:
    """The smallest training set that has every class."""
    generator = candidate.fit(first_of_each_class(candidate.clips))
    candidate.sample(generator, np.arange(len(candidate.clips.classes)))


def check_labels(candidate: Candidate) -> None:
    """Labels in seeded orders, repeated, all equal, one, none."""
    classes = len(candidate.clips.classes)
    mixed = named_rng("conformance order").integers(classes, size=classes + 5)
    for asked in (mixed, np.full(5, classes - 1), np.asarray([0]), np.zeros(0, dtype=np.int64)):
        given = candidate.sample(candidate.reference.generator, asked).labels
        if not np.array_equal(given, asked):
            raise BrokenPromiseError(
                f"asked for the labels {asked.tolist()} it gives clips of {given.tolist()}"
            )


def check_clips(candidate: Candidate) -> None:
    """Type, skeleton, classes, shapes, values and ids."""
    samples: Any = candidate.reference.generator.sample(candidate.few_labels.copy(), SAMPLE_SEED)
    if not isinstance(samples, ClipSet):
        raise BrokenPromiseError(f"sample returns {type(samples).__name__}, not a ClipSet")
    if samples.skeleton != candidate.clips.skeleton:
        raise BrokenPromiseError(
            f"clips of the skeleton {samples.skeleton.name}, not {candidate.clips.skeleton.name}"
        )
    if samples.classes != candidate.clips.classes:
        raise BrokenPromiseError("the clips have other class names, or in another order")
    shape = (len(samples.skeleton), 3)
    if samples.frames.shape[1:] != shape or samples.frames.dtype != np.float32:
        raise BrokenPromiseError(
            f"frames are {samples.frames.dtype} [F, {', '.join(map(str, samples.frames.shape[1:]))}"
            f"], not float32 [F, {shape[0]}, 3]"
        )
    counts = {len(getattr(samples, name)) for name in ("starts", "lengths", "labels", "ids")}
    if len(counts) > 1:
        raise BrokenPromiseError("starts, lengths, labels and ids differ in number")
    if (samples.lengths < 1).any():
        raise BrokenPromiseError("a clip without frames")
    ends = samples.starts + samples.lengths
    if (samples.starts < 0).any() or (ends > len(samples.frames)).any():
        raise BrokenPromiseError("a clip reaches beyond the buffer of frames")
    if not np.isfinite(samples.packed().frames).all():
        raise BrokenPromiseError("NaN or infinite coordinates")
    if len(np.unique(samples.ids)) < len(samples):
        raise BrokenPromiseError("two clips have the same id")


def check_unit(candidate: Candidate) -> None:
    """Median length of all bones in all frames."""
    real, ours = (
        float(np.nanmedian(bone_lengths(clips))) for clips in (candidate.clips, candidate.samples)
    )
    if not real / UNIT_FACTOR <= ours <= real * UNIT_FACTOR:
        unit = candidate.clips.skeleton.unit
        raise BrokenPromiseError(
            f"a bone is {ours:.3g} {unit} long (median), {real:.3g} {unit} in the training clips: "
            "another unit, or limbs that fall apart"
        )


def bone_lengths(clips: ClipSet) -> Float32Array:
    """Length of each bone in each frame, ``[F, V - 1]``."""
    frames = clips.packed().frames
    parents, children = np.asarray(clips.skeleton.edges).T
    lengths: Float32Array = np.linalg.norm(frames[:, children] - frames[:, parents], axis=-1)
    return lengths


def check_lengths(candidate: Candidate) -> None:
    """Lengths against those of the class's real clips."""
    real, samples = candidate.clips, candidate.samples
    kind = said_of_itself(candidate.reference.generator, candidate.name)["length"]
    if candidate.sees_held_back:
        real = ClipSet.concatenate([real, candidate.held_back])
    low, high = (1.0, 1.0) if kind == "fixed" else (SHORTEST, LONGEST)
    differ = vary = False
    for label in np.unique(samples.labels):
        known = real.lengths[real.labels == label]
        lengths = samples.lengths[samples.labels == label]
        shortest = max(1, np.floor(low * known.min()))
        longest = np.ceil(high * known.max())
        if lengths.min() < shortest or lengths.max() > longest:
            wrong = lengths[(lengths < shortest) | (lengths > longest)][0]
            hint = " (or say length = 'variable')" if kind == "fixed" else ""
            raise BrokenPromiseError(
                f"a clip of class {label} has {wrong} frames, real ones have {known.min()} to "
                f"{known.max()}: draw the length from the class's real clips, or it gives the "
                f"sample away{hint}"
            )
        differ |= len(np.unique(known)) > 1
        vary |= len(np.unique(lengths)) > 1
    if differ and not vary:
        raise BrokenPromiseError("all clips of a class have one length, real ones differ")
