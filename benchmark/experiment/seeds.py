"""The seed of each stage, from what the stage is for."""

from __future__ import annotations

from pathlib import PurePath

from benchmark.spec import RunSpec
from skeletons.datasets import SOURCES
from skeletons.seeds import derive_seed


def stage_seed(spec: RunSpec, *names: object) -> int:
    """The seed of a stage, below 2**31 so that every library takes it.

    It depends on the data, the split and what the stage is for; the generator's name is left out.
    A file of one's own counts by its name, so that it may lie anywhere.
    """
    what = (data_name(spec.dataset), spec.data_protocol, spec.split, spec.data_seed, spec.seed)
    return derive_seed(*what, *names) % 2**31


def data_name(dataset: str) -> str:
    """A data set's name; of a file or folder, without the folders that it lies in."""
    word, colon, path = dataset.partition(":")
    return f"{word}:{PurePath(path).name}" if colon and word in SOURCES else dataset
