"""Mean and covariance of clips' features, which the Fréchet distances of all clips share."""

from __future__ import annotations

from metrics.measures.fid import Moments, moments
from metrics.reference import Clips


def moments_of(part: Clips) -> Moments:
    """Moments of a draw or a reference, for :meth:`metrics.reference.Clips.once`."""
    return moments(part.clips.features)
