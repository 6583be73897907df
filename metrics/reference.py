"""What a metric is given: one draw of clips, and the real clips that it is held against."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from metrics.features import FeatureSet

T = TypeVar("T")


class Clips:
    """Clips whose statistics are made once, for all that need them."""

    clips: FeatureSet
    _known: dict[tuple[Hashable, ...], Any]

    def once(self, statistic: Callable[..., T], *arguments: Hashable) -> T:
        """``statistic(self, *arguments)``, computed when it is first asked for.

        The function and its arguments are the key: metrics that share a statistic (and of a
        reference: draws) ask for it by the same function.
        """
        key = (statistic, *arguments)
        if key not in self._known:
            self._known[key] = statistic(self, *arguments)
        value: T = self._known[key]
        return value


@dataclass(frozen=True, eq=False)
class Reference(Clips):
    """Real clips that draws are held against, with statistics that are made once.

    Attributes:
        name: ``train``, ``dev``, ``test``, ``all`` or, for what the generator has seen, ``split``.
        clips: all of them.
        other: real clips that are not among them; None if there are none.
    """

    name: str
    clips: FeatureSet
    other: FeatureSet | None = None
    _known: dict[tuple[Hashable, ...], Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, eq=False)
class Draw(Clips):
    """The clips of one repetition, synthetic or (for a floor) real, and their reference."""

    clips: FeatureSet
    reference: Reference
    _known: dict[tuple[Hashable, ...], Any] = field(default_factory=dict, repr=False)

    @property
    def classes(self) -> int:
        """Number of classes: one more than the largest asked for, recognized or real."""
        parts = (self.clips, self.reference.clips)
        return 1 + max(int(each.max()) for part in parts for each in (part.labels, part.predicted))
