from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmark.statistics.pairing import check_alike, outcomes, paired_difference
from skeletons.errors import InputError
from tests.benchmark.run_folders import run_of


def test_the_order_of_the_rows_changes_nothing(tmp_path: Path) -> None:
    predictions = run_of(tmp_path, "a").predictions
    one = outcomes(predictions, "stgcn++", "real")
    other = outcomes(predictions.sample(frac=1.0, random_state=1), "stgcn++", "real")
    assert np.array_equal(one.right, other.right)
    assert (one.clips, one.seeds) == (other.clips, other.seeds)


def test_each_clip_keeps_the_person_who_made_it(tmp_path: Path) -> None:
    predictions = run_of(tmp_path, "a", people=9).predictions
    found = outcomes(predictions.sample(frac=1.0, random_state=1), "stgcn++", "real")
    assert found.subjects.tolist() == [f"s{clip % 9}" for clip in range(120)]
    assert outcomes(run_of(tmp_path, "b").predictions, "stgcn++", "real").subjects.tolist() == (
        [""] * 120
    )


def test_outcomes_that_cannot_be_paired_are_refused(tmp_path: Path) -> None:
    predictions = run_of(tmp_path, "a").predictions
    real = outcomes(predictions, "stgcn++", "real", "a")
    with pytest.raises(InputError, match="a: recognizer 'gru', arm 'real': there are no pred"):
        outcomes(predictions, "gru", "real", "a")
    with pytest.raises(InputError, match="clip 'c000' was labelled twice"):
        outcomes(pd.concat([predictions, predictions.iloc[:1]]), "stgcn++", "real")
    with pytest.raises(InputError, match=r"different clips \(seed 0: 119, seed 1: 120"):
        outcomes(predictions.iloc[1:], "stgcn++", "real")
    renamed = predictions.copy()
    renamed.loc[0, "clip_id"] = "other"
    with pytest.raises(InputError, match="different clips, labels or subjects"):
        outcomes(renamed, "stgcn++", "real")
    other_person = predictions.copy()
    other_person.loc[0, "subject"] = "s1"
    with pytest.raises(InputError, match="different clips, labels or subjects"):
        outcomes(other_person, "stgcn++", "real")
    fewer_seeds = outcomes(predictions[predictions["seed"] < 2], "stgcn++", "real+synthetic")
    with pytest.raises(InputError, match=r"seeds \[0, 1\] and \[0, 1, 2\]"):
        paired_difference(fewer_seeds, real)
    fewer_clips = outcomes(predictions[predictions["clip_id"] > "c009"], "stgcn++", "real")
    with pytest.raises(InputError, match="tested on 110 and 120 clips, 110 of them shared"):
        paired_difference(fewer_clips, real)
    with pytest.raises(InputError, match="judged with other training seeds or on other test"):
        check_alike([real, fewer_clips])
