"""Keys of artefacts: what one is made from, as a hash.

A key counts a stage's parameters, the *content* of its inputs and its *code*: the syntax trees,
without docstrings, of the modules that the stage can reach. So a comment makes nothing anew, and
an input that comes out byte-equal stops a change.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import json
import sysconfig
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

INSTALLED = frozenset({"site-packages", "dist-packages"})
"""Folders that hold what was installed."""


def canonical_json(value: Any) -> str:
    """JSON with sorted keys and no spaces, the same text for the same value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def artefact_key(
    kind: str, code: str, parameters: Mapping[str, Any], inputs: Mapping[str, Any]
) -> str:
    """SHA-256 of what an artefact is made from; ``inputs`` are contents of artefacts by role, or
    lists of them."""
    made_from = {"kind": kind, "code": code, "parameters": parameters, "inputs": inputs}
    return hashlib.sha256(canonical_json(made_from).encode()).hexdigest()


def content_of(files: Mapping[str, tuple[int, str]]) -> str:
    """SHA-256 of an artefact's content: the names of its files and what each holds.

    Args:
        files: size and SHA-256 by name.
    """
    digests = {name: digest for name, (_, digest) in files.items()}
    return hashlib.sha256(canonical_json(digests).encode()).hexdigest()


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's content, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True)
class CodeBase:
    """Where the code lies on which results depend.

    Attributes:
        packages: whose modules are followed from import to import.
        boundaries: modules or packages among them that are not entered: what only carries work
            out, and tables that find a class by its name, since what is found counts by itself.
    """

    packages: tuple[str, ...]
    boundaries: tuple[str, ...] = ()

    def version(self, modules: Iterable[str], libraries: Iterable[str] = ()) -> str:
        """SHA-256 of all code that can be reached from some modules.

        A module outside of ``packages`` is somebody's own: of such a one the whole top-level
        package counts, and whatever it imports that is not installed.

        Args:
            modules: dotted names.
            libraries: installed distributions whose version counts.
        """
        return _version(self, tuple(sorted(set(modules))), tuple(sorted(set(libraries))))

    def reached(self, modules: Iterable[str]) -> dict[str, Path]:
        """Name and file of each module that can be reached, in order of names.

        Imports are read from the sources, wherever in a file they stand; nothing is executed. A
        module that is named by a string only (``importlib``) is not seen.
        """
        found: dict[str, Path] = {}
        waiting = [name for module in modules for name in self._own(module)]
        while waiting:
            name = waiting.pop()
            if name in found or self._is_boundary(name):
                continue
            path = source_of(name)
            if path is None:
                continue
            found[name] = path
            package = name if path.name == "__init__.py" else name.rpartition(".")[0]
            waiting += [one for one in imports_of(path, package) if self._counts(one)]
        return dict(sorted(found.items()))

    def _own(self, module: str) -> Iterator[str]:
        """The module; all of its top-level package where that is somebody's own."""
        yield module
        top = module.partition(".")[0]
        home = source_of(top)
        if top not in self.packages and home is not None and home.name == "__init__.py":
            for path in home.parent.rglob("*.py"):
                inside = path.relative_to(home.parent).with_suffix("").parts
                yield ".".join((top, *inside)).removesuffix(".__init__")

    def _counts(self, module: str) -> bool:
        top = module.partition(".")[0]
        return top in self.packages or not _is_installed(top)

    def _is_boundary(self, module: str) -> bool:
        return any(module == one or module.startswith(f"{one}.") for one in self.boundaries)


@cache
def _version(base: CodeBase, modules: tuple[str, ...], libraries: tuple[str, ...]) -> str:
    parts = [f"{name} {module_hash(path)}" for name, path in base.reached(modules).items()]
    parts += [f"{name} {_library_version(name)}" for name in libraries]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def read_sources_again() -> None:
    """Forget what was read: within one process sources are taken not to change. What a text
    parses to stays known."""
    for function in (_version, source_of, _read, _is_installed):
        function.cache_clear()


@cache
def source_of(module: str) -> Path | None:
    """The file of a module, found without importing it; None for what is none, such as a class."""
    top, *rest = module.split(".")
    try:
        spec = importlib.util.find_spec(top)
    except ValueError:  # ``__main__`` and modules that were made by hand
        return None
    if spec is None:
        return None
    if not rest:
        return Path(spec.origin) if spec.origin and spec.origin.endswith(".py") else None
    for home in spec.submodule_search_locations or ():
        inside = Path(home).joinpath(*rest)
        for path in (inside.with_suffix(".py"), inside / "__init__.py"):
            if path.is_file():
                return path
    return None


@dataclass(frozen=True)
class _Source:
    """What counts of a source file: its code as a hash, and the imports of :func:`imports_of`."""

    digest: str
    imports: tuple[tuple[int, str, tuple[str, ...]], ...]


def module_hash(path: Path) -> str:
    """SHA-256 of a source file's syntax tree, without docstrings and, as in any tree, comments."""
    return _read(path).digest


def imports_of(path: Path, package: str) -> set[str]:
    """Names that a file in ``package`` imports: for ``from a import b``, ``a`` and ``a.b``, which
    may be a module. Imports for type checkers are left out."""
    names: set[str] = set()
    for level, module, members in _read(path).imports:
        base = module
        if level:
            above = package.split(".")[: len(package.split(".")) - level + 1]
            base = ".".join([*above, *([module] if module else [])])
        names |= {base, *(f"{base}.{member}" for member in members)}
    return names


@cache
def _read(path: Path) -> _Source:
    return _parsed(path.read_text(encoding="utf-8"))


@cache
def _parsed(code: str) -> _Source:
    imports: list[tuple[int, str, tuple[str, ...]]] = []
    text = _written(ast.parse(code), imports)
    return _Source(hashlib.sha256(text.encode()).hexdigest(), tuple(imports))


def _written(value: Any, imports: list[tuple[int, str, tuple[str, ...]]]) -> str:
    """A syntax tree as text, without what does nothing when it runs: docstrings, and imports for
    type checkers. The other imports come to the list."""
    if isinstance(value, list):
        return f"[{','.join([_written(one, imports) for one in value if not _is_text(one)])}]"
    if not isinstance(value, ast.AST):
        return repr(value)
    if isinstance(value, ast.If) and isinstance(value.test, ast.Name):
        if value.test.id == "TYPE_CHECKING":
            return _written(value.orelse, imports)
    elif isinstance(value, ast.Import):
        imports += [(0, alias.name, ()) for alias in value.names]
    elif isinstance(value, ast.ImportFrom):
        members = tuple(alias.name for alias in value.names)
        imports.append((value.level, value.module or "", members))
    fields = [_written(getattr(value, name, None), imports) for name in value._fields]
    return f"{type(value).__name__}({','.join(fields)})"


def _is_text(statement: Any) -> bool:
    """Whether a statement is a text by itself: a docstring, wherever it stands."""
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


@cache
def _is_installed(top: str) -> bool:
    """Whether a top-level module comes with Python or was installed, here, for this user or in the
    environment that this one stands on; what is no module counts as such."""
    path = source_of(top)
    if path is None:
        return True
    real = path.resolve()
    if not INSTALLED.isdisjoint(real.parts):
        return True
    paths = sysconfig.get_paths()
    homes = {Path(paths[name]).resolve() for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    return any(home in real.parents for home in homes)


@cache
def _library_version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return "absent"
