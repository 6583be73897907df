"""Training a denoiser on skeleton images."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from generators.diffusion.flow import FlowProcess
from generators.diffusion.process import NoiseProcess
from generators.image_diffusion.denoisers import build_denoiser
from generators.image_diffusion.parameters import DiffusionParameters
from generators.image_diffusion.whitening import Whitening
from recognizers.recipes import Optimisation
from recognizers.training import Batches, TrainingRun, train
from recognizers.transfer import to_device
from skeletons.clips import ClipSet
from skeletons.image import SkeletonImageCodec
from skeletons.placement import upright
from skeletons.seeds import derive_seed

UNLABELLED = 0.1
"""Part of the training labels that the null class replaces, as Ho and Salimans 2022 have it for
classifier-free guidance, which a ``label_scale`` other than 1 asks for."""


def untrained(parameters: DiffusionParameters, classes: int, seed: int = 0) -> nn.Module:
    """A denoiser with seeded initial weights."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(derive_seed(seed, "weights"))
        return build_denoiser(parameters, classes)


def train_denoiser(
    clips: ClipSet,
    classes: int,
    codec: SkeletonImageCodec,
    whitening: Whitening,
    parameters: DiffusionParameters,
    seed: int,
    run: TrainingRun,
) -> nn.Module:
    """The moving average of a denoiser trained on ``clips`` (Ho et al. 2020, algorithm 1).

    Args:
        classes: that clips are labelled with. Clips of the label behind these have none: they train
            the null class and fill ``parameters.unlabelled_share`` of each batch.
    """
    images = torch.from_numpy(codec.images_of(upright(clips)))
    values = whitening.forward(images).to(run.device)
    labels = torch.from_numpy(clips.labels).to(run.device)
    without = clips.labels == classes
    batches = Batches(len(clips), parameters.batch, seed)
    if without.any():
        share = parameters.unlabelled_share
        batches = Batches(len(clips), parameters.batch, seed, without, share)
    process: NoiseProcess | FlowProcess = NoiseProcess(parameters.diffusion_steps)
    if parameters.objective == "flow":
        process = FlowProcess(parameters.diffusion_steps)

    def loss(model: nn.Module, step: int) -> Tensor:
        rows = to_device(torch.from_numpy(batches.rows(step)), run.device)
        clean = values[rows]
        hidden = torch.rand(len(rows), device=run.device) < UNLABELLED
        label = torch.where(hidden, classes, labels[rows])
        noised = process.noised(clean, seed, step)
        target = process.target(parameters.prediction, clean, noised)
        return F.mse_loss(model(noised.noisy, noised.timesteps, label), target)

    optimisation = Optimisation(
        learning_rate=parameters.learning_rate, ema=parameters.ema or None, weight_decay=0.0
    )
    return train(
        untrained(parameters, classes, seed),
        loss,
        name=f"the {parameters.denoiser} denoiser",
        steps=parameters.train_steps,
        seed=seed,
        optimisation=optimisation,
        run=run,
    )
