"""The judge that looks at joints: an ST-GCN++ on windows of recorded frames."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from recognizers.extractors.files import read_extractor
from recognizers.extractors.windowed import WindowedExtractor, pretrain_on_windows, recipe_for
from recognizers.inputs import by_person
from recognizers.networks.catalogue import NETWORKS
from recognizers.networks.stgcn_pp import STGCNPP, STGCNPPConfig
from recognizers.recipes import Augmentation, Optimisation, Recipe
from recognizers.training import TrainingRun
from skeletons.clips import ClipSet
from skeletons.skeleton import Skeleton

STGCNPP_JUDGE = "stgcn++"

RECIPES = {
    "quick": Recipe(
        optimisation=Optimisation("sgd", learning_rate=0.05, weight_decay=5e-4, clip=None),
        model=dict(NETWORKS["stgcn++"].slim),
        frames=64,
        batch=16,
        steps_per_clip=30.0,
        augmentation=Augmentation(mirror=0.5, noise=0.02),
    ),
    "paper": Recipe(
        optimisation=Optimisation("sgd", learning_rate=0.1, weight_decay=5e-4, clip=None),
        frames=64,
        batch=128,
        steps_per_clip=80 / 128,
        steps_exponent=1.0,
        least_steps=2000,
        augmentation=Augmentation(mirror=0.5, noise=0.02),
    ),
}
"""Sizes and optimiser of the recognizer of this name, on longer windows."""


def pretrain(
    train: ClipSet, folder: Path, *, run: TrainingRun, profile: str = "quick"
) -> dict[str, Any]:
    """Train a judge on a data set's training part.

    Errors and result as those of :func:`recognizers.extractors.kinds.pretrain_extractor`.
    """
    recipe = recipe_for(RECIPES, profile)
    config = STGCNPPConfig(len(train.classes), **recipe.model)
    return pretrain_on_windows(
        STGCNPP_JUDGE,
        lambda: STGCNPP(config, train.skeleton.adjacency()),
        partial(by_person, skeleton=train.skeleton),
        {"model": asdict(config), "skeleton": train.skeleton.state()},
        train,
        folder,
        recipe=recipe,
        profile=profile,
        run=run,
    )


def load(folder: Path) -> WindowedExtractor:
    """Read a judge; :class:`InputError` for files that are missing, cut or do not fit."""

    def build(config: dict[str, Any]) -> WindowedExtractor:
        skeleton = Skeleton.of(config["skeleton"])
        model = STGCNPP(STGCNPPConfig(**config["model"]), skeleton.adjacency())
        return WindowedExtractor(
            model=model,
            view=partial(by_person, skeleton=skeleton),
            skeleton=skeleton,
            classes=tuple(config["classes"]),
            frames=int(config["frames"]),
            features=model.backbone.out_channels,
        )

    return read_extractor(folder, build)
