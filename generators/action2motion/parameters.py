"""Parameters of ``action2motion`` and ``action2motion_xyz``. Imports no torch."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from generators.profiles import Profiles
from generators.sequences.parameters import RecurrentParameters


class TemporalVAEParameters(RecurrentParameters):
    """A conditional VAE with a latent vector for each step: GRU prior, posterior and decoder."""

    latent: int = Field(30, ge=1, description="numbers of a step's latent vector")
    prior_layers: int = Field(1, ge=1)
    posterior_layers: int = Field(1, ge=1)
    decoder_layers: int = Field(2, ge=1)
    kl_weight: float = Field(
        0.001, ge=0, description="of the KL divergence of a step, summed over its latent vector"
    )
    teacher_forcing: float = Field(
        0.6, ge=0, le=1, description="part of the training steps that see real previous poses"
    )


class Action2MotionParameters(TemporalVAEParameters):
    """The temporal VAE over rotations of bones."""

    rotation_weight: float = Field(
        0.1, ge=0, description="weight of the loss on rotations beside that on joints"
    )
    bone_lengths: Literal["own_class", "any"] = Field(
        "own_class", description="training clips that a sample's bone lengths are drawn from"
    )


_PAPER: dict[str, Any] = {
    "frames": 60,
    "train_steps": 50_000,
    "batch": 128,
    "learning_rate": 2e-4,
    "schedule": "constant",
}
"""Guo et al. 2020 and their released code on HumanAct12: 60 frames, hidden size 128, latent 30,
layers, KL weight 0.001, teacher forcing 0.6, batch 128, 50,000 iterations of Adam at 2e-4.

What differs: their loss is on joints in metres, ours on joints of unit variance, so the KL weight
does not mean the same; their weight decay of 1e-5 is left out; in their code 0.6 is the part of
the steps that feed the model's own poses back, not real ones; their joints of the root have no
rotation; their clips keep their pace and are cut or padded to 60 frames, ours are resampled."""

_QUICK: dict[str, Any] = {
    "frames": 24,
    "train_steps": 1500,
    "batch": 32,
    "learning_rate": 8e-3,
    "kl_weight": 0.01,
    "teacher_forcing": 0.3,
}
"""Measured on kinematic12, 480 samples: FID to the training clips of ``action2motion_xyz`` was 11.1
after 800 steps of 64 clips with the paper's KL weight and teacher forcing at 2e-3, 7.5 with a KL
weight of 0.01, 4.3 with teacher forcing 0.3 and a rate of 4e-3, too, and 2.9 after 1,200 steps of
32 clips at 8e-3."""

_SMOKE: dict[str, Any] = {
    "frames": 8,
    "hidden": 16,
    "latent": 4,
    "train_steps": 4,
    "batch": 4,
    "sampling_batch": 8,
}

ACTION2MOTION_PROFILES = Profiles(Action2MotionParameters, _QUICK, _PAPER, _SMOKE)

ACTION2MOTION_XYZ_PROFILES = Profiles(TemporalVAEParameters, _QUICK, _PAPER, _SMOKE)
