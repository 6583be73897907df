"""Verification on the terminal: a line for each run, then what was found."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from benchmark.analyses.verification.finding import (
    CHANGED_CODE,
    MISSING,
    SEVERITIES,
    UNFINISHED,
    UNHASHED,
    WRONG,
    Checked,
    Finding,
)
from benchmark.analyses.verification.verify import Verification
from benchmark.reports.rich_tables import plain, table_with

if TYPE_CHECKING:
    from rich.console import Console

COLOURS = {
    WRONG: "red",
    MISSING: "yellow",
    UNFINISHED: "magenta",
    CHANGED_CODE: "cyan",
    UNHASHED: "blue",
}
MEANING = {
    WRONG: "does not follow from the store",
    MISSING: "cannot be derived again",
    UNFINISHED: "was not made yet; the same sweep goes on from there",
    CHANGED_CODE: "was made by other code or libraries",
    UNHASHED: "has no hash in the store",
}
MOST = 20
"""Findings of one severity that are shown; a file can list all."""


def show(verification: Verification, console: Console, listed_in: str = "") -> None:
    """Print the page; ``listed_in`` is the file that holds all findings, if one does."""
    table = table_with("run", "artefacts", "derived again", "compared", "result")
    for column in table.columns[1:4]:
        column.justify = "right"
    for one in verification.checked:
        counts = (f"{count:,}" if count else "–" for count in (one.artefacts, one.derived))
        table.add_row(plain(one.name), *counts, f"{one.compared:,}", _result(one))
    console.print(table)
    for severity in SEVERITIES:
        found = [one for one in verification.findings if one.severity == severity]
        if not found:
            continue
        colour = COLOURS[severity]
        console.print(f"\n[{colour}]{severity}[/]: {MEANING[severity]}")
        for finding in found[:MOST]:
            console.print(plain(sentence(finding)), highlight=False, soft_wrap=True)
        if len(found) > MOST:
            hint = f"all are in {listed_in}" if listed_in else "--csv FILE lists all"
            console.print(f"… and {len(found) - MOST:,} more; {plain(hint)}", highlight=False)
    if listed_in and not any(len(one.findings) for one in verification.checked):
        console.print(f"nothing found; {plain(listed_in)} has no rows", highlight=False)


def sentence(finding: Finding) -> str:
    """One line: where, what it says, what it should be; keys are cut to 12 digits."""
    words = {
        WRONG: f"says {finding.says}, should be {finding.should_be}",
        MISSING: f"{finding.says}; it takes {finding.should_be}",
        UNFINISHED: f"{finding.says}; to come: {finding.should_be}",
        CHANGED_CODE: f"says {finding.says}, today's code makes {finding.should_be}",
        UNHASHED: f"{finding.says}; it takes {finding.should_be}",
    }
    text = f"  {finding.where}: {words[finding.severity]}"
    return re.sub(r"\b([0-9a-f]{12})[0-9a-f]{52}\b", r"\1…", text)


def _result(one: Checked) -> str:
    """``ok``, or how many findings of each severity; what another machine's rounding changed."""
    told = [
        f"[{COLOURS[severity]}]{count:,} {severity}[/]"
        for severity in SEVERITIES
        if (count := sum(finding.severity == severity for finding in one.findings))
    ]
    if one.drift:
        told.append(f"up to {one.drift:.1e} off, as on another machine")
    nothing = "[green]ok[/]" if one.compared else "nothing to compare"
    return ", ".join(told if any("[" in part for part in told) else [nothing, *told])
