"""How much memory this process has needed at most."""

from __future__ import annotations

from benchmark.engine.peak_memory import peak_memory_mb


def peak_mebibytes() -> float:
    """Highest resident size so far, in MiB."""
    return peak_memory_mb()
