"""What synthetic clips are worth in real ones, worked out once for each run.

The interval of a worth is a bootstrap of a second or so. A leaderboard is written after every run,
so what was found is kept beside it, under the hash of the tables and the code that it came from.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmark.comparisons.arm_worth import CURVE, WorthLine, worth_lines
from benchmark.engine.keys import CodeBase
from benchmark.records.fingerprint import files_fingerprint
from benchmark.records.repetitions import Repetitions, generator_seed
from benchmark.records.run_folder import RunFolder
from benchmark.records.tables import write_text
from benchmark.statistics.worth import Worth
from metrics.value import Undefined
from skeletons.errors import InputError

MEMO = ".worth.json"
"""May be removed: it is written again."""
CODE = CodeBase(("benchmark", "metrics", "skeletons"))
MODULE = "benchmark.comparisons.arm_worth"


def worth_of_runs(
    trainings: Sequence[Sequence[RunFolder]], folder: Path
) -> list[tuple[RunFolder, WorthLine]]:
    """What added clips are worth, for the runs that have arms of more real clips.

    Args:
        trainings: runs side by side that differ in the generator's seed alone.
        folder: that the memo lies in.

    Returns:
        The first run of the trainings that a line is of, and the line. A run whose tables do not
        fit one another has none.
    """
    path = folder / MEMO
    before = _read(path)
    found: dict[str, list[Any]] = {}
    lines: list[tuple[RunFolder, WorthLine]] = []
    for runs in trainings:
        kinds = {str(arm).partition("@")[0] for arm in runs[0].downstream["arm"].unique()}
        if not kinds.issuperset(CURVE):
            continue
        key = f"{CODE.version([MODULE])} {' '.join(run.name for run in runs)} " + files_fingerprint(
            run.path / name for run in runs for name in ("downstream.csv", "predictions.csv")
        )
        found[key] = before[key] if key in before else [_packed(line) for line in _lines(runs)]
        lines += [(runs[0], _unpacked(runs[0].name, packed)) for packed in found[key]]
    if found != before:
        write_text(path, json.dumps(found, indent=0) + "\n")
    return lines


def _lines(runs: Sequence[RunFolder]) -> list[WorthLine]:
    group = Repetitions(tuple(runs), tuple(generator_seed(run) for run in runs))
    try:
        return worth_lines(group.first.name, group)
    except InputError:
        return []


def _read(path: Path) -> dict[str, list[Any]]:
    """The memo; empty where there is none that can be read."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        for lines in content.values():
            for line in lines:
                _unpacked("", line)
    except (OSError, ValueError, TypeError, AttributeError):
        return {}
    return dict(content)


def _packed(line: WorthLine) -> list[Any]:
    worth = line.worth
    told = worth.reason if isinstance(worth, Undefined) else asdict(worth)
    return [line.recognizer, line.arm, line.added, told]


def _unpacked(run: str, packed: Sequence[Any]) -> WorthLine:
    recognizer, arm, added, told = packed
    worth = Undefined(told) if isinstance(told, str) else Worth(**told)
    return WorthLine(run, str(recognizer), str(arm), int(added), worth)
