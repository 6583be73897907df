"""The command ``check-generator``: the checks on a generator by name, or the overfit test."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from skeletons.datasets import check_protocol, dataset_named
from skeletons.errors import InputError

if TYPE_CHECKING:
    from rich.console import Console

    from skeletons.clips import ClipSet

DONE, SOME_FAILED = 0, 1


@dataclass(frozen=True)
class Question:
    """What is checked, and on which clips.

    ``profile`` None takes ``smoke`` for the checks and ``quick`` for the overfit test.
    """

    generator: str
    dataset: str = "kinematic12"
    data_protocol: str = ""
    data_root: Path | None = None
    profile: str | None = None
    settings: Mapping[str, Any] | None = None
    device: str = "auto"

    def train(self) -> ClipSet:
        """The training clips of the data set."""
        dataset = dataset_named(self.dataset)
        protocol = check_protocol(dataset, self.data_protocol)
        return dataset.load(protocol, self.data_root).train


def check(question: Question, console: Console) -> int:
    """Make all checks; the exit code: 0 none failed, 1 some did.

    Raises:
        InputError: no such generator, data set, profile or parameter.
    """
    from benchmark.analyses.conformance.checks import FAILED, run_checks
    from benchmark.analyses.conformance.display import show
    from benchmark.analyses.conformance.subject import Subject, clips_for_checks
    from benchmark.engine.devices import check_device_option, torch_device
    from generators.registry import check_generator

    profile, settings = question.profile or "smoke", dict(question.settings or {})
    check_generator(question.generator, profile, settings)
    check_device_option(question.device)
    clips, held_back = clips_for_checks(question.train())
    with tempfile.TemporaryDirectory() as folder:
        subject = Subject(
            question.generator,
            clips,
            held_back,
            Path(folder),
            profile,
            settings,
            torch_device(question.device),
        )
        results = show(run_checks(subject), subject, console)
    counts = {status: sum(r.status == status for r in results) for status in ("ok", FAILED)}
    skipped = len(results) - sum(counts.values())
    console.print()
    console.print(
        f"{question.generator} (profile {profile}) on {len(clips)} clips of {question.dataset}: "
        f"{counts['ok']} ok, {counts[FAILED]} failed, {skipped} skipped",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )
    return SOME_FAILED if counts[FAILED] else DONE


def check_overfit(question: Question, limit: float, console: Console) -> int:
    """Train on one clip a class, compare; the exit code: 0 pass, 1 not.

    Raises:
        InputError: as :func:`check`, or a limit that is not positive.
    """
    from rich.progress import Progress

    from benchmark.analyses.conformance.overfit import DRAWS, overfit
    from benchmark.engine.devices import check_device_option, torch_device
    from generators.registry import check_generator

    if limit <= 0:
        raise InputError(f"--overfit-limit {limit} is not above 0")
    profile, settings = question.profile or "quick", dict(question.settings or {})
    check_generator(question.generator, profile, settings)
    check_device_option(question.device)
    train = question.train()
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task("fit", total=None)
        found = overfit(
            question.generator,
            train,
            profile=profile,
            settings=settings,
            device=torch_device(question.device),
            watch=lambda done, total: progress.update(bar, completed=done, total=total),
        )
    lines = [
        f"{question.generator} (profile {profile}), fitted on {len(found.motion.errors)} clips of "
        f"{question.dataset}, {DRAWS} samples a class",
        f"mean distance of joints, in {train.skeleton.unit}, of a training clip",
    ]
    for what, near in (("motion", found.motion), ("poses alone", found.poses)):
        lines.append(
            f"{what + ':':<12} {near.error:.4f} to its nearest sample "
            f"({near.errors.min():.4f} to {near.errors.max():.4f}), "
            f"{near.yardstick:.4f} to other classes: {100 * near.share:.1f} %"
        )
    learnt = found.learnt(limit)
    lines.append(f"{'pass' if learnt else 'not learnt'} (limit {100 * limit:.0f} %)")
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    return DONE if learnt else SOME_FAILED
