"""The shared cases of metrics: each value that a case states, on the case's arrays."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from metrics.evaluation.half_samples import draw
from metrics.measures.accuracy import accuracy
from metrics.measures.diversity import diversity
from metrics.measures.fid import frechet_distance, moments
from metrics.measures.kid import kernel_distance
from metrics.measures.multimodality import class_multimodality, multimodality
from metrics.value import Undefined
from tests.cases.folders import cases_of, expected
from tests.cases.judged import judged_in_batches

Arrays = dict[str, np.ndarray]
SEEDS = range(5)


def fid(arrays: Arrays) -> Any:
    return frechet_distance(moments(arrays["real"]), moments(arrays["fake"]))


def fid_matched(arrays: Arrays) -> Any:
    """FID of a draw of synthetic clips, of each class as many as there are real ones: the case says
    9 and 1, whose unbiased covariance has another divisor than that of 18 and 2."""
    counts = np.bincount(arrays["real_labels"])
    rows = draw(arrays["fake_labels"], counts, np.random.default_rng(0))
    return fid({"real": arrays["real"], "fake": arrays["fake"][rows]})


def each_seed(measure: Callable[[np.random.Generator], Any]) -> Any:
    values = {measure(np.random.default_rng(seed)) for seed in SEEDS}
    assert max(values) - min(values) < 1e-9, "the value does not depend on what is drawn"
    return values.pop()


def classes_left_out(arrays: Arrays) -> list[int]:
    values = class_multimodality(arrays["fake"], arrays["labels"], int(arrays["classes"]))
    return [label for label, value in enumerate(values) if isinstance(value, Undefined)]


def accuracy_in_batches(arrays: Arrays, size: int) -> Any:
    """Of what a judge's own batches give."""
    return accuracy(arrays["labels"], judged_in_batches(arrays["predicted"], size))


MEASURES: dict[str, Callable[[Arrays], Any]] = {
    "fid": fid,
    "fid_unmatched": fid,
    "fid_matched": fid_matched,
    "kid": lambda arrays: kernel_distance(arrays["real"], arrays["fake"]),
    "diversity": lambda arrays: each_seed(lambda rng: diversity(arrays["fake"], rng)),
    "multimodality": lambda arrays: each_seed(
        lambda rng: multimodality(arrays["fake"], arrays["labels"], rng)
    ),
    "classes_left_out": classes_left_out,
    "accuracy": lambda arrays: accuracy(arrays["labels"], arrays["predicted"]),
}
ABOUT_OTHERS = {
    "tolerance", "relative_tolerance", "at_least", "at_most", "subset_size", "batch_sizes",
    "fid_before_rounding",
}  # fmt: skip
"""What a case says of its values."""


@pytest.mark.parametrize("folder", cases_of("metrics"))
def test_each_value_of_the_case_is_found(folder: Path) -> None:
    (path,) = folder.glob("*.npz")
    with np.load(path) as stored:
        arrays = dict(stored)
    values = expected(folder)["values"]
    asked = values.keys() - ABOUT_OTHERS
    assert asked, "a case states a value"
    assert asked <= MEASURES.keys()
    for name in asked:
        found = MEASURES[name](arrays)
        if "relative_tolerance" in values:
            assert found == pytest.approx(values[name], rel=values["relative_tolerance"])
        elif "at_most" in values:
            assert values["at_least"] <= found <= values["at_most"]
        elif name == "classes_left_out":
            assert found == values[name]
        else:
            assert found == pytest.approx(values[name], rel=0, abs=values.get("tolerance", 1e-12))
    for size in values.get("batch_sizes", ()):
        assert accuracy_in_batches(arrays, size) == values["accuracy"]
