"""What code an artefact depends on, as a hash: a changed room makes its artefacts anew."""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


def code_version(
    packages: Sequence[str], libraries: Sequence[str] = (), files: Iterable[Path] = ()
) -> str:
    """SHA-256 of the sources that a stage's result depends on.

    Args:
        packages: importable packages, all of whose ``.py`` files count, or single modules
            (``benchmark.stages.fit``).
        libraries: installed distributions, of which the version counts.
        files: further source files, such as the module of a user's generator.
    """
    parts = [f"{name} {_sources(name)}" for name in sorted(packages)]
    parts += [f"{name} {_version(name)}" for name in sorted(libraries)]
    parts += sorted(f"{path.name} {_file_hash(path)}" for path in set(files))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


@cache
def _sources(name: str) -> str:
    """Hash of a package's Python files, by their path inside it."""
    home, paths = _files(name)
    digest = hashlib.sha256()
    for path in paths:
        digest.update(f"{path.relative_to(home).as_posix()} {_file_hash(path)}\n".encode())
    return digest.hexdigest()


def _files(name: str) -> tuple[Path, list[Path]]:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"there is no module '{name}'")
    origin = Path(spec.origin)
    if spec.submodule_search_locations is None:
        return origin.parent, [origin]
    return origin.parent, sorted(origin.parent.rglob("*.py"))


def _file_hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@cache
def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return "absent"
