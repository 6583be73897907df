"""Training a denoiser on skeleton images."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from generators.diffusion.process import noise_process, stratified_timesteps, training_target
from generators.image_diffusion.denoisers import build_denoiser
from generators.image_diffusion.parameters import DiffusionParameters
from generators.image_diffusion.whitening import Whitening
from recognizers.inputs import ImageInput
from recognizers.recipes import Augmentation, Optimisation
from recognizers.training import Batches, TrainingRun, train
from skeletons.clips import ClipSet
from skeletons.image import SkeletonImageCodec
from skeletons.seeds import derive_seed, named_rng


def untrained(parameters: DiffusionParameters, classes: int, seed: int = 0) -> nn.Module:
    """A denoiser with seeded initial weights."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(derive_seed(seed, "weights"))
        return build_denoiser(parameters, classes)


def train_denoiser(
    clips: ClipSet,
    codec: SkeletonImageCodec,
    whitening: Whitening,
    parameters: DiffusionParameters,
    *,
    seed: int,
    run: TrainingRun,
) -> nn.Module:
    """The moving average of a denoiser trained on ``clips`` (Ho et al. 2020, algorithm 1)."""
    augmentation = Augmentation(
        yaw=parameters.augment_yaw, scale=parameters.augment_scale, crop=parameters.augment_crop
    )
    inputs = ImageInput.of(clips, codec, augmentation)
    labels = torch.from_numpy(clips.labels)
    batches = Batches(len(clips), parameters.batch, seed)
    process = noise_process(parameters)
    no_label = len(clips.classes)

    def loss(model: nn.Module, step: int) -> Tensor:
        rows = batches.rows(step)
        images = inputs.batch(rows, named_rng(seed, "augment", step)).to(run.device)
        clean = whitening.forward(images)
        label = labels[rows].to(run.device)
        dropped = torch.rand(len(rows), device=run.device) < parameters.label_dropout
        label = torch.where(dropped, no_label, label)
        noise = torch.randn_like(clean)
        timesteps = stratified_timesteps(len(rows), parameters.diffusion_steps, seed, step)
        timesteps = timesteps.to(run.device)
        noisy = process.add_noise(clean, noise, timesteps)
        target = training_target(process, parameters.prediction, clean, noise, timesteps)
        return F.mse_loss(model(noisy, timesteps, label), target)

    optimisation = Optimisation(
        learning_rate=parameters.learning_rate, ema=parameters.ema or None, weight_decay=0.0
    )
    return train(
        untrained(parameters, no_label, seed),
        loss,
        name=f"the {parameters.denoiser} denoiser",
        steps=parameters.train_steps,
        seed=seed,
        optimisation=optimisation,
        run=run,
    )
