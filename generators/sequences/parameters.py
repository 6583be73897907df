"""Parameters that all generators of pose sequences have. Imports no torch."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class SequenceParameters(BaseModel):
    """Length of a sequence, its training, and how many are sampled at a time."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    frames: int = Field(32, ge=2, description="steps of a sequence (the longest, if they vary)")
    train_steps: int = Field(1000, ge=1, description="optimiser steps")
    batch: int = Field(64, ge=1)
    learning_rate: float = Field(1e-3, gt=0)
    ema: float = Field(0.0, ge=0, lt=1, description="decay of the mean of weights; 0 is off")
    sampling_batch: int = Field(75, ge=1, description="clips sampled at a time")
