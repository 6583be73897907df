"""Mean and covariance of clips' features, which the Fréchet distances of all clips share."""

from __future__ import annotations

from metrics.evaluation.reference import Clips
from metrics.measures.fid import Moments, moments


def moments_of(part: Clips) -> Moments:
    """Moments of a draw or a reference, for :meth:`metrics.evaluation.reference.Clips.once`."""
    return moments(part.clips.features)
