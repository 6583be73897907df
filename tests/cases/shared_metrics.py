"""What metrics say of the arrays of a shared case."""

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
from tests.cases.folders import expected
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
    *("tolerance", "relative_tolerance", "at_least", "at_most", "subset_size", "batch_sizes"),
    "fid_before_rounding",
}
"""What a case says of its values."""


def told(folder: Path) -> dict[str, Any]:
    """What the metrics say of the values that a case expects."""
    (path,) = folder.glob("*.npz")
    with np.load(path) as stored:
        arrays = dict(stored)
    wanted = expected(folder)["values"]
    said = {name: MEASURES[name](arrays) for name in wanted.keys() - ABOUT_OTHERS}
    if "batch_sizes" in wanted:
        sizes = wanted["batch_sizes"]
        same = [size for size in sizes if accuracy_in_batches(arrays, size) == said["accuracy"]]
        said["batch_sizes"] = same
    return said


def agrees(name: str, said: Any, wanted: dict[str, Any]) -> bool:
    """Whether a value is the one that the case expects, within what it allows."""
    if name in ("classes_left_out", "batch_sizes"):
        return bool(said == wanted[name])
    if "relative_tolerance" in wanted:
        return bool(said == pytest.approx(wanted[name], rel=wanted["relative_tolerance"]))
    if "at_most" in wanted:
        return bool(wanted["at_least"] <= said <= wanted["at_most"])
    return bool(said == pytest.approx(wanted[name], rel=0, abs=wanted.get("tolerance", 1e-12)))
