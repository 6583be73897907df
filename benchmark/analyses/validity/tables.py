"""The tables of a validation: every value, every reaction, and a page to read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmark.analyses.validity.gains import Agreement
from benchmark.analyses.validity.judge_holes import HEADLINES, holes
from benchmark.analyses.validity.judges import Judge, short_names
from benchmark.analyses.validity.measured_rungs import Rung
from benchmark.analyses.validity.promised_corruptions import (
    broken_promises,
    promised,
    promises_made,
    unseen_corruptions,
)
from benchmark.analyses.validity.rank_correlation import RankCorrelation
from benchmark.analyses.validity.reactions import Reaction
from benchmark.records.display_names import metric_words
from benchmark.records.tables import write_table, write_text
from benchmark.reports.markdown import markdown_table
from metrics.corruptions.ladder import CORRUPTIONS
from metrics.value import Undefined

VALUE_COLUMNS = ("corruption", "dose", "extractor", "reference", "metric", "repetition", "value")
_REACTION = ("corruption", "extractor", "metric", "reference")
REACTION_COLUMNS = (*_REACTION, "dose", "mean", "verdict", "floor_low", "floor_high")
SUMMARY_COLUMNS = (
    *_REACTION, "unit", "first_dose", "flattered_dose", "monotone", "trend", "promised",
)  # fmt: skip
AGREEMENT_COLUMNS = ("setting", "metric", "generators", "tau", "ci95_low", "ci95_high")

NEVER = "–"
FLATTERED = "▲"
UNEVEN = "~"


@dataclass(frozen=True)
class ValidationSetup:
    """What a validation was made with, for titles and notes."""

    dataset: str
    data_protocol: str
    judges: tuple[Judge, ...]
    held_back: int
    seen: int
    test: int
    repetitions: int
    caveats: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """Data, sizes and judges in one line."""
        judges = ", ".join(judge.name for judge in self.judges)
        return (
            f"{self.held_back:,} held-back real clips of {self.dataset} ({self.data_protocol}) "
            f"against {self.test:,} test clips, and {self.seen:,} training clips for metrics of "
            f"memory; judged by {judges}, {self.repetitions} draws of half of the clips"
        )

    @property
    def kinds(self) -> dict[str, str]:
        """Architecture of each judge, by its name."""
        return {judge.name: judge.kind for judge in self.judges}

    def words(self, one: Reaction) -> str:
        """A metric in short, with its judge where there are several."""
        metric, judge = metric_words(one.metric).short, short_names(self.judges)[one.judge]
        return f"{metric}, {judge}" if judge and len(self.judges) > 1 else metric


def write_values(path: Path, rungs: Sequence[Rung]) -> Path:
    """``values.csv``: every metric in every draw on every rung."""
    rows = (
        {"corruption": rung.corruption, "dose": rung.dose, "extractor": rung.judge, **value.row()}
        for rung in rungs
        for value in rung.values
    )
    write_table(path, VALUE_COLUMNS, rows)
    return path


def write_reactions(folder: Path, found: Sequence[Reaction]) -> tuple[Path, Path]:
    """``ladder.csv``, a row a dose, and ``reactions.csv``, a row for each metric, judge and
    corruption."""
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
        _matrix(setup, found),
        *_judges(setup, found),
        "## Corruptions",
        _ladder_table(setup, found),
        "## Promises and holes",
        *_promises(setup, found),
    ]
    if gains is not None:
        blocks += ["## Does a better value mean a larger gain?", *_gains(gains, no_gains)]
    write_text(path, "\n\n".join(blocks) + "\n")
    return path


def cell_text(reaction: Reaction) -> str:
    """First dose caught, and first dose flattered."""
    if reaction.undefined:
        return "undefined"
    flattered = "" if reaction.flattered is None else f" {FLATTERED}{reaction.flattered:g}"
    return f"{caught_text(reaction)}{flattered}"


def caught_text(reaction: Reaction) -> str:
    """First dose caught, with a mark where larger ones are not worse throughout."""
    dose = NEVER if reaction.caught is None else f"{reaction.caught:g}"
    return f"{dose}{UNEVEN if reaction.monotone is False else ''}"


def by_metric(found: Sequence[Reaction]) -> list[dict[str, Reaction]]:
    """Reactions by corruption, of each metric and judge, in the order in which they come."""
    table: dict[tuple[str, str], dict[str, Reaction]] = {}
    for reaction in found:
        row = table.setdefault((reaction.metric, reaction.judge), {})
        row[reaction.corruption] = reaction
    return list(table.values())


def by_corruption(found: Sequence[Reaction]) -> dict[str, list[Reaction]]:
    """Reactions by corruption, in the order in which they come."""
    table: dict[str, list[Reaction]] = {}
    for reaction in found:
        table.setdefault(reaction.corruption, []).append(reaction)
    return table


def _doses(one: Reaction) -> Iterator[dict[str, Any]]:
    place = (one.corruption, one.judge, one.metric, one.reference)
    for dose, mean, verdict in zip(one.doses, one.means, one.verdicts, strict=True):
        cells = (*place, dose, mean, verdict, *one.floor)
        yield dict(zip(REACTION_COLUMNS, cells, strict=True))


def _reaction(one: Reaction) -> dict[str, Any]:
    cells = (
        *(one.corruption, one.judge, one.metric, one.reference, CORRUPTIONS[one.corruption].unit),
        *(one.caught, one.flattered, one.monotone, one.trend),
        promised(one.metric, one.corruption),
    )
    return dict(zip(SUMMARY_COLUMNS, cells, strict=True))


def _agreement(entry: Agreement) -> dict[str, Any]:
    found = entry.correlation
    ends: tuple[object, ...] = (found,) * 3
    if isinstance(found, RankCorrelation):
        ends = found.tau, found.low, found.high
    cells = (entry.setting, entry.metric, len(entry.generators), *ends)
    return dict(zip(AGREEMENT_COLUMNS, cells, strict=True))


def _matrix(setup: ValidationSetup, found: Sequence[Reaction]) -> str:
    corruptions = list(by_corruption(found))
    rows = [["metric", *(name.replace("_", " ") for name in corruptions)]]
    for row in by_metric(found):
        cells = (
            f"**{cell_text(one)}**" if promised(one.metric, one.corruption) else cell_text(one)
            for one in (row[name] for name in corruptions)
        )
        rows.append([setup.words(next(iter(row.values()))), *cells])
    return markdown_table(rows)


def _judges(setup: ValidationSetup, found: Sequence[Reaction]) -> list[str]:
    """Which judge sees what; nothing where there is one judge."""
    if len(setup.judges) < 2:
        return []
    alone = [f"- {hole.sentence}" for hole in holes(found, setup.kinds)]
    headings, rows = headline_doses(setup, found)
    return [
        "## Which judge sees which corruption",
        markdown_table([headings, *rows]),
        "\n".join(alone) or "Nothing is seen by the judges of one architecture alone.",
    ]


def headline_doses(
    setup: ValidationSetup, found: Sequence[Reaction]
) -> tuple[list[str], list[list[str]]]:
    """A row a corruption: first doses of the headline metrics, judge by judge; with headings."""
    columns = {
        (one.metric, one.judge): setup.words(one) for one in found if one.metric in HEADLINES
    }
    rows = []
    for name, mine in by_corruption(found).items():
        cells = {(one.metric, one.judge): cell_text(one) for one in mine}
        rows.append([name.replace("_", " "), *(cells[key] for key in columns)])
    return ["corruption", *columns.values()], rows


def _ladder_table(setup: ValidationSetup, found: Sequence[Reaction]) -> str:
    rows = [["corruption", "what happens", "dose", "ladder", "caught first by"]]
    for name, mine in by_corruption(found).items():
        entry, doses = CORRUPTIONS[name], ", ".join(f"{dose:g}" for dose in mine[0].doses)
        words = name.replace("_", " ")
        rows.append([words, entry.summary, entry.unit, doses, first_to_catch(setup, mine)])
    return markdown_table(rows)


def first_to_catch(setup: ValidationSetup, found: Sequence[Reaction], most: int = 4) -> str:
    """The metrics that catch a corruption at the smallest dose, and that dose."""
    doses = [reaction.caught for reaction in found if reaction.caught is not None]
    if not doses:
        return "no metric"
    names = [setup.words(one) for one in found if one.caught == min(doses)]
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{'; '.join(names[:most])}{more} at {min(doses):g}"


def promises_kept(found: Sequence[Reaction]) -> str:
    """How many of the promises that can be kept are, such as ``96 of 98 promises kept``."""
    made = len(promises_made(found))
    return f"{made - len(broken_promises(found))} of {made} promises kept"


def _promises(setup: ValidationSetup, found: Sequence[Reaction]) -> list[str]:
    broken, unseen = broken_promises(found), unseen_corruptions(found)
    missed = [f"- {metric_words(metric).short}: not {name}" for metric, name in broken]
    rows = [["corruption", "metrics that do not see it", "metrics that it flatters"]]
    for name, mine in by_corruption(found).items():
        defined = [one for one in mine if not one.undefined]
        blind = [one for one in defined if one.caught is None and one.flattered is None]
        flattered = [one for one in defined if one.flattered is not None]
        cells = ("; ".join(map(setup.words, part)) or NEVER for part in (blind, flattered))
        rows.append([name.replace("_", " "), *cells])
    return [
        f"{promises_kept(found)}.",
        *(["\n".join(missed)] if missed else []),
        f"Caught by no metric: {', '.join(unseen)}."
        if unseen
        else "Every corruption is caught by at least one metric.",
        markdown_table(rows),
    ]


def _gains(gains: Sequence[Agreement], no_gains: str) -> list[str]:
    if no_gains:
        return [f"Not said: {no_gains}."]
    blocks = [
        "Kendall's tau-b of each metric, turned so that more is better, with the gain of "
        "`real+synthetic` over `real`: 1 ranks the generators as their gain does, 0 says nothing, "
        "-1 ranks them upside down. 95 % interval: bootstrap over generators."
    ]
    for setting in dict.fromkeys(entry.setting for entry in gains):
        rows = [["metric", "tau", "95 %", "generators"]]
        for entry in gains:
            if entry.setting == setting:
                name, count = metric_words(entry.metric).short, len(entry.generators)
                rows.append([name, *agreement_texts(entry), str(count)])
        blocks += [f"### {setting}", markdown_table(rows)]
    return blocks


def agreement_texts(entry: Agreement) -> tuple[str, str]:
    """Tau and its interval, or why there is none."""
    found = entry.correlation
    if isinstance(found, Undefined):
        return str(found), ""
    return f"{found.tau:+.2f}", f"[{found.low:+.2f}, {found.high:+.2f}]"
