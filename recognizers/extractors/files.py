"""The files of an extractor, and how a frozen network looks at clips."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from skeletons.arrays import Float32Array, IntArray
from skeletons.errors import InputError
from skeletons.seeds import derive_seed

if TYPE_CHECKING:
    from torch import Tensor

    from recognizers.extractors.windowed import WindowedExtractor
    from recognizers.networks.gru import GRUClassifier

WEIGHTS, CONFIG, RECIPE = "weights.safetensors", "config.json", "recipe.json"

EXTRACTOR_SEED = derive_seed("extractor", 0)
"""Seed of every extractor: a guide or recognizer, seeded by its run, never has it."""


def store_extractor(
    folder: Path,
    state: Mapping[str, Tensor],
    config: dict[str, Any],
    training: dict[str, Any],
    *,
    half: bool = False,
) -> None:
    """Write the three files of an extractor.

    They are ``weights.safetensors``, ``config.json`` (kind, sizes, how clips are prepared,
    classes) and ``recipe.json`` (what it was trained on and how).

    Args:
        half: keep the weights in float16, for a package to carry.
    """
    import torch
    from safetensors.torch import save

    if half:
        state = {
            name: value.to(torch.float16) if value.is_floating_point() else value
            for name, value in state.items()
        }
    state = {name: value.cpu().contiguous() for name, value in state.items()}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / CONFIG).write_text(json.dumps(config, indent=1) + "\n")
    (folder / RECIPE).write_text(json.dumps(training, indent=1) + "\n")
    (folder / WEIGHTS).write_bytes(save({name: state[name] for name in sorted(state)}))


def read_extractor(
    folder: Path, build: Callable[[dict[str, Any]], WindowedExtractor]
) -> WindowedExtractor:
    """What ``build`` makes of ``config.json``, with the stored weights, frozen.

    Raises:
        InputError: files that are missing, cut or do not fit.
    """
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load

    try:
        config = json.loads((folder / CONFIG).read_text("utf-8"))
        with torch.random.fork_rng(devices=[]):
            extractor = build(config)
        extractor.model.load_state_dict(load((folder / WEIGHTS).read_bytes()))
        if extractor.frames < 1:
            raise ValueError(f"windows of {extractor.frames} frames")
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
        raise InputError(f"{folder} holds no usable extractor: {error}") from error
    extractor.model.float().eval().requires_grad_(False)
    return extractor


def in_batches(
    model: GRUClassifier,
    look: Callable[[IntArray], Tensor],
    count: int,
    batch: int,
    classes: int,
) -> tuple[Float32Array, Float32Array]:
    """Features ``[N, D]`` and logits ``[N, C]`` of ``count`` clips.

    Args:
        look: gives the features of the clips in some rows, at most ``batch`` of them.
    """
    import torch

    features = np.empty((count, model.config.features), dtype=np.float32)
    logits = np.empty((count, classes), dtype=np.float32)
    with torch.inference_mode():
        for start in range(0, count, batch):
            rows = np.arange(start, min(start + batch, count))
            vectors = look(rows)
            features[rows] = vectors.numpy()
            logits[rows] = model.classify(vectors).numpy()
    return features, logits
