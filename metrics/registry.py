"""Metrics by name: what a metric is, and how one is found."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from metrics.evaluation.protocols import SPLIT, Protocol
from metrics.evaluation.reference import Draw
from metrics.value import Value
from skeletons.errors import InputError, unknown_name


@dataclass(frozen=True)
class Metric:
    """One number about a set of clips.

    Attributes:
        measure: from a draw, a random generator and the protocol.
        direction: ``lower`` or ``higher`` is better, or nearest to the ``real`` floor.
        floor: the real clips that the floor is drawn from: the part that is not the reference
            (a distance of the reference to itself would be no floor), or the reference.
        digits: decimals to print.
        bounds: smallest and largest value possible; intervals end there.
        group: what it is about; a name that stands for all metrics of the group.
        family: metrics of one family share their work and are computed together.
        against: ``parts``: the train and the test part in turn; ``split``: what the generator has
            seen.
        needs: ``features`` of the extractor, or ``bodies``: measures of the joints themselves.
        by_class: the same class by class ``[C]``, where that means something.
    """

    name: str
    summary: str
    measure: Callable[[Draw, np.random.Generator, Protocol], Value]
    direction: Literal["lower", "higher", "real"]
    floor: Literal["other part", "reference"]
    unit: str
    digits: int
    bounds: tuple[float, float] = (0.0, float("inf"))
    group: str = ""
    family: str = ""
    against: Literal["parts", "split"] = "parts"
    needs: Literal["features", "bodies"] = "features"
    by_class: Callable[[Draw], Sequence[Value]] | None = None

    @property
    def stage(self) -> str:
        """The family, or the name where it has none."""
        return self.family or self.name

    def measured_on(self, reference: str) -> bool:
        """Whether it is held against the real part of this name."""
        return (reference == SPLIT) == (self.against == SPLIT)

    def format(self, value: Value) -> str:
        """A value as tables print it."""
        return f"{value:.{self.digits}f}" if isinstance(value, float) else str(value)


def built_in_metrics() -> dict[str, Metric]:
    """The metrics that come with the suite, in the order of tables."""
    from metrics.catalogue import METRICS  # lazy: it needs this module's Metric

    return METRICS


def metric_names() -> dict[str, str]:
    """One line about each built-in metric."""
    return {name: metric.summary for name, metric in built_in_metrics().items()}


def expanded(names: Iterable[str]) -> tuple[str, ...]:
    """Names of metrics, with ``all``, ``classic`` (the four of the field's tables) and the names of
    groups written out; each metric once."""
    from metrics.catalogue import CLASSIC  # lazy, as above

    known = built_in_metrics()
    four = {metric.name for metric in CLASSIC}
    written: dict[str, None] = {}
    for name in names:
        members = [
            key
            for key, metric in known.items()
            if name in ("all", metric.group) or (name == "classic" and key in four)
        ]
        written.update(dict.fromkeys(members if members and name not in known else [name]))
    return tuple(written)


def metric_named(name: str) -> Metric:
    """The metric of a name: built in, or ``package.module:NAME`` of a :class:`Metric`."""
    known = built_in_metrics()
    if name in known:
        return known[name]
    if ":" not in name:
        raise unknown_name("metric", name, known)
    module_name, attribute = name.split(":", 1)
    try:
        metric = getattr(importlib.import_module(module_name), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise InputError(f"metric '{name}' cannot be imported: {error}") from error
    if not isinstance(metric, Metric):
        raise InputError(f"metric '{name}' is a {type(metric).__name__}, not a Metric")
    return metric


def source_module(name: str) -> str:
    """The module in which a metric's code begins."""
    return name.partition(":")[0] if ":" in name else "metrics.catalogue"


def check_metrics(names: Iterable[str]) -> tuple[Metric, ...]:
    """The metrics of these names; :class:`InputError` for an unknown one, or one named twice."""
    chosen = tuple(metric_named(name) for name in names)
    seen: set[str] = set()
    for metric in chosen:
        if metric.name in seen:
            raise InputError(f"metric '{metric.name}' is asked for twice")
        seen.add(metric.name)
    return chosen
