"""Parameters of ``ddpm`` and ``st_guided_ddpm``. Imports no torch."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from generators.diffusion.parameters import ProcessParameters
from generators.profiles import Profiles
from generators.transformer_sizes import TransformerSizes
from skeletons.image import rows_for
from skeletons.skeleton import Skeleton

Channels = Annotated[int, Field(ge=16, multiple_of=8)]
"""Its norms have 8 groups: with one channel in each they would take label and timestep out."""

LATER = (
    "objective",
    "label_scale",
    "unlabelled_share",
    "entropy_weight",
    "guidance_from",
    "guidance_until",
    "guidance_every",
)
"""Parameters that came later and are told only where they are not at their defaults."""


class DiffusionParameters(TransformerSizes, ProcessParameters):
    """A class-conditional DDPM on skeleton images.

    The denoiser, its training and its sampler; what guides it is added by subclasses.
    """

    image_size: int = Field(
        24,
        ge=8,
        multiple_of=8,
        description="rows and columns of the image, more where a skeleton needs them",
    )
    denoiser: Literal["unet", "transformer"] = "transformer"
    width: int = Field(192, ge=16, multiple_of=16, description="transformer: width of a token")
    layers: int = Field(4, ge=1, description="transformer: number of layers")
    dropout: float = Field(0.0, ge=0, lt=1)
    channels: tuple[Channels, ...] = Field(
        (32, 64, 64), min_length=1, description="U-Net: channels of its levels"
    )
    attention: bool = Field(False, description="U-Net: attention at the coarser levels")

    objective: Literal["diffusion", "flow"] = Field(
        "diffusion",
        description="flow: straight lines from noise to images (rectified flow), sampled by Euler "
        "steps",
    )
    prediction: Literal["sample", "v_prediction"] = "sample"
    train_steps: int = Field(1800, ge=1)
    batch: int = Field(32, ge=1)
    learning_rate: float = Field(1e-3, gt=0)
    ema: float = Field(0.995, ge=0, lt=1, description="decay of the mean of weights; 0 is off")
    sampling_batch: int = Field(75, ge=1, description="clips sampled at a time")
    label_scale: float = Field(
        1.0,
        ge=0,
        description="classifier-free guidance from no label (0) to the label (1) and beyond; 1 is "
        "off",
    )
    unlabelled_share: float = Field(
        0.5, gt=0, lt=1, description="setting unlabelled: part of each batch without labels"
    )

    @model_serializer(mode="wrap")
    def _without_what_is_off(self, serialise: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Runs and files keep the form that they had before there were these parameters."""
        values: dict[str, Any] = serialise(self)
        known = type(self).model_fields
        for name in LATER:
            if name in values and values[name] == known[name].default:
                del values[name]
        return values

    @model_validator(mode="after")
    def _every_level_halves_the_image(self) -> DiffusionParameters:
        parts = 2 ** (len(self.channels) - 1)
        if self.denoiser == "unet" and self.image_size % parts:
            raise ValueError(
                f"image_size = {self.image_size} cannot be halved for each of the "
                f"{len(self.channels)} levels of the U-Net: take a multiple of {parts}, or fewer "
                "levels"
            )
        return self

    @model_validator(mode="after")
    def _flow_has_one_sampler(self) -> DiffusionParameters:
        if self.objective == "flow" and (self.sampler != "ddpm" or self.eta):
            raise ValueError(
                "objective = flow is sampled by Euler steps: leave sampler and eta as they are"
            )
        return self

    def with_room_for(self, skeleton: Skeleton) -> Self:
        """The same, with an image that has a row for each joint."""
        halved = 2 ** (len(self.channels) - 1) if self.denoiser == "unet" else 1
        size = rows_for(skeleton, self.image_size, max(8, halved))
        return self.model_copy(update={"image_size": size})


class GuidedParameters(DiffusionParameters):
    """A DDPM that a classifier, the guide, steers toward the label at every sampling step."""

    guide: Literal["st_trans", "stgcn++"] = Field(
        "st_trans", description="ST-Trans looks at the image, ST-GCN++ at the joints in it"
    )
    guide_steps: int = Field(250, ge=1, description="optimiser steps of the guide")
    guide_batch: int = Field(32, ge=1)
    guide_learning_rate: float = Field(1e-3, gt=0)
    guide_noise: float = Field(
        0.01, ge=0, description="joint noise in the guide's training, in the data's unit; 0 is off"
    )
    guidance: Literal["unit", "capped", "dhariwal", "entropy"] = Field(
        "unit", description="what moves the clean estimate; dhariwal is the published formula"
    )
    guidance_scale: float = Field(
        15.0, ge=0, description="0 is off, the unguided control; dhariwal was published with 1"
    )
    guidance_cap: float = Field(
        0.8,
        gt=0,
        description="capped, entropy: a gradient shorter than this pushes with less than length 1",
    )
    """Half of the gradients toward a wrong label are longer: measured half-way through sampling 48
    clips of kinematic12 10pct, the quick profile with 300 training steps, the guide st_trans. Their
    median length is 0.82, that toward a clip's own label 0.13. Another guide or data set may have
    another scale."""
    entropy_weight: float = Field(
        1.0,
        ge=0,
        le=1,
        description="entropy: its share beside the label's log-likelihood; published with 1",
    )
    guidance_from: float = Field(
        0.0, ge=0, lt=1, description="share of noise in the variance below which no guide acts"
    )
    guidance_until: float = Field(
        1.0, gt=0, le=1, description="share of noise in the variance above which no guide acts"
    )
    guidance_every: int = Field(
        1, ge=1, description="the guide acts at the first step and each so many-th after it"
    )

    @model_validator(mode="after")
    def _an_interval_has_a_width(self) -> GuidedParameters:
        if self.guidance_from >= self.guidance_until:
            raise ValueError(
                f"guidance_from = {self.guidance_from:g} is not below guidance_until = "
                f"{self.guidance_until:g}: the guide would never act; guidance_scale = 0 is off"
            )
        return self

    @model_validator(mode="after")
    def _published_for_diffusion(self) -> GuidedParameters:
        if self.objective == "flow" and self.guidance == "dhariwal":
            raise ValueError(
                "guidance = dhariwal is a formula of the diffusion objective: take another "
                "guidance for objective = flow"
            )
        return self


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
