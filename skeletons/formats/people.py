"""Who is seen, and from where, as far as the ids of clips tell."""

from __future__ import annotations

import re
from collections.abc import Sequence

PATTERNS = (
    re.compile(r"S\d{3}C(?P<view>\d{3})P(?P<subject>\d{3})R\d{3}A\d{3}", re.ASCII),
    re.compile(r"P(?P<subject>\d+)G\d+R\d+F\d+T\d+A\d+", re.ASCII),
    re.compile(r"a\d+_s(?P<subject>\d+)_e\d+(_v(?P<view>\d+))?", re.ASCII),
)
"""Ids of NTU RGB+D, HumanAct12 and NW-UCLA, and with what each of them begins."""

_LETTERS = (("C", "P"), ("", "P"), ("v", "s"))


def subjects_of(ids: Sequence[str], told: Sequence[str]) -> list[str]:
    """The person of each clip: what its entry tells, else what its id tells, else ``""``."""
    return [one or _field(clip_id, "subject") for clip_id, one in zip(ids, told, strict=True)]


def views_of(ids: Sequence[str]) -> list[str]:
    """The camera of each clip as its id tells it, else ``""``."""
    return [_field(clip_id, "view") for clip_id in ids]


def _field(clip_id: str, name: str) -> str:
    for pattern, (view, subject) in zip(PATTERNS, _LETTERS, strict=True):
        match = pattern.match(clip_id)
        if match is not None:
            found = match.groupdict().get(name)
            return f"{view if name == 'view' else subject}{found}" if found else ""
    return ""
