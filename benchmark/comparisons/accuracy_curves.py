"""Accuracy against the number of real clips: runs of one generator at several splits, by arm.

The question of someone with twenty clips a class: what would synthetic clips do there? The runs of
a curve share data set, protocol, test clips, recipe and all else that their specifications say of
training; their splits differ.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

from benchmark.engine.keys import canonical_json
from benchmark.records.repetitions import Repetitions, generator_seed, right_answers
from benchmark.records.run_folder import RunFolder
from benchmark.statistics.accuracy import Accuracy, accuracy_estimate
from benchmark.statistics.pairing import arms_of, rows_of_arm
from metrics.value import Undefined
from skeletons.errors import InputError

FREE = frozenset({
    "split", "generator_seed", "hash8", "metrics", "judges", "recognizers", "arms", "two_sample",
    "repetitions",
})  # fmt: skip
"""Fields of a specification in which the runs of a curve may differ: the split, and what is
measured beside a recognizer."""
LEAST_SPLITS = 2


@dataclass(frozen=True)
class CurveKey:
    """What the runs of a curve have in common.

    Attributes:
        dataset: with the data protocol, where one is told.
        generator: its name.
        recognizer: that was trained.
        others: the rest of the specification, and the test clips.
    """

    dataset: str
    generator: str
    recognizer: str
    others: str


@dataclass(frozen=True)
class CurvePoint:
    """An arm at one split.

    Attributes:
        split: its name, such as ``20shot``.
        real: real training clips.
        added: clips beside them.
        accuracy: top-1 as a share over all trainings, or why there is none.
    """

    split: str
    real: int
    added: int
    accuracy: Accuracy | Undefined


@dataclass(frozen=True)
class AccuracyCurve:
    """By arm, its points in the order of their numbers of real clips; the control first."""

    dataset: str
    generator: str
    settings: str
    profile: str
    recognizer: str
    arms: dict[str, tuple[CurvePoint, ...]]

    @property
    def splits(self) -> dict[str, int]:
        """Real training clips of each split, fewest first."""
        found = {point.split: point.real for points in self.arms.values() for point in points}
        return dict(sorted(found.items(), key=lambda item: (item[1], item[0])))


def accuracy_curves(trainings: Sequence[Sequence[RunFolder]]) -> list[AccuracyCurve]:
    """Curves of all generators and recognizers that were measured at two splits or more.

    Args:
        trainings: runs side by side that differ in the generator's seed alone, as
            :func:`benchmark.records.repetitions.trainings_of` gives them. Of two versions of the
            same run the first counts.
    """
    grouped: dict[CurveKey, dict[str, Repetitions]] = {}
    for runs in trainings:
        if runs[0].predictions.empty:
            continue
        group = Repetitions(tuple(runs), tuple(generator_seed(run) for run in runs))
        split = str(runs[0].spec.get("split"))
        for recognizer in dict.fromkeys(name for name, _ in arms_of(runs[0].predictions)):
            grouped.setdefault(_key(runs[0], recognizer), {}).setdefault(split, group)
    ordered = sorted(grouped, key=lambda key: [getattr(key, one.name) for one in fields(key)])
    return [_curve(key, grouped[key]) for key in ordered if len(grouped[key]) >= LEAST_SPLITS]


def _key(run: RunFolder, recognizer: str) -> CurveKey:
    told = {name: value for name, value in run.spec.items() if name not in FREE}
    return CurveKey(
        dataset=" · ".join(
            part for part in (str(run.spec.get("dataset")), run.data_protocol) if part
        ),
        generator=str(run.spec.get("generator")),
        recognizer=recognizer,
        others=canonical_json({**told, "test clips": run.data.get("test_fingerprint", "")}),
    )


def _curve(key: CurveKey, splits: dict[str, Repetitions]) -> AccuracyCurve:
    run = next(iter(splits.values())).first
    arms = dict.fromkeys(
        arm
        for group in splits.values()
        for name, arm in arms_of(group.first.predictions)
        if name == key.recognizer
    )
    settings = run.spec.get("settings") or {}
    return AccuracyCurve(
        dataset=key.dataset,
        generator=key.generator,
        settings=", ".join(f"{name}={value}" for name, value in sorted(settings.items())),
        profile=str(run.spec.get("profile", "")),
        recognizer=key.recognizer,
        arms={
            arm: tuple(sorted(_points(splits, key.recognizer, arm), key=lambda one: one.real))
            for arm in arms
        },
    )


def _points(splits: dict[str, Repetitions], recognizer: str, arm: str) -> Iterator[CurvePoint]:
    for split, group in splits.items():
        counts = rows_of_arm(group.first.downstream, recognizer, arm)
        if counts.empty:
            continue
        accuracy: Accuracy | Undefined
        try:
            accuracy = accuracy_estimate(*right_answers(group, recognizer, arm))
        except InputError as error:
            accuracy = Undefined(str(error))
        real, added = (int(counts[name].max()) for name in ("n_real", "n_synthetic"))
        yield CurvePoint(split, real, added, accuracy)
