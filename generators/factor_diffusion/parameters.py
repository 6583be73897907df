"""Parameters of ``factor_ddpm``. Imports no torch."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field

from generators.diffusion.parameters import ProcessParameters
from generators.profiles import Profiles
from generators.transformer_sizes import TransformerSizes
from skeletons.image import rows_for
from skeletons.skeleton import Skeleton


class FactorParameters(TransformerSizes, ProcessParameters):
    """What is learnt beside the class, how training clips are changed, and how long is trained."""

    image_size: int = Field(24, ge=8, multiple_of=8, description="more where a skeleton needs it")
    width: int = Field(192, ge=16, multiple_of=16, description="width of a token")
    layers: int = Field(4, ge=1)

    objective: Literal["diffusion", "flow"] = Field(
        "diffusion", description="flow: straight lines from noise to images (rectified flow)"
    )
    min_snr: float = Field(
        0.0, ge=0, description="diffusion: bound of the loss's weight by signal-to-noise; 0 is off"
    )
    self_conditioning: bool = Field(False, description="the network sees its last estimate")

    persons: Literal["any", "own", "unknown"] = Field(
        "any",
        description="whose clip a sample is: of any person of the split, of one who was seen in "
        "the class, or of nobody known",
    )
    unknown_person: float = Field(
        0.2, ge=0, le=1, description="part of the training clips whose person is hidden"
    )
    unknown_label: float = Field(
        0.1, ge=0, lt=1, description="part of the training clips whose label is hidden"
    )
    label_scale: float = Field(
        1.0, ge=0, description="classifier-free guidance toward the label; 1 is off"
    )

    detail: bool = Field(
        True,
        description="what an image cannot hold of a training clip, such as the sensor's noise, is "
        "added to the sample that has its length and place",
    )

    mirror: float = Field(0.5, ge=0, le=1, description="part of the clips that is mirrored")
    crop: float = Field(0.2, ge=0, lt=1, description="largest part cut off, both ends together")
    warp: float = Field(0.1, ge=0, description="standard deviation of the logarithm of the pace")
    size: float = Field(0.1, ge=0, lt=1, description="largest relative change of size")

    train_steps: int = Field(1800, ge=1)
    batch: int = Field(32, ge=1)
    learning_rate: float = Field(1e-3, gt=0)
    weight_decay: float = Field(0.01, ge=0)
    ema: float = Field(0.995, ge=0, lt=1, description="decay of the mean of weights; 0 is off")
    held_out: float = Field(
        0.0,
        ge=0,
        lt=1,
        description="part of the split that chooses the step whose weights are kept; 0 is off",
    )
    sampling_batch: int = Field(75, ge=1, description="clips sampled at a time")

    def with_room_for(self, skeleton: Skeleton) -> Self:
        """The same, with an image that has a row for each joint."""
        size = rows_for(skeleton, self.image_size, 8)
        return self.model_copy(update={"image_size": size})


FACTOR_PROFILES = Profiles(
    FactorParameters,
    paper={
        "width": 384,
        "layers": 8,
        "heads": 8,
        "train_steps": 50_000,
        "batch": 128,
        "learning_rate": 2e-4,
        "ema": 0.9999,
        "sampling_steps": 250,
    },
    smoke={
        "width": 32,
        "layers": 1,
        "diffusion_steps": 20,
        "train_steps": 4,
        "batch": 4,
        "sampling_steps": 3,
        "sampling_batch": 8,
    },
)
"""There is no publication: ``paper`` is a size for one GPU."""
