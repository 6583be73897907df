"""An artefact of the store by itself: is it there, is it whole, does its key follow from it?"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from benchmark.analyses.verification.differences import NOT_THERE
from benchmark.analyses.verification.finding import MISSING, UNHASHED, WRONG, Finding
from benchmark.engine.keys import artefact_key, content_of, file_sha256
from benchmark.engine.store import META, Store

PART = "part"
"""The kind of the pieces that fits share, which are made from no other artefact."""


@dataclass(frozen=True, eq=False)
class Artefact:
    """What is known of one artefact before anything is derived again.

    Attributes:
        kind: a kind of stage, ``part``, or ``""`` where it is not there.
        meta: what ``meta.json`` says.
        known: what it was made from is beyond doubt: its key follows from ``meta``.
        findings: what is wrong with it.
    """

    key: str
    kind: str
    folder: Path
    meta: Mapping[str, Any]
    known: bool
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
    def place(self) -> str:
        """Its folder, as findings name it."""
        return f"{self.folder.parents[1].name}/{self.kind or '*'}/{self.key}"

    @property
    def content(self) -> str:
        """What it holds, as a hash, by its own account."""
        return str(self.meta.get("content", ""))

    @cached_property
    def inputs(self) -> dict[str, tuple[tuple[str, str], ...]]:
        """Key and content of the artefacts that it was made from, several of a series, by role."""
        keys, contents = self.meta.get("inputs"), self.meta.get("contents")
        contents = contents if isinstance(contents, dict) else {}
        return {
            role: tuple(zip(_texts(said), _texts(contents.get(role)), strict=False))
            for role, said in (keys.items() if isinstance(keys, dict) else ())
        }

    @property
    def series(self) -> set[str]:
        """Roles of inputs that are several artefacts together."""
        return {role for role in self.inputs if isinstance(self.meta["inputs"][role], list)}

    @property
    def parts(self) -> dict[str, str]:
        """Keys of the parts that a fit shares with others, by name."""
        lineage = self.meta.get("lineage")
        listed = lineage.get("parts") if isinstance(lineage, dict) else None
        parts = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
        return {str(part.get("name")): str(part.get("key")) for part in parts}

    def with_finding(self, severity: str, file: str, says: str, should_be: str) -> Artefact:
        """The same artefact with something more that is wrong with it."""
        one = Finding(severity, f"{self.place}/{file}", says, should_be)
        return replace(self, findings=tuple(dict.fromkeys((*self.findings, one))))


def artefact_folder(store: Store, key: str) -> Path | None:
    """Where an artefact of whatever kind lies; None where there is none of this key."""
    if not re.fullmatch("[0-9a-f]{64}", key):
        return None  # what a record says can be anything, a pattern too
    return next((path.parent for path in sorted(store.root.glob(f"*/{key}/{META}"))), None)


def files_of(folder: Path) -> dict[str, Path]:
    """The files of an artefact but ``meta.json``, by their path inside it."""
    found = (path for path in sorted(folder.rglob("*")) if path.is_file())
    files = {path.relative_to(folder).as_posix(): path for path in found}
    return {name: path for name, path in files.items() if name != META}


def inspect(store: Store, key: str, stage: str) -> Artefact:
    """Look an artefact up by its key and compare its files with what its ``meta.json`` says.

    Args:
        stage: what made it, for the message where it is missing.
    """
    folder = artefact_folder(store, key)
    if folder is None:
        place = f"{store.root.name}/*/{key}"
        gone = Finding(MISSING, place, NOT_THERE, f"the artefact of stage {stage}")
        return Artefact(key, "", store.root / "*" / key, {}, False, (gone,))
    kind, place = folder.parent.name, f"{store.root.name}/{folder.parent.name}/{key}"
    try:
        meta = json.loads((folder / META).read_text(encoding="utf-8"))
        if not isinstance(meta, dict):
            raise ValueError("it holds no object")
    except (OSError, ValueError) as error:
        broken = Finding(WRONG, f"{place}/{META}", f"cannot be read: {error}", "a JSON object")
        return Artefact(key, kind, folder, {}, False, (broken,))
    doubts = list(_key_findings(kind, key, meta, f"{place}/{META}"))
    found = [
        *doubts,
        *_file_findings(folder, meta, place),
        *_content_findings(store.noted_content(kind, key), meta, f"{place}/{META}"),
    ]
    return Artefact(key, kind, folder, meta, not doubts and kind != PART, tuple(found))


def _key_findings(kind: str, key: str, meta: Mapping[str, Any], place: str) -> Iterator[Finding]:
    """Whether the key is the hash of what ``meta.json`` says that the artefact was made from."""
    try:
        contents = {} if kind == PART else meta["contents"]
        follows = artefact_key(kind, meta["code"], meta["parameters"], contents)
    except (KeyError, TypeError) as error:
        yield Finding(MISSING, place, f"says nothing of {error}", "code, parameters and contents")
        return
    if follows != key:
        text = f"code, parameters and contents whose key is {follows}"
        yield Finding(WRONG, place, text, f"those of {key}")


def _file_findings(folder: Path, meta: Mapping[str, Any], place: str) -> Iterator[Finding]:
    listed = meta.get("files")
    if not isinstance(listed, dict):
        yield Finding(UNHASHED, place, "meta.json lists no files", "size and SHA-256 of each")
        return
    there = files_of(folder)
    for name in sorted({*listed, *there}):
        where = f"{place}/{name}"
        match listed.get(name):
            case _ if name not in there:
                yield Finding(MISSING, where, NOT_THERE, "a file")
            case None if name not in listed:
                yield Finding(WRONG, where, "a file", "no such file is listed")
            case [_, str(digest)]:
                here = file_sha256(there[name])
                if here != digest:
                    yield Finding(WRONG, where, f"SHA-256 {here}", f"SHA-256 {digest}")
            case _:
                yield Finding(UNHASHED, where, "no SHA-256", "size and SHA-256")


def _content_findings(noted: str | None, meta: Mapping[str, Any], place: str) -> Iterator[Finding]:
    """Whether the content is that of the listed files, and ``noted`` by the store."""
    says = meta.get("content")
    try:
        expected = {content_of(meta["files"])}
    except (KeyError, TypeError, ValueError, AttributeError):  # found already, as unhashed
        expected = set()
    for one in sorted(expected | ({noted} if noted else set())):
        if says != one:
            yield Finding(WRONG, place, f"content {says}", f"content {one}", column="content")


def _texts(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]
