"""Draw the synthetic clips of a fitted generator, shard by shard."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from benchmark.engine.job import Job, Lineage
from benchmark.experiment.artefacts.clips import stored_split
from benchmark.experiment.artefacts.generator import generator_folder, stored_facts
from benchmark.experiment.artefacts.seen_clips import seen_clips
from benchmark.experiment.lineage import check_fitted_on, weights_lineage
from skeletons.arrays import IntArray
from skeletons.clips import ClipSet
from skeletons.errors import InputError
from skeletons.proportions import largest_remainder
from skeletons.seeds import derive_seed, named_rng


def sample(job: Job) -> Lineage:
    """Draw one shard of the synthetic clips and write ``clips.npz``.

    The pool's labels follow the split's class prior; a shard takes its stretch of them, in an order
    that is the same for every generator. Clips are called ``<name>-<number in the pool>``.

    Parameters: ``generator``, ``name``, ``split``, ``data_seed``, ``samples`` (size of the pool),
    ``first`` and ``count`` (the shard's stretch), ``order_seed``, ``seed``; ``labels`` (``uniform``
    asks for every class alike) and ``stretch`` (the pool consists of parts of this size, each with
    labels of its own) where the protocol says so; ``sees`` where the fit may see more than the
    split. Inputs: ``data``, ``fit``.

    Raises:
        LineageError: the generator was fitted on clips that it may not see.
    """
    parameters = job.parameters
    real = stored_split(job.inputs["data"], parameters["split"], parameters["data_seed"])
    pool = _labels_of_the_pool(parameters, real)
    numbers = np.arange(parameters["first"], parameters["first"] + parameters["count"])
    labels = pool[numbers]
    generator = fitted_generator(job, parameters["generator"])
    start = time.perf_counter()
    clips = generator.sample(labels, parameters["seed"])
    seconds = time.perf_counter() - start
    check_samples(clips, labels, real, parameters["generator"])
    name = parameters["name"]
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
        "generator": weights_lineage(generator_folder(job.inputs["fit"])),
        "clips": len(clips),
        "seconds_of_sampling": round(seconds, 6),
    }


def fitted_generator(job: Job, name: str) -> Any:
    """The generator of the input ``fit``, ready to sample on the job's devices.

    Parameters of the job: ``split``, ``data_seed``; ``sees`` where the fit may see more than the
    split, or other clips.

    Raises:
        LineageError: it was fitted on clips that it may not see.
    """
    from generators.registry import load_generator

    parameters, fit = job.parameters, job.inputs["fit"]
    seen = seen_clips(
        job.inputs["data"], parameters.get("sees", parameters["split"]), parameters["data_seed"]
    )
    check_fitted_on(stored_facts(fit), seen, f"generator {name}")
    generator = load_generator(name, generator_folder(fit))
    on_devices = getattr(generator, "on_devices", None)
    if on_devices is not None:
        on_devices(job.device, job.devices)
    return generator


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
