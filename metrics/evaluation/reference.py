"""What a metric is given: one draw of clips, and the real clips that it is held against."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

from metrics.features import FeatureSet
from metrics.measures.fid import Moments, moments

T = TypeVar("T")


class Shared:
    """Clips whose statistics are made once, for all that need them."""

    clips: FeatureSet
    _known: dict[str, Any]

    @cached_property
    def moments(self) -> Moments:
        """Mean and covariance of the features."""
        return moments(self.clips.features)

    def once(self, name: str, make: Callable[[], T]) -> T:
        """A statistic that several metrics (of a reference: and draws) share."""
        if name not in self._known:
            self._known[name] = make()
        value: T = self._known[name]
        return value


@dataclass(frozen=True, eq=False)
class Reference(Shared):
    """Real clips that draws are held against, with statistics that are made once.

    Attributes:
        name: ``train``, ``test``, ``all`` or, for what the generator has seen, ``split``.
        clips: all of them.
        other: real clips that are not among them; None if there are none.
    """

    name: str
    clips: FeatureSet
    other: FeatureSet | None = None
    _known: dict[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, eq=False)
class Draw(Shared):
    """The clips of one repetition, synthetic or (for a floor) real, and their reference."""

    clips: FeatureSet
    reference: Reference
    _known: dict[str, Any] = field(default_factory=dict, repr=False)
