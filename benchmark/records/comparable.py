"""Which runs may stand in one table: what they must have in common, and the refusal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmark.records.run_folder import RunFolder
from skeletons.errors import InputError


def conditions(run: RunFolder) -> dict[str, str]:
    """What a run's numbers were measured under, by name; ``""`` where its record does not say."""
    spec, lineage = run.spec, run.record.get("lineage")
    split = lineage.get("split") if isinstance(lineage, Mapping) else None
    references = sorted({str(name) for name in run.summary["reference"]})
    return {
        "data set": str(spec.get("dataset", "")),
        "data protocol": run.data_protocol,
        "split": str(spec.get("split", "")),
        "data seed": str(spec.get("data_seed", 0)),
        "training clips": str(split.get("fingerprint", "")) if isinstance(split, Mapping) else "",
        "test clips": str(run.data.get("test_fingerprint", "")),
        "extractor": str(run.extractor.get("name", "")),
        "random state": str(spec.get("random_state", False)),
        "references": ", ".join(references),
        "protocol": str(spec.get("protocol", "")),
        "profile": str(spec.get("profile", "")),
        "number of synthetic clips": "" if run.n_samples is None else str(run.n_samples),
    }


def check_comparable(runs: Sequence[RunFolder]) -> None:
    """Refuse runs that no table may rank together.

    A condition that a record does not state is not held against it: a run without recognizers or
    with a failed metric has less to say.

    Raises:
        InputError: the first condition in which two runs differ, and both values.
    """
    seen: dict[str, tuple[str, str]] = {}
    for run in runs:
        for name, value in conditions(run).items():
            if not value:
                continue
            first, expected = seen.setdefault(name, (run.name, value))
            if value != expected:
                raise InputError(
                    f"{first} and {run.name} are not compared: they differ in {name} "
                    f"({_short(expected)} and {_short(value)})"
                )


def _short(value: str) -> str:
    return value if len(value) <= 40 else f"{value[:12]}..."
