"""The training set of an arm: which clips, and for how many steps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmark.arms import Arm
from benchmark.engine.job import Job
from benchmark.experiment.artefacts.clips import stored_pool, stored_rest, stored_split
from benchmark.experiment.artefacts.pseudo_labels import pseudo_labelled
from benchmark.experiment.base_novel import repeated
from skeletons.arrays import BoolArray
from skeletons.clips import ClipSet
from skeletons.errors import InputError
from skeletons.proportions import largest_remainder
from skeletons.seeds import named_rng
from skeletons.splits import Split, base_labels


@dataclass(frozen=True, eq=False)
class TrainingSet:
    """What an arm trains on, and for how many steps.

    Attributes:
        added: clips that fill their share of each batch (``Recipe.synthetic_share``) beside the
            split's real ones, whatever their kind: synthetic, augmented, held-back real clips, or
            real ones with pseudo-labels.
        n_real: real clips: those of the split, held-back ones and those with pseudo-labels.
        repeats: clips that stand in the set once more.
    """

    clips: ClipSet
    added: BoolArray
    steps: int
    n_real: int
    repeats: int = 0

    @property
    def balanced(self) -> BoolArray | None:
        """The added clips; None where there are none and all clips count alike."""
        return self.added if self.added.any() else None

    @property
    def sizes(self) -> dict[str, int]:
        """Clips and steps as the tables have them."""
        n_synthetic = len(self.clips) - self.n_real - self.repeats
        return {"n_real": self.n_real, "n_synthetic": n_synthetic, "steps": self.steps}


def training_set(job: Job) -> TrainingSet:
    """The clips and steps of a job's arm."""
    from recognizers.recipes import Recipe

    parameters = job.parameters
    place = job.inputs["data"], parameters["split"], parameters["data_seed"]
    real, arm = stored_split(*place), Arm.parse(parameters["arm"])
    counted = len(real) + parameters.get("budget", 0)
    steps = Recipe.of(parameters["recipe"]).steps(counted)
    if Split.parse(parameters["split"]).base:
        return _base_novel_set(job, arm, real, steps)
    none = np.zeros(len(real), dtype=bool)
    if arm.kind == "real":
        return TrainingSet(real, none, steps, len(real))
    if arm.kind == "real_same_epochs":
        share = len(real) / (len(real) + parameters["samples"])
        return TrainingSet(real, none, max(1, round(steps * share)), len(real))
    added = _added(job, arm, real)
    if arm.kind == "synthetic":
        return TrainingSet(added, np.zeros(len(added), dtype=bool), steps, 0)
    clips = ClipSet.concatenate([real, added], f"{real.name}+{arm.name}")
    beyond = np.arange(len(clips)) >= len(real)
    n_real = len(clips) if arm.uses_held_back or arm.uses_pseudo_labels else len(real)
    return TrainingSet(clips, beyond & arm.mixed, steps, n_real)


def _base_novel_set(job: Job, arm: Arm, real: ClipSet, steps: int) -> TrainingSet:
    """An arm of the setting ``base-novel``: its ``added`` are the clips of one of the two kinds of
    classes, for the batches of :func:`benchmark.experiment.base_novel.base_novel_recipe`."""
    base = np.isin(real.labels, base_labels(real.classes, job.parameters["data_seed"]))
    if arm.kind == "pretrained":
        return TrainingSet(real, base, steps, len(real))
    if arm.kind == "real":
        return TrainingSet(real, ~base, steps, len(real))
    added = _added(job, arm, real)
    novel = added.select(np.isin(added.labels, real.labels[~base]))
    if arm.uses_held_back:  # as many as the pool has of the novel classes
        share = len(np.unique(real.labels[~base])) / len(real.classes)
        novel = novel.select(np.arange(min(len(novel), round(job.parameters["samples"] * share))))
    times = max(1, round(len(novel) / (~base).sum()))
    clips = repeated(real, ~base, times)
    repeats = len(clips) - len(real)
    clips = ClipSet.concatenate([clips, novel], f"{real.name}+{arm.name}")
    n_real = len(real) + (len(novel) if arm.uses_held_back else 0)
    second = ~np.isin(clips.labels, real.labels[base])
    return TrainingSet(clips, second, steps, n_real, repeats)


def _added(job: Job, arm: Arm, real: ClipSet) -> ClipSet:
    """The clips that an arm adds to, or puts in place of, the real ones."""
    parameters = job.parameters
    if arm.uses_pseudo_labels:
        rest = stored_rest(job.inputs["data"], parameters["split"], parameters["data_seed"])
        return pseudo_labelled(rest, job.inputs["pseudo_labels"])
    if arm.uses_held_back:
        source = stored_rest(job.inputs["data"], parameters["split"], parameters["data_seed"])
        if len(source) == 0:
            raise InputError(
                f"arm '{arm.name}' needs real clips that the split leaves out, "
                f"{parameters['split']} leaves none: take a smaller split"
            )
        order = named_rng("oracle", parameters["data_seed"]).permutation(len(source))
        source = source.select(order)
        hint = "take a smaller split or dose"
    else:
        source = stored_pool(job.series["shards"])
        if len(source) > parameters["samples"]:  # a protocol with new clips in each repetition
            source = source.select(np.arange(parameters["samples"]))
        hint = "raise --samples or take a smaller dose"
    if arm.dose is None:
        count = min(len(source), parameters["samples"])
        return source if count == len(source) else source.select(np.arange(count))
    return _in_class_shares(source, arm, real, hint)


def _in_class_shares(source: ClipSet, arm: Arm, real: ClipSet, hint: str) -> ClipSet:
    """The first clips of each class of ``source``, ``arm.dose`` for each real clip of the class."""
    assert arm.dose is not None
    exact = (real.class_counts() * arm.dose).astype(np.float64)
    wanted = largest_remainder(exact, round(float(exact.sum())))
    there = source.class_counts()
    if (there < wanted).any():
        scarce = int(np.argmax(wanted - there))
        raise InputError(
            f"arm '{arm.name}' needs {wanted[scarce]} clips of '{real.classes[scarce]}' beside "
            f"the {len(real)} real ones, there are {there[scarce]}: {hint}"
        )
    by_class = np.argsort(source.labels, kind="stable")
    place = np.arange(len(source)) - np.repeat(np.cumsum(there) - there, there)
    return source.select(np.sort(by_class[place < wanted[source.labels[by_class]]]))
