"""Parameters that all generators of pose sequences have. Imports no torch."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from generators.profiles import Parameters


class SequenceParameters(Parameters):
    """Length of a sequence, its training, and how many are sampled at a time."""

    frames: int = Field(32, ge=2, description="steps of a sequence (the longest, if they vary)")
    train_steps: int = Field(1000, ge=1, description="optimiser steps")
    batch: int = Field(64, ge=1)
    learning_rate: float = Field(1e-3, gt=0)
    ema: float = Field(0.0, ge=0, lt=1, description="decay of the mean of weights; 0 is off")
    sampling_batch: int = Field(75, ge=1, description="clips sampled at a time")


class RecurrentParameters(SequenceParameters):
    """What generators with recurrent layers have on top."""

    hidden: int = Field(128, ge=1, description="state of the recurrent layers")
    schedule: Literal["constant", "cosine"] = Field(
        "cosine", description="of the learning rate, after a warm-up"
    )
