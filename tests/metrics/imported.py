"""Which modules of a room a module reaches by its imports, read from sources."""

from __future__ import annotations

import ast
from importlib.util import find_spec
from pathlib import Path


def reached(module: str, room: str = "metrics") -> set[str]:
    """Modules of the room that a module imports, however indirectly and wherever in a file, and the
    module itself."""
    found: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        spec = find_spec(name) if name.partition(".")[0] == room and name not in found else None
        if spec is None or spec.origin is None:
            continue
        found.add(name)
        for node in ast.walk(ast.parse(Path(spec.origin).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                waiting += [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                waiting.append(node.module)
                if spec_is_package(node.module, room):
                    waiting += [f"{node.module}.{alias.name}" for alias in node.names]
    return found


def spec_is_package(name: str, room: str) -> bool:
    """Whether what is imported from it can be a module."""
    if name.partition(".")[0] != room:
        return False
    spec = find_spec(name)
    return spec is not None and spec.submodule_search_locations is not None
