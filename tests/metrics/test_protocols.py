"""What a protocol changes: draws, pairs, references and intervals."""

from __future__ import annotations

import numpy as np
import pytest

from metrics.evaluate import evaluate
from metrics.evaluation.engine import measure_classes
from metrics.features import FeatureSet
from metrics.measures.diversity import diversity
from metrics.measures.fid import frechet_distance, moments
from metrics.measures.multimodality import multimodality
from metrics.protocols import ACTION2MOTION_2020, PROTOCOLS, SKELGEN_V2, protocol_named
from metrics.registry import check_metrics
from skeletons.errors import InputError


def clips(seed: int, count: int, size: int = 6, classes: int = 3) -> FeatureSet:
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % classes
    features = labels[:, None] * 2.0 + rng.normal(size=(count, size))
    return FeatureSet.of(features, labels, labels)


def test_each_repetition_of_the_field_has_synthetic_clips_of_its_own() -> None:
    pool, real = clips(0, 120), clips(1, 300)
    values, summaries = evaluate(pool, {"all": real}, ["accuracy"], 4, 0, ACTION2MOTION_2020)
    wrong = FeatureSet.of(pool.features, pool.labels, (pool.labels + (np.arange(120) < 30)) % 3)
    spoiled, _ = evaluate(wrong, {"all": real}, ["accuracy"], 4, 0, ACTION2MOTION_2020)
    assert [row.value for row in values] == [1.0] * 4
    assert [row.value for row in spoiled] == [0.0, 1.0, 1.0, 1.0]
    assert summaries[0].draw_size == 30
    assert summaries[0].reference == "all"


def test_the_real_clips_of_the_field_are_resampled_so_that_their_fid_is_not_zero() -> None:
    real = clips(1, 300)
    _, (row,) = evaluate(clips(2, 1500), {"all": real}, ["fid"], 5, 0, ACTION2MOTION_2020)
    assert isinstance(row.real_floor, float)
    assert row.real_floor > 0.1


def test_the_fields_interval_is_that_of_the_mean_of_the_repetitions() -> None:
    pool, real = clips(0, 400), clips(1, 300)
    values, (row,) = evaluate(pool, {"all": real}, ["fid"], 8, 0, ACTION2MOTION_2020)
    numbers = np.asarray([value.value for value in values])
    half = 1.96 * numbers.std() / np.sqrt(8)
    assert (row.ci95_low, row.ci95_high) == pytest.approx(
        (numbers.mean() - half, numbers.mean() + half)
    )


def test_new_clips_in_each_repetition_need_a_pool_that_divides() -> None:
    with pytest.raises(InputError, match="100 synthetic clips do not divide into 3"):
        evaluate(clips(0, 100), {"all": clips(1, 30)}, ["fid"], 3, 0, ACTION2MOTION_2020)


def test_pairs_of_the_field_may_be_a_clip_and_itself() -> None:
    features, labels = np.asarray([[0.0], [1.0]]), np.zeros(2, dtype=np.int64)
    assert diversity(features, np.random.default_rng(0), 2000) == 1.0
    assert multimodality(features, labels, np.random.default_rng(0), 2000) == 1.0
    loose = diversity(features, np.random.default_rng(0), 2000, distinct=False)
    assert loose == pytest.approx(0.5, abs=0.05)
    loose = multimodality(features, labels, np.random.default_rng(0), 2000, distinct=False)
    assert loose == pytest.approx(0.5, abs=0.05)


def test_memory_asks_what_the_generator_saw_under_every_protocol() -> None:
    seen, new = clips(0, 60), clips(3, 60)
    references = {"train": clips(1, 90), "test": clips(2, 90), "split": seen}
    for protocol in PROTOCOLS.values():
        for pool, copied in ((seen, 1.0), (new, 0.0)):
            _, rows = evaluate(pool, references, ["copied_share"], 3, 0, protocol)
            assert [(row.reference, row.mean) for row in rows] == [("split", copied)]
            assert rows[0].real_floor == 0.0


def test_memory_without_what_was_seen_is_one_clear_line() -> None:
    with pytest.raises(InputError, match="'authenticity' is held against what the generator has"):
        evaluate(clips(0, 60), {"test": clips(1, 60)}, ["authenticity"])


def test_values_class_by_class_say_how_many_clips_they_rest_on() -> None:
    pool = clips(0, 60).select(np.flatnonzero(np.arange(60) % 3 != 1))
    metrics = check_metrics(["fid", "class_accuracy", "class_fid"])
    rows = measure_classes(pool, {"test": clips(1, 90)}, metrics)
    found = {(row.metric, row.label): (row.n, str(row.value)) for row in rows}
    assert set(found) == {(name, c) for name in ("class_accuracy", "class_fid") for c in range(3)}
    assert found["class_accuracy", 0] == (20, "1.0")
    assert found["class_fid", 1] == (0, "undefined (no synthetic clips of this class)")


def test_fid_of_the_whole_pool_is_what_half_draws_scatter_around() -> None:
    pool, real = clips(0, 400), clips(1, 300)
    _, (row,) = evaluate(pool, {"test": real}, ["fid"], 40, 0, SKELGEN_V2)
    whole = frechet_distance(moments(real.features), moments(pool.features))
    assert isinstance(row.mean, float)
    assert isinstance(whole, float)
    assert whole < row.mean < whole + 0.2


def test_a_wrong_protocol_is_told_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean 'skelgen-v2'"):
        protocol_named("skelgen-v3")
