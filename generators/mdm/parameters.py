"""Parameters of ``mdm``. Imports no torch."""

from __future__ import annotations

from pydantic import Field

from generators.diffusion.parameters import ProcessParameters
from generators.profiles import Profiles
from generators.sequences.parameters import SequenceParameters
from generators.transformer_sizes import TransformerSizes


class MDMParameters(SequenceParameters, ProcessParameters, TransformerSizes):
    """A transformer encoder over noisy poses, trained with and without its label."""

    layers: int = Field(4, ge=1)
    feedforward: int = Field(512, ge=16)
    label_dropout: float = Field(0.1, ge=0, lt=1, description="part of the labels hidden")
    guidance_scale: float = Field(
        2.5,
        ge=0,
        description="classifier-free: 1 follows the label, above exaggerates",
    )
    position_weight: float = Field(1.0, ge=0, description="weight of the joint position loss")
    velocity_weight: float = Field(1.0, ge=0, description="weight of the joint velocity loss")


MDM_PROFILES = Profiles(
    MDMParameters,
    quick={
        "frames": 24,
        "dropout": 0.0,
        "train_steps": 1500,
        "batch": 32,
        "learning_rate": 4e-3,
        "ema": 0.995,
        "position_weight": 0.1,
        "velocity_weight": 0.1,
    },
    paper={
        "frames": 60,
        "width": 512,
        "layers": 8,
        "feedforward": 1024,
        "train_steps": 750_000,
        "batch": 64,
        "learning_rate": 1e-4,
        "sampling_steps": 1000,
    },
    smoke={
        "frames": 8,
        "width": 32,
        "layers": 1,
        "feedforward": 32,
        "diffusion_steps": 20,
        "train_steps": 4,
        "batch": 4,
        "sampling_steps": 3,
        "sampling_batch": 8,
    },
)
"""``paper``: sizes, steps, batch and rate of Tevet et al. 2023 (action to motion on HumanAct12:
60 frames, 750,000 steps). Their poses are SMPL's 6-d rotations; ours are joints."""
