"""Metrics by name: what each measures, which way is better, and where its floor comes from."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from metrics.accuracy import accuracy
from metrics.diversity import diversity
from metrics.features import FeatureSet
from metrics.fid import Moments, frechet_distance, moments
from metrics.multimodality import multimodality
from metrics.value import Value
from skeletons.errors import InputError, unknown_name


@dataclass(frozen=True)
class Metric:
    """One number about a set of clips.

    Attributes:
        measure: from the drawn clips, the moments of the whole reference and a random generator.
        direction: ``lower`` or ``higher`` is better, or nearest to the ``real`` floor.
        floor: the real clips that the floor is drawn from: the part that is not the reference
            (a distance of the reference to itself would be no floor), or the reference.
        digits: decimals to print.
        bounds: smallest and largest value possible; intervals end there.
    """

    name: str
    summary: str
    measure: Callable[[FeatureSet, Moments, np.random.Generator], Value]
    direction: Literal["lower", "higher", "real"]
    floor: Literal["other part", "reference"]
    unit: str
    digits: int
    bounds: tuple[float, float] = (0.0, float("inf"))

    def format(self, value: Value) -> str:
        """A value as tables print it."""
        return f"{value:.{self.digits}f}" if isinstance(value, float) else str(value)


_BUILT_IN = (
    Metric(
        name="fid",
        summary="Fréchet distance of the extractor's features to the reference's, lower is better",
        measure=lambda clips, reference, rng: frechet_distance(reference, moments(clips.features)),
        direction="lower",
        floor="other part",
        unit="feature distance squared",
        digits=2,
    ),
    Metric(
        name="accuracy",
        summary="share of clips that the extractor recognizes as the class asked for",
        measure=lambda clips, reference, rng: accuracy(clips.labels, clips.predicted),
        direction="higher",
        floor="reference",
        unit="share",
        digits=3,
        bounds=(0.0, 1.0),
    ),
    Metric(
        name="diversity",
        summary="mean feature distance of 200 pairs of clips, best near that of real clips",
        measure=lambda clips, reference, rng: diversity(clips.features, rng),
        direction="real",
        floor="reference",
        unit="feature distance",
        digits=2,
    ),
    Metric(
        name="multimodality",
        summary="mean feature distance of 20 pairs of clips a class, best near that of real clips",
        measure=lambda clips, reference, rng: multimodality(clips.features, clips.labels, rng),
        direction="real",
        floor="reference",
        unit="feature distance",
        digits=2,
    ),
)

METRICS = {metric.name: metric for metric in _BUILT_IN}


def metric_names() -> dict[str, str]:
    """One line about each built-in metric."""
    return {name: metric.summary for name, metric in METRICS.items()}


def metric_named(name: str) -> Metric:
    """The metric of a name: built in, or ``package.module:NAME`` of a :class:`Metric`."""
    if name in METRICS:
        return METRICS[name]
    if ":" not in name:
        raise unknown_name("metric", name, METRICS)
    module_name, attribute = name.split(":", 1)
    try:
        metric = getattr(importlib.import_module(module_name), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise InputError(f"metric '{name}' cannot be imported: {error}") from error
    if not isinstance(metric, Metric):
        raise InputError(f"metric '{name}' is a {type(metric).__name__}, not a Metric")
    return metric


def check_metrics(names: Iterable[str]) -> tuple[Metric, ...]:
    """The metrics of these names; :class:`InputError` for an unknown one, or one named twice."""
    chosen = tuple(metric_named(name) for name in names)
    seen: set[str] = set()
    for metric in chosen:
        if metric.name in seen:
            raise InputError(f"metric '{metric.name}' is asked for twice")
        seen.add(metric.name)
    return chosen
