"""What ``--sink`` does: sinks are made before any work, and told of runs at the end."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.experiment.exit_codes import DONE, SOME_FAILED

if TYPE_CHECKING:
    from benchmark.reports.sinks.registry import Sink


def sinks_of(names: list[str] | None, out: Path) -> Mapping[str, Sink]:
    """The sinks that were asked for; :class:`InputError` for one that cannot be."""
    if not names:
        return {}
    from benchmark.reports.sinks.registry import make_sinks

    return make_sinks(names, out)


def tell_sinks(sinks: Mapping[str, Sink], folders: Iterable[Path], code: int) -> int:
    """Tell all sinks of some runs, a line on stderr for what does not work; the exit code, where
    that of the work itself is ``code``."""
    if not sinks:
        return code
    from benchmark.reports.sinks.registry import record_runs

    problems = record_runs(sinks, folders)
    for problem in problems:
        print(f"error: {problem}", file=sys.stderr)
    return SOME_FAILED if problems and code == DONE else code
