"""Parameters of the diffusion generators, typed and checked. Imports no torch."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from generators.profiles import Profiles


class ProcessParameters(BaseModel):
    """The noise process and its reversal, whatever is noised."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    diffusion_steps: int = Field(1000, ge=1)
    noise_schedule: Literal["squaredcos_cap_v2", "linear"] = "squaredcos_cap_v2"
    sampler: Literal["ddpm", "ddim", "dpm_solver++"] = "ddpm"
    sampling_steps: int = Field(25, ge=1)
    eta: float = Field(0.0, ge=0, lt=1, description="DDIM: 0 deterministic, near 1 as DDPM")


class DiffusionParameters(ProcessParameters):
    """A class-conditional DDPM on skeleton images.

    The denoiser, its training and its sampler; what guides it is added by subclasses.
    """

    image_size: int = Field(24, ge=8, multiple_of=8, description="rows and columns of the image")
    denoiser: Literal["unet", "transformer"] = "transformer"
    width: int = Field(192, ge=16, multiple_of=16, description="transformer: width of a token")
    layers: int = Field(4, ge=1, description="transformer: number of layers")
    heads: int = Field(4, ge=1, description="transformer: attention heads")
    frames_per_token: int = Field(2, ge=1, description="transformer: image columns in one token")
    channels: tuple[int, ...] = Field((32, 64, 64), description="U-Net: channels of its levels")
    attention: bool = Field(False, description="U-Net: attention at the coarser levels")
    dropout: float = Field(0.0, ge=0, lt=1)

    whiten_time: float = Field(
        0.0, ge=0, le=1, description="how far the temporal spectrum is flattened: 0 not, 1 fully"
    )
    prediction: Literal["sample", "epsilon", "v_prediction"] = "sample"
    train_steps: int = Field(1800, ge=1)
    batch: int = Field(32, ge=1)
    learning_rate: float = Field(1e-3, gt=0)
    ema: float = Field(0.995, ge=0, lt=1)
    label_dropout: float = Field(0.1, ge=0, lt=1, description="for classifier-free guidance")
    augment_yaw: float = Field(0.0, ge=0, description="training clips turned by up to, radians")
    augment_scale: float = Field(0.0, ge=0, lt=1, description="training clips scaled by up to")
    augment_crop: float = Field(0.0, ge=0, lt=1, description="part of a training clip cut away")

    label_guidance: float = Field(
        1.0, ge=0, description="classifier-free guidance: 1 is off, above 1 moves towards the label"
    )
    sampling_batch: int = Field(75, ge=1, description="clips sampled at a time")

    @model_validator(mode="after")
    def _tokens_fill_the_image(self) -> DiffusionParameters:
        if self.denoiser == "transformer" and self.image_size % self.frames_per_token:
            raise ValueError(
                f"{self.image_size} image columns do not divide into tokens of "
                f"{self.frames_per_token} frames"
            )
        return self


class GuidedParameters(DiffusionParameters):
    """A DDPM that a classifier, the guide, steers toward the label at every sampling step."""

    guide: Literal["st_trans", "stgcn++"] = Field(
        "st_trans", description="ST-Trans looks at the image, ST-GCN++ at the joints in it"
    )
    guide_steps: int = Field(250, ge=1, description="optimiser steps of the guide")
    guide_batch: int = Field(32, ge=1)
    guide_learning_rate: float = Field(1e-3, gt=0)
    guide_noise: float = Field(
        0.01, ge=0, description="joint noise in the guide's training, in the data's unit"
    )
    guidance_scale: float = Field(15.0, ge=0, description="0 is off: the unguided control")
    guidance_norm: Literal["unit", "none"] = Field(
        "unit", description="length of a clip's gradient: scaled to 1, or as it comes"
    )
    guidance_schedule: Literal["constant", "one_minus_alpha_bar", "sqrt_one_minus_alpha_bar"] = (
        "one_minus_alpha_bar"
    )
    through_denoiser: bool = Field(
        False, description="gradient with respect to the noisy image instead of its clean estimate"
    )


_PAPER: dict[str, Any] = {
    "denoiser": "unet",
    "channels": (64, 128, 128),
    "attention": True,
    "train_steps": 50_000,
    "batch": 128,
    "learning_rate": 2e-4,
    "ema": 0.9999,
    "sampler": "ddpm",
    "sampling_steps": 1000,
}
"""One GPU. The guide's paper (arXiv 2302.13434) gives no sizes: these are ours, a U-Net as in
DDPM (Ho et al. 2020) with its 1000 steps and EMA of 0.9999."""

_SMOKE: dict[str, Any] = {
    "width": 32,
    "layers": 1,
    "diffusion_steps": 20,
    "train_steps": 4,
    "batch": 4,
    "sampling_steps": 3,
    "sampling_batch": 8,
}

DDPM_PROFILES = Profiles(DiffusionParameters, paper=_PAPER, smoke=_SMOKE)

ST_GUIDED_PROFILES = Profiles(
    GuidedParameters,
    paper={**_PAPER, "guide_steps": 5000},
    smoke={**_SMOKE, "guide_steps": 2, "guide_batch": 4},
)
