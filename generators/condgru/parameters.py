"""Parameters of ``condgru``. Imports no torch."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from generators.profiles import Profiles
from generators.sequences.parameters import RecurrentParameters


class CondGRUParameters(RecurrentParameters):
    """A GRU that reads the class and the last pose and gives the next pose."""

    layers: int = Field(1, ge=1, description="of the GRU")
    teacher_forcing: float = Field(
        0.5, ge=0, le=1, description="part of the training steps that see real previous poses"
    )
    first_pose: Literal["gaussian", "clip"] = Field(
        "gaussian",
        description="where a sample starts: drawn from a Gaussian of the class's first poses, or "
        "the first pose of a training clip",
    )


CONDGRU_PROFILES = Profiles(
    CondGRUParameters,
    quick={"frames": 24, "hidden": 256, "train_steps": 1800, "batch": 32, "learning_rate": 4e-3},
    paper={
        "frames": 60,
        "first_pose": "clip",
        "train_steps": 50_000,
        "batch": 128,
        "learning_rate": 2e-4,
        "schedule": "constant",
    },
    smoke={"frames": 8, "hidden": 16, "train_steps": 4, "batch": 4, "sampling_batch": 8},
)
"""``paper``: hidden size 128, one layer, teacher forcing 0.5 and a real first pose are what Guo et
al. 2020 released of this baseline. Its steps, batch and rate are not known: these are the ones of
their own model."""
