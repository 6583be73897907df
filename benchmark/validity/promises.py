"""What each metric promises to catch, and whether it kept its word.

A promise is what the metric is for, not all that it happens to catch: a table of validity may show
more, never less. Promises hold for the largest dose of a ladder at the latest, with clips of
``kinematic12`` and its bundled extractor.
"""

from __future__ import annotations

from collections.abc import Sequence

from benchmark.validity.reactions import Reaction

PROMISES: dict[str, tuple[str, ...]] = {}
"""Corruptions that a metric must react to; a metric that is not listed promises nothing."""


def promised(metric: str, corruption: str) -> bool:
    """Whether the metric promises to catch the corruption."""
    return corruption in PROMISES.get(metric, ())


def broken_promises(found: Sequence[Reaction]) -> list[Reaction]:
    """Reactions that were promised and did not come."""
    return [
        reaction
        for reaction in found
        if promised(reaction.metric, reaction.corruption) and reaction.caught is None
    ]


def unseen_corruptions(found: Sequence[Reaction]) -> list[str]:
    """Corruptions that no metric catches."""
    caught = {reaction.corruption for reaction in found if reaction.caught is not None}
    return [name for name in dict.fromkeys(r.corruption for r in found) if name not in caught]
