"""Clips made elsewhere, as ``evaluate`` keeps them in the store."""

from __future__ import annotations

KIND = "foreign"
"""Of the artefact, and the name of the clips in it."""

CLIPS = "clips.npz"
FINDINGS = "findings.json"
"""What was changed, and what must be said of them."""
