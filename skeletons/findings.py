"""What was found in a file of clips: refused, changed or only said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

REFUSED, CHANGED, SAID = "refused", "changed", "said"


@dataclass(frozen=True)
class Finding:
    """One thing about a file of clips: ``level`` is ``refused``, ``changed`` or ``said``, ``what``
    names it in a word or two, ``text`` is a sentence, ``facts`` the numbers behind it."""

    level: str
    what: str
    text: str
    facts: Mapping[str, Any] = field(default_factory=dict)


def refused(what: str, text: str, **facts: Any) -> Finding:
    """A finding that keeps the clips out."""
    return Finding(REFUSED, what, text, facts)


def changed(what: str, text: str, **facts: Any) -> Finding:
    """What was put right, since nothing else can be meant."""
    return Finding(CHANGED, what, text, facts)


def said(what: str, text: str, **facts: Any) -> Finding:
    """What a reader must know, and nothing was done about."""
    return Finding(SAID, what, text, facts)
