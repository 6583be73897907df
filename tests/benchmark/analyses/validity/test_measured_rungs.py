from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmark.analyses.validity.measured_rungs import (
    CLEAN,
    ClipRoles,
    Rung,
    climb_down,
    features_seen,
)
from benchmark.engine.scheduler import StageResult, Watcher
from metrics.corruptions.ladder import CORRUPTIONS
from metrics.evaluate import evaluate
from metrics.features import FeatureSet
from skeletons.clips import ClipSet
from skeletons.datasets import Data, dataset_named
from skeletons.errors import InputError
from tests.benchmark import fakes
from tests.conftest import moving_clips


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


def test_each_rung_is_featurised_once_and_measured_as_samples_are() -> None:
    parts = ClipRoles.of(dataset_named(fakes.DATASET).load("plain", None))
    seen: list[ClipSet] = []
    look = features_seen(fakes.FakeExtractor().featurise, bodies=False)

    def featurise(clips: ClipSet) -> FeatureSet:
        seen.append(clips)
        return look(clips)

    corruption = replace(CORRUPTIONS["joint_noise"], doses=(0.1, 0.9))
    log = Log()
    rungs = climb_down(parts, featurise, [corruption], ["fid", "accuracy"], 3, 0, log)
    assert [(rung.corruption, rung.dose) for rung in rungs] == [
        (CLEAN, 0.0),
        ("joint_noise", 0.1),
        ("joint_noise", 0.9),
    ]
    assert len(seen) == 2 + 3 and log.lines == [CLEAN, "joint_noise", "end"]
    references = {"test": look(parts.test), "split": look(parts.seen)}
    values, summaries = evaluate(look(parts.held_back), references, ["fid", "accuracy"], 3, 0)
    assert rungs[0] == Rung(CLEAN, 0.0, tuple(values), tuple(summaries))
    noisy, fid = seen[-1], [rung.summaries[0].mean for rung in rungs]
    assert (noisy.labels == parts.held_back.labels).all()
    assert isinstance(fid[0], float) and isinstance(fid[2], float)
    assert fid[2] > fid[0]


def test_one_repetition_is_no_interval() -> None:
    parts = ClipRoles.of(dataset_named(fakes.DATASET).load("plain", None))
    look = features_seen(fakes.FakeExtractor().featurise, bodies=False)
    with pytest.raises(InputError, match="take 2 or more"):
        climb_down(parts, look, [], ["fid"], 1, 0, Watcher())
