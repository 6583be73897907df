"""Fit a generator on the split and draw its synthetic clips, shard by shard."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmark.lineage import clips_lineage, weights_lineage
from benchmark.spec import short_name
from benchmark.stages import Job, Lineage
from benchmark.stages.data import stored_split
from benchmark.store import artefact_key
from skeletons.clips import ClipSet, IntArray
from skeletons.errors import InputError
from skeletons.seeds import named_rng


def fit(job: Job) -> Lineage:
    """Fit a generator and save it.

    Parameters: ``generator``, ``profile``, ``settings``, ``split``, ``data_seed``, ``seed``.
    Input: ``data``.
    """
    from generators.protocol import FitContext
    from generators.registry import make_generator

    parameters = job.parameters
    clips = stored_split(job.inputs["data"], parameters["split"], parameters["data_seed"])
    parts: list[dict[str, str]] = []

    def part(name: str, recipe: Mapping[str, Any], build: Callable[[Path], None]) -> Path:
        """A piece of the fit from the store, or built into it."""
        identity = {
            "name": name,
            "recipe": dict(recipe),
            "clips": clips.fingerprint,
            "seed": parameters["seed"],
        }
        key = artefact_key("part", job.code, identity, {})

        def fill(folder: Path) -> Mapping[str, Any]:
            start = time.perf_counter()
            build(folder)
            return {
                "kind": "part",
                "name": name,
                "parameters": identity,
                "seconds": time.perf_counter() - start,
                "lineage": {"fitted_on": clips_lineage(clips), "weights": weights_lineage(folder)},
            }

        artefact, _ = job.store.make(
            "part", key, fill, lambda: job.note(f"{name} is being trained by another process")
        )
        parts.append({"name": name, "key": key})
        return artefact.folder

    generator = make_generator(
        parameters["generator"], parameters["profile"], parameters["settings"]
    )
    job.scratch.mkdir(parents=True, exist_ok=True)
    generator.fit(
        clips,
        FitContext(
            seed=parameters["seed"],
            device=job.device,
            scratch=job.scratch,
            progress=job.progress,
            part=part,
        ),
    )
    generator.save(job.folder)
    return {
        "fitted_on": clips_lineage(clips),
        "weights": weights_lineage(job.folder),
        "parts": parts,
    }


def sample(job: Job) -> Lineage:
    """Draw one shard of the synthetic clips and write ``clips.npz``.

    The pool's labels follow the split's class prior; a shard takes its stretch of them, in an order
    that is the same for every generator. Clips are called ``<generator>-<number in the pool>``.

    Parameters: ``generator``, ``split``, ``data_seed``, ``samples`` (size of the pool), ``first``
    and ``count`` (the shard's stretch), ``order_seed``, ``seed``. Inputs: ``data``, ``fit``.
    """
    from generators.registry import load_generator

    parameters = job.parameters
    real = stored_split(job.inputs["data"], parameters["split"], parameters["data_seed"])
    pool = pool_labels(real.class_counts(), parameters["samples"], parameters["order_seed"])
    numbers = np.arange(parameters["first"], parameters["first"] + parameters["count"])
    labels = pool[numbers]
    generator = load_generator(parameters["generator"], job.inputs["fit"])
    clips = generator.sample(labels, parameters["seed"])
    check_samples(clips, labels, real, parameters["generator"])
    name = short_name(parameters["generator"])
    digits = max(5, len(str(parameters["samples"] - 1)))
    replace(
        clips,
        ids=np.asarray([f"{name}-{number:0{digits}d}" for number in numbers]),
        subjects=np.full(len(clips), "synthetic"),
        views=np.full(len(clips), "synthetic"),
        name=name,
    ).save(job.folder / "clips.npz")
    job.progress(len(clips), len(clips))
    return {"generator": weights_lineage(job.inputs["fit"])}


def pool_labels(class_counts: IntArray, samples: int, seed: int) -> IntArray:
    """Labels of a pool ``[samples]`` in proportion to ``class_counts [C]``, in a seeded order.

    Shares are rounded by largest remainder (Hare quota; ties go to the lower class number).
    """
    quota = class_counts * (samples / class_counts.sum())
    counts = np.floor(quota).astype(np.int64)
    neediest = np.argsort(counts - quota, kind="stable")
    counts[neediest[: samples - int(counts.sum())]] += 1
    labels = np.repeat(np.arange(len(class_counts)), counts)
    return np.asarray(named_rng("pool", seed).permutation(labels), dtype=np.int64)


def stored_pool(inputs: Mapping[str, Path]) -> ClipSet:
    """All synthetic clips: the shards among a stage's inputs, in order."""
    shards = sorted(
        (role for role in inputs if role.startswith("sample/")), key=lambda role: int(role[7:])
    )
    return ClipSet.concatenate([ClipSet.load(inputs[role] / "clips.npz") for role in shards])


def check_samples(clips: Any, labels: IntArray, real: ClipSet, generator: str) -> None:
    """Raise :class:`InputError` where a generator breaks the contract of ``sample``."""
    who = f"generator '{generator}'"
    if not isinstance(clips, ClipSet):
        raise InputError(f"{who}: sample returned {type(clips).__name__}, not a ClipSet")
    if clips.skeleton != real.skeleton or clips.classes != real.classes:
        raise InputError(f"{who}: sample returned clips of another skeleton or of other classes")
    if len(clips) != len(labels):
        raise InputError(f"{who}: sample returned {len(clips)} clips for {len(labels)} labels")
    if not np.array_equal(clips.labels, labels):
        raise InputError(f"{who}: sample returned clips in another order than the labels")
    if not np.isfinite(clips.packed().frames).all():
        raise InputError(f"{who}: sample returned NaN or infinite coordinates")
