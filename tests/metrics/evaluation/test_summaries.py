"""From measured values, as a stage stores them, to rows of tables."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from metrics.evaluation.intervals import half_sample_interval, normal_interval
from metrics.evaluation.measured import Measured
from metrics.evaluation.summaries import summarise, values_of
from metrics.protocols import ACTION2MOTION_2020, SKELGEN_V2, SPLIT
from metrics.registry import check_metrics
from metrics.value import Undefined

METRICS = check_metrics(["fid", "accuracy", "copied_share"])
VALUES = (0.1 + 0.2, 1e-300, 2 / 3)
FID = Measured("test", "fid", VALUES, (0.5, 0.25, 0.0), 0.45, 0.25, 30)


def summary(measured: Measured, protocol=SKELGEN_V2):
    (found,) = summarise([measured], METRICS, protocol)
    return found


def test_measured_values_come_back_from_json_to_the_last_bit():
    odd = replace(FID, values=(0.1, Undefined("1 clip (of 2) has no pair"), 3.0))
    for measured in (FID, odd):
        assert Measured.from_row(json.loads(json.dumps(measured.row()))) == measured


def test_a_row_of_metrics_csv_is_a_draw():
    rows = [value.row() for value in values_of([FID, replace(FID, reference="train")])]
    assert rows[1] == {"reference": "test", "metric": "fid", "repetition": 1, "value": 1e-300}
    assert [(row["reference"], row["repetition"]) for row in rows] == [
        (reference, repetition) for reference in ("test", "train") for repetition in range(3)
    ]


def test_mean_and_floor_are_those_of_the_draws():
    found = summary(FID)
    assert found.mean == pytest.approx(sum(VALUES) / 3)
    assert found.real_floor == 0.25
    assert (found.repetitions, found.draw_size) == (3, 30)


def test_the_interval_is_the_protocols():
    values = (5.0, 6.0, 7.5)
    fid = replace(FID, values=values)
    ours, fields = summary(fid), summary(fid, ACTION2MOTION_2020)
    assert (ours.ci95_low, ours.ci95_high) == half_sample_interval(values, 0.45)
    assert (fields.ci95_low, fields.ci95_high) == normal_interval(values)
    other = summary(fid, replace(SKELGEN_V2, interval="mean"))
    assert (other.ci95_low, other.ci95_high) == normal_interval(values)


def test_the_interval_of_what_was_seen_is_that_of_half_samples_under_every_protocol():
    values = (0.4, 0.5, 0.45)
    copies = replace(FID, reference=SPLIT, metric="copied_share", values=values)
    found = summary(copies, ACTION2MOTION_2020)
    assert (found.ci95_low, found.ci95_high) == half_sample_interval(values, 0.45)


def test_intervals_end_where_the_metric_does():
    found = summary(replace(FID, metric="accuracy", values=(0.0, 1.0, 0.5)))
    assert (found.ci95_low, found.ci95_high) == (0.0, 1.0)


def test_what_has_no_interval_says_why():
    alone = summary(replace(FID, values=(2.0,), floors=(1.0,)))
    assert (alone.mean, alone.real_floor) == (2.0, 1.0)
    assert alone.ci95_low == alone.ci95_high == Undefined("one repetition has no spread")
    same = summary(replace(FID, drawn_fraction=0.0))
    assert "draws are all the same" in str(same.ci95_low)
    gone = Undefined("no clips")
    found = summary(replace(FID, values=(1.0, gone, 2.0), floors=(gone,) * 3))
    assert found.mean == found.ci95_low == found.ci95_high == found.real_floor == gone
