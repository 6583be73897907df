"""The files of an extractor, and how a frozen network looks at clips."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from skeletons.arrays import Float32Array, IntArray
from skeletons.seeds import derive_seed

if TYPE_CHECKING:
    from torch import Tensor

    from recognizers.networks.gru import GRUClassifier
    from recognizers.networks.st_trans import STTrans

WEIGHTS, CONFIG, RECIPE = "weights.safetensors", "config.json", "recipe.json"

EXTRACTOR_SEED = derive_seed("extractor", 0)
"""Seed of every extractor: a guide or recognizer, seeded by its run, never has it."""


def store_extractor(
    folder: Path, state: dict[str, Tensor], config: dict[str, Any], training: dict[str, Any]
) -> None:
    """Write the three files of an extractor.

    They are ``weights.safetensors``, ``config.json`` (kind, sizes, how clips are prepared,
    classes) and ``recipe.json`` (what it was trained on and how).
    """
    from safetensors.torch import save

    folder.mkdir(parents=True, exist_ok=True)
    (folder / CONFIG).write_text(json.dumps(config, indent=1) + "\n")
    (folder / RECIPE).write_text(json.dumps(training, indent=1) + "\n")
    (folder / WEIGHTS).write_bytes(save({name: state[name] for name in sorted(state)}))


def in_batches(
    model: STTrans | GRUClassifier,
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
