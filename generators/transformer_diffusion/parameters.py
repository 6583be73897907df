"""Parameters of ``transformer_diffusion``. Imports no torch."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from generators.diffusion.parameters import ProcessParameters
from generators.profiles import Profiles
from generators.sequences.parameters import SequenceParameters
from generators.transformer_sizes import TransformerSizes


class TransformerDiffusionParameters(SequenceParameters, ProcessParameters, TransformerSizes):
    """The second paper's method; each departure of its released code is a switch.

    What the paper says, and what its code does (read in the released repository):

    | | paper, the default here | code |
    |---|---|---|
    | ``context`` | ``label`` | ``clip``: the encoder reads a clean real clip |
    | ``dropout_schedule`` | ``fixed`` | ``none``: dropout is off at sampling |
    | ``grm_distance`` | ``manifold`` | ``signed_sum``, with ``grm_tau`` 5, ``grm_unit`` data |
    | ``encoder_layers``, ``decoder_layers`` | 4, 4 | 8, 4 |
    | ``encoder_norms`` | not said; ``before`` | ``after``; its label goes past the encoder |
    | ``weight_decay``, ``label_smoothing`` | 0 (Adam), 0 | 0.01 (AdamW), 0.1 |
    """

    encoder_layers: int = Field(4, ge=1)
    decoder_layers: int = Field(4, ge=1)
    feedforward: int = Field(512, ge=16)
    encoder_norms: Literal["before", "after"] = Field(
        "before", description="layer norms of the condition encoder: before layers or after sums"
    )
    denoiser: Literal["transformer", "lstm", "mlp"] = Field(
        "transformer", description="what reads the noisy clip"
    )
    context: Literal["label", "clip"] = Field(
        "label", description="what the encoder reads beside label and timestep"
    )
    classifier_weight: float = Field(
        0.1, ge=0, description="weight of the auxiliary classification loss; 0 is off"
    )
    label_smoothing: float = Field(0.0, ge=0, lt=1)
    weight_decay: float = Field(0.0, ge=0)

    sampling_dropout: float = Field(0.2, ge=0, lt=1, description="rate of dropout at sampling")
    dropout_schedule: Literal["none", "fixed", "annealed"] = Field(
        "fixed",
        description="sampling dropout: off, the same at each step, or falling to zero with noise",
    )
    grm: bool = Field(True, description="reject samples that are far from real clips of the class")
    grm_distance: Literal["manifold", "signed_sum"] = "manifold"
    grm_tau: float = Field(1.0, ge=0, description="largest distance that is accepted")
    grm_unit: Literal["spacing", "data"] = Field(
        "spacing",
        description="tau in median distances of real clips to the next of their class, or as is",
    )
    grm_redraws: int = Field(4, ge=0, description="redraws before the nearest draw is kept")


TRANSFORMER_DIFFUSION_PROFILES = Profiles(
    TransformerDiffusionParameters,
    quick={
        "frames": 24,
        "train_steps": 1200,
        "batch": 32,
        "learning_rate": 4e-3,
        "ema": 0.995,
    },
    paper={
        "frames": 48,
        "width": 256,
        "feedforward": 1024,
        "train_steps": 6000,
        "batch": 128,
        "learning_rate": 1e-4,
        "sampling_steps": 1000,
    },
    smoke={
        "frames": 8,
        "width": 32,
        "encoder_layers": 1,
        "decoder_layers": 1,
        "feedforward": 32,
        "diffusion_steps": 20,
        "train_steps": 4,
        "batch": 4,
        "sampling_steps": 3,
        "sampling_batch": 8,
        "grm_redraws": 1,
    },
)
"""``paper``: 48 frames, 4 + 4 layers, 4 heads, Adam with 1e-4, as the paper says; width,
feed-forward and batch are the released code's; its 600 epochs are written as the optimiser steps
that they are for HumanAct12's 1,191 clips in batches of 128."""
