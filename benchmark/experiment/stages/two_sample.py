"""Can a network tell clips from held-out real ones? A classifier two-sample test."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from benchmark.engine.job import Job, Lineage
from benchmark.experiment.artefacts.clips import clips_of_part, stored_part
from benchmark.experiment.artefacts.two_sample import write_two_sample, write_undefined
from skeletons.clips import ClipSet
from skeletons.proportions import largest_remainder
from skeletons.seeds import named_rng


def test(job: Job) -> Lineage:
    """Write ``two_sample.json``, see
    :func:`benchmark.experiment.artefacts.two_sample.write_two_sample`.

    The network learns from held-out clips, so nothing else may use it: it is gone when the stage
    ends.

    Parameters: ``part``, whose clips are held against real ones: ``synthetic``; ``train`` for the
    floor, real clips of other people; or ``represented``; ``against``, the real ones' part, ``dev``
    or ``test``; ``recognizer`` (of one stream), ``recipe``, ``steps``, ``seed``; for ``train`` also
    ``samples``: as many clips are drawn, in the shares of the classes, as there are synthetic ones.
    Inputs: ``data``; the series ``shards`` or ``represented``.

    Raises:
        InputError: too few clips or people for both kinds in both halves.
    """
    from recognizers.recipes import Recipe
    from recognizers.training import TrainingRun
    from recognizers.two_sample import two_sample_scores

    parameters = job.parameters
    real, other = stored_part(job.inputs["data"], parameters["against"]), clips_of_part(job)
    if parameters["part"] == "represented":
        if len(other) == 0:
            write_undefined(job.folder, "the generator does not offer its representation")
            return {}
        # They are the real clips over again: a clip and its image go into one half.
        other = replace(other, subjects=real.subjects)
    if parameters["part"] == "train":
        other = _drawn(other, parameters["samples"], parameters["seed"])
    scores = two_sample_scores(
        real,
        other,
        parameters["recognizer"],
        recipe=Recipe.of(parameters["recipe"]),
        steps=parameters["steps"],
        seed=parameters["seed"],
        run=TrainingRun(job.device, job.scratch / "kinds.pt", job.progress),
    )
    write_two_sample(job.folder, scores, real.classes)
    return {
        "clips": {"clips": len(other), "fingerprint": other.fingerprint},
        "against": {"clips": len(real), "fingerprint": real.fingerprint},
    }


def _drawn(clips: ClipSet, count: int, seed: int) -> ClipSet:
    """``count`` random clips in the shares of their classes; all where there are no more."""
    if count >= len(clips):
        return clips
    there = clips.class_counts()
    wanted = largest_remainder(there * count / len(clips), count)
    order = named_rng("floor of a two-sample test", seed).permutation(len(clips))
    rows = [order[clips.labels[order] == label][: wanted[label]] for label in range(len(there))]
    return clips.select(np.sort(np.concatenate(rows)))
