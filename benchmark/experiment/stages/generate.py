"""Fit a generator on the split and draw its synthetic clips, shard by shard."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmark.engine.keys import code_version, imported_sources
from benchmark.engine.peak_memory import peak_memory_mb
from benchmark.engine.store import META, artefact_key
from benchmark.experiment.lineage import check_fitted_on, clips_lineage, weights_lineage
from benchmark.experiment.stages import KINDS, ROOMS, Job, Lineage
from benchmark.experiment.stages.data import stored_rest, stored_split
from benchmark.spec import short_name
from skeletons.arrays import IntArray
from skeletons.clips import ClipSet
from skeletons.errors import InputError
from skeletons.proportions import largest_remainder
from skeletons.seeds import derive_seed, named_rng


def fit(job: Job) -> Lineage:
    """Fit a generator and save it.

    A generator that says ``sees_held_back`` is also given the training clips that the split leaves
    out; the lineage then lists them under ``held_back``.

    Parameters: ``generator``, ``profile``, ``settings``, ``split``, ``data_seed``, ``seed``.
    Input: ``data``.

    Raises:
        InputError: the fitted generator's ``length`` or ``caveats`` are not what they should be.
    """
    from generators.protocol import FitContext
    from generators.registry import make_generator

    parameters = job.parameters
    place = job.inputs["data"], parameters["split"], parameters["data_seed"]
    clips = stored_split(*place)
    generator = make_generator(
        parameters["generator"], parameters["profile"], parameters["settings"]
    )
    held_back = stored_rest(*place) if getattr(generator, "sees_held_back", False) else None
    parts = _Parts(job, clips, held_back)
    job.scratch.mkdir(parents=True, exist_ok=True)
    start = time.perf_counter()
    generator.fit(
        clips,
        FitContext(
            seed=parameters["seed"],
            device=job.device,
            scratch=job.scratch,
            progress=job.progress,
            part=parts.part,
            held_back=held_back,
        ),
    )
    seconds = time.perf_counter() - start - parts.waited
    generator.save(job.folder)
    return {
        **_seen(clips, held_back),
        "weights": weights_lineage(job.folder),
        "parts": parts.used,
        "says": said_of_itself(generator, parameters["generator"]),
        "seconds_without_parts": round(seconds, 6),
    }


class _Parts:
    """Pieces of one fit that lie in the store, where other fits find them.

    Attributes:
        used: name and key of each.
        waited: seconds that the fit spent on getting them, whoever made them.
    """

    def __init__(self, job: Job, clips: ClipSet, held_back: ClipSet | None) -> None:
        self.used: list[dict[str, str]] = []
        self.waited = 0.0
        self._job = job
        self._seen = _seen(clips, held_back)

    def part(
        self,
        name: str,
        recipe: Mapping[str, Any],
        write: Callable[[Path], None],
        modules: Sequence[str] = (),
    ) -> Path:
        """A piece from the store, or built into it."""
        start = time.perf_counter()
        identity = {
            "name": name,
            "recipe": dict(recipe),
            "clips": self._seen["fitted_on"]["fingerprint"],
            "seed": self._job.parameters["seed"],
        }
        if "held_back" in self._seen:
            identity["held_back"] = self._seen["held_back"]["fingerprint"]
        key = artefact_key("part", self._code(modules), identity, {})

        def fill(folder: Path) -> Mapping[str, Any]:
            start = time.perf_counter()
            write(folder)
            return {
                "kind": "part",
                "name": name,
                "parameters": identity,
                "seconds": round(time.perf_counter() - start, 6),
                "peak_memory_mb": round(peak_memory_mb(), 1),
                "lineage": {**self._seen, "weights": weights_lineage(folder)},
            }

        artefact, _ = self._job.store.make(
            "part", key, fill, lambda: self._job.note(f"{name} is being made by another process")
        )
        self.used.append({"name": name, "key": key})
        self.waited += time.perf_counter() - start
        return artefact.folder

    def _code(self, modules: Sequence[str]) -> str:
        """Code version of a piece: the whole generator's, or that of some modules."""
        if not modules:
            return self._job.code
        kind = KINDS["fit"]
        files = imported_sources(modules, ROOMS)
        return code_version((*kind.packages, kind.module), kind.libraries, files)


