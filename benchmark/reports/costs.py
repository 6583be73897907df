"""What fitting and sampling cost, from the records of runs."""

from __future__ import annotations

from collections.abc import Sequence

from benchmark.comparisons.run_scores import RunScores
from benchmark.records.display_names import seconds
from benchmark.reports.markdown import markdown_table

LEGEND = """\
Time of fitting and of sampling alone, as measured when they were made; nothing is measured again \
when a run is read from the store. Parts that several fits share are counted in full in each. Peak \
memory is the process's, the largest of fit and sampling. Times on other machines or beside other \
work do not compare.\
"""


COST_HEADINGS = ("fit", "shared parts in it", "sampling a clip", "peak memory", "device")


def cost_section(entries: Sequence[RunScores]) -> list[str]:
    """A heading, a legend and a table with a row for each run that knows its cost."""
    known = [entry for entry in entries if entry.run.cost]
    if not known:
        return []
    rows = [("generator", "dataset", "split", *COST_HEADINGS, "run")]
    for entry in known:
        generator, dataset, split = (
            str(entry.run.spec.get(key)) for key in ("generator", "dataset", "split")
        )
        rows.append((generator, dataset, split, *cost_cells(entry), f"`{entry.run.name}`"))
    return ["## What it costs", LEGEND, markdown_table(rows)]


def cost_cells(entry: RunScores) -> tuple[str, str, str, str, str]:
    """Cells under the :data:`COST_HEADINGS` of a run, as text."""
    cost = entry.run.cost
    fit, clip, peak = (
        cost.get(name) for name in ("fit_seconds", "sampling_ms_per_clip", "peak_memory_mb")
    )
    fitted = "–" if fit is None else seconds(fit)
    if cost.get("resumed") and fit is not None:
        fitted = f"more than {fitted} (interrupted once)"
    parts = ", ".join(
        f"{part['name']} {'–' if part['seconds'] is None else seconds(part['seconds'])}"
        for part in cost.get("parts", ())
    )
    return (
        fitted,
        parts or "–",
        "–" if clip is None else seconds(clip / 1000),
        "–" if peak is None else f"{peak:,.0f} MB",
        str(cost.get("device") or "–"),
    )
