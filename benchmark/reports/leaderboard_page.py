"""The leaderboard as a page of Markdown: a section for each set of runs that may be compared."""

from __future__ import annotations

from benchmark.reports.costs import cost_section
from benchmark.reports.leaderboard_sections import Leaderboard, Section
from benchmark.reports.score_tables import (
    GAIN_LEGEND,
    LEGEND,
    gain_markdown,
    incomplete_markdown,
    judged_by,
    metric_markdown,
    notes_list,
)
from benchmark.reports.timings import timing_table


def leaderboard_page(board: Leaderboard) -> str:
    """The whole page."""
    blocks = ["# Leaderboard"]
    if board.measured:
        blocks.append(LEGEND.strip())
    else:
        blocks.append("There is no finished run yet. Make one with `python -m benchmark run`.")
    for section in board.sections:
        blocks += _section(section)
    blocks += incomplete_markdown(board.incomplete)
    blocks += cost_section(board.measured)
    if board.timings is not None:
        blocks += ["## Timings", timing_table(board.timings).strip()]
    elif board.timings_problem:
        blocks += ["## Timings", board.timings_problem]
    return "\n\n".join(blocks) + "\n"


def _section(section: Section) -> list[str]:
    blocks = [f"## {section.title}", f"{judged_by(section.run)}."]
    blocks.append(metric_markdown(section.entries, section.marked_names))
    if section.has_gains:
        blocks += ["### Does it help a recognizer?", GAIN_LEGEND.strip()]
        blocks.append(gain_markdown(section.entries, section.marked_names))
    return [*blocks, *notes_list(section.notes)]
