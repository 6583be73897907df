"""The tables of a validation: every value, every reaction, and a page to read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmark.analyses.validity.gains import Agreement
from benchmark.analyses.validity.measured_rungs import Rung
from benchmark.analyses.validity.promised_corruptions import (
    broken_promises,
    promised,
    unseen_corruptions,
)
from benchmark.analyses.validity.rank_correlation import RankCorrelation
from benchmark.analyses.validity.reactions import Reaction
from benchmark.records.display_names import metric_words
from benchmark.records.tables import write_table, write_text
from metrics.corruptions.ladder import CORRUPTIONS
from metrics.value import Undefined, Value

VALUE_COLUMNS = ("corruption", "dose", "reference", "metric", "repetition", "value")
REACTION_COLUMNS = (
    "corruption",
    "metric",
    "reference",
    "dose",
    "mean",
    "verdict",
    "floor_low",
    "floor_high",
)
SUMMARY_COLUMNS = (
    "corruption",
    "metric",
    "reference",
    "unit",
    "first_dose",
    "flattered_dose",
    "monotone",
    "trend",
    "promised",
)
AGREEMENT_COLUMNS = ("setting", "metric", "generators", "tau", "ci95_low", "ci95_high")

NEVER = "–"
FLATTERED = "▲"
UNEVEN = "~"


@dataclass(frozen=True)
class ValidationSetup:
    """What a validation was made with, for titles and notes."""

    dataset: str
    data_protocol: str
    extractor: str
    held_back: int
    seen: int
    test: int
    repetitions: int
    caveats: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """Data, sizes and extractor in one line."""
        return (
            f"{self.held_back:,} held-back real clips of {self.dataset} ({self.data_protocol}) "
            f"against {self.test:,} test clips, and {self.seen:,} training clips for metrics of "
            f"memory; extractor {self.extractor}, {self.repetitions} draws of half of the clips"
        )


def write_values(path: Path, rungs: Sequence[Rung]) -> Path:
    """``values.csv``: every metric in every draw on every rung."""
    write_table(
        path,
        VALUE_COLUMNS,
        (
            {"corruption": rung.corruption, "dose": rung.dose, **value.row()}
            for rung in rungs
            for value in rung.values
        ),
    )
    return path


def write_reactions(folder: Path, found: Sequence[Reaction]) -> tuple[Path, Path]:
    """``ladder.csv``, a row a dose, and ``reactions.csv``, a row for each metric and corruption."""
    ladder, summary = folder / "ladder.csv", folder / "reactions.csv"
    write_table(ladder, REACTION_COLUMNS, (row for one in found for row in _doses(one)))
    write_table(summary, SUMMARY_COLUMNS, (_reaction(one) for one in found))
    return ladder, summary


def write_agreements(path: Path, found: Sequence[Agreement]) -> Path:
    """``gains.csv``: each metric's rank correlation with the downstream gain."""
    write_table(path, AGREEMENT_COLUMNS, (_agreement(entry) for entry in found))
    return path


def write_page(
    path: Path,
    setup: ValidationSetup,
    found: Sequence[Reaction],
    gains: Sequence[Agreement] | None,
    no_gains: str,
) -> Path:
    """``summary.md``: the dose at which each metric first catches a corruption, and holes."""
    blocks = [
        f"# Do the metrics see what goes wrong? {setup.dataset}",
        f"{setup.sentence}.",
        *(f"Note: {sentence}" for sentence in setup.caveats),
        "Each cell: the first dose whose mean is worse than the 95 % interval of clean clips, and "
        f"stays so at the next dose; {NEVER}: never. **Bold**: promised. "
        f"{FLATTERED}: from this dose on the metric says *better* than clean clips. {UNEVEN}: once "
        "caught, larger doses are not worse throughout.",
        _matrix(found),
        "## Corruptions",
        _ladders(found),
        "## Promises and holes",
        *_promises(found),
    ]
    if gains is not None:
        blocks += ["## Does a better value mean a larger gain?", *_gains(gains, no_gains)]
    write_text(path, "\n\n".join(blocks) + "\n")
    return path


def dose_text(dose: float | None) -> str:
    """A dose, or a dash for none."""
    return NEVER if dose is None else f"{dose:g}"


def cell_text(reaction: Reaction) -> str:
    """First dose caught, and first dose flattered."""
    if reaction.undefined:
        return "undefined"
    flattered = "" if reaction.flattered is None else f" {FLATTERED}{reaction.flattered:g}"
    return f"{caught_text(reaction)}{flattered}"


def caught_text(reaction: Reaction) -> str:
    """First dose caught, with a mark where larger ones are not worse throughout."""
    return f"{dose_text(reaction.caught)}{UNEVEN if reaction.monotone is False else ''}"


def by_metric(found: Sequence[Reaction]) -> dict[str, dict[str, Reaction]]:
    """Reactions by metric and corruption, in the order in which they come."""
    table: dict[str, dict[str, Reaction]] = {}
    for reaction in found:
        table.setdefault(reaction.metric, {})[reaction.corruption] = reaction
    return table


