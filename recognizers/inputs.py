"""From clips to what a recognizer eats: sampled frames for graph models, images for ST-Trans."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from recognizers.recipes import Augmentation
from skeletons.clips import ClipSet, FloatArray, IntArray
from skeletons.image import SkeletonImageCodec
from skeletons.placement import mirror, rotate, tilt, upright


@dataclass(frozen=True, eq=False)
class GraphInput:
    """Clips for graph models: upright, ``frames`` sampled from as many equal parts of the clip.

    This is PYSKL's ``UniformSample`` except for clips shorter than ``frames``: there PYSKL starts
    the clip over (a jump in the motion), here frames are interpolated.
    """

    clips: ClipSet
    frames: int
    augmentation: Augmentation

    @classmethod
    def of(cls, clips: ClipSet, frames: int, augmentation: Augmentation) -> GraphInput:
        """Clips with their placement removed once, before training."""
        return cls(upright(clips), frames, augmentation)

    def batch(self, rows: IntArray, rng: np.random.Generator) -> Tensor:
        """Randomly sampled and augmented clips ``[B, 1, T, V, 3]``."""
        offset = rng.random((len(rows), self.frames))
        joints = _sample(self.clips.select(rows), offset, self.augmentation.crop, rng)
        return torch.from_numpy(_augment(joints, self.clips, self.augmentation, rng)[:, None])

    def sampling(self, rows: IntArray, number: int, samplings: int) -> Tensor:
        """The fixed test sampling ``number`` of ``samplings``: ``[B, 1, T, V, 3]``."""
        offset = np.full((len(rows), self.frames), (number + 0.5) / samplings)
        return torch.from_numpy(_sample(self.clips.select(rows), offset)[:, None])


@dataclass(frozen=True, eq=False)
class ImageInput:
    """Clips for image models: skeleton images by a codec that was fitted on the training part."""

    clips: ClipSet
    codec: SkeletonImageCodec
    augmentation: Augmentation

    @classmethod
    def of(
        cls, clips: ClipSet, codec: SkeletonImageCodec, augmentation: Augmentation
    ) -> ImageInput:
        """Clips with their placement removed once, before training."""
        return cls(upright(clips), codec, augmentation)

    def batch(self, rows: IntArray, rng: np.random.Generator) -> Tensor:
        """Randomly cropped and augmented images ``[B, 3, size, size]``."""
        offset = np.full((len(rows), self.codec.size), 0.5)
        joints = _sample(
            self.clips.select(rows), offset, self.augmentation.crop, rng, to_the_ends=True
        )
        changed = _augment(joints, self.clips, self.augmentation, rng)
        return torch.from_numpy(self.codec.to_image(changed))

    def sampling(self, rows: IntArray, number: int, samplings: int) -> Tensor:
        """The image of the whole clip, whatever the sampling: ``[B, 3, size, size]``."""
        images, _ = self.codec.encode(self.clips.select(rows))
        return torch.from_numpy(images)


def _sample(
    clips: ClipSet,
    offset: NDArray[np.float64],
    crop: float = 0.0,
    rng: np.random.Generator | None = None,
    *,
    to_the_ends: bool = False,
) -> FloatArray:
    """One frame from each of T equal parts of each clip, ``offset [N, T]`` within the part.

    Clips with fewer than T frames are interpolated; with ``to_the_ends`` all are, from the very
    first to the very last frame, as :meth:`ClipSet.resample` does.
    """
    count, frames = offset.shape
    if to_the_ends:
        share = np.broadcast_to(np.linspace(0.0, 1.0, frames), offset.shape)
    else:
        share = (np.arange(frames) + offset) / frames
    if crop and rng is not None:
        cut = rng.uniform(0.0, crop, (count, 1))
        share = share * (1.0 - cut) + cut * rng.random((count, 1))
    lengths = clips.lengths[:, None]
    position = share * (lengths - 1) if to_the_ends else share * lengths - 0.5
    if not to_the_ends:
        position = np.where(lengths >= frames, np.round(position), position)
    return clips.at(np.clip(position, 0.0, lengths - 1.0))


def _augment(
    joints: FloatArray, clips: ClipSet, augmentation: Augmentation, rng: np.random.Generator
) -> FloatArray:
    """Random turn, size and noise of ``joints [N, T, V, 3]``, one draw a clip."""
    count = len(joints)
    if augmentation.yaw:
        yaw = rng.uniform(-augmentation.yaw, augmentation.yaw, count)
        joints = rotate(joints, yaw, clips.skeleton)
    if augmentation.tilt:
        angle = rng.uniform(-augmentation.tilt, augmentation.tilt, count)
        joints = tilt(joints, angle, clips.skeleton)
    if augmentation.mirror:
        swapped = rng.random(count) < augmentation.mirror
        joints = np.where(swapped[:, None, None, None], mirror(joints, clips.skeleton), joints)
    if augmentation.scale:
        scale = rng.uniform(1.0 - augmentation.scale, 1.0 + augmentation.scale, count)
        joints = joints * scale[:, None, None, None].astype(np.float32)
    if augmentation.noise:
        strength = rng.uniform(0.0, augmentation.noise, (count, 1, 1, 1)).astype(np.float32)
        joints = joints + strength * rng.standard_normal(joints.shape, dtype=np.float32)
    return np.ascontiguousarray(joints, dtype=np.float32)
