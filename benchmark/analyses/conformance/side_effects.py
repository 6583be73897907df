"""Checks of what a generator leaves alone, what it needs, and how it refuses."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from benchmark.analyses.conformance.allocation import usage_of
from benchmark.analyses.conformance.candidate import (
    SAMPLE_SEED,
    BrokenPromiseError,
    Candidate,
    NotApplicableError,
    copied,
    equal,
)
from benchmark.analyses.conformance.random_state import random_states_watched
from generators.registry import check_generator
from skeletons.errors import InputError

COUNTS = ((10, 40), (150, 450))
"""Numbers of samples whose memory is compared; the benchmark asks for 150 at a time. The second
pair is tried where the first still grows: its numbers may lie below the generator's batch."""

LAYER_GROWTH = 2.0
"""Three or four times the samples may give a torch layer this much more to do in one call, since
sequences are padded to the longest of a batch; without batches it is three or four times."""

CLIPS_A_CLIP = 25
FRAMES_OF_A_CLIP = 64
"""Memory may grow, with each further sample, by this many clips of 64 frames (of its own length
where that is longer): the clip itself, and copies of it in float64 on its way to the caller."""


def check_memory(candidate: Candidate) -> None:
    """The largest tensor in any torch layer, and all memory for each further clip."""
    reasons = [_why_memory_grows(candidate, *COUNTS[0])]
    if reasons[0]:
        reasons.append(_why_memory_grows(candidate, *COUNTS[1]))
    if reasons[-1]:
        raise BrokenPromiseError(f"{reasons[-1]}: make samples in batches of a fixed size")


def _why_memory_grows(candidate: Candidate, few: int, many: int) -> str:
    generator, classes = candidate.reference.generator, len(candidate.clips.classes)
    # The first of these calls may import modules; only the others count.
    used = [
        usage_of(partial(candidate.sample, generator, np.arange(count) % classes))
        for count in (few, few, many)
    ][1:]
    if used[1].largest_layer > LAYER_GROWTH * used[0].largest_layer:
        return (
            f"{many} samples give a network tensors of {used[1].largest_layer} numbers, {few} "
            f"samples of {used[0].largest_layer}"
        )
    frames = max(FRAMES_OF_A_CLIP, float(candidate.samples.lengths.mean()))
    a_clip = frames * len(candidate.clips.skeleton) * 3 * 4
    growth = (used[1].bytes - used[0].bytes) / (many - few)
    if growth > CLIPS_A_CLIP * a_clip:
        return (
            f"from {few} to {many} samples each takes {growth / 1e3:.0f} kB, as much as "
            f"{growth / a_clip:.0f} clips ({CLIPS_A_CLIP} are allowed)"
        )
    return ""


def check_parameters(candidate: Candidate) -> None:
    """A misspelt name and an impossible value, by the registry and by the class alone."""
    parameters_type: Any = getattr(candidate.new(), "parameters_type", None)
    if parameters_type is None:
        raise NotApplicableError("it has no parameters_type")
    fields = list(parameters_type.model_fields)
    if not fields:
        raise NotApplicableError("its parameters_type has no fields")
    right = max(fields, key=len)
    wrong = right + "x"
    message = _refusal(candidate, {wrong: 1})
    if message is None or f"did you mean '{right}'" not in message:
        raise BrokenPromiseError(f"the parameter '{wrong}' is not refused for '{right}': {message}")
    if "\n" in message:
        raise BrokenPromiseError(f"the error for a parameter '{wrong}' has several lines")
    try:
        parameters_type(**{wrong: 1})
    except ValueError:
        pass
    else:
        raise BrokenPromiseError(
            f"{parameters_type.__name__}({wrong}=1) is taken without a word: "
            "forbid other names (ConfigDict(extra='forbid'))"
        )
    if all(_refusal(candidate, {field: [{"no": "value"}]}) is None for field in fields):
        raise BrokenPromiseError("every parameter takes any value: give them types")


def _refusal(candidate: Candidate, settings: dict[str, Any]) -> str | None:
    try:
        check_generator(candidate.name, candidate.profile, settings)
    except InputError as error:
        return str(error)
    return None


def check_clips_untouched(candidate: Candidate) -> None:
    """The clips that the shared fit was handed, after fit and samples; the labels of a sample."""
    labels = candidate.few_labels.copy()
    candidate.reference.generator.sample(labels, SAMPLE_SEED)
    if not equal(candidate.reference.given, candidate.clips):
        raise BrokenPromiseError("fit or sample changes the clips that fit was given")
    if not np.array_equal(labels, candidate.few_labels):
        raise BrokenPromiseError("sample changes the labels that it was given")


def check_random_state(candidate: Candidate) -> None:
    """The latest fit and a sample; both have run before, so that nothing is imported now."""
    _ = candidate.few_samples
    with random_states_watched() as moved_by_sample:
        candidate.sample(candidate.reference.generator, candidate.few_labels)
    for what, names in (("fit", candidate.moved_by_fit), ("sample", moved_by_sample)):
        if names:
            raise BrokenPromiseError(
                f"{what} moves the global state of {' and '.join(names)}: take a generator of your "
                "own, seeded with the seed that is given"
            )


def check_unfitted_label(candidate: Candidate) -> None:
    """A class of which no clip was fitted."""
    clips, missing = candidate.clips, int(candidate.clips.labels.max())
    asked = np.asarray([candidate.clips.labels.min(), missing])
    try:
        generator = candidate.fit(copied(clips.select(clips.labels != missing)))
        samples = candidate.sample(generator, asked)
    except InputError:
        return
    if len(samples) != len(asked):
        raise BrokenPromiseError(f"{len(samples)} clips for {len(asked)} labels, one not fitted")
