"""The extractor: a frozen network whose features the metrics see, named by its weights' hash.

There are two kinds: ST-Trans, and the GRU of Action2Motion's protocol
(:mod:`recognizers.extractors.gru`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from recognizers.recipes import PROFILES, STRONG, Optimisation, Recipe
from skeletons.arrays import Float32Array, IntArray
from skeletons.clips import ClipSet
from skeletons.errors import InputError, unknown_name
from skeletons.image import SkeletonImageCodec
from skeletons.seeds import derive_seed

if TYPE_CHECKING:
    from torch import Tensor

    from recognizers.extractors.gru import GRUExtractor
    from recognizers.networks.gru import GRUClassifier
    from recognizers.networks.st_trans import STTrans
    from recognizers.training import TrainingRun

WEIGHTS, CONFIG, RECIPE = "weights.safetensors", "config.json", "recipe.json"

ST_TRANS, GRU = "st_trans", "gru"
PREFIXES = {ST_TRANS: "st_trans", GRU: "gru_action2motion"}
"""How the name of an extractor of each kind begins."""

EXTRACTOR_SEED = derive_seed("extractor", 0)
"""Seed of every extractor: a guide or recognizer, seeded by its run, never has it."""

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


def bundled_extractor(dataset: str) -> Path | None:
    """Folder of the extractor that comes with the package for a data set, if one does."""
    folder = Path(__file__).parents[1] / "weights" / dataset
    return folder if (folder / WEIGHTS).exists() else None


def extractor_id(folder: Path) -> str:
    """``st_trans-`` or ``gru_action2motion-`` and the first 8 digits of the SHA-256 of the weights.

    Raises:
        InputError: no weights, or an extractor of an unknown kind.
    """
    kind = extractor_kind(folder)
    try:
        content = (folder / WEIGHTS).read_bytes()
    except OSError as error:
        raise InputError(f"{folder} holds no extractor: {error}") from error
    return f"{PREFIXES[kind]}-{hashlib.sha256(content).hexdigest()[:8]}"


def extractor_kind(folder: Path) -> str:
    """``st_trans`` or ``gru``, as ``config.json`` says; ``st_trans`` where it says nothing.

    Raises:
        InputError: the file is missing, is cut, or names an unknown kind.
    """
    try:
        kind = json.loads((folder / CONFIG).read_text("utf-8")).get("kind", ST_TRANS)
    except (OSError, ValueError, AttributeError) as error:
        raise InputError(f"{folder} holds no usable extractor: {error}") from error
    if kind not in tuple(PREFIXES):
        raise unknown_name("kind of extractor", str(kind), PREFIXES)
    return str(kind)


@dataclass(frozen=True, eq=False)
class Extractor:
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
        import torch

        if clips.classes != self.classes:
            raise InputError(f"{clips.name}: its classes are not those of the extractor")

        def look(rows: IntArray) -> Tensor:
            images, _ = self.codec.encode(clips.select(rows))
            return self.model.features(torch.from_numpy(images))

        return in_batches(self.model, look, len(clips), self.batch, len(self.classes))


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


def pretrain_extractor(
    train: ClipSet,
    folder: Path,
    *,
    run: TrainingRun,
    profile: str = "quick",
    kind: str = ST_TRANS,
) -> dict[str, Any]:
    """Train an extractor on a data set's whole training part and write it to ``folder``.

    Args:
        kind: ``st_trans`` (its weights are kept in float16) or ``gru``.

    Returns:
        What ``recipe.json`` says, see :func:`store_extractor`.

    Raises:
        InputError: an unknown profile or kind, or no clips.
        TrainingDivergedError: the loss is no longer finite.
    """
    if kind == GRU:
        from recognizers.extractors.gru import pretrain_gru

        return pretrain_gru(train, folder, run=run, profile=profile)
    if kind != ST_TRANS:
        raise unknown_name("kind of extractor", kind, PREFIXES)
    import torch

    from recognizers.downstream import train_recognizer
    from recognizers.networks.st_trans import STTrans

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
    story = {
        "profile": profile,
        "steps": steps,
        "seed": EXTRACTOR_SEED,
        "recipe": recipe.state(),
        "clips": len(train),
        "clips_sha256": train.fingerprint,
    }
    store_extractor(folder, state, config, story)
    return story


def store_extractor(
    folder: Path, state: dict[str, Tensor], config: dict[str, Any], story: dict[str, Any]
) -> None:
    """Write the three files of an extractor.

    They are ``weights.safetensors``, ``config.json`` (kind, sizes, how clips are prepared,
    classes) and ``recipe.json`` (what it was trained on and how).
    """
    from safetensors.torch import save

    folder.mkdir(parents=True, exist_ok=True)
    (folder / CONFIG).write_text(json.dumps(config, indent=1) + "\n")
    (folder / RECIPE).write_text(json.dumps(story, indent=1) + "\n")
    (folder / WEIGHTS).write_bytes(save({name: state[name] for name in sorted(state)}))


def load_extractor(folder: Path) -> Extractor | GRUExtractor:
    """Read an extractor; :class:`InputError` for files that are missing, cut or do not fit."""
    if extractor_kind(folder) == GRU:
        from recognizers.extractors.gru import load_gru

        return load_gru(folder)
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load

    from recognizers.networks.st_trans import STTrans, STTransConfig

    try:
        config = json.loads((folder / CONFIG).read_text())
        sizes: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value
            for key, value in config["model"].items()
        }
        with torch.random.fork_rng(devices=[]):
            model = STTrans(STTransConfig(**sizes))
        weights = load((folder / WEIGHTS).read_bytes())
        model.load_state_dict(weights)
        codec = SkeletonImageCodec.from_state(config["codec"])
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
        raise InputError(f"{folder} holds no usable extractor: {error}") from error
    return Extractor(model.float().eval().requires_grad_(False), codec, tuple(config["classes"]))
