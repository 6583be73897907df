"""The action classifier of Action2Motion, a small GRU, and its published checkpoint files.

Facts from the authors' repository, EricGuo5513/action-to-motion (Guo et al. 2020):
``models/motion_gan.py`` (the network), ``eval_scripts/load_classifier.py`` (which layer is the
feature) and the files ``model_file/action_recognition_model_*.tar``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from recognizers.checkpoints import load_plain
from skeletons.errors import InputError


@dataclass(frozen=True)
class GRUConfig:
    """Sizes of :class:`GRUClassifier`; the defaults are the published ones.

    Attributes:
        input_size: numbers a frame, 3 V for V joints.
        classes: actions that it tells apart.
        hidden: units of each recurrent layer.
        layers: recurrent layers.
        features: width of the layer before the last, whose output the metrics compare.
    """

    input_size: int
    classes: int
    hidden: int = 128
    layers: int = 2
    features: int = 30


class GRUClassifier(nn.Module):
    """Motions ``[N, T, D]`` -> logits ``[N, classes]``: GRU, last frame, linear, tanh, linear.

    Parameters are named as in the published files. The state that the GRU starts from is zero
    unless one is given; the published evaluator draws a new one from N(0, 1) for every motion and
    every call (``initHidden``), so its numbers differ from call to call.
    """

    def __init__(self, config: GRUConfig) -> None:
        super().__init__()
        self.config = config
        self.recurrent = nn.GRU(config.input_size, config.hidden, config.layers, batch_first=True)
        self.linear1 = nn.Linear(config.hidden, config.features)
        self.linear2 = nn.Linear(config.features, config.classes)

    def random_state(self, count: int, generator: torch.Generator | None = None) -> Tensor:
        """Initial states from N(0, 1), ``[layers, count, hidden]``, as the authors draw them."""
        device = self.linear1.weight.device if generator is None else generator.device
        shape = (self.config.layers, count, self.config.hidden)
        return torch.randn(shape, generator=generator, device=device).to(self.linear1.weight.device)

    def features(self, motion: Tensor, state: Tensor | None = None) -> Tensor:
        """Feature vectors ``[N, features]`` in (-1, 1).

        Args:
            motion: ``[N, T, D]``.
            state: initial state ``[layers, N, hidden]``; None for zeros.
        """
        outputs, _ = self.recurrent(motion, state)
        return torch.tanh(self.linear1(outputs[:, -1]))

    def classify(self, features: Tensor) -> Tensor:
        """Logits ``[N, classes]`` of feature vectors ``[N, features]``."""
        logits: Tensor = self.linear2(features)
        return logits

    def forward(self, motion: Tensor, state: Tensor | None = None) -> Tensor:
        """Logits ``[N, classes]`` of motions ``[N, T, D]``."""
        return self.classify(self.features(motion, state))


def read_published(path: Path) -> tuple[GRUClassifier, dict[str, Any]]:
    """The classifier in a published checkpoint file, and what else the file tells about it.

    The file is a dictionary: ``model`` (the state), ``optimizer`` and ``iteration`` (both may be
    absent, other keys are ignored). Only tensors and plain values are unpickled and nothing is
    executed; tensors that were saved on a GPU land on the CPU. Sizes are read off the tensors. The
    file names neither joints, axes, unit nor classes: they must be those that it was trained with.

    Returns:
        The classifier in evaluation mode, and ``iteration`` and ``learning_rate`` where known.

    Raises:
        InputError: no file, a cut one, one that holds code, or one of another network.
    """
    stored = load_plain(path)
    state = stored.get("model") if isinstance(stored, dict) else None
    if not isinstance(state, Mapping):
        raise InputError(f"{path} holds no state under 'model', as Action2Motion's classifiers do")
    tensors = {str(name): value for name, value in state.items() if isinstance(value, Tensor)}
    config = _config_of(tensors, path)
    with torch.random.fork_rng(devices=[]):
        model = GRUClassifier(config)
    try:
        model.load_state_dict(tensors)
    except RuntimeError as error:
        raise InputError(f"{path} does not fit a GRU classifier: {_one_line(error)}") from error
    if not all(bool(torch.isfinite(value).all()) for value in model.state_dict().values()):
        raise InputError(f"{path} has weights that are NaN or infinite")
    return model.eval(), _facts(stored)


def check_fits(config: GRUConfig, joints: int, classes: int, where: str) -> None:
    """Raise :class:`InputError` unless a classifier is for so many joints and classes."""
    if (config.input_size, config.classes) != (3 * joints, classes):
        theirs = (
            f"{config.input_size // 3} joints"
            if config.input_size % 3 == 0
            else f"{config.input_size} numbers a frame"
        )
        raise InputError(
            f"{where} is for {theirs} and {config.classes} classes, "
            f"the data have {joints} joints and {classes} classes"
        )


def _config_of(state: Mapping[str, Tensor], path: Path) -> GRUConfig:
    """Sizes from the shapes of a state's tensors."""
    layers = sum(re.fullmatch(r"recurrent\.weight_ih_l\d+", name) is not None for name in state)
    matrices = ("recurrent.weight_ih_l0", "recurrent.weight_hh_l0", "linear1.weight")
    for name in (*matrices, "linear2.weight"):
        if name not in state or state[name].ndim != 2 or 0 in state[name].shape:
            raise InputError(f"{path} is no GRU classifier of Action2Motion: no matrix '{name}'")
    input_size, hidden = (state[name].shape[1] for name in matrices[:2])
    classes, features = state["linear2.weight"].shape
    return GRUConfig(input_size, classes, hidden, layers, features)


def _facts(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Training facts that a file may tell: plain numbers only."""
    facts: dict[str, Any] = {}
    if isinstance(stored.get("iteration"), int):
        facts["iteration"] = stored["iteration"]
    optimizer = stored.get("optimizer")
    groups = optimizer.get("param_groups") if isinstance(optimizer, dict) else None
    if isinstance(groups, list) and groups and isinstance(groups[0], dict):
        rate = groups[0].get("lr")
        if isinstance(rate, int | float):
            facts["learning_rate"] = float(rate)
    return facts


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
