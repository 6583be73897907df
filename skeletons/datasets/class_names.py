"""Class names that a user wrote down beside her data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from skeletons.errors import InputError

KEY = "label_map"
MOST_BYTES = 2**20


def names_beside(path: Path) -> tuple[str, ...] | None:
    """Class names beside a file or in a folder, of the first label first; None without.

    ``NAME.yaml`` (beside ``NAME.pkl``) or ``label_map.yaml`` with the key ``label_map``, a list or
    a mapping of labels to names; ``NAME.txt`` or ``label_map.txt`` with one name a line. A YAML
    file without that key is something else.

    Raises:
        InputError: such a file that cannot be read.
    """
    folder = path if path.is_dir() else path.parent
    stem = path.name.split(".")[0]
    for name in dict.fromkeys((*([] if path.is_dir() else [stem]), KEY)):
        for ending in (".yaml", ".yml", ".txt"):
            beside = folder / f"{name}{ending}"
            if beside.is_file() and beside != path:
                found = _lines(beside) if ending == ".txt" else _mapped(beside)
                if found:
                    return found
    return None


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InputError(f"{path} has more than {MOST_BYTES // 2**10} KiB: no class names")
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read the class names of {path}: {error}") from error


def _lines(path: Path) -> tuple[str, ...]:
    return tuple(line.strip() for line in _text(path).splitlines() if line.strip())


def _mapped(path: Path) -> tuple[str, ...] | None:
    text = _text(path)
    if KEY not in text:
        return None
    try:
        content: Any = None if "*" in text else yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise InputError(f"{path} is not YAML: {' '.join(str(error).split())}") from error
    given = content.get(KEY) if isinstance(content, dict) else None
    if isinstance(given, dict):
        if not all(isinstance(label, int) for label in given):
            given = None
        else:
            given = [given[label] for label in sorted(given)]
    if not isinstance(given, list) or not all(isinstance(name, str) for name in given):
        raise InputError(f"{path}: '{KEY}' lists class names, such as {KEY}: [walk, run]")
    return tuple(given)
