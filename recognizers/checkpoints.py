"""Weights to start a training from: PYSKL's checkpoints, read without running anything in them."""

from __future__ import annotations

import pickle
import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from skeletons.errors import InputError

_UNREADABLE = (
    OSError,
    RuntimeError,
    EOFError,
    pickle.UnpicklingError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    AssertionError,
)
"""What ``torch.load`` was seen to raise for cut and mangled files."""

Build = Callable[[int, int], nn.Module]
"""A fresh network for so many classes and joints."""


@dataclass(frozen=True)
class Fit:
    """How weights were taken over.

    Attributes:
        taken: entries that the network now has from the file.
        fresh: entries that hang on the number of joints or classes, which differ, and start anew.
    """

    taken: tuple[str, ...]
    fresh: tuple[str, ...]


def read_checkpoint(path: Path) -> dict[str, Tensor]:
    """Name -> tensor of a checkpoint: a ``.safetensors`` file, or one of ``torch.save`` that holds
    a state, bare or as mmcv writes it (under ``state_dict``, perhaps with ``module.`` before each
    name, with what was known of the run under ``meta``).

    Raises:
        InputError: no file, a cut one, one that holds code, one without tensors or with NaN.
    """
    state = _safetensors(path) if path.suffix == ".safetensors" else _pickled(path)
    if not state:
        raise InputError(f"{path} holds no tensors of a network")
    for name, values in state.items():
        if values.is_floating_point() and not bool(torch.isfinite(values).all()):
            raise InputError(f"{path}: '{name}' has values that are NaN or infinite")
    return state


def start_from(
    model: nn.Module, state: Mapping[str, Tensor], build: Build, joints: int, classes: int
) -> Fit:
    """Take over the weights of ``state`` that fit ``model``, which is for so many joints and
    classes.

    Entries of another shape may be left out only where the shape follows from the number of joints
    or classes: graphs, the norm of the input, the last layer. Which these are is found by building
    the network for other numbers.

    Raises:
        InputError: the file lacks entries, has others, or is of other sizes than the network's.
    """
    ours = model.state_dict()
    lacking = [
        name for name in ours if name not in state and not name.endswith("num_batches_tracked")
    ]
    strange = [name for name in state if name not in ours]
    if lacking or strange:
        what = f"lacks '{lacking[0]}'" if lacking else f"has '{strange[0]}'"
        raise InputError(
            f"the weights are of another network or of other sizes: the file {what} "
            f"({len(lacking)} entries too few, {len(strange)} too many); published ones need "
            "--profile paper"
        )
    with torch.random.fork_rng(devices=[]):
        other = build(classes + 1, joints + 1).state_dict()
    fitting = {name: values for name, values in state.items() if values.shape == ours[name].shape}
    for name in state.keys() - fitting.keys():
        if other[name].shape == ours[name].shape:
            raise InputError(
                f"the weights are of other sizes: '{name}' is {list(state[name].shape)} in the "
                f"file, {list(ours[name].shape)} in the network; published ones need "
                "--profile paper"
            )
    model.load_state_dict(fitting, strict=False)
    fresh = (name for name in ours if name not in fitting and name in state)
    return Fit(tuple(fitting), tuple(fresh))


def _safetensors(path: Path) -> dict[str, Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load

    try:
        return dict(load(path.read_bytes()))
    except OSError as error:
        raise InputError(f"cannot read weights '{path}': {error.strerror or error}") from error
    except SafetensorError as error:
        raise InputError(f"{path} is no safetensors file: {error}") from error


def load_plain(path: Path) -> Any:
    """What ``torch.save`` wrote, if it is tensors and plain values; nothing in it is run. Tensors
    of a GPU land on the CPU.

    Raises:
        InputError: no file, a cut or mangled one, or one that asks for anything else.
    """
    try:
        with warnings.catch_warnings():
            # About mangled files, which the errors below are about, too.
            warnings.simplefilter("ignore")
            return torch.load(path, weights_only=True, map_location="cpu")
    except pickle.UnpicklingError as error:
        # torch's message is a page of advice, among it to load the file unsafely.
        named = re.search(r"GLOBAL (\S+)", str(error))
        what = f"it asks for {named.group(1)}" if named else "it is no plain pickle of tensors"
        raise InputError(f"{path} is refused, nothing in it was run: {what}") from error
    except _UNREADABLE as error:
        line = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(f"{path} is no checkpoint: {line}") from error


def _pickled(path: Path) -> dict[str, Tensor]:
    stored = load_plain(path)
    state = stored.get("state_dict", stored) if isinstance(stored, dict) else None
    if not isinstance(state, Mapping):
        raise InputError(f"{path} holds no state of a network")
    return {
        str(name).removeprefix("module."): values
        for name, values in state.items()
        if isinstance(values, Tensor)
    }
