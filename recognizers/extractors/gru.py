"""The extractor of Action2Motion's protocol: its GRU classifier, published or trained here.

How a clip is prepared (EricGuo5513/action-to-motion, ``dataProcessing/dataset.py``): 60 frames,
cut from a longer clip, or a shorter clip with its last pose repeated; then the centre joint of the
first frame is taken off every joint of every frame. Size and direction stay as they are, no
joint is centred in later frames. Unlike the recognizers here it does see which way a body faces.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recognizers.extractors.files import (
    CONFIG,
    EXTRACTOR_SEED,
    WEIGHTS,
    in_batches,
    store_extractor,
)
from recognizers.extractors.windowed import recipe_for
from recognizers.networks.gru import GRUClassifier, GRUConfig, check_fits, read_published
from recognizers.recipes import Augmentation, Optimisation, Recipe
from recognizers.training import Batches, TrainingRun, train
from recognizers.transfer import to_device
from skeletons.arrays import Float32Array, IntArray
from skeletons.clips import ClipSet
from skeletons.errors import InputError
from skeletons.placement import in_space, rotate
from skeletons.seeds import derive_seed, named_rng

GRU = "gru"
FRAMES = 60
"""Frames of a prepared clip in the published evaluation of HumanAct12 and NTU-VIBE."""

GRU_RECIPES = {
    # The published files hold their optimiser: Adam, 1e-3, (0.9, 0.999), no decay, 30,000 steps
    # (VIBE: 200,000). Unknown are batch size, loss and the clips trained on: 128 is the batch of
    # the same authors' generators, cross-entropy and the whole training part are ours.
    "paper": Recipe(
        optimisation=Optimisation(
            learning_rate=1e-3, weight_decay=0.0, warm_up=0.0, schedule="constant", clip=None
        ),
        frames=FRAMES,
        batch=128,
        steps_per_clip=0.0,
        least_steps=30_000,
    ),
    "quick": Recipe(
        # Turned clips: 93.5 % of kinematic12's test clips against 90.4 % without, measured once.
        optimisation=Optimisation(learning_rate=3e-3),
        frames=FRAMES,
        batch=64,
        steps_per_clip=45.0,
        augmentation=Augmentation(yaw=0.6),
    ),
}


def prepare(clips: ClipSet, frames: int, first: IntArray) -> Float32Array:
    """Motions ``[N, frames, V * 3]`` that start at frame ``first [N]`` of each clip.

    Past its end a clip stays in its last pose. The first frame's centre joint is the origin.
    """
    step = np.minimum(first[:, None] + np.arange(frames), clips.lengths[:, None] - 1)
    motion = in_space(clips.frames[clips.starts[:, None] + step])
    motion = motion - motion[:, :1, clips.skeleton.centre, None]
    return np.asarray(motion.reshape(len(clips), frames, -1), dtype=np.float32)


def middle(lengths: IntArray, frames: int) -> IntArray:
    """First frame ``[N]`` of the window in the middle of each clip; 0 for short clips."""
    return np.asarray(np.maximum(lengths - frames, 0) // 2, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class GRUExtractor:
    """A frozen GRU classifier and how clips are prepared for it.

    Attributes:
        joints: V of the skeleton that it was made for.
        frames: T of a prepared clip.
    """

    model: GRUClassifier
    classes: tuple[str, ...]
    joints: int
    frames: int = FRAMES
    batch: int = 128

    def featurise(
        self, clips: ClipSet, random_state: torch.Generator | None = None
    ) -> tuple[Float32Array, Float32Array]:
        """Features ``[N, 30]`` and logits ``[N, C]`` of clips, in batches.

        Args:
            random_state: None for the same numbers every time: the GRU starts from zero and sees
                the middle of a longer clip. A CPU generator for the noise of the published
                evaluator: the GRU starts from N(0, 1) and sees a random window of a longer clip
                (never the very last one, which their ``randint`` leaves out).

        Raises:
            InputError: clips of other classes or of another number of joints.
        """
        if clips.classes != self.classes:
            raise InputError(f"{clips.name}: its classes are not those of the extractor")
        if len(clips.skeleton) != self.joints:
            raise InputError(
                f"{clips.name} has {len(clips.skeleton)} joints, the extractor is for {self.joints}"
            )
        first, state = self._start(clips, random_state)

        def look(rows: IntArray) -> Tensor:
            motion = prepare(clips.select(rows), self.frames, first[rows])
            return self.model.features(
                torch.from_numpy(motion), None if state is None else state[:, rows]
            )

        return in_batches(self.model, look, len(clips), self.batch, len(self.classes))

    def _start(
        self, clips: ClipSet, random_state: torch.Generator | None
    ) -> tuple[IntArray, Tensor | None]:
        """First frames and initial states, drawn for all clips at once: the batch has no say."""
        if random_state is None:
            return middle(clips.lengths, self.frames), None
        gap = torch.from_numpy(np.maximum(clips.lengths - self.frames, 0))
        share = torch.rand(len(clips), generator=random_state, dtype=torch.float64)
        first = (share * gap).long().numpy()
        return first, self.model.random_state(len(clips), random_state)


def pretrain(
    clips: ClipSet, folder: Path, *, run: TrainingRun, profile: str = "quick"
) -> dict[str, Any]:
    """Train an extractor on a data set's whole training part and write it to ``folder``.

    Each step takes a random window of each clip of its batch and starts the GRU from N(0, 1), as
    the network's authors do; so the extractor stands a random state as well as a zero one. Of a
    recipe's augmentation the turn about the vertical axis is used. Writes the files of
    :func:`recognizers.extractors.files.store_extractor`, with float32 weights, and returns the
    recipe.

    Raises:
        InputError: an unknown profile, or no clips.
        TrainingDivergedError: the loss is no longer finite.
    """
    recipe = recipe_for(GRU_RECIPES, profile)
    if len(clips) == 0:
        raise InputError(f"the extractor cannot be trained: {clips.name} has no clips")
    steps, seed = recipe.steps(len(clips)), derive_seed(EXTRACTOR_SEED, GRU)
    config = GRUConfig(3 * len(clips.skeleton), len(clips.classes), **recipe.model)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(derive_seed(seed, "weights"))
        model = GRUClassifier(config)
    labels = torch.from_numpy(clips.labels)
    batches = Batches(len(clips), recipe.batch, seed)

    def loss(model: nn.Module, step: int) -> Tensor:
        assert isinstance(model, GRUClassifier)
        rows = batches.rows(step)
        rng = named_rng(seed, "window", step)
        gap = np.maximum(clips.lengths[rows] - recipe.frames, 0)
        motion = prepare(clips.select(rows), recipe.frames, rng.integers(0, gap + 1))
        if largest := recipe.augmentation.yaw:
            joints = motion.reshape(len(rows), recipe.frames, -1, 3)
            yaw = rng.uniform(-largest, largest, len(rows))
            motion = rotate(joints, yaw, clips.skeleton).reshape(motion.shape)
        shown = to_device(torch.from_numpy(motion), run.device)
        logits = model(shown, model.random_state(len(rows)))
        return F.cross_entropy(logits, to_device(labels[rows], run.device))

    trained = train(
        model, loss, name=GRU, steps=steps, seed=seed, optimisation=recipe.optimisation, run=run
    )
    assert isinstance(trained, GRUClassifier)
    training = {
        "profile": profile,
        "steps": steps,
        "seed": seed,
        "recipe": recipe.state(),
        "initial_state": "N(0, 1)",
        "clips": len(clips),
        "clips_sha256": clips.fingerprint,
    }
    _store(folder, trained, clips, recipe.frames, training)
    return training


def adopt_published(path: Path, folder: Path, clips: ClipSet) -> dict[str, Any]:
    """Make an extractor in ``folder`` from a published ``action_recognition_model_*.tar``.

    Args:
        clips: of the data set that it is for. Their joints, their axes, their unit and the order
            of their classes must be those that the file was trained with; only the numbers of
            joints and classes can be checked, a low accuracy on real clips tells the rest.

    Returns:
        What ``recipe.json`` says: the file's name and hash, and what it tells of its training.

    Raises:
        InputError: see :func:`recognizers.networks.gru.read_published`; or other joints or classes.
    """
    model, facts = read_published(path)
    check_fits(model.config, len(clips.skeleton), len(clips.classes), str(path))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    training = {"published": path.name, "sha256": digest, **facts}
    _store(folder, model, clips, FRAMES, training)
    return training


def load(folder: Path) -> GRUExtractor:
    """Read a GRU extractor; :class:`InputError` for files that are missing, cut or do not fit."""
    from safetensors import SafetensorError
    from safetensors.torch import load as load_tensors

    try:
        config = json.loads((folder / CONFIG).read_text("utf-8"))
        with torch.random.fork_rng(devices=[]):
            model = GRUClassifier(GRUConfig(**config["model"]))
        model.load_state_dict(load_tensors((folder / WEIGHTS).read_bytes()))
        classes, frames = tuple(config["classes"]), int(config["frames"])
        if frames < 1:
            raise ValueError(f"a clip of {frames} frames")
        joints = model.config.input_size // 3
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
        raise InputError(f"{folder} holds no usable extractor: {error}") from error
    check_fits(model.config, joints, len(classes), str(folder))
    return GRUExtractor(model.eval().requires_grad_(False), classes, joints, frames)


def _store(
    folder: Path, model: GRUClassifier, clips: ClipSet, frames: int, training: dict[str, Any]
) -> None:
    config = {
        "kind": GRU,
        "model": asdict(model.config),
        "frames": frames,
        "classes": list(clips.classes),
    }
    state = {name: value.cpu() for name, value in model.state_dict().items()}
    store_extractor(folder, state, config, training)
