"""The extractor that comes first: an ST-Trans on skeleton images."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from torch import Tensor

from recognizers.downstream import train_recognizer
from recognizers.extractors.files import (
    CONFIG,
    EXTRACTOR_SEED,
    WEIGHTS,
    in_batches,
    store_extractor,
)
from recognizers.networks.st_trans import STTrans, STTransConfig
from recognizers.recipes import PROFILES, STRONG, Optimisation, Recipe
from recognizers.training import TrainingRun
from skeletons.arrays import Float32Array, IntArray
from skeletons.clips import ClipSet
from skeletons.errors import InputError, unknown_name
from skeletons.image import SkeletonImageCodec

EXTRACTOR_RECIPES = {
    "quick": Recipe(
        optimisation=Optimisation(learning_rate=1e-3, weight_decay=0.05, ema=0.99),
        batch=32,
        steps_per_clip=45.0,
        label_smoothing=0.1,
        augmentation=STRONG,
    ),
    "paper": Recipe(
        optimisation=Optimisation(learning_rate=1e-3, weight_decay=0.05, ema=0.999),
        batch=64,
        steps_per_clip=200 / 64,
        steps_exponent=1.0,
        least_steps=2000,
        label_smoothing=0.1,
        augmentation=STRONG,
    ),
}


@dataclass(frozen=True, eq=False)
class STTransExtractor:
    """A frozen ST-Trans and the codec it was trained with."""

    model: STTrans
    codec: SkeletonImageCodec
    classes: tuple[str, ...]
    batch: int = 128

    def featurise(self, clips: ClipSet) -> tuple[Float32Array, Float32Array]:
        """Features ``[N, D]`` and logits ``[N, C]`` of clips, in batches.

        Raises:
            InputError: clips of other classes or of another skeleton.
        """
        if clips.classes != self.classes:
            raise InputError(f"{clips.name}: its classes are not those of the extractor")

        def look(rows: IntArray) -> Tensor:
            images, _ = self.codec.encode(clips.select(rows))
            return self.model.features(torch.from_numpy(images))

        return in_batches(self.model, look, len(clips), self.batch, len(self.classes))


def pretrain(
    train: ClipSet, folder: Path, *, run: TrainingRun, profile: str = "quick"
) -> dict[str, Any]:
    """Train an extractor on a data set's whole training part; its weights are kept in float16.

    Errors and result as those of :func:`recognizers.extractors.kinds.pretrain_extractor`.
    """
    if profile not in EXTRACTOR_RECIPES:
        raise unknown_name("profile", profile, PROFILES)
    recipe = EXTRACTOR_RECIPES[profile]
    steps = recipe.steps(len(train))
    trained = train_recognizer(
        "st_trans", train, recipe=recipe, steps=steps, seed=EXTRACTOR_SEED, run=run
    )
    model = trained.model
    assert isinstance(model, STTrans)
    codec = SkeletonImageCodec.fit(train, recipe.frames)
    state = {
        name: value.cpu().to(torch.float16 if value.is_floating_point() else value.dtype)
        for name, value in model.state_dict().items()
    }
    config = {
        "model": asdict(model.config),
        "codec": codec.state(),
        "classes": list(train.classes),
    }
    training = {
        "profile": profile,
        "steps": steps,
        "seed": EXTRACTOR_SEED,
        "recipe": recipe.state(),
        "clips": len(train),
        "clips_sha256": train.fingerprint,
    }
    store_extractor(folder, state, config, training)
    return training


def load(folder: Path) -> STTransExtractor:
    """Read an extractor; :class:`InputError` for files that are missing, cut or do not fit."""
    try:
        config = json.loads((folder / CONFIG).read_text())
        sizes: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value
            for key, value in config["model"].items()
        }
        with torch.random.fork_rng(devices=[]):
            model = STTrans(STTransConfig(**sizes))
        weights = load_tensors((folder / WEIGHTS).read_bytes())
        model.load_state_dict(weights)
        codec = SkeletonImageCodec.from_state(config["codec"])
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
        raise InputError(f"{folder} holds no usable extractor: {error}") from error
    return STTransExtractor(
        model.float().eval().requires_grad_(False), codec, tuple(config["classes"])
    )