def _doses(reaction: Reaction) -> Iterator[dict[str, Any]]:
    for dose, mean, verdict in zip(reaction.doses, reaction.means, reaction.verdicts, strict=True):
        yield {
            "corruption": reaction.corruption,
            "metric": reaction.metric,
            "reference": reaction.reference,
            "dose": dose,
            "mean": _cell(mean),
            "verdict": verdict,
            "floor_low": _cell(reaction.floor[0]),
            "floor_high": _cell(reaction.floor[1]),
        }


def _reaction(reaction: Reaction) -> dict[str, Any]:
    return {
        "corruption": reaction.corruption,
        "metric": reaction.metric,
        "reference": reaction.reference,
        "unit": CORRUPTIONS[reaction.corruption].unit,
        "first_dose": reaction.caught,
        "flattered_dose": reaction.flattered,
        "monotone": reaction.monotone,
        "trend": _cell(reaction.trend),
        "promised": promised(reaction.metric, reaction.corruption),
    }


def _agreement(entry: Agreement) -> dict[str, Any]:
    found = entry.correlation
    ends = (
        (found.tau, found.low, found.high)
        if isinstance(found, RankCorrelation)
        else (str(found),) * 3
    )
    return {
        "setting": entry.setting,
        "metric": entry.metric,
        "generators": len(entry.generators),
        **dict(zip(("tau", "ci95_low", "ci95_high"), ends, strict=True)),
    }


def _matrix(found: Sequence[Reaction]) -> str:
    table = by_metric(found)
    corruptions = list(dict.fromkeys(reaction.corruption for reaction in found))
    lines = [
        "| metric | " + " | ".join(name.replace("_", " ") for name in corruptions) + " |",
        "|---" * (len(corruptions) + 1) + "|",
    ]
    for metric, row in table.items():
        cells = [
            f"**{cell_text(row[name])}**" if promised(metric, name) else cell_text(row[name])
            for name in corruptions
        ]
        lines.append(f"| {metric_words(metric).short} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _ladders(found: Sequence[Reaction]) -> str:
    lines = [
        "| corruption | what happens | dose | ladder | caught first by |",
        "|---|---|---|---|---|",
    ]
    for name in dict.fromkeys(reaction.corruption for reaction in found):
        entry = CORRUPTIONS[name]
        mine = [reaction for reaction in found if reaction.corruption == name]
        doses = ", ".join(f"{dose:g}" for dose in mine[0].doses)
        lines.append(
            f"| {name.replace('_', ' ')} | {entry.summary} | {entry.unit} | {doses} | "
            f"{first_to_catch(mine)} |"
        )
    return "\n".join(lines)


def first_to_catch(found: Sequence[Reaction], most: int = 4) -> str:
    """The metrics that catch a corruption at the smallest dose, and that dose."""
    doses = [reaction.caught for reaction in found if reaction.caught is not None]
    if not doses:
        return "no metric"
    least = min(doses)
    names = [metric_words(one.metric).short for one in found if one.caught == least]
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more} at {least:g}"


def _promises(found: Sequence[Reaction]) -> list[str]:
    made = [one for one in found if promised(one.metric, one.corruption) and not one.undefined]
    broken = broken_promises(found)
    unseen = unseen_corruptions(found)
    blocks = [f"{len(made) - len(broken)} of {len(made)} promises kept."]
    if broken:
        blocks.append(
            "\n".join(f"- {metric_words(one.metric).short}: not {one.corruption}" for one in broken)
        )
    blocks.append(
        "Every corruption is caught by at least one metric."
        if not unseen
        else f"Caught by no metric: {', '.join(unseen)}."
    )
    lines = [
        "| corruption | metrics that do not see it | metrics that it flatters |",
        "|---|---|---|",
    ]
    for name in dict.fromkeys(reaction.corruption for reaction in found):
        mine = [one for one in found if one.corruption == name and not one.undefined]
        blind = [one for one in mine if one.caught is None and one.flattered is None]
        flattered = [one for one in mine if one.flattered is not None]
        cells = (
            ", ".join(metric_words(one.metric).short for one in part) or NEVER
            for part in (blind, flattered)
        )
        lines.append(f"| {name.replace('_', ' ')} | " + " | ".join(cells) + " |")
    return [*blocks, "\n".join(lines)]


def _gains(gains: Sequence[Agreement], no_gains: str) -> list[str]:
    if no_gains:
        return [f"Not said: {no_gains}."]
    blocks = [
        "Kendall's tau-b of each metric, turned so that more is better, with the gain of "
        "`real+synthetic` over `real`: 1 ranks the generators as their gain does, 0 says nothing, "
        "-1 ranks them upside down. 95 % interval: bootstrap over generators."
    ]
    for setting in dict.fromkeys(entry.setting for entry in gains):
        lines = ["| metric | tau | 95 % | generators |", "|---|---|---|---|"]
        for entry in gains:
            if entry.setting == setting:
                name, count = metric_words(entry.metric).short, len(entry.generators)
                lines.append(f"| {name} | {agreement_text(entry)} | {count} |")
        blocks += [f"### {setting}", "\n".join(lines)]
    return blocks


def agreement_text(entry: Agreement, separator: str = " | ") -> str:
    """Tau and its interval, or why there is none."""
    found = entry.correlation
    if isinstance(found, Undefined):
        return f"{found}{separator}"
    return f"{found.tau:+.2f}{separator}[{found.low:+.2f}, {found.high:+.2f}]"


def _cell(value: Value) -> str | float:
    return str(value) if isinstance(value, Undefined) else value
