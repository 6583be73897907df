from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from benchmark.analyses.validity.measured_rungs import (
    CLEAN,
    ClipRoles,
    Rung,
    climb_down,
    sight_of_bodies,
    sight_of_judge,
)
from benchmark.engine.scheduler import StageResult, Watcher
from benchmark.records.tables import NO_JUDGE
from metrics.body.measuring import measure_bodies
from metrics.corruptions.ladder import CORRUPTIONS
from metrics.evaluate import evaluate
from metrics.features import FeatureSet
from skeletons.clips import ClipSet
from skeletons.datasets import Data, dataset_named
from skeletons.errors import InputError
from tests.benchmark import fakes
from tests.conftest import moving_clips

Network = Callable[[ClipSet], tuple[np.ndarray, np.ndarray]]


def test_held_back_clips_are_neither_seen_nor_test_clips() -> None:
    data = dataset_named(fakes.DATASET).load("plain", None)
    parts = ClipRoles.of(data)
    ids = [set(part.ids.tolist()) for part in (parts.seen, parts.held_back)]
    assert not ids[0] & ids[1] and ids[0] | ids[1] == set(data.train.ids.tolist())
    assert parts.seen.class_counts().tolist() == parts.held_back.class_counts().tolist()
    assert parts.test.fingerprint == data.test.fingerprint


def test_a_class_with_one_training_clip_cannot_be_held_back() -> None:
    clips = moving_clips(30)
    rows = [0, *np.flatnonzero(clips.labels != 0).tolist()]
    with pytest.raises(InputError, match="class 'class0' has too few training clips"):
        ClipRoles.of(Data(clips.select(rows), clips, "plain"))


class Log(Watcher):
    def __init__(self) -> None:
        self.lines: list[str] = []

    def finished(self, result: StageResult) -> None:
        self.lines.append(result.stage)

    def end(self) -> None:
        self.lines.append("end")


def test_each_rung_is_made_once_and_each_judge_looks_at_it_once() -> None:
    parts = ClipRoles.of(dataset_named(fakes.DATASET).load("plain", None))
    seen: dict[str, list[ClipSet]] = {"a": [], "b": []}

    def network(name: str) -> Network:
        def look(clips: ClipSet) -> tuple[np.ndarray, np.ndarray]:
            seen[name].append(clips)
            return fakes.FakeExtractor().featurise(clips)

        return look

    corruption = replace(CORRUPTIONS["joint_noise"], doses=(0.1, 0.9))
    metrics = ("fid", "accuracy")
    sights = [sight_of_judge(name, metrics, network(name)) for name in seen]
    sights.append(sight_of_bodies(["jerk"]))
    log = Log()
    rungs = climb_down(parts, sights, [corruption], 3, 0, log)
    assert [(rung.corruption, rung.dose, rung.judge) for rung in rungs] == [
        (name, dose, judge)
        for name, dose in ((CLEAN, 0.0), ("joint_noise", 0.1), ("joint_noise", 0.9))
        for judge in ("a", "b", NO_JUDGE)
    ]
    assert [len(clips) for clips in seen.values()] == [2 + 3] * 2
    assert all(one is other for one, other in zip(*seen.values(), strict=True))
    assert log.lines == [CLEAN, "joint_noise", "end"]
    look = sights[0].look
    references = {"test": look(parts.test), "split": look(parts.seen)}
    values, summaries = evaluate(look(parts.held_back), references, metrics, 3, 0)
    assert rungs[0] == Rung(CLEAN, 0.0, "a", tuple(values), tuple(summaries))
    assert {summary.metric for summary in rungs[2].summaries} == {"jerk"}
    noisy, fid = seen["a"][4], [rung.summaries[0].mean for rung in rungs if rung.judge == "a"]
    assert (noisy.labels == parts.held_back.labels).all()
    assert isinstance(fid[0], float) and isinstance(fid[2], float)
    assert fid[2] > fid[0]


def test_measures_of_bodies_are_those_that_a_judge_would_see_beside_its_features() -> None:
    parts = ClipRoles.of(dataset_named(fakes.DATASET).load("plain", None))

    def look(clips: ClipSet) -> FeatureSet:
        features, logits = fakes.FakeExtractor().featurise(clips)
        return FeatureSet.of(features, clips.labels, logits.argmax(1), measure_bodies(clips))

    (rung,) = climb_down(parts, [sight_of_bodies(["jerk", "bone_change"])], [], 3, 0, Watcher())
    references = {"test": look(parts.test)}
    values, _ = evaluate(look(parts.held_back), references, ["jerk", "bone_change"], 3, 0)
    assert list(rung.values) == values


def test_one_repetition_is_no_interval() -> None:
    parts = ClipRoles.of(dataset_named(fakes.DATASET).load("plain", None))
    sight = sight_of_judge("a", ["fid"], fakes.FakeExtractor().featurise)
    with pytest.raises(InputError, match="take 2 or more"):
        climb_down(parts, [sight], [], 1, 0, Watcher())
