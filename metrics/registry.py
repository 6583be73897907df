"""Metrics by name: the table of those that come with the suite, and how others are found.

The table holds strings, so that a metric's module is imported when the metric is asked for, and so
that a metric knows nothing of the others: a new one is a file in ``metrics/catalogue`` and a line
here, and what the others compute does not depend on either.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from metrics.metric import Metric
from skeletons.errors import InputError
from skeletons.plugins import imported, lines_about, target_of

KIND = "metric"

BUILT_IN = {
    "fid": "metrics.catalogue.fid:FID",
    "accuracy": "metrics.catalogue.accuracy:ACCURACY",
    "diversity": "metrics.catalogue.diversity:DIVERSITY",
    "multimodality": "metrics.catalogue.multimodality:MULTIMODALITY",
    "fid_extrapolated": "metrics.catalogue.fid_extrapolated:FID_EXTRAPOLATED",
    "class_fid": "metrics.catalogue.class_fid:CLASS_FID",
    "kid": "metrics.catalogue.kid:KID",
    "precision": "metrics.catalogue.neighbours:PRECISION",
    "recall": "metrics.catalogue.neighbours:RECALL",
    "density": "metrics.catalogue.neighbours:DENSITY",
    "coverage": "metrics.catalogue.neighbours:COVERAGE",
    "class_accuracy": "metrics.catalogue.classes:CLASS_ACCURACY",
    "label_entropy": "metrics.catalogue.classes:LABEL_ENTROPY",
    "label_divergence": "metrics.catalogue.classes:LABEL_DIVERGENCE",
    "memory_ratio": "metrics.catalogue.memorisation:MEMORY_RATIO",
    "authenticity": "metrics.catalogue.memorisation:AUTHENTICITY",
    "copied_share": "metrics.catalogue.memorisation:COPIED_SHARE",
    "tstr": "metrics.catalogue.train_on_synthetic:TSTR",
    "trts": "metrics.catalogue.train_on_synthetic:TRTS",
    "bone_change": "metrics.catalogue.body:BONE_CHANGE",
    "bone_lengths": "metrics.catalogue.body:BONE_LENGTHS",
    "joint_positions": "metrics.catalogue.body:JOINT_POSITIONS",
    "joint_velocities": "metrics.catalogue.body:JOINT_VELOCITIES",
    "jerk": "metrics.catalogue.body:JERK",
    "joint_angles": "metrics.catalogue.body:JOINT_ANGLES",
    "foot_skate": "metrics.catalogue.body:FOOT_SKATE",
    "left_right_swaps": "metrics.catalogue.body:LEFT_RIGHT_SWAPS",
    "left_right_sides": "metrics.catalogue.body:LEFT_RIGHT_SIDES",
}
"""Name and place of each metric that comes with the suite, in the order of tables."""

CLASSIC = ("fid", "accuracy", "diversity", "multimodality")
"""The four numbers of the field's tables."""


@cache
def built_in_metrics() -> dict[str, Metric]:
    """The metrics that come with the suite, in the order of tables; imports all of them."""
    return {name: metric_named(name) for name in BUILT_IN}


def metric_names() -> dict[str, str]:
    """One line about each metric that can be found by name."""
    return lines_about(KIND, {name: one.summary for name, one in built_in_metrics().items()})


def expanded(names: Iterable[str]) -> tuple[str, ...]:
    """Names of metrics, with ``all``, ``classic`` (:data:`CLASSIC`) and the names of groups written
    out; each metric once."""
    written: dict[str, None] = {}
    for name in names:
        written.update(dict.fromkeys(_members(name)))
    return tuple(written)


def _members(name: str) -> Iterable[str]:
    if name in BUILT_IN or ":" in name:
        return (name,)
    if name == "classic":
        return CLASSIC
    known = built_in_metrics().items()
    return [key for key, metric in known if name in ("all", metric.group)] or (name,)


def metric_target(name: str) -> str:
    """Where a metric stands, ``package.module:NAME``; :class:`InputError` for an unknown name."""
    return target_of(KIND, name, BUILT_IN)


def source_module(name: str) -> str:
    """The module in which a metric's object stands: built in, or of ``package.module:NAME``."""
    return metric_target(name).partition(":")[0]


def metric_named(name: str) -> Metric:
    """The metric of a name: built in, an entry point, or ``package.module:NAME`` of a
    :class:`metrics.metric.Metric`.

    Raises:
        InputError: no such module or name, or something else than a :class:`Metric`.
    """
    metric = imported(KIND, name, metric_target(name))
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
