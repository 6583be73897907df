"""Protocols: how clips are asked for, drawn, held against real ones, and given an interval.

A protocol is data. Its name is part of every score; rows of different protocols never
stand in one table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from skeletons.errors import unknown_name


@dataclass(frozen=True)
class Protocol:
    """One way of measuring.

    Attributes:
        judges: kinds of networks whose features are compared, the one that tables show first.
        labels: of the synthetic clips: the split's class shares, or every class alike.
        references: real parts that clips are held against: ``train``; ``held out``, the part that
            nothing is fitted on, ``dev`` or ``test``; ``all``, these two together.
        draw: ``half``: half of the pool without replacement, in the reference's class shares;
            ``fresh``: other synthetic clips in each repetition, so that the pool is as many times
            larger, and the reference resampled with replacement.
        distinct_pairs: the two clips of a pair differ; else a pair can be a clip and itself.
        interval: ``half-sample``: the error of the sampled clips; or ``mean``: that of the average
            of R repetitions, 1.96 sigma / sqrt(R). See :mod:`metrics.evaluation.intervals`.
    """

    name: str
    summary: str
    judges: tuple[str, ...]
    labels: Literal["split", "uniform"]
    references: tuple[str, ...]
    draw: Literal["half", "fresh"]
    distinct_pairs: bool
    interval: Literal["half-sample", "mean"]


HELD_OUT = "held out"

SKELGEN_V2 = Protocol(
    name="skelgen-v2",
    summary="half of the synthetic clips a repetition, drawn without replacement to the "
    "reference's class prior, against the whole train and held-out reference, by three judges",
    judges=("st_trans", "stgcn++", "gru"),
    labels="split",
    references=("train", HELD_OUT),
    draw="half",
    distinct_pairs=True,
    interval="half-sample",
)

ACTION2MOTION_2020 = Protocol(
    name="action2motion-2020",
    summary="Guo et al. 2020: features of a GRU classifier, uniform labels, new clips in every "
    "repetition against all real clips resampled with replacement, 1.96 sigma / sqrt(20)",
    judges=("gru",),
    labels="uniform",
    references=("all",),
    draw="fresh",
    distinct_pairs=False,
    interval="mean",
)

PROTOCOLS = {protocol.name: protocol for protocol in (SKELGEN_V2, ACTION2MOTION_2020)}

SPLIT = "split"
"""Name of the reference that holds what the generator has seen; for metrics of memory."""

OTHER_PARTS = {
    "train": ("test", "dev"),
    "dev": ("train",),
    "test": ("train",),
    SPLIT: ("test", "dev"),
}
"""Where the floor of a distance to a reference is drawn from: the first of these that there is.
``all`` has no other part: its floor is drawn from itself, as published."""


def protocol_named(name: str) -> Protocol:
    """The protocol of a name; the error names the nearest known one."""
    if name not in PROTOCOLS:
        raise unknown_name("protocol", name, PROTOCOLS)
    return PROTOCOLS[name]
