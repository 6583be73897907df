"""Parameters of ``actor``. Imports no torch."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from generators.profiles import Profiles
from generators.sequences.parameters import SequenceParameters
from generators.transformer_sizes import TransformerSizes


class ActorParameters(SequenceParameters, TransformerSizes):
    """A transformer VAE with class tokens; its width is the size of the latent vector, too."""

    layers: int = Field(4, ge=1, description="of the encoder and of the decoder, each")
    feedforward: int = Field(512, ge=16)
    kl_weight: float = Field(
        1e-5, ge=0, description="of the KL summed over clips and latent values of a batch"
    )
    latents: Literal["prior", "fitted"] = Field(
        "prior",
        description="samples' latent vectors: standard normal, or normal with the mean and spread "
        "of the class's training clips (Ghosh et al. 2020), for trainings too short to fill the "
        "prior",
    )
    position_weight: float = Field(1.0, ge=0, description="weight of the joint position loss")


ACTOR_PROFILES = Profiles(
    ActorParameters,
    quick={
        "frames": 32,
        "layers": 3,
        "dropout": 0.0,
        "train_steps": 1000,
        "batch": 32,
        "learning_rate": 2e-3,
        "kl_weight": 5e-5,
        "latents": "fitted",
    },
    paper={
        "frames": 60,
        "width": 256,
        "layers": 8,
        "feedforward": 1024,
        "train_steps": 300_000,
        "batch": 20,
        "learning_rate": 1e-4,
    },
    smoke={
        "frames": 8,
        "width": 32,
        "layers": 1,
        "feedforward": 32,
        "train_steps": 4,
        "batch": 4,
        "sampling_batch": 8,
    },
)
"""``paper``: latent size, layers, batch, rate (AdamW, without decay here) and KL weight of
Petrovich et al. 2021; its 5,000 epochs over HumanAct12's 1,191 clips, in batches of 20, are 300,000
steps. Their poses are SMPL rotations, with a loss on vertices; ours are joints, with a loss on
their positions."""
