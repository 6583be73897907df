"""Parameters of ``two_stage_gan`` and ``act_mocogan``. Imports no torch."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from generators.profiles import Profiles
from generators.sequences.parameters import RecurrentParameters

Decay = Annotated[float, Field(ge=0, lt=1)]


class RecurrentGANParameters(RecurrentParameters):
    """What the two GANs of pose sequences share."""

    noise: int = Field(30, ge=1, description="numbers of a noise vector")
    channels: int = Field(128, ge=1, description="width of the sequence discriminator")
    pose_hidden: int = Field(128, ge=1, description="width of networks over single poses")
    betas: tuple[Decay, Decay] = Field((0.5, 0.999), description="of Adam")


class ActMoCoGANParameters(RecurrentGANParameters):
    """Content and motion noise, a pose and a sequence discriminator, a class loss."""

    layers: int = Field(2, ge=1, description="GRU layers from noise and class to poses")
    class_weight: float = Field(0.7, ge=0, description="of the class loss, for the generator")
    pose_weight: float = Field(
        0.5, ge=0, description="of the pose discriminator, for the generator"
    )
    instance_noise: float = Field(
        0.0,
        ge=0,
        description="standard deviation of noise on all that discriminators see, real and made; "
        "coordinates have 1",
    )
    real_penalty: float = Field(
        0.0,
        ge=0,
        description="weight of the squared gradient of the sequence discriminator at real clips",
    )
    smoothness: float = Field(
        0.0, ge=0, description="weight of the mean change of a coordinate from step to step"
    )


class TwoStageGANParameters(RecurrentGANParameters):
    """A GAN over poses, then one over sequences of its noise; both WGAN-GP."""

    pose_steps: int = Field(1000, ge=1, description="optimiser steps of the pose GAN")
    pose_batch: int = Field(256, ge=1, description="poses a step of the pose GAN")
    critic_steps: int = Field(5, ge=1, description="steps of the critic for one of the generator")
    penalty: float = Field(10.0, ge=0, description="weight of the gradient penalty")
    freeze_poses: bool = Field(True, description="whether the second stage keeps the pose GAN")


ACT_MOCOGAN_PROFILES = Profiles(
    ActMoCoGANParameters,
    quick={
        "frames": 24,
        "train_steps": 1400,
        "batch": 32,
        "learning_rate": 4e-3,
        "ema": 0.99,
        "real_penalty": 1.0,
    },
    paper={
        "frames": 60,
        "train_steps": 100_000,
        "batch": 100,
        "learning_rate": 2e-4,
        "schedule": "constant",
    },
    smoke={
        "frames": 8,
        "noise": 4,
        "hidden": 16,
        "channels": 16,
        "pose_hidden": 16,
        "train_steps": 4,
        "batch": 4,
        "sampling_batch": 8,
    },
)
"""``paper``: noise, layers, weights of the losses, Adam at 2e-4 with betas 0.5 and 0.999 are in the
code that Guo et al. 2020 released of their adaptation; its hidden size, steps and batch are not
known (steps: the default of Tulyakov et al. 2018), nor whether it was used with noise on what the
discriminators see, an option of MoCoGAN's code. Its sequence discriminator is a GRU, ours
convolutions over time, as MoCoGAN's.

``quick`` has a penalty that neither publication has. Measured on kinematic12, 480 samples, 1000
steps of 32 clips: FID to the training clips 12.6 without it, 8.7 with a weight of 0.1, 6.3 with 1;
8.3 with instance noise of 0.3 instead. Without it the discriminators learn the clips by heart, and
longer training makes samples worse."""

TWO_STAGE_GAN_PROFILES = Profiles(
    TwoStageGANParameters,
    quick={
        "frames": 24,
        "pose_steps": 1500,
        "train_steps": 1200,
        "critic_steps": 2,
        "batch": 32,
        "learning_rate": 4e-3,
        "ema": 0.99,
        "freeze_poses": False,
    },
    paper={
        "frames": 60,
        "hidden": 256,
        "pose_steps": 50_000,
        "train_steps": 50_000,
        "batch": 32,
        "learning_rate": 1e-4,
        "betas": (0.5, 0.9),
        "schedule": "constant",
    },
    smoke={
        "frames": 8,
        "noise": 4,
        "hidden": 16,
        "channels": 16,
        "pose_hidden": 16,
        "pose_steps": 3,
        "pose_batch": 8,
        "train_steps": 3,
        "critic_steps": 1,
        "batch": 4,
        "sampling_batch": 8,
    },
)
"""``paper``: sizes of noise (30) and hidden states (128 and 256) are in what Guo et al. 2020
released of this baseline; penalty, steps of the critic, rate and betas are those of WGAN-GP
(Gulrajani et al. 2017). The steps of Cai et al. 2018 are not known, nor their networks; the critic
of sequences is the one of ``act_mocogan``, here with the class as a projection.

``quick`` goes on training the pose GAN in the second stage: trained on 12 clips of kinematic12, the
nearest sample then is at 11 % of the distance between classes instead of 29 %, and on all of them
FID to the training clips is 5.9 instead of 6.9."""
