"""Which runs may stand in one table: what they must have in common, and the refusal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmark.records.run_folder import RunFolder
from benchmark.setting import setting_of
from skeletons.errors import InputError


def conditions(run: RunFolder) -> dict[str, str]:
    """What a run's numbers were measured under, by name; without those that it does not state.

    A run without recognizers or with a failed metric has less to say, and what it does not state
    is not held against it.
    """
    spec, lineage = run.spec, run.record.get("lineage")
    split = lineage.get("split") if isinstance(lineage, Mapping) else None
    main = run.main_rows
    stated = {
        "data set": spec.get("dataset", ""),
        "data protocol": run.data_protocol,
        "split": spec.get("split", ""),
        "setting": setting_of(spec),
        "data seed": spec.get("data_seed", 0),
        "training clips": split.get("fingerprint", "") if isinstance(split, Mapping) else "",
        "test clips": run.data.get("test_fingerprint", ""),
        "judges": ", ".join(str(judge.get("name", "")) for judge in run.judges),
        "part": run.part,
        "random state": spec.get("random_state", False),
        "protocol": spec.get("protocol", ""),
        "profile": spec.get("profile", ""),
        "number of synthetic clips": "" if run.n_samples is None else run.n_samples,
        **{
            f"reference of {metric}": reference
            for metric, reference in zip(main["metric"], main["reference"], strict=True)
        },
    }
    return {name: text for name, value in stated.items() if (text := str(value))}


def comparable_sets(runs: Sequence[RunFolder]) -> list[list[int]]:
    """Places of the runs that one table may rank, set by set; a run joins the first set that states
    nothing else than it does."""
    sets: list[tuple[list[int], dict[str, str]]] = []
    for place, run in enumerate(runs):
        here = conditions(run)
        for members, shared in sets:
            if all(shared.get(name, value) == value for name, value in here.items()):
                members.append(place)
                shared.update(here)
                break
        else:
            sets.append(([place], here))
    return [members for members, _ in sets]


def check_comparable(runs: Sequence[RunFolder]) -> None:
    """Refuse runs that no table may rank together.

    Raises:
        InputError: the first condition in which two runs differ, and both values.
    """
    seen: dict[str, tuple[str, str]] = {}
    for run in runs:
        for name, value in conditions(run).items():
            first, expected = seen.setdefault(name, (run.name, value))
            if value != expected:
                raise InputError(
                    f"{first} and {run.name} are not compared: they differ in {name} "
                    f"({_short(expected)} and {_short(value)})"
                )


def _short(value: str) -> str:
    return value if len(value) <= 40 else f"{value[:12]}..."
