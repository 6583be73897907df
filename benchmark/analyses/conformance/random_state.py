"""Whether code changes the global random states, which belong to its caller."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from typing import Any

import numpy as np

_PLACES = count(0x5EED)
"""Seeds that no generator is given, another each time."""


@contextmanager
def random_states_watched() -> Iterator[list[str]]:
    """Names of the global random states that the block changes, filled in at its end.

    The states are moved to a place of their own before, so that a block that seeds them, always
    with the same number, is found too; afterwards they are as they were.
    """
    changed: list[str] = []
    before = _random_states()
    _move_random_states()
    start = _random_states()
    try:
        yield changed
    finally:
        end = _random_states()
        changed.extend(name for name in start if start[name] != end[name])
        _restore_random_states(before)


def _random_states() -> dict[str, Any]:
    """Those of Python, numpy and, where it is loaded, torch."""
    kind, keys, *rest = np.random.get_state()  # noqa: NPY002
    states: dict[str, Any] = {
        "random": random.getstate(),
        "numpy.random": (kind, np.asarray(keys).tobytes(), *rest),
    }
    if "torch" in sys.modules:
        import torch

        states["torch"] = torch.random.get_rng_state().numpy().tobytes()
        if torch.cuda.is_available():
            everywhere = torch.cuda.get_rng_state_all()
            states["torch.cuda"] = tuple(state.numpy().tobytes() for state in everywhere)
    return states


def _move_random_states() -> None:
    seed = next(_PLACES)
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002
    if "torch" in sys.modules:
        import torch

        torch.manual_seed(seed)


def _restore_random_states(states: Mapping[str, Any]) -> None:
    random.setstate(states["random"])
    kind, keys, *rest = states["numpy.random"]
    np.random.set_state((kind, np.frombuffer(keys, np.uint32), *rest))  # noqa: NPY002
    if "torch" in states:
        import torch

        def tensor(state: bytes) -> torch.Tensor:
            return torch.frombuffer(bytearray(state), dtype=torch.uint8)

        torch.random.set_rng_state(tensor(states["torch"]))
        if "torch.cuda" in states:
            torch.cuda.set_rng_state_all([tensor(state) for state in states["torch.cuda"]])
