"""Files as those that the authors of Action2Motion published, and what their network computes."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path

import numpy as np
import torch

PUBLISHED = {
    "recurrent.weight_ih_l0": (384, 72),
    "recurrent.weight_hh_l0": (384, 128),
    "recurrent.bias_ih_l0": (384,),
    "recurrent.bias_hh_l0": (384,),
    "recurrent.weight_ih_l1": (384, 128),
    "recurrent.weight_hh_l1": (384, 128),
    "recurrent.bias_ih_l1": (384,),
    "recurrent.bias_hh_l1": (384,),
    "linear1.weight": (30, 128),
    "linear1.bias": (30,),
    "linear2.weight": (12, 30),
    "linear2.bias": (12,),
}
"""Names and shapes in ``action_recognition_model_humanact12.tar``, in the file's order."""


def published_state(**shapes: tuple[int, ...]) -> OrderedDict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(4)
    return OrderedDict(
        (name, 0.1 * torch.randn(shapes.get(name, shape), generator=generator))
        for name, shape in PUBLISHED.items()
    )


def write(path: Path, state: object, *, zipped: bool = False, **others: object) -> Path:
    """A checkpoint as the published ones are: torch's old format, optimiser and step beside it."""
    adam = {"state": {}, "param_groups": [{"lr": 0.001, "params": [140094705277472]}]}
    content = {"model": state, "optimizer": adam, "iteration": 30_000, **others}
    torch.save(content, path, _use_new_zipfile_serialization=zipped)
    return path


def reference_features(
    state: dict[str, torch.Tensor], motion: np.ndarray, start: np.ndarray
) -> np.ndarray:
    """The network from its definition (Cho et al. 2014 in torch's form), frame by frame."""
    weights = {name: value.double().numpy() for name, value in state.items()}
    sequence = motion.astype(np.float64)
    for layer in range(2):
        hidden, outputs = start[layer].astype(np.float64), []
        for frame in range(sequence.shape[1]):
            mine = sequence[:, frame] @ weights[f"recurrent.weight_ih_l{layer}"].T
            past = hidden @ weights[f"recurrent.weight_hh_l{layer}"].T
            mine = np.split(mine + weights[f"recurrent.bias_ih_l{layer}"], 3, axis=1)
            past = np.split(past + weights[f"recurrent.bias_hh_l{layer}"], 3, axis=1)
            reset, update = (1 / (1 + np.exp(-mine[gate] - past[gate])) for gate in (0, 1))
            hidden = (1 - update) * np.tanh(mine[2] + reset * past[2]) + update * hidden
            outputs.append(hidden)
        sequence = np.stack(outputs, axis=1)
    return np.tanh(sequence[:, -1] @ weights["linear1.weight"].T + weights["linear1.bias"])
