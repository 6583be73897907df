"""Parameters of ``variations``. Imports no torch."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, field_validator

from generators.image_diffusion.parameters import DDPM_PROFILES, DiffusionParameters
from generators.profiles import Profiles

Share = Annotated[float, Field(ge=0, le=1)]


class VariationParameters(DiffusionParameters):
    """The denoiser of ``ddpm``, and how much of the noise process real clips go through."""

    strength: tuple[Share, Share] = Field(
        (0.25, 0.75),
        description="share of the noise process put on a real clip: of each sample its own, drawn "
        "between the two; one number stands for both. 0 gives the clip back, 1 is ddpm",
    )
    """The denoiser takes this share of its ``sampling_steps``, so that 25 of them know strengths
    0.04 apart."""

    @field_validator("strength", mode="before")
    @classmethod
    def _one_number_stands_for_both(cls, value: Any) -> Any:
        return (value, value) if type(value) in (int, float) else value

    @field_validator("strength")
    @classmethod
    def _the_lower_one_comes_first(cls, value: tuple[float, float]) -> tuple[float, float]:
        if value[0] > value[1]:
            raise ValueError(f"the lower one comes first: take [{value[1]:g}, {value[0]:g}]")
        return value


VARIATIONS_PROFILES = Profiles(
    VariationParameters, DDPM_PROFILES.quick, DDPM_PROFILES.paper, DDPM_PROFILES.smoke
)
"""Those of ``ddpm``. The default strengths lie around 0.5, that of the code released with DA-Fusion
(Trabucco et al., ICLR 2024)."""
