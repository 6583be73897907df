"""The whole protocol on features whose answers are known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from metrics.evaluate import evaluate
from metrics.evaluation.half_samples import in_proportion
from metrics.features import FeatureSet
from metrics.measures.fid import frechet_distance, moments
from metrics.registry import CLASSIC as ALL
from metrics.value import Undefined
from skeletons.errors import InputError

CLASSES, SIZE = 6, 16
CENTRES = np.random.default_rng(99).normal(0.0, 2.0, (CLASSES, SIZE))


def clips(seed: int, count: int, spread: float = 1.0, prior: object = None) -> FeatureSet:
    """Features around one centre a class, recognized by the nearest centre."""
    rng = np.random.default_rng(seed)
    counts = in_proportion(count, np.ones(CLASSES) if prior is None else prior)
    labels = rng.permutation(np.repeat(np.arange(CLASSES), counts))
    features = CENTRES[labels] + spread * rng.normal(size=(count, SIZE))
    predicted = np.linalg.norm(features[:, None] - CENTRES, axis=-1).argmin(axis=1)
    return FeatureSet.of(features, labels, predicted)


REFERENCES = {"train": clips(1, 600), "test": clips(2, 300)}


def summary_of(summaries, metric, reference="test"):
    (found,) = [row for row in summaries if (row.metric, row.reference) == (metric, reference)]
    return found


def test_clips_of_the_real_distribution_lie_at_the_floor():
    _, summaries = evaluate(clips(3, 1000), REFERENCES, ALL)
    for row in summaries:
        half_width = (row.ci95_high - row.ci95_low) / 2
        assert abs(row.mean - row.real_floor) < 0.1 * row.real_floor + half_width, row
        assert row.ci95_low <= row.mean <= row.ci95_high


def test_clips_that_collapse_are_told_from_real_ones_by_every_metric_but_accuracy():
    _, summaries = evaluate(clips(3, 1000, spread=0.3), REFERENCES, ALL)
    fid = summary_of(summaries, "fid")
    assert fid.ci95_low > 2 * fid.real_floor
    for name in ("diversity", "multimodality"):
        row = summary_of(summaries, name)
        assert row.ci95_high < row.real_floor


def test_shuffled_labels_give_chance_accuracy_and_the_same_fid():
    sample = clips(3, 1200)
    order = np.random.default_rng(0).permutation(len(sample))
    shuffled = FeatureSet.of(sample.features, sample.labels[order], sample.predicted)
    _, straight = evaluate(sample, REFERENCES, ALL)
    _, mixed = evaluate(shuffled, REFERENCES, ALL)
    row = summary_of(mixed, "accuracy")
    assert row.ci95_low < 1 / CLASSES < row.ci95_high
    assert summary_of(straight, "accuracy").mean > 0.95
    fids = [summary_of(summaries, "fid").mean for summaries in (straight, mixed)]
    assert fids[0] == pytest.approx(fids[1], rel=0.1)
    assert (
        summary_of(mixed, "multimodality").mean > 1.3 * summary_of(straight, "multimodality").mean
    )


def test_the_floor_of_fid_is_the_other_real_part_at_the_same_counts():
    values, summaries = evaluate(clips(3, 408), REFERENCES, ["fid"], repetitions=3)
    row = summary_of(summaries, "fid", "train")
    assert row.draw_size == 204
    test = REFERENCES["test"]
    expected = []
    for trial in range(20):
        order = np.random.default_rng(trial).permutation(300)
        rows = [order[test.labels[order] == label][:34] for label in range(CLASSES)]
        drawn = moments(test.features[np.concatenate(rows)])
        expected.append(frechet_distance(moments(REFERENCES["train"].features), drawn))
    assert row.real_floor == pytest.approx(np.mean(expected), rel=0.05)
    assert row.mean == np.mean([value.value for value in values if value.reference == "train"])


def test_draws_follow_the_prior_of_their_reference():
    rare = clips(4, 300, prior=[1, 1, 1, 1, 1, 15])
    sample = clips(5, 4000)
    _, summaries = evaluate(sample, {"train": REFERENCES["train"], "test": rare}, ALL)
    diverse = {name: summary_of(summaries, "diversity", name) for name in ("train", "test")}
    for row in diverse.values():
        assert row.mean == pytest.approx(row.real_floor, rel=0.05)
    assert diverse["test"].mean < 0.9 * diverse["train"].mean


def test_values_depend_on_the_seed_and_on_nothing_else_that_is_measured():
    sample = clips(6, 500)
    values, summaries = evaluate(sample, REFERENCES, ALL, repetitions=4, seed=5)
    again = evaluate(sample, dict(reversed(REFERENCES.items())), ALL[::-1], 4, 5)
    assert sorted(map(repr, again[0])) == sorted(map(repr, values))
    assert sorted(map(repr, again[1])) == sorted(map(repr, summaries))
    alone, _ = evaluate(sample, REFERENCES, ["multimodality"], repetitions=2, seed=5)
    assert set(map(repr, alone)) <= set(map(repr, values))
    other, _ = evaluate(sample, REFERENCES, ALL, repetitions=4, seed=6)
    assert all(
        one.value != two.value
        for one, two in zip(values, other, strict=True)
        if one.metric != "accuracy"
    )


def test_random_numbers_of_a_metric_do_not_depend_on_the_others():
    sample = clips(6, 300)
    random = ("diversity", "multimodality", "fid_extrapolated")
    values, _ = evaluate(sample, REFERENCES, [*random, "kid"], repetitions=2, seed=5)
    without, _ = evaluate(sample, REFERENCES, random, repetitions=2, seed=5)
    assert [row for row in values if row.metric != "kid"] == without
    reordered, _ = evaluate(sample, REFERENCES, ["kid", *random], repetitions=2, seed=5)
    assert sorted(map(repr, reordered)) == sorted(map(repr, values))


def test_tables_hold_a_row_a_draw_and_a_row_a_metric_in_the_order_asked_for():
    values, summaries = evaluate(clips(3, 200), REFERENCES, ["accuracy", "fid"], repetitions=3)
    assert [(row.reference, row.metric) for row in summaries] == [
        (reference, metric) for reference in REFERENCES for metric in ("accuracy", "fid")
    ]
    assert [(row.reference, row.metric, row.repetition) for row in values] == [
        (reference, metric, repetition)
        for reference in REFERENCES
        for metric in ("accuracy", "fid")
        for repetition in range(3)
    ]
    assert set(values[0].row()) == {"reference", "metric", "repetition", "value"}
    assert list(summaries[0].row()) == [
        "reference", "metric", "mean", "ci95_low", "ci95_high", "varies", "repetitions",
        "real_floor", "real_floor_low", "real_floor_high",
    ]  # fmt: skip


def test_what_does_not_exist_is_undefined_with_its_reason_and_never_a_number():
    single = FeatureSet.of(np.zeros((2, SIZE)), [0, 1], [0, 1])
    values, summaries = evaluate(single, REFERENCES, ALL, repetitions=2)
    cells = {(row["metric"], row["reference"]): row for row in (line.row() for line in summaries)}
    assert cells["fid", "test"]["mean"] == "undefined (1 synthetic clips have no covariance)"
    assert cells["multimodality", "train"]["mean"] == "undefined (no class has two clips)"
    assert cells["accuracy", "train"]["ci95_low"].startswith("undefined (the draws are all ")
    for row in values:
        assert isinstance(row.value, Undefined) or math.isfinite(row.value)


def test_floors_that_do_not_exist_say_why():
    sample = clips(3, 1200)
    _, alone = evaluate(sample, {"test": REFERENCES["test"]}, ["fid"])
    assert str(alone[0].real_floor) == "undefined (there is no other real part)"
    tiny = {"train": clips(8, 12), "test": REFERENCES["test"]}
    _, summaries = evaluate(sample, tiny, ["fid"])
    row = summary_of(summaries, "fid")
    assert str(row.real_floor) == "undefined (12 real clips are there for draws of 600)"
    assert row.draw_size == 600


def test_one_repetition_has_a_mean_and_no_interval():
    _, summaries = evaluate(clips(3, 200), REFERENCES, ["fid"], repetitions=1)
    assert isinstance(summaries[0].mean, float)
    assert str(summaries[0].ci95_low) == "undefined (one repetition has no spread)"


def test_intervals_end_where_the_metric_does():
    _, summaries = evaluate(clips(3, 20, spread=1.6), REFERENCES, ["accuracy"])
    assert 0.0 <= summaries[0].ci95_low <= summaries[0].ci95_high <= 1.0


def test_a_pool_without_a_class_of_the_reference_is_measured_on_the_classes_it_has():
    sample = clips(3, 600, prior=[0, 1, 1, 1, 1, 1])
    _, summaries = evaluate(sample, REFERENCES, ALL)
    row = summary_of(summaries, "fid")
    assert row.draw_size == 300  # half of the pool, all of it in the five classes
    assert row.mean > 0.0
    other = FeatureSet.of(sample.features, np.full(600, 9), sample.predicted)
    _, summaries = evaluate(other, REFERENCES, ["fid"])
    assert "no synthetic clip is of a class" in str(summaries[0].mean)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"synthetic": clips(1, 10).select([])}, "the synthetic set has no clips"),
        ({"references": {}}, "at least one reference"),
        ({"references": {"train": clips(1, 10).select([])}}, "the train set has no clips"),
        ({"references": {"test": FeatureSet.of(np.ones((3, 4)), [0] * 3, [0] * 3)}}, "4 features"),
        ({"metrics": ["fdi"]}, "did you mean 'fid'"),
        ({"metrics": ["fid", "fid"]}, "asked for twice"),
        ({"repetitions": 0}, "0 repetitions"),
    ],
)
def test_bad_input_is_one_clear_line(change, message):
    arguments = {"synthetic": clips(3, 50), "references": REFERENCES, "metrics": ALL, **change}
    with pytest.raises(InputError, match=message):
        evaluate(**arguments)


@pytest.mark.parametrize(
    ("features", "labels", "message"),
    [
        (np.ones((2, 3)) * [[1.0], [np.nan]], [0, 0], "1 of 2 clips are NaN .* row 1"),
        (np.ones(3), [0], r"float64 \[N, D\]"),
        (np.ones((2, 3)), [0], "labels have shape"),
        (np.ones((1, 3)), [-1], "labels hold -1"),
    ],
)
def test_broken_features_are_refused(features, labels, message):
    with pytest.raises(InputError, match=message):
        FeatureSet.of(features, labels, [0] * len(labels))


@pytest.mark.slow
def test_intervals_cover_the_truth_over_many_pools_in_95_percent_or_a_little_more():
    """A little more for FID: its squared terms vary more between halves than between pools."""
    rng = np.random.default_rng(0)
    classes = np.arange(400) % 4

    def sample(count: int) -> FeatureSet:
        labels = classes[:count]
        features = CENTRES[labels] + rng.normal(0.3, 1.0, size=(count, SIZE))
        return FeatureSet.of(features, labels, np.where(rng.random(count) < 0.8, labels, 5))

    references = {"train": sample(400), "test": sample(400)}
    whole = moments(references["test"].features)
    fids = [frechet_distance(whole, moments(sample(200).features)) for _ in range(600)]
    truth = {"fid": np.mean(fids), "accuracy": 0.8}
    covered = dict.fromkeys(truth, 0)
    for pool in range(400):
        _, summaries = evaluate(sample(400), references, list(truth), 20, pool)
        for name, value in truth.items():
            row = summary_of(summaries, name)
            covered[name] += row.ci95_low <= value <= row.ci95_high
    assert 0.93 <= covered["accuracy"] / 400 <= 0.98
    assert 0.93 <= covered["fid"] / 400 <= 0.995
