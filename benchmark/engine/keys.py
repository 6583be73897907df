"""What code an artefact depends on, as a hash: a changed room makes its artefacts anew."""

from __future__ import annotations

import ast
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
            (``benchmark.experiment.stages.fit``).
        libraries: installed distributions, of which the version counts.
        files: further source files, such as the module of a user's generator.
    """
    parts = [f"{name} {_sources(name)}" for name in sorted(packages)]
    parts += [f"{name} {_version(name)}" for name in sorted(libraries)]
    parts += sorted(f"{path.name} {_file_hash(path)}" for path in set(files))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def imported_sources(modules: Iterable[str], rooms: Sequence[str]) -> list[Path]:
    """Source files of modules and of all that they import from our rooms, however indirectly.

    Imports are read from the sources, wherever in a file they stand; nothing is executed. A module
    that is named by a string only (``importlib``) is not seen.

    Args:
        modules: names such as ``generators.image_diffusion.ddpm``; they may lie outside the rooms.
        rooms: packages to follow imports into.
    """
    found: dict[str, Path] = {}
    waiting = list(modules)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        source = _source(name)
        if source is None:
            continue
        found[name] = source
        imported = _imports(source)
        waiting.extend(one for one in imported if one.partition(".")[0] in rooms)
    return sorted(set(found.values()))


@cache
def _source(name: str) -> Path | None:
    """The file of a module, found without importing it; None for what is no module of a package,
    such as a class inside one."""
    top, *rest = name.split(".")
    spec = importlib.util.find_spec(top)
    if spec is None:
        return None
    if not rest:
        return None if spec.origin is None else Path(spec.origin)
    for home in spec.submodule_search_locations or ():
        inside = Path(home).joinpath(*rest)
        for path in (inside.with_suffix(".py"), inside / "__init__.py"):
            if path.is_file():
                return path
    return None


@cache
def _imports(path: Path) -> tuple[str, ...]:
    """Names of the modules that a file imports; for ``from a import b``, ``a`` and, where it is a
    module, ``a.b``."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return tuple(sorted(names))


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