def _seen(clips: ClipSet, held_back: ClipSet | None) -> dict[str, Any]:
    """The clips that a fit was given, as lineage."""
    seen = {"fitted_on": clips_lineage(clips)}
    if held_back is not None:
        seen["held_back"] = clips_lineage(held_back)
    return seen


def said_of_itself(generator: object, name: str) -> dict[str, Any]:
    """``length`` and ``caveats`` of a fitted generator; what a class leaves out is the default.

    Raises:
        InputError: ``length`` is neither ``fixed`` nor ``variable``, or ``caveats`` is no list of
            sentences.
    """
    length = getattr(generator, "length", "fixed")
    if length not in ("fixed", "variable"):
        raise InputError(f"generator '{name}': length is {length!r}, not 'fixed' or 'variable'")
    caveats = getattr(generator, "caveats", ())
    if not isinstance(caveats, tuple | list) or not all(isinstance(one, str) for one in caveats):
        raise InputError(f"generator '{name}': caveats is {caveats!r}, not a tuple of sentences")
    return {"length": length, "caveats": list(caveats)}


def sample(job: Job) -> Lineage:
    """Draw one shard of the synthetic clips and write ``clips.npz``.

    The pool's labels follow the split's class prior; a shard takes its stretch of them, in an order
    that is the same for every generator. Clips are called ``<generator>-<number in the pool>``.

    Parameters: ``generator``, ``split``, ``data_seed``, ``samples`` (size of the pool), ``first``
    and ``count`` (the shard's stretch), ``order_seed``, ``seed``; ``labels`` (``uniform`` asks for
    every class alike) and ``stretch`` (the pool consists of parts of this size, each with labels of
    its own) where the protocol says so; ``sees`` where the fit may see more than the split. Inputs:
    ``data``, ``fit``.

    Raises:
        LineageError: the generator was fitted on clips that it may not see.
    """
    from generators.registry import load_generator

    parameters = job.parameters
    real = stored_split(job.inputs["data"], parameters["split"], parameters["data_seed"])
    seen = stored_split(
        job.inputs["data"], parameters.get("sees", parameters["split"]), parameters["data_seed"]
    )
    check_fitted_on(fit_meta(job.inputs["fit"]), seen, f"generator {parameters['generator']}")
    pool = _labels_of_the_pool(parameters, real)
    numbers = np.arange(parameters["first"], parameters["first"] + parameters["count"])
    labels = pool[numbers]
    generator = load_generator(parameters["generator"], job.inputs["fit"])
    start = time.perf_counter()
    clips = generator.sample(labels, parameters["seed"])
    seconds = time.perf_counter() - start
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
    return {
        "generator": weights_lineage(job.inputs["fit"]),
        "clips": len(clips),
        "seconds_of_sampling": round(seconds, 6),
    }


def fit_meta(folder: Path) -> dict[str, Any]:
    """The lineage of a fitted generator."""
    lineage: dict[str, Any] = json.loads((folder / META).read_text(encoding="utf-8"))["lineage"]
    return lineage


def _labels_of_the_pool(parameters: Mapping[str, Any], real: ClipSet) -> IntArray:
    """Labels of the whole pool: one stretch in the split's shares, or many uniform ones."""
    samples, seed = parameters["samples"], parameters["order_seed"]
    if parameters.get("labels", "split") == "split":
        return pool_labels(real.class_counts(), samples, seed)
    stretch, every = parameters["stretch"], np.ones(len(real.classes), dtype=np.int64)
    return np.concatenate(
        [
            pool_labels(every, stretch, derive_seed(seed, number) % 2**31)
            for number in range(samples // stretch)
        ]
    )


def pool_labels(class_counts: IntArray, samples: int, seed: int) -> IntArray:
    """Labels of a pool ``[samples]`` in proportion to ``class_counts [C]``, in a seeded order.

    Shares are rounded by largest remainder; equal ones go to the lower class.
    """
    counts = largest_remainder(class_counts * (samples / class_counts.sum()), samples)
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
