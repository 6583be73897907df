"""Every metric in repeated draws, beside the floor that real clips set.

In the protocol skelgen-v2 a repetition draws half of the synthetic clips without replacement, class
by class as often as the reference shows it, and measures them. The floor is what real clips get
when they are drawn with the very same class counts: from the other part for a distance to the
reference, from the reference itself for properties of the clips alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from metrics.evaluation.draws import Drawing, FreshDraws, HalfDraws, reference_of
from metrics.evaluation.measured import Measured, MetricOfClass
from metrics.features import FeatureSet
from metrics.metric import Metric
from metrics.protocols import SKELGEN_V2, SPLIT, Protocol
from metrics.reference import Draw, Reference
from metrics.value import Undefined, Value
from skeletons.errors import InputError
from skeletons.seeds import named_rng


def measure(
    synthetic: FeatureSet,
    references: Mapping[str, FeatureSet],
    metrics: Sequence[Metric],
    repetitions: int = 20,
    seed: int = 0,
    protocol: Protocol = SKELGEN_V2,
) -> list[Measured]:
    """Measure synthetic clips against each reference, metric by metric in the order given.

    A value depends on the clips, the seed and its own reference, metric and repetition only, not
    on what else is measured. BLAS runs on one thread, so that it does not depend on the machine's
    load or thread settings either. :func:`metrics.evaluate.evaluate` gives means and intervals.

    Args:
        references: real clips by the name of their part: ``train``, ``dev`` or ``test`` and, for
            metrics of memory, ``split``: what the generator has seen.
        repetitions: draws, at least 1.

    Raises:
        InputError: no clips in a set, sets of different features, or a metric of memory without
            ``split``.
    """
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # lazy: heavy

    parts = dict(references)
    _check(synthetic, parts, metrics, repetitions)
    rows: list[Measured] = []
    with threadpool_limits(limits=1, user_api="blas"):
        for name in parts:
            reference = reference_of(name, parts)
            here = [metric for metric in metrics if metric.measured_on(name)]
            measured: dict[str, Measured] = {}
            for source in ("reference", "other part"):
                group = [metric for metric in here if metric.floor == source]
                if not group:
                    continue
                names = (seed, name)
                drawing = _drawing(synthetic, reference, source, repetitions, names, protocol)
                drawn = _repeat(group, drawing.synthetic, repetitions, names, protocol)
                floors = _repeat(group, drawing.real, repetitions, ("floor", *names), protocol)
                for key in drawn:
                    values, real = tuple(drawn[key]), tuple(floors[key])
                    measured[key] = Measured(
                        reference=name,
                        metric=key,
                        values=values,
                        floors=real,
                        drawn_fraction=drawing.fraction,
                        floor_fraction=drawing.floor_fraction,
                        draw_size=drawing.size,
                    )
            rows += [measured[metric.name] for metric in here]
    return rows


def measure_classes(
    synthetic: FeatureSet, references: Mapping[str, FeatureSet], metrics: Sequence[Metric]
) -> list[MetricOfClass]:
    """Values class by class of those metrics that have them, over all synthetic clips at once.

    Raises:
        InputError: as :func:`measure`.
    """
    from threadpoolctl import threadpool_limits  # lazy: heavy

    parts = dict(references)
    _check(synthetic, parts, metrics, 1)
    counts = synthetic.class_counts()
    rows: list[MetricOfClass] = []
    with threadpool_limits(limits=1, user_api="blas"):
        for name in parts:
            draw = Draw(synthetic, reference_of(name, parts))
            for metric in metrics:
                if metric.by_class is None or not metric.measured_on(name):
                    continue
                for label, value in enumerate(metric.by_class(draw)):
                    count = int(counts[label]) if label < len(counts) else 0
                    rows.append(MetricOfClass(name, metric.name, label, count, value))
    return rows


def _drawing(
    synthetic: FeatureSet,
    reference: Reference,
    source: str,
    repetitions: int,
    names: tuple[object, ...],
    protocol: Protocol,
) -> Drawing:
    if protocol.draw == "fresh" and reference.name != SPLIT:
        return FreshDraws.of(synthetic, reference, repetitions, names)
    floor = reference.clips if source == "reference" else reference.other
    return HalfDraws.of(synthetic, reference, floor, names)


def _repeat(
    metrics: Sequence[Metric],
    draw_of: Callable[[int], Draw | Undefined],
    repetitions: int,
    names: tuple[object, ...],
    protocol: Protocol,
) -> dict[str, list[Value]]:
    """Each metric of each draw; in one repetition all metrics see the same clips."""
    drawn: dict[str, list[Value]] = {metric.name: [] for metric in metrics}
    for repetition in range(repetitions):
        draw = draw_of(repetition)
        for metric in metrics:
            if isinstance(draw, Undefined):
                drawn[metric.name].append(draw)
                continue
            rng = named_rng("metric", metric.name, *names, repetition)
            drawn[metric.name].append(metric.measure(draw, rng, protocol))
    return drawn


def _check(
    synthetic: FeatureSet,
    references: Mapping[str, FeatureSet],
    metrics: Sequence[Metric],
    repetitions: int,
) -> None:
    if repetitions < 1:
        raise InputError(f"{repetitions} repetitions measure nothing, take 1 or more")
    if not references:
        raise InputError("metrics need at least one reference")
    for metric in metrics:
        if metric.against == SPLIT and SPLIT not in references:
            raise InputError(
                f"metric '{metric.name}' is held against what the generator has seen: give it as "
                f"the reference '{SPLIT}'"
            )
    for name, part in (("synthetic", synthetic), *references.items()):
        if len(part) == 0:
            raise InputError(f"the {name} set has no clips to measure")
        if part.features.shape[1] != synthetic.features.shape[1]:
            raise InputError(
                f"the {name} set has {part.features.shape[1]} features a clip, the synthetic set "
                f"{synthetic.features.shape[1]}: they come from different extractors"
            )
