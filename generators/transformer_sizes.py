"""Sizes that all generators with attention have. Imports no torch."""

from __future__ import annotations

from pydantic import Field, model_validator

from generators.profiles import Parameters


class TransformerSizes(Parameters):
    """Width of a token and what goes with it."""

    width: int = Field(128, ge=16, multiple_of=16, description="width of a token")
    heads: int = Field(4, ge=1, description="attention heads; they share the width")
    dropout: float = Field(0.1, ge=0, lt=1, description="in training; 0 is off")

    @model_validator(mode="after")
    def _heads_share_the_width(self) -> TransformerSizes:
        if self.width % self.heads:
            fitting = [heads for heads in range(1, self.width + 1) if self.width % heads == 0]
            below = [heads for heads in fitting if heads < self.heads][-1:]
            above = [heads for heads in fitting if heads > self.heads][:2]
            raise ValueError(
                f"heads = {self.heads} does not divide width {self.width}: take "
                f"{', '.join(str(heads) for heads in below + above)}"
            )
        return self
