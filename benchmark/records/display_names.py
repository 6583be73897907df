"""What names mean, in words that need no look into the code, and how numbers are written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmark.records.tables import is_undefined, number, reason_of

if TYPE_CHECKING:
    from metrics.metric import Metric


@dataclass(frozen=True)
class MetricWords:
    """How a metric is shown.

    Attributes:
        title: its name in words.
        short: heading of a table column.
        meaning: what it says, in a few words.
        axis: label of an axis that shows it, with its unit.
        unit: unit of the shown value, with a leading blank where one is written.
        scale: shown value = stored value x scale.
        digits: decimals shown.
    """

    title: str
    short: str
    meaning: str
    axis: str
    unit: str = ""
    scale: float = 1.0
    digits: int = 2

    def shown(self, cell: object) -> str:
        """A stored value as text, or why there is none."""
        return shown(cell, self.digits, self.unit, self.scale)


METRIC_WORDS = {
    "fid": MetricWords(
        "Fréchet distance of features (FID)",
        "FID",
        "distance to real clips",
        "squared distance of feature distributions (no unit)",
    ),
    "accuracy": MetricWords(
        "Recognition accuracy",
        "accuracy",
        "shows the class asked for",
        "clips recognised as the class asked for (%)",
        unit=" %",
        scale=100.0,
        digits=1,
    ),
    "diversity": MetricWords(
        "Diversity",
        "diversity",
        "spread over all clips",
        "mean distance of two clips' features (no unit)",
    ),
    "multimodality": MetricWords(
        "Multimodality",
        "multimodality",
        "spread within a class",
        "mean distance within a class (no unit)",
    ),
}

ARM_WORDS = {
    "real": "real clips only",
    "real+synthetic": "real + synthetic",
    "classical": "real + classical augmentation",
    "synthetic": "synthetic clips only",
    "oracle": "real + held-back real clips",
    "oracle_as_larger_split": "real + held-back real clips, drawn alike",
    "real_same_epochs": "real clips only, fewer steps",
    "real+pseudo": "real + pseudo-labelled clips",
    "pretrained": "real clips, base classes first",
}

REFERENCE_WORDS = {
    "test": "real test clips",
    "dev": "real dev clips",
    "train": "real training clips",
    "all": "all real clips",
    "split": "clips that the generator saw",
}

GROUP_WORDS = {
    "classic": "The field's four numbers",
    "distribution": "Distances of distributions",
    "class": "Classes",
    "spread": "Spread",
    "memory": "Memory: near to what the generator saw?",
    "use": "Use: what a linear probe learns from the clips, or makes of them",
    "body": "Bodies, without extractor",
    "others": "Other metrics",
}
MANY = 6
"""More metrics than these are shown group by group."""

DIRECTION_WORDS = {
    "lower": "lower is better",
    "higher": "higher is better",
    "real": "closest to real clips is best",
    "": "",
}
ARROWS = {"lower": "↓", "higher": "↑", "real": "→", "": ""}


def metric_words(name: str) -> MetricWords:
    """Words for a metric: ours, those of the metric itself, or just its name."""
    if name in METRIC_WORDS:
        return METRIC_WORDS[name]
    metric = _built_in().get(name)
    if metric is None:
        return MetricWords(name, name, name, name)
    words = name.replace("_", " ")
    title = words[0].upper() + words[1:]
    if metric.unit == "share" and metric.bounds == (0.0, 1.0):
        digits = max(0, metric.digits - 2)
        return MetricWords(title, words, metric.summary, f"{words} (%)", " %", 100.0, digits)
    return MetricWords(
        title, words, metric.summary, f"{words} ({metric.unit})", digits=metric.digits
    )


def metric_direction(name: str) -> str:
    """``lower``, ``higher`` or ``real``, as the metric itself says; ``""`` for a metric that is not
    built in, whose rows are not ranked."""
    metric = _built_in().get(name)
    return metric.direction if metric else ""


def metric_order(names: Sequence[str]) -> list[str]:
    """The known metrics in the order of the field's tables, then the others by name."""
    known = [name for name in _built_in() if name in names]
    return known + sorted(set(names) - set(known))


def metric_groups(names: Sequence[str]) -> dict[str, list[str]]:
    """Metrics in order, all under ``""``; or, where they are many, by group: the four classic ones
    first, then keys of :data:`GROUP_WORDS`."""
    ordered = metric_order(names)
    if len(ordered) <= MANY:
        return {"": ordered}
    known = _built_in()
    groups: dict[str, list[str]] = {}
    for name in ordered:
        group = known[name].group if name in known else "others"
        groups.setdefault("classic" if name in METRIC_WORDS else group, []).append(name)
    return groups


def _built_in() -> Mapping[str, Metric]:
    from metrics.registry import built_in_metrics  # lazy: it imports every metric's libraries

    return built_in_metrics()


def reference_words(names: Iterable[str]) -> str:
    """References of metrics in words, each once: ``real test clips or all real clips``."""
    return " or ".join(dict.fromkeys(REFERENCE_WORDS.get(name, name) for name in names))


def arm_words(arm: str) -> str:
    """An arm in words, with its dose: ``real + synthetic, 2 a real clip``.

    A name that is no arm stays as it is: tables hold what runs wrote.
    """
    kind, _, dose = arm.partition("@")
    words = ARM_WORDS.get(kind, kind)
    return f"{words}, {dose} a real clip" if dose else words


def shown(cell: object, digits: int, unit: str = "", scale: float = 1.0) -> str:
    """A cell as text: ``12.30``, ``83.1 %``, ``undefined (reason)``; a dash without a reason."""
    if is_undefined(cell):
        reason = reason_of(cell)
        return f"undefined ({reason})" if reason else "–"
    return f"{number(cell) * scale:,.{digits}f}{unit}"


def interval(low: object, high: object, digits: int, scale: float = 1.0) -> str:
    """``[1.20, 3.40]``, or nothing where a bound is undefined."""
    if is_undefined(low) or is_undefined(high):
        return ""
    return f"[{shown(low, digits, '', scale)}, {shown(high, digits, '', scale)}]"


def points(cell: object) -> str:
    """A difference in percentage points with its sign, such as ``+3.1``."""
    return shown(cell, 1) if is_undefined(cell) else f"{number(cell):+.1f}"


def points_interval(low: object, high: object) -> str:
    """The interval of a difference, such as ``[+0.4, +5.8]``."""
    if is_undefined(low) or is_undefined(high):
        return ""
    return f"[{points(low)}, {points(high)}]"


def seconds(value: float) -> str:
    """A duration in the unit that suits it: ``1.20 s``, ``3.4 ms``, ``56.0 µs``."""
    for size, unit in ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs")):
        if abs(value) >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value / 1e-9:.3g} ns"
