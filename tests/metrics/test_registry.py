"""Metrics by name, by group and by import path."""

from __future__ import annotations

import pytest

from metrics.metric import Metric
from metrics.registry import (
    BUILT_IN,
    CLASSIC,
    built_in_metrics,
    check_metrics,
    expanded,
    metric_named,
    metric_names,
    source_module,
)
from metrics.value import Undefined
from skeletons.errors import InputError

OWN = metric_named("accuracy")
NO_METRIC = 3


def test_every_metric_stands_where_the_table_says_under_its_own_name():
    assert {name: metric.name for name, metric in built_in_metrics().items()} == {
        name: name for name in BUILT_IN
    }
    assert list(metric_names()) == list(built_in_metrics()) == list(BUILT_IN)
    assert tuple(metric_names())[:4] == CLASSIC


def test_a_metric_of_ones_own_is_found_by_its_import_path():
    assert metric_named(f"{__name__}:OWN") is OWN
    assert check_metrics(["fid", f"{__name__}:OWN"])[1] is OWN


def test_a_metric_is_found_as_an_entry_point_and_listed(monkeypatch):
    points = {"metric": {"mine": f"{__name__}:OWN"}}
    monkeypatch.setattr("skeletons.plugins.offered", lambda kind: points.get(kind, {}))
    assert metric_named("mine") is OWN
    assert source_module("mine") == __name__
    assert expanded(["fid", "mine"]) == ("fid", "mine")
    assert metric_names()["mine"] == f"entry point {__name__}:OWN"
    with pytest.raises(InputError, match="did you mean 'mine'"):
        metric_named("minee")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("fdi", "did you mean 'fid'"),
        ("no.such.module:X", "cannot be imported"),
        (":X", "cannot be imported"),
        (f"{__name__}:MISSING", "cannot be imported"),
        (f"{__name__}:NO_METRIC", "is a int, not a Metric"),
    ],
)
def test_a_name_that_is_no_metric_is_one_clear_line(name, message):
    with pytest.raises(InputError, match=message):
        metric_named(name)


def test_a_metric_named_twice_is_refused():
    with pytest.raises(InputError, match="'accuracy' is asked for twice"):
        check_metrics(["accuracy", f"{__name__}:OWN"])


def test_the_module_of_a_metric_is_known_by_its_name():
    assert source_module("recall") == "metrics.catalogue.neighbours"
    assert source_module(f"{__name__}:OWN") == __name__
    with pytest.raises(InputError, match="did you mean 'recall'"):
        source_module("recal")


def test_groups_are_written_out_in_the_order_of_tables_each_metric_once():
    assert expanded(["all"]) == tuple(BUILT_IN)
    assert expanded(["classic"]) == CLASSIC
    assert expanded(["use", "trts", "kid", "use"]) == ("tstr", "trts", "kid")
    assert expanded(["class"]) == (
        "accuracy", "class_accuracy", "label_entropy", "label_divergence",
    )  # fmt: skip
    assert expanded(["own.module:X", "nonsense"]) == ("own.module:X", "nonsense")


def test_values_are_printed_with_the_digits_of_their_metric():
    known = built_in_metrics()
    assert all(isinstance(metric, Metric) for metric in known.values())
    assert known["fid"].format(12.3456) == "12.35"
    assert known["accuracy"].format(Undefined("no clips")) == "undefined (no clips)"
