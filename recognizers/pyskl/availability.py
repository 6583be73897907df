"""Whether there is a PYSKL, which one, and how it is run. Imports neither PYSKL nor torch."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from skeletons.errors import InputError, unknown_name

Way = Literal["in_process", "job"]

WAYS: tuple[Way, ...] = ("in_process", "job")

ROOT, PYTHON, WAY = "PYSKL_ROOT", "PYSKL_PYTHON", "PYSKL_WAY"
"""Environment variables: folder of a PYSKL, the Python that runs it, which way to take."""

NEEDED = {
    "mmcv": "--no-build-isolation --no-deps mmcv==1.7.2",
    "addict": "addict",
    "yapf": "yapf",
    "pkg_resources": "'setuptools<80'",
    "cv2": "opencv-python-headless",
    "torchvision": "--no-deps torchvision==0.15.2",
    "fvcore": "--no-build-isolation fvcore",
    "tqdm": "tqdm",
    "requests": "requests",
}
"""Modules that ``pyskl.models`` and ``pyskl.datasets`` import beyond what this project has, and
what to tell pip for them (docs/pyskl.md)."""

TRAINING = Path("tools", "train.py")


@dataclass(frozen=True)
class Found:
    """A PYSKL that can be used.

    Attributes:
        way: ``in_process`` or ``job``.
        version: the package's, with the commit of the checkout if it is one.
        root: the folder that holds ``pyskl/`` (and ``tools/``, for a job).
        python: the interpreter that runs it.
    """

    way: Way
    version: str
    root: Path
    python: Path


@dataclass(frozen=True)
class Missing:
    """No PYSKL that can be used.

    Attributes:
        reason: what is missing, part of a sentence.
        mend: what to type or to set.
    """

    reason: str
    mend: str


def pyskl_in_process() -> Found | Missing:
    """The PYSKL that this Python would import, if everything that it imports is there too."""
    package = _package_folder()
    if package is None:
        return Missing(
            "it cannot be imported here",
            "git clone https://github.com/kennymckormick/pyskl, then see docs/pyskl.md",
        )
    absent = [module for module in NEEDED if find_spec(module) is None]
    if absent:
        return Missing(
            f"its package is here, but not {', '.join(absent)}, which it imports",
            "; ".join(f"pip install {NEEDED[module]}" for module in absent),
        )
    mmcv = _installed("mmcv") or _installed("mmcv-full")
    if mmcv is not None and not mmcv.startswith("1."):
        return Missing(f"it needs mmcv 1, mmcv {mmcv} is here", f"pip install {NEEDED['mmcv']}")
    root = package.parent
    return Found("in_process", _version(root), root, Path(sys.executable))


def pyskl_job(environ: Mapping[str, str] = os.environ) -> Found | Missing:
    """The PYSKL of ``PYSKL_ROOT``, to be run by ``PYSKL_PYTHON`` (without it, by this Python).

    Looks at files only: ``python -m benchmark doctor`` says whether that Python starts.
    """
    if not environ.get(ROOT):
        return Missing(f"{ROOT} is not set", f"export {ROOT}=FOLDER, a checkout of PYSKL")
    root = Path(environ[ROOT]).expanduser()
    for part in (TRAINING, Path("pyskl", "__init__.py")):
        if not (root / part).is_file():
            return Missing(
                f"{ROOT} is '{root}', where there is no {part}",
                f"export {ROOT}=FOLDER, the top of a checkout of PYSKL",
            )
    asked = environ.get(PYTHON) or sys.executable
    python = shutil.which(Path(asked).expanduser())
    if python is None:
        return Missing(
            f"{PYTHON} is '{asked}', which is no program",
            f"export {PYTHON}=FILE, the python of the environment that PYSKL was installed in",
        )
    root = root.resolve()
    # The link is kept: a virtual environment is known by where its python lies.
    return Found("job", _version(root), root, Path(python).absolute())


def chosen_way(environ: Mapping[str, str] = os.environ, *, recognizer: str = "pyskl:NAME") -> Found:
    """The PYSKL to use: that of ``PYSKL_ROOT`` if it is set, else the one that can be imported.

    ``PYSKL_WAY`` asks for one of the two ways.

    Args:
        recognizer: what needs it, for the error.

    Raises:
        InputError: there is none, or not the way that was asked for.
    """
    asked = environ.get(WAY, "")
    if asked and asked not in WAYS:
        raise unknown_name(f"{WAY}", asked, WAYS)
    by_job = asked == "job" or (not asked and bool(environ.get(ROOT)))
    found = pyskl_job(environ) if by_job else pyskl_in_process()
    if isinstance(found, Found):
        return found
    reason = found.reason if asked or by_job else f"{found.reason} and {ROOT} is not set"
    raise InputError(
        f"recognizer '{recognizer}' needs PYSKL: {reason}; `python -m benchmark doctor` says what "
        "is missing and how to mend it"
    )


def identity(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What results depend on, for ``run.json`` and the keys of stored artefacts: the way, the
    version and a hash of PYSKL's own code, edited or not. No paths.

    Raises:
        InputError: there is no PYSKL, see :func:`chosen_way`.
    """
    found = chosen_way(environ)
    return {"way": found.way, "version": found.version, "code": _code_hash(found.root)}


def _package_folder() -> Path | None:
    """Folder of the package ``pyskl``; a folder of that name without code is none."""
    try:
        spec = find_spec("pyskl")
    except (ImportError, ValueError):
        return None
    return Path(spec.origin).parent if spec is not None and spec.origin else None


def _installed(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _version(root: Path) -> str:
    """``0.1.0``, or ``0.1.0 (commit ...)`` of a checkout."""
    stated = _line(root / "pyskl" / "version.py", r"__version__ *= *['\"]([^'\"]+)['\"]")
    commit = _commit(root)
    return (stated or "unknown") + (f" (commit {commit})" if commit else "")


def _line(path: Path, pattern: str) -> str:
    """What the pattern's group finds in a text file; nothing where there is no such file."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    found = re.search(pattern, text, re.MULTILINE)
    return found.group(1) if found else ""


def _commit(root: Path) -> str:
    """Commit of a checkout, from the files that git keeps: no git is needed."""
    folder = root / ".git"
    if folder.is_file():  # A work tree: its .git names the folder.
        folder = root / _line(folder, r"^gitdir: (.+)$")
    head = _line(folder / "HEAD", r"^(.+)$").strip()
    if not head.startswith("ref: "):
        return head
    name = head.removeprefix("ref: ")
    shared = folder / (_line(folder / "commondir", r"^(.+)$").strip() or ".")
    for place in (folder, shared):
        if commit := _line(place / name, r"^([0-9a-f]{40,})\s*$"):
            return commit
    return _line(shared / "packed-refs", rf"^([0-9a-f]{{40,}}) {re.escape(name)}$")


def _code_hash(root: Path) -> str:
    """First 12 digits of the SHA-256 of PYSKL's Python files and their places."""
    digest = hashlib.sha256()
    files = [*(root / "pyskl").rglob("*.py"), root / TRAINING]
    for file in sorted(file for file in files if file.is_file()):
        digest.update(f"{file.relative_to(root).as_posix()}\0".encode())
        digest.update(file.read_bytes() + b"\0")
    return digest.hexdigest()[:12]
