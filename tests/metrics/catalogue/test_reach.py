"""What a metric's code reaches: its own measure, and nothing that only others need."""

from __future__ import annotations

import subprocess
import sys

import pytest

from metrics.registry import BUILT_IN, metric_named, source_module
from tests.metrics.imported import reached

STAGES = {metric_named(name).stage: source_module(name) for name in BUILT_IN}
MEASURES = {
    "fid": {"fid"},
    "accuracy": {"accuracy"},
    "diversity": {"diversity"},
    "multimodality": {"multimodality"},
    "fid_extrapolated": {"fid_extrapolated", "fid"},
    "class_fid": {"class_fid", "fid"},
    "kid": {"kid"},
    "neighbours": {"prdc", "neighbours"},
    "classes": {"class_accuracy", "label_distribution"},
    "memory": {"memorisation", "neighbours"},
    "use": {"train_on_synthetic"},
    "body": set(),
}
"""Measures of each family: its own, and what they are computed from."""


def inside(package: str, modules: set[str]) -> set[str]:
    return {name.removeprefix(f"{package}.") for name in modules if name.startswith(f"{package}.")}


@pytest.mark.parametrize("stage", STAGES)
def test_a_metric_reaches_its_own_measure_and_no_other_metric(stage):
    modules = reached(STAGES[stage])
    assert inside("metrics.measures", modules) == MEASURES[stage]
    own = {STAGES[stage].rpartition(".")[2]}
    shared = {"moments"} if stage in ("fid", "fid_extrapolated") else set()
    assert inside("metrics.catalogue", modules) == own | shared
    if stage != "body":
        assert inside("metrics.body", modules) <= {"measures"}, "what a set of features may carry"
    assert not modules & {"metrics.registry", "metrics.evaluate"}


@pytest.mark.parametrize("stage", STAGES)
def test_metrics_of_one_family_stand_in_one_module_of_their_own(stage):
    others = {name for name in BUILT_IN if source_module(name) == STAGES[stage]}
    assert {metric_named(name).stage for name in others} == {stage}


def test_measuring_reaches_no_metric_and_no_interval():
    modules = reached("metrics.evaluation.engine")
    assert "metrics.evaluation.draws" in modules and "metrics.evaluation.measured" in modules
    assert not inside("metrics.measures", modules) | inside("metrics.catalogue", modules)
    assert not modules & {
        "metrics.registry",
        "metrics.evaluate",
        "metrics.evaluation.intervals",
        "metrics.evaluation.summaries",
    }


def test_names_are_known_without_importing_a_metric():
    code = (
        "import sys, metrics.registry as registry\n"
        "registry.expanded(['classic', 'kid']), registry.source_module('kid')\n"
        "print([name for name in sys.modules if name.startswith('metrics.catalogue')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
