"""Peak memory of this process, as the system counts it."""

from __future__ import annotations

import re
import resource
import sys
from pathlib import Path


def reset_peak_memory() -> None:
    """Let the peak count from now on, where the system can (Linux)."""
    try:
        with Path("/proc/self/clear_refs").open("w") as file:
            file.write("5")
    except OSError:
        pass


def peak_memory_mb() -> float:
    """Peak resident memory in MiB since :func:`reset_peak_memory`, or of the process."""
    try:
        match = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
        if match:
            return int(match[1]) / 1024
    except OSError:
        pass
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 1024)
