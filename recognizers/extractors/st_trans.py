"""The judge that comes first: an ST-Trans on images of windows of recorded frames."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from recognizers.extractors.files import read_extractor
from recognizers.extractors.windowed import WindowedExtractor, pretrain_on_windows, recipe_for
from recognizers.networks.st_trans import STTrans, STTransConfig
from recognizers.recipes import STRONG, Optimisation, Recipe
from recognizers.training import TrainingRun
from skeletons.clips import ClipSet
from skeletons.image import SkeletonImageCodec, rows_for

ST_TRANS_JUDGE = "st_trans"
ROWS = 24
"""Rows of the image at least; a column is a recorded frame."""

RECIPES = {
    "quick": Recipe(
        optimisation=Optimisation(learning_rate=1e-3, weight_decay=0.05, ema=0.99),
        model={"frame_stride": 2},
        frames=64,
        batch=32,
        steps_per_clip=30.0,
        label_smoothing=0.1,
        augmentation=STRONG,
    ),
    "paper": Recipe(
        optimisation=Optimisation(learning_rate=1e-3, weight_decay=0.05, ema=0.999),
        model={"frame_stride": 2},
        frames=64,
        batch=64,
        steps_per_clip=200 / 64,
        steps_exponent=1.0,
        least_steps=2000,
        label_smoothing=0.1,
        augmentation=STRONG,
    ),
}


def images_of(codec: SkeletonImageCodec) -> Callable[[Tensor], Tensor]:
    """Upright joints ``[B, F, V, 3]`` -> skeleton images ``[B, 3, rows, F]``, both on the CPU."""

    def view(joints: Tensor) -> Tensor:
        return torch.from_numpy(codec.to_image(joints.numpy()))

    return view


def pretrain(
    train: ClipSet, folder: Path, *, run: TrainingRun, profile: str = "quick"
) -> dict[str, Any]:
    """Train a judge on a data set's training part.

    Errors and result as those of :func:`recognizers.extractors.kinds.pretrain_extractor`.
    """
    recipe = recipe_for(RECIPES, profile)
    codec = SkeletonImageCodec.fit(train, rows_for(train.skeleton, ROWS))
    config = STTransConfig(len(train.classes), **recipe.model)
    return pretrain_on_windows(
        ST_TRANS_JUDGE,
        lambda: STTrans(config),
        images_of(codec),
        {"model": asdict(config), "codec": codec.state()},
        train,
        folder,
        recipe=recipe,
        profile=profile,
        run=run,
        view_on_cpu=True,
    )


def load(folder: Path) -> WindowedExtractor:
    """Read a judge; :class:`InputError` for files that are missing, cut or do not fit."""

    def build(config: dict[str, Any]) -> WindowedExtractor:
        sizes: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value
            for key, value in config["model"].items()
        }
        codec = SkeletonImageCodec.from_state(config["codec"])
        model = STTrans(STTransConfig(**sizes))
        return WindowedExtractor(
            model=model,
            view=images_of(codec),
            skeleton=codec.skeleton,
            classes=tuple(config["classes"]),
            frames=int(config["frames"]),
            features=model.config.features,
        )

    return read_extractor(folder, build)
