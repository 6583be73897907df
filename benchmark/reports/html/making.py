"""How a run was made: what it cost, its specification, lineage, environment and seconds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from benchmark.comparisons.arm_gains import AUGMENTED, arm_gains
from benchmark.records.display_names import points, points_interval, seconds
from benchmark.records.run_folder import RunFolder
from benchmark.records.tables import is_undefined
from benchmark.reports.html.charts import Bar, forest
from benchmark.reports.html.downstream import Table

COMMAND = "python -m benchmark run --spec spec.yaml"


@dataclass(frozen=True)
class Making:
    """What a page says of the making of a run; empty parts are not shown."""

    cost: tuple[tuple[str, str], ...]
    command: str
    spec: str
    lineage: tuple[tuple[str, str], ...]
    checked: tuple[str, ...]
    environment: tuple[tuple[str, str], ...]
    stages: Table | None


def making(run: RunFolder) -> Making:
    """From the record, and the gains that the cost stands beside."""
    spec = {key: value for key, value in run.spec.items() if key != "hash8"}
    lineage = run.record.get("lineage") or {}
    return Making(
        cost=(*_cost(run.cost), *_gains(run)),
        command=COMMAND,
        spec=yaml.safe_dump(spec, sort_keys=False, allow_unicode=True, width=88),
        lineage=_lineage(lineage),
        checked=tuple(map(str, lineage.get("checked", ()))),
        environment=_environment(run.record.get("environment") or {}),
        stages=_stages(run),
    )


def _cost(cost: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    told: list[tuple[str, str]] = []
    if cost.get("fit_seconds") is not None:
        more = "more than " if cost.get("resumed") else ""
        told.append(("fit", more + duration(float(cost["fit_seconds"]))))
    told += [
        (f"of it {part['name']}", duration(float(part["seconds"])))
        for part in cost.get("parts", ())
        if part.get("seconds") is not None
    ]
    if cost.get("sampling_ms_per_clip") is not None:
        told.append(("sampling a clip", seconds(float(cost["sampling_ms_per_clip"]) / 1000.0)))
    if cost.get("selection_seconds") is not None:
        told.append(("classifiers and choice", duration(float(cost["selection_seconds"]))))
    told += [
        (
            f"drawing for {row['recognizer']}, {row['arm']}",
            f"{seconds(row['ms_per_step'] / 1000.0)} a step, {row['share']:.1%} of its trainings",
        )
        for row in cost.get("online", ())
    ]
    if cost.get("peak_memory_mb") is not None:
        told.append(("peak memory", f"{float(cost['peak_memory_mb']):,.0f} MB"))
    if cost.get("device"):
        told.append(("device", str(cost["device"])))
    return tuple(told)


def _gains(run: RunFolder) -> Iterator[tuple[str, str]]:
    """What a recognizer gained for that cost."""
    if not run.cost or run.predictions.empty:
        return
    for _, row in arm_gains(run.predictions).iterrows():
        if row["arm"] == AUGMENTED and not is_undefined(row["difference"]):
            bounds = points_interval(row["ci95_low"], row["ci95_high"])
            yield f"gain of {row['recognizer']}", f"{points(row['difference'])} points {bounds}"


def _lineage(lineage: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    told: list[tuple[str, str]] = []
    split = lineage.get("split") or {}
    if split:
        told.append(("training clips of the split", f"{split.get('clips', 0):,}"))
        told.append(("their fingerprint", str(split.get("fingerprint", ""))))
    generator = lineage.get("generator") or {}
    told += [
        (f"generator, {name}", str(digest))
        for name, digest in (generator.get("weights") or {}).items()
    ]
    for kind, files in (lineage.get("judges") or {}).items():
        digest = (files or {}).get("weights.safetensors")
        if digest:
            told.append((f"judge {kind}, weights", str(digest)))
    return tuple(told)


def _environment(told: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    git = told.get("git") or {}
    commit = str(git.get("commit") or "")
    changed = " with changes" if git.get("changed") else ""
    memory = told.get("memory_mb")
    packages = (told.get("packages") or {}).items()
    rows = (
        ("commit", commit and commit + changed),
        ("Python", told.get("python")),
        ("platform", told.get("platform")),
        ("processor", told.get("cpu")),
        ("cores", told.get("cores")),
        ("memory", f"{memory / 1024:.0f} GB" if memory else None),
        *((name, version) for name, version in packages),
    )
    return tuple((name, str(value)) for name, value in rows if value)


def _stages(run: RunFolder) -> Table | None:
    known = [stage for stage in run.record.get("stages", ()) if stage.get("seconds") is not None]
    if not known:
        return None
    rows = tuple(
        (
            str(stage.get("stage")),
            str(stage.get("status")),
            (float(stage["seconds"]), duration(float(stage["seconds"]))),
            (float(stage.get("peak_memory_mb") or 0), f"{stage.get('peak_memory_mb') or 0:,.0f}"),
        )
        for stage in known
    )
    total = sum(float(stage["seconds"]) for stage in known)
    kinds: dict[str, float] = {}
    for stage in known:
        kind = str(stage.get("stage")).partition("/")[0]
        kinds[kind] = kinds.get(kind, 0.0) + float(stage["seconds"])
    longest = sorted(kinds.items(), key=lambda item: -item[1])[:8]
    chart = forest(
        [Bar(kind, spent, 0.0, spent) for kind, spent in longest], "seconds",
        "Seconds of each kind of stage", "seconds", include=(0.0,),
    )  # fmt: skip
    heads = ("stage", "status", "seconds", "peak memory, MB")
    note = f"{duration(total)} in all, those of artefacts taken from the store among them."
    return Table("Stages", heads, rows, chart, note)


def duration(value: float) -> str:
    """``4.2 s``, ``12 min 5 s`` or ``3 h 20 min``."""
    if value < 60.0:
        return seconds(value) if value else "0 s"
    whole = round(value)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
