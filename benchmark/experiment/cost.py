"""What a run's generator cost: seconds and memory, as they were when its artefacts were made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from benchmark.engine.graph import Plan, Stage
from benchmark.engine.outcomes import OK
from benchmark.engine.scheduler import StageResult
from benchmark.engine.store import Store


def cost_of(results: Mapping[str, StageResult], plan: Plan, store: Store) -> dict[str, Any]:
    """Cost of fit and sampling for ``run.json``; empty without a fit.

    Times are those of ``fit`` and ``sample`` alone, without imports and reading data. A part that
    the fit shares with other fits counts in full, once, whichever of them made it. Where a
    selection keeps some of the drawn clips, all of them are paid for.

    Args:
        results: stages of one run by their name in it.
        plan: has ``tables`` and the stages that made its pool.

    Returns:
        ``fit_seconds`` with its ``parts``, ``sampling_seconds`` over all shards,
        ``sampling_ms_per_clip``, ``peak_memory_mb`` (the largest of fit, parts and shards),
        ``device``, and ``resumed``: the fit was interrupted once, and what came before is not in
        its seconds; ``selection_seconds`` of the classifiers and the choice, where there is one;
        ``online`` where clips were drawn while recognizers trained, see :func:`_online`.
        None where the store no longer knows.
    """
    fit = results.get("fit")
    if fit is None or fit.status != OK:
        return {}

    def metas(stages: Iterable[Stage]) -> list[Mapping[str, Any]]:
        ended = [one for one in stages if one.name in results and results[one.name].status == OK]
        return [store.meta(one.kind, results[one.name].key) for one in ended]

    meta = store.meta("fit", fit.key)
    lineage = meta.get("lineage", {})
    parts = [(part, store.meta("part", part["key"])) for part in lineage.get("parts", ())]
    kept = [plan[name] for name in plan["tables"].series.get("shards", ()) if name in plan.names]
    sampled = metas(sampling_stages(plan))
    sampling = _sum(shard.get("lineage", {}).get("seconds_of_sampling") for shard in sampled)
    clips = sum(shard.get("lineage", {}).get("clips", 0) for shard in metas(kept))
    peaks = [one.get("peak_memory_mb") for one in (meta, *(part for _, part in parts), *sampled)]
    choosing = [stage for stage in kept if "drawn" in stage.series]
    asked = [plan[name] for stage in choosing for name in stage.inputs.values() if name != "data"]
    selection = _sum(one.get("seconds") for one in metas([*choosing, *asked]))
    return {
        "fit_seconds": _sum(
            [lineage.get("seconds_without_parts"), *(part.get("seconds") for _, part in parts)]
        ),
        "parts": [{"name": part["name"], "seconds": made.get("seconds")} for part, made in parts],
        "sampling_seconds": sampling,
        "sampling_ms_per_clip": None
        if sampling is None or not clips
        else round(1000 * sampling / clips, 6),
        "peak_memory_mb": max((peak for peak in peaks if peak is not None), default=None),
        "device": fit.device,
        "resumed": bool(meta.get("resumed", False)),
        **({"selection_seconds": selection} if choosing else {}),
        **_online(results, plan, store),
    }


def _online(
    results: Mapping[str, StageResult], plan: Plan, store: Store
) -> dict[str, list[dict[str, Any]]]:
    """What was drawn while recognizers trained: a row for each recognizer and arm, over its
    trainings, with ``clips_per_step``, ``ms_per_step`` and that as ``share`` of a training's time;
    empty where nothing was."""
    sums: dict[tuple[str, str], tuple[float, ...]] = {}
    for stage in plan:
        result = results.get(stage.name)
        if stage.kind != "downstream_online" or result is None or result.status != OK:
            continue
        meta = store.meta(stage.kind, result.key)
        drawn = meta.get("lineage", {}).get("online")
        if drawn:
            told = drawn["clips"], drawn["steps"], drawn["seconds"], meta["seconds"]
            cell = stage.parameters["recognizer"], stage.parameters["arm"]
            sums[cell] = tuple(map(sum, zip(sums.get(cell, (0.0,) * 4), told, strict=True)))
    rows = [
        {
            "recognizer": recognizer,
            "arm": arm,
            "clips_per_step": round(clips / max(1, steps), 3),
            "ms_per_step": round(1000 * seconds / max(1, steps), 3),
            "share": round(seconds / max(whole, 1e-9), 4),
        }
        for (recognizer, arm), (clips, steps, seconds, whole) in sums.items()
    ]
    return {"online": rows} if rows else {}


def sampling_stages(plan: Plan) -> list[Stage]:
    """The stages that sampled the pool of a run: its shards, or all that a selection chose from."""
    shards = [plan[name] for name in plan["tables"].series.get("shards", ()) if name in plan.names]
    drawn = [plan[name] for stage in shards for name in stage.series.get("drawn", ())]
    return drawn or shards


def _sum(seconds: Any) -> float | None:
    """The sum; None where nothing is there or one of them is unknown."""
    known = list(seconds)
    return None if not known or None in known else round(sum(known), 6)
