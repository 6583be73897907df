"""Judges that look at windows of recorded frames: how they are trained, stored and asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recognizers.extractors.files import EXTRACTOR_SEED, store_extractor
from recognizers.extractors.windows import Windows
from recognizers.recipes import Augmentation, Recipe
from recognizers.training import Batches, TrainingRun, train
from recognizers.transfer import to_device
from skeletons.arrays import Float32Array
from skeletons.clips import ClipSet
from skeletons.errors import InputError, unknown_name
from skeletons.seeds import derive_seed, named_rng
from skeletons.skeleton import Skeleton

BATCH = 64
"""Windows that a frozen network looks at at a time."""

View = Callable[[Tensor], Tensor]
"""Upright joints ``[B, F, V, 3]`` -> what the network takes."""


@dataclass(frozen=True, eq=False)
class WindowedExtractor:
    """A frozen network and how clips are shown to it.

    Attributes:
        model: a classifier with ``features`` (what ``view`` gives -> ``[N, D]``) and ``classify``
            (-> logits ``[N, C]``), which is linear, so that averages of features keep their sense.
        skeleton: of the clips that it was trained on.
        frames: F of a window.
        features: D of a feature vector.
    """

    model: Any
    view: View
    skeleton: Skeleton
    classes: tuple[str, ...]
    frames: int
    features: int

    @torch.inference_mode()
    def featurise(self, clips: ClipSet) -> tuple[Float32Array, Float32Array]:
        """Features ``[N, D]``, averaged over a clip's windows, and their logits ``[N, C]``.

        Raises:
            InputError: clips of other classes or of another skeleton.
        """
        if clips.classes != self.classes:
            raise InputError(f"{clips.name}: its classes are not those of the extractor")
        if clips.skeleton != self.skeleton:
            raise InputError(
                f"{clips.name} has the skeleton {clips.skeleton.name}, the extractor was made for "
                f"{self.skeleton.name}"
            )
        windows = Windows.of(clips, self.frames, Augmentation())
        sums = torch.zeros(len(clips), self.features)
        counts = torch.zeros(len(clips), 1)
        for rows, joints in windows.batches(BATCH):
            clip = torch.from_numpy(rows)
            sums.index_add_(0, clip, self.model.features(self.view(joints)))
            counts.index_add_(0, clip, torch.ones(len(clip), 1))
        features = sums / counts
        return features.numpy(), self.model.classify(features).numpy()


def recipe_for(recipes: Mapping[str, Recipe], profile: str) -> Recipe:
    """The recipe of a profile; the error names the nearest known one."""
    if profile not in recipes:
        raise unknown_name("profile", profile, recipes)
    return recipes[profile]


def pretrain_on_windows(
    kind: str,
    build: Callable[[], nn.Module],
    view: View,
    settings: Mapping[str, Any],
    clips: ClipSet,
    folder: Path,
    *,
    recipe: Recipe,
    profile: str,
    run: TrainingRun,
    view_on_cpu: bool = False,
) -> dict[str, Any]:
    """Train a network on random windows of all clips of a training part, and store it in float16.

    Args:
        build: makes the network; its weights are drawn from torch's state, which is seeded here.
        settings: what ``config.json`` says beside kind, frames and classes.
        view_on_cpu: the view works on the CPU: windows lie there, and what is shown of them is sent
            to the device.

    Returns:
        What ``recipe.json`` says.

    Raises:
        InputError: no clips.
        TrainingDivergedError: the loss is no longer finite.
    """
    if len(clips) == 0:
        raise InputError(f"the extractor cannot be trained: {clips.name} has no clips")
    steps, seed = recipe.steps(len(clips)), derive_seed(EXTRACTOR_SEED, kind)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(derive_seed(seed, "weights"))
        model = build()
    where = "cpu" if view_on_cpu else run.device
    windows = Windows.of(clips, recipe.frames, recipe.augmentation, where)
    labels = torch.from_numpy(clips.labels).to(run.device)
    batches = Batches(len(clips), recipe.batch, seed)

    def loss(model: nn.Module, step: int) -> Tensor:
        rows = batches.rows(step)
        drawn = windows.random(rows, named_rng(seed, "window", step))
        shown = to_device(view(drawn), run.device)
        wanted = labels[to_device(torch.from_numpy(rows), run.device)]
        return F.cross_entropy(model(shown), wanted, label_smoothing=recipe.label_smoothing)

    trained = train(
        model, loss, name=kind, steps=steps, seed=seed, optimisation=recipe.optimisation, run=run
    )
    frames = {"frames": recipe.frames, "classes": list(clips.classes)}
    training = {
        "profile": profile,
        "steps": steps,
        "seed": seed,
        "recipe": recipe.state(),
        "clips": len(clips),
        "clips_sha256": clips.fingerprint,
    }
    config = {"kind": kind, **settings, **frames}
    store_extractor(folder, trained.state_dict(), config, training, half=True)
    return training
