"""The kernel distance of features."""

from __future__ import annotations

from metrics.measures.kid import kernel_distance, kernel_mean
from metrics.metric import Metric
from metrics.reference import Reference


def _among_real(reference: Reference) -> float | None:
    """None where there are no two real clips."""
    real = reference.clips.features
    return kernel_mean(real) if len(real) > 1 else None


KID = Metric(
    name="kid",
    group="distribution",
    summary="kernel distance of the features to the reference's, unbiased, lower is better",
    measure=lambda draw, rng, protocol: kernel_distance(
        draw.reference.clips.features,
        draw.clips.features,
        among_real=draw.reference.once(_among_real),
    ),
    direction="lower",
    floor="other part",
    unit="squared kernel distance",
    digits=4,
    bounds=(float("-inf"), float("inf")),
)
