"""Parameters of the noise process and its reversal, whatever is noised. Imports no torch."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from generators.profiles import Parameters


class ProcessParameters(Parameters):
    """How many steps lead to noise, and which sampler leads back in how many."""

    diffusion_steps: int = Field(1000, ge=1)
    sampler: Literal["ddpm", "ddim", "dpm_solver++"] = "ddpm"
    sampling_steps: int = Field(25, ge=1, description="at most diffusion_steps")
    eta: float = Field(0.0, ge=0, lt=1, description="DDIM: 0 deterministic, near 1 as DDPM")

    @model_validator(mode="after")
    def _no_more_steps_back_than_there(self) -> ProcessParameters:
        if self.sampling_steps > self.diffusion_steps:
            raise ValueError(
                f"sampling_steps = {self.sampling_steps} is more than diffusion_steps = "
                f"{self.diffusion_steps}: take at most {self.diffusion_steps}"
            )
        return self
