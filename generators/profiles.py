"""A generator's parameters and the named sets of values that it comes with. Imports no torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ConfigDict


class Parameters(BaseModel):
    """What a built-in generator can be told: no unknown names, no NaN, never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


@dataclass(frozen=True)
class Profiles:
    """What a generator can be told, and what it is told by default.

    Attributes:
        kind: its parameters.
        quick: values for two CPU cores and minutes, where they differ from the model's defaults.
        paper: the publication's own values, for a GPU.
        smoke: values for seconds. Its numbers mean nothing: it is for tests and
            ``check-generator``.
    """

    kind: type[Parameters]
    quick: Mapping[str, Any] = field(default_factory=dict)
    paper: Mapping[str, Any] = field(default_factory=dict)
    smoke: Mapping[str, Any] = field(default_factory=dict)

    def values(self, profile: str) -> dict[str, Any]:
        """The values of a profile; :class:`KeyError` for a name that is none."""
        return dict({"quick": self.quick, "paper": self.paper, "smoke": self.smoke}[profile])


PROFILE_NAMES = ("quick", "paper", "smoke")
