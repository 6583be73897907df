"""A run as verification takes it up: its folder, its spec, and the keys of its stages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmark.analyses.verification.finding import WRONG, Finding
from benchmark.engine.outcomes import OK
from benchmark.records.run_folder import RunFolder, read_run
from benchmark.spec import RunSpec
from skeletons.errors import InputError

SAME_BITS = ("cpu", "python", "packages")
"""Entries of a run's environment on which the last bits of a number hang."""


@dataclass(frozen=True, eq=False)
class Record:
    """What ``run.json`` of one run says.

    Attributes:
        place: the folder as findings name it.
        stages: the row of each stage, by its name, in the plan's order.
    """

    place: str
    run: RunFolder
    spec: RunSpec
    stages: Mapping[str, Mapping[str, Any]]

    @property
    def keys(self) -> dict[str, str]:
        """Key of each stage that ended well, by its name."""
        return {
            name: str(row.get("key", ""))
            for name, row in self.stages.items()
            if row.get("status") == OK
        }

    def made_in(self, environment: Mapping[str, Any]) -> bool:
        """Whether the run was made where numbers come out the same to the last bit."""
        made = self.run.record.get("environment")
        return isinstance(made, dict) and all(made.get(n) == environment[n] for n in SAME_BITS)


def read_record(folder: Path, place: str) -> tuple[Record | None, list[Finding]]:
    """The record of a run folder, or None, and what is wrong with it by itself."""
    where = f"{place}/run.json"
    try:
        run = read_run(folder)
        values = {name: value for name, value in run.spec.items() if name != "hash8"}
        spec = RunSpec.parse(values, "spec")
        stages = {str(row["stage"]): row for row in run.record["stages"]}
    except InputError as error:
        return None, [Finding(WRONG, where, str(error), "the record of a run")]
    except (KeyError, TypeError) as error:
        return None, [Finding(WRONG, where, f"no usable stages: {error!r}", "a row a stage")]
    found = []
    if folder.name != spec.folder_name:
        found.append(Finding(WRONG, place, f"a folder '{folder.name}'", spec.folder_name))
    return Record(place, run, spec, stages), found
