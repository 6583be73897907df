from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmark.experiment.lineage import (
    LineageError,
    check_fitted_on,
    check_other_weights,
    check_unseen,
    clips_lineage,
    weights_lineage,
)
from benchmark.records.environment import environment
from skeletons.clips import ClipSet
from tests.benchmark.fakes import tiny_clips


def test_a_test_clip_among_the_fitted_ones_is_an_error_that_names_it() -> None:
    train, test = tiny_clips("train", 3), tiny_clips("test", 3)
    check_unseen(train, test, "ddpm")
    mixed = ClipSet.concatenate([train, test.select([4])])
    with pytest.raises(LineageError, match="ddpm would be fitted on 1 test clips, 'test-00004'"):
        check_unseen(mixed, test, "ddpm")


def test_a_fit_beyond_what_it_may_see_is_an_error_that_names_a_clip() -> None:
    clips = tiny_clips("train", 3)
    fitted = {"fitted_on": clips_lineage(clips)}
    check_fitted_on(fitted, clips, "ddpm")
    with pytest.raises(
        LineageError, match=r"ddpm was fitted on 2 clips outside of .* 'train-00007'"
    ):
        check_fitted_on(fitted, clips.select(np.arange(7)), "ddpm")


def test_the_lineage_of_clips_is_their_ids_and_the_hash_of_their_content() -> None:
    clips = tiny_clips("train", 2)
    lineage = clips_lineage(clips)
    assert lineage["clips"] == 6
    assert lineage["ids"] == clips.ids.tolist()
    assert lineage["fingerprint"] != clips_lineage(clips.select(np.arange(5)))["fingerprint"]


def test_weights_of_the_extractor_inside_a_generator_are_an_error(tmp_path: Path) -> None:
    judge, generator = tmp_path / "judge", tmp_path / "generator"
    judge.mkdir()
    (generator / "inner").mkdir(parents=True)
    (judge / "weights.safetensors").write_bytes(b"one")
    (judge / "config.json").write_bytes(b"same")
    (generator / "config.json").write_bytes(b"same")
    (generator / "inner" / "guide.safetensors").write_bytes(b"two")
    check_other_weights(weights_lineage(judge), weights_lineage(generator))
    (generator / "inner" / "guide.safetensors").write_bytes(b"one")
    with pytest.raises(LineageError, match=r"'inner/guide\.safetensors' is the extractor"):
        check_other_weights(weights_lineage(judge), weights_lineage(generator))


def test_the_environment_names_packages_and_machine() -> None:
    facts = environment()
    assert facts["packages"]["numpy"] == np.__version__
    assert facts["cores"] >= 1
    assert facts["cpu"]
    assert set(facts["git"]) == {"commit", "changed"}
