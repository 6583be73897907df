"""Where a run was made: commit, packages, processor. Read without importing what it names."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from benchmark.engine.executors.local import available_cores

PACKAGES = (
    "skelgenbench",
    "torch",
    "diffusers",
    "safetensors",
    "numpy",
    "scipy",
    "pandas",
    "scikit-learn",
    "matplotlib",
    "pydantic",
)


def environment() -> dict[str, Any]:
    """Commit, packages and machine as plain values."""
    return {
        "git": _git(),
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in PACKAGES},
        "platform": platform.platform(),
        "cpu": _cpu(),
        "cores": available_cores(),
        "memory_mb": _memory_mb(),
        "command": " ".join(sys.argv[1:]),
    }


@cache  # a process keeps what it has imported
def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _git() -> dict[str, Any]:
    """Commit of the checkout that this code lies in; nulls where it is installed without one."""
    home = Path(__file__).resolve().parents[2]
    nothing: dict[str, Any] = {"commit": None, "changed": None}
    if not (home / ".git").exists():
        return nothing
    try:
        commit = _output(home, "rev-parse", "HEAD")
        changed = bool(_output(home, "status", "--porcelain", "--untracked-files=no"))
    except (OSError, subprocess.SubprocessError):
        return nothing
    return {"commit": commit, "changed": changed}


def _output(home: Path, *arguments: str) -> str:
    command = ["git", "-C", str(home), *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=10
    ).stdout.strip()


def _cpu() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _memory_mb() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    except (ValueError, OSError, AttributeError):
        return None
