from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmark.experiment.artefacts.predictions import stored_predictions, write_predictions
from benchmark.records.tables import PREDICTIONS_COLUMNS
from tests.benchmark.fakes import tiny_clips


def test_each_prediction_names_its_clip_person_and_label(tmp_path: Path) -> None:
    test = tiny_clips("test", 2)
    test = replace(test, subjects=np.asarray(["s1", "s2", "s1", "s2", "s1", ""]))
    scores = np.eye(3, dtype=np.float32)[[0, 0, 1, 2, 2, 1]]
    write_predictions(tmp_path, test, scores)
    rows = stored_predictions(tmp_path)
    assert [row["subject"] for row in rows] == ["s1", "s2", "s1", "s2", "s1", ""]
    assert [row["clip_id"] for row in rows] == test.ids.tolist()
    assert [row["label"] for row in rows] == [0, 0, 1, 1, 2, 2]
    assert [row["predicted"] for row in rows] == [0, 0, 1, 2, 2, 1]
    assert ("recognizer", "arm", "seed", "generator_seed", *rows[0]) == PREDICTIONS_COLUMNS
