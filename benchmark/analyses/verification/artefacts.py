"""An artefact of the store by itself: is it there, is it whole, does its key follow from it?"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from benchmark.analyses.verification.differences import NOT_THERE
from benchmark.analyses.verification.finding import MISSING, UNHASHED, WRONG, Finding
from benchmark.engine.store import META, Store, artefact_key, file_sha256

PART = "part"
"""The kind of the pieces that fits share; their keys are made otherwise than those of stages."""


@dataclass(frozen=True, eq=False)
class Artefact:
    """What is known of one artefact before anything is derived again.

    Attributes:
        kind: a kind of stage, ``part``, or ``""`` where it is not there.
        findings: what is wrong with it.
        meta: what ``meta.json`` says.
    """

    key: str
    kind: str
    folder: Path
    meta: Mapping[str, Any]
    findings: tuple[Finding, ...]

    @cached_property
    def usable(self) -> bool:
        """Whether other things may be derived from it: whole, as far as the store can tell."""
        return all(finding.severity == UNHASHED for finding in self.findings)

    @property
    def is_there(self) -> bool:
        """Whether the store has it, damaged or not."""
        return bool(self.kind)

    @property
    def known(self) -> bool:
        """Whether what it was made from is beyond doubt: its key follows from ``meta.json``."""
        doubted = (finding.file.endswith(f"/{META}") for finding in self.findings)
        return self.is_there and self.kind != PART and not any(doubted)

    @property
    def inputs(self) -> Mapping[str, str]:
        """Keys of what it was made from, by role."""
        return _strings(self.meta.get("inputs"))

    @property
    def rests_on(self) -> Mapping[str, str]:
        """Keys of its inputs and, of a fit, of the parts that it shares with others."""
        lineage = self.meta.get("lineage")
        parts = lineage.get("parts") if isinstance(lineage, dict) else None
        listed = [_strings(part) for part in parts] if isinstance(parts, list) else []
        shared = {f"part {one['name']}": one["key"] for one in listed if {"name", "key"} <= {*one}}
        return {**self.inputs, **shared}


def artefact_folder(store: Store, key: str) -> Path | None:
    """Where an artefact of whatever kind lies; None where there is none of this key."""
    if not re.fullmatch("[0-9a-f]{64}", key):
        return None  # what a record says can be anything, a pattern too
    return next((path.parent for path in sorted(store.root.glob(f"*/{key}/{META}"))), None)


def inspect(store: Store, key: str, stage: str) -> Artefact:
    """Look an artefact up by its key and compare its files with what its ``meta.json`` says.

    Args:
        stage: what made it, for the message where it is missing.
    """
    folder = next((path.parent for path in sorted(store.root.glob(f"*/{key}/{META}")) if key), None)
    if folder is None:
        place = f"{store.root.name}/*/{key}"
        gone = Finding(MISSING, place, NOT_THERE, f"the artefact of stage {stage}")
        return Artefact(key, "", store.root / "absent" / key, {}, (gone,))
    kind, place = folder.parent.name, f"{store.root.name}/{folder.parent.name}/{key}"
    try:
        meta = json.loads((folder / META).read_text(encoding="utf-8"))
        if not isinstance(meta, dict):
            raise ValueError("it holds no object")
    except (OSError, ValueError) as error:
        broken = Finding(WRONG, f"{place}/{META}", f"cannot be read: {error}", "a JSON object")
        return Artefact(key, kind, folder, {}, (broken,))
    found = [*_key_findings(kind, key, meta, place), *_file_findings(folder, meta, place)]
    return Artefact(key, kind, folder, meta, tuple(found))


def _key_findings(kind: str, key: str, meta: Mapping[str, Any], place: str) -> list[Finding]:
    """Whether the key is the hash of what ``meta.json`` says that the artefact was made from."""
    if kind == PART:
        return []
    try:
        follows = artefact_key(kind, meta["code"], meta["parameters"], meta["inputs"])
    except (KeyError, TypeError) as error:
        text = f"says nothing of {error}"
        return [Finding(WRONG, f"{place}/{META}", text, "code, parameters and inputs")]
    if follows == key:
        return []
    text = f"code, parameters and inputs whose key is {follows}"
    return [Finding(WRONG, f"{place}/{META}", text, f"those of {key}")]


def _file_findings(folder: Path, meta: Mapping[str, Any], place: str) -> list[Finding]:
    listed = meta.get("files")
    if not isinstance(listed, dict):
        return [Finding(UNHASHED, place, "meta.json lists no files", "size and SHA-256 of each")]
    found: list[Finding] = []
    for name, entry in sorted(listed.items()):
        path = folder / name
        if not path.is_file():
            found.append(Finding(MISSING, f"{place}/{name}", NOT_THERE, "a file of the artefact"))
            continue
        digest = _digest_of(entry)
        if digest is None:
            found.append(Finding(UNHASHED, f"{place}/{name}", "no SHA-256", "size and SHA-256"))
            continue
        here = file_sha256(path)
        if here != digest:
            found.append(Finding(WRONG, f"{place}/{name}", f"SHA-256 {here}", f"SHA-256 {digest}"))
    return found


def _strings(value: object) -> Mapping[str, str]:
    if not isinstance(value, dict):
        return {}
    return {str(name): one for name, one in value.items() if isinstance(one, str)}


def _digest_of(entry: object) -> str | None:
    """The hash in ``[size, hash]``."""
    if isinstance(entry, list) and len(entry) == 2 and isinstance(entry[1], str):
        return entry[1]
    return None
