"""A validation from its options to its files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.analyses.validity.display import print_validation
from benchmark.analyses.validity.gains import Agreement, agreements, why_none
from benchmark.analyses.validity.judges import ALL, Judge, judges_named
from benchmark.analyses.validity.measured_rungs import (
    ClipRoles,
    Sight,
    climb_down,
    sight_of_bodies,
    sight_of_judge,
)
from benchmark.analyses.validity.plots import plot_agreements, plot_ladder
from benchmark.analyses.validity.promised_corruptions import broken_promises, unseen_corruptions
from benchmark.analyses.validity.reactions import Reaction, reactions
from benchmark.analyses.validity.tables import (
    ValidationSetup,
    write_agreements,
    write_page,
    write_reactions,
    write_values,
)
from benchmark.spec import short_name
from metrics.corruptions.ladder import Corruption, corruptions_named
from metrics.metric import Metric
from metrics.registry import check_metrics, expanded
from skeletons.datasets import check_protocol, dataset_named, load_data
from skeletons.errors import InputError
from skeletons.skeleton import Skeleton

if TYPE_CHECKING:
    from rich.console import Console

    from benchmark.engine.scheduler import Watcher

HELD_BACK = (
    "The judges were trained on the held-back clips, too: clean clips look a little better to them "
    "than clips of new people would."
)


@dataclass(frozen=True)
class ValidationRequest:
    """What is validated, and on which clips.

    Attributes:
        judges: ``all`` bundled ones, kinds, or folders, see
            :func:`benchmark.analyses.validity.judges.judges_named`.
    """

    dataset: str = "kinematic12"
    data_protocol: str = ""
    metrics: tuple[str, ...] = (ALL,)
    corruptions: tuple[str, ...] = (ALL,)
    repetitions: int = 10
    seed: int = 0
    judges: tuple[str, ...] = (ALL,)
    runs: Path | None = None
    data_root: Path | None = None
    skeleton: str = ""

    def chosen_metrics(self) -> tuple[Metric, ...]:
        """Metrics and groups of them asked for; :class:`InputError` for an unknown name."""
        return check_metrics(expanded(self.metrics))


def validate(request: ValidationRequest, out: Path, watcher: Watcher, console: Console) -> bool:
    """Carry the validation out, write ``out/validity/<dataset>/`` and print the outcome.

    Returns:
        Whether every promise is kept and every corruption seen by some metric.

    Raises:
        InputError: an unknown name, no judge, missing data, or no leaderboard in ``runs``.
    """
    metrics, ladder = request.chosen_metrics(), corruptions_named(request.corruptions)
    gains = None if request.runs is None else agreements(request.runs)
    dataset = dataset_named(request.dataset, request.skeleton)
    protocol = check_protocol(dataset, request.data_protocol)
    judges = judges_named(request.judges, request.dataset)
    sights = sights_of(judges, metrics)
    data = load_data(dataset, protocol, request.data_root)
    parts = ClipRoles.of(data, request.seed)
    made, left_out = applicable(ladder, data.train.skeleton)
    rungs = climb_down(parts, sights, made, request.repetitions, request.seed, watcher)
    found = reactions(rungs, metrics)
    setup = ValidationSetup(
        dataset=request.dataset,
        data_protocol=protocol,
        judges=judges,
        held_back=len(parts.held_back),
        seen=len(parts.seen),
        test=len(parts.test),
        repetitions=request.repetitions,
        caveats=(HELD_BACK, *left_out, *data.caveats),
    )
    folder = out / "validity" / short_name(request.dataset)
    files = [write_values(folder / "values.csv", rungs), *write_reactions(folder, found)]
    no_gains = "" if gains is None else why_none(gains)
    files += _files(folder, setup, found, gains, no_gains)
    print_validation(setup, found, gains, no_gains, files, console)
    return not broken_promises(found) and not unseen_corruptions(found)


def applicable(
    corruptions: Sequence[Corruption], skeleton: Skeleton
) -> tuple[list[Corruption], list[str]]:
    """The corruptions that clips of a skeleton can undergo, and a sentence on each other one.

    Raises:
        InputError: there is none.
    """
    reasons = {entry.name: entry.why_not(skeleton) for entry in corruptions}
    kept = [entry for entry in corruptions if not reasons[entry.name]]
    said = [f"{name} is undefined ({reason})." for name, reason in reasons.items() if reason]
    if not kept:
        raise InputError(" ".join(said))
    return kept, said


def sights_of(judges: Sequence[Judge], metrics: Sequence[Metric]) -> list[Sight]:
    """What each judge sees, for metrics of features, and the bodies, for metrics without a judge.

    Raises:
        InputError: a judge whose files do not fit.
    """
    from recognizers.extractors.kinds import load_extractor

    judged = [metric.name for metric in metrics if metric.needs != "bodies"]
    alone = [metric.name for metric in metrics if metric.needs == "bodies"]
    sights = [
        sight_of_judge(judge.name, judged, load_extractor(judge.folder).featurise)
        for judge in judges
        if judged
    ]
    return sights + [sight_of_bodies(alone)] * bool(alone)


def _files(
    folder: Path,
    setup: ValidationSetup,
    found: list[Reaction],
    gains: list[Agreement] | None,
    no_gains: str,
) -> list[Path]:
    files = [
        write_page(folder / "summary.md", setup, found, gains, no_gains),
        plot_ladder(found, folder / "ladder.png", setup),
    ]
    if gains is not None:
        files.append(write_agreements(folder / "gains.csv", gains))
    if gains and not no_gains:
        files.append(plot_agreements(gains, folder / "gains.png"))
    return files
