"""The timing table, from the JSON file that pytest-benchmark writes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmark.records.display_names import seconds
from skeletons.errors import InputError


@dataclass(frozen=True)
class Timing:
    """One measured operation; times in seconds, ``peak_memory_mb`` None where it was not taken."""

    name: str
    median: float
    iqr: float
    per_second: float
    rounds: int
    peak_memory_mb: float | None


@dataclass(frozen=True)
class Timings:
    """What was measured and on which machine."""

    machine: str
    measured_at: str
    rows: tuple[Timing, ...]


def read_timings(path: Path) -> Timings:
    """Read ``results/timings.json``.

    A test may say more in ``benchmark.extra_info``: ``what`` (the operation in words) and
    ``peak_memory_mb``.

    Raises:
        InputError: the file is not one of pytest-benchmark.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        rows = tuple(_timing(entry) for entry in content["benchmarks"])
        return Timings(_machine(content), str(content.get("datetime", ""))[:10], rows)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"{path} is not a timing file of pytest-benchmark ({error!r}); "
            "make it with 'make bench'"
        ) from error


TIMING_HEADINGS = (
    "operation", "median", "interquartile range", "per second", "rounds", "peak memory",
)  # fmt: skip


def timing_rows(timings: Timings) -> list[tuple[str, ...]]:
    """Cells under the :data:`TIMING_HEADINGS`, a row an operation."""
    return [
        (
            row.name,
            seconds(row.median),
            seconds(row.iqr),
            f"{row.per_second:,.3g}",
            str(row.rounds),
            "–" if row.peak_memory_mb is None else f"{row.peak_memory_mb:,.0f} MB",
        )
        for row in timings.rows
    ]


def measured_where(timings: Timings) -> str:
    """A sentence on day and machine; ``""`` where neither is known."""
    place = " on ".join(part for part in (timings.measured_at, timings.machine) if part)
    return f"Measured {place}." if place else ""


def timing_table(timings: Timings) -> str:
    """A Markdown table: median and interquartile range of each operation."""
    lines = [f"| {' | '.join(TIMING_HEADINGS)} |", "|---|--:|--:|--:|--:|--:|"]
    for name, *numbers in timing_rows(timings):
        lines.append(f"| {' | '.join([name.replace('|', '/'), *numbers])} |")
    return "\n".join([*lines, "", measured_where(timings)]).rstrip() + "\n"


def _timing(entry: dict[str, Any]) -> Timing:
    stats, extra = entry["stats"], entry.get("extra_info") or {}
    peak = extra.get("peak_memory_mb")
    median = float(stats["median"])
    name = str(entry["name"]).removeprefix("test_").replace("_", " ")
    return Timing(
        name=str(extra.get("what") or name),
        median=median,
        iqr=float(stats["iqr"]),
        per_second=float(stats.get("ops") or (1.0 / median if median else 0.0)),
        rounds=int(stats["rounds"]),
        peak_memory_mb=None if peak is None else float(peak),
    )


def _machine(content: dict[str, Any]) -> str:
    info = content.get("machine_info") or {}
    cpu = info.get("cpu") or {}
    parts = [
        str(cpu.get("brand_raw") or info.get("processor") or info.get("machine") or ""),
        f"{cpu['count']} cores" if cpu.get("count") else "",
        f"Python {info['python_version']}" if info.get("python_version") else "",
    ]
    return ", ".join(part for part in parts if part)
