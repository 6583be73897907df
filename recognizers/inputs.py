"""From clips to what a recognizer eats: sampled frames for graph models, images for ST-Trans."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from recognizers.recipes import Augmentation
from recognizers.streams import show
from skeletons.arrays import BoolArray, Float32Array, Float64Array, IntArray
from skeletons.clips import ClipSet
from skeletons.image import SkeletonImageCodec
from skeletons.placement import mirror, reflect, rotate, tilt, upright
from skeletons.skeleton import Skeleton

Crop = tuple[float, np.random.Generator]
"""Largest part of a clip to cut away, and what draws it."""


@dataclass(frozen=True, eq=False)
class GraphInput:
    """Clips for graph models: upright, ``frames`` sampled from as many equal parts of the clip.

    This is PYSKL's ``UniformSample`` except for clips shorter than ``frames``: there PYSKL starts
    the clip over (a jump in the motion), here frames are interpolated.

    All frames lie on the device from the start; a batch is gathered, turned and sized there, and
    only positions and one matrix a clip are made beforehand.

    Attributes:
        buffer: the frames of ``clips`` on the device, ``[F, V, 3]``.
        augmentation: noise, where a recipe has it, is added to what the stream shows.
    """

    clips: ClipSet
    buffer: Tensor
    frames: int
    augmentation: Augmentation

    @classmethod
    def of(
        cls,
        clips: ClipSet,
        frames: int,
        augmentation: Augmentation,
        stream: str = "joint",
        device: str = "cpu",
    ) -> GraphInput:
        """Clips with their placement removed once, before training, as a stream shows them."""
        shown = show(upright(clips), stream)
        buffer = torch.from_numpy(np.ascontiguousarray(shown.frames)).to(device)
        return cls(shown, buffer, frames, augmentation)

    def batch(self, rows: IntArray, rng: np.random.Generator) -> Tensor:
        """Randomly sampled and augmented clips ``[B, 1, T, V, 3]``."""
        offset = rng.random((len(rows), self.frames))
        crop = (self.augmentation.crop, rng) if self.augmentation.crop else None
        joints = self._at(rows, _positions(self.clips.lengths[rows], offset, crop))
        return self._augmented(joints, rng)[:, None]

    def sampling(self, rows: IntArray, number: int, samplings: int) -> Tensor:
        """The fixed test sampling ``number`` of ``samplings``: ``[B, 1, T, V, 3]``."""
        offset = np.full((len(rows), self.frames), (number + 0.5) / samplings)
        return self._at(rows, _positions(self.clips.lengths[rows], offset))[:, None]

    def mirrored(self, sample: Tensor) -> Tensor:
        """Clips ``[B, 1, T, V, 3]`` with left and right swapped, joints and space alike."""
        turns = self._moved(reflect(np.eye(3)[None, None], self.clips.skeleton)[0, 0])
        return torch.matmul(sample[:, :, :, self._moved(self.clips.skeleton.mirror)], turns)

    def _at(self, rows: IntArray, position: Float64Array) -> Tensor:
        """Frames at fractional positions, as :meth:`ClipSet.at` has them, ``[B, T, V, 3]``."""
        below = np.floor(position + 1e-9).astype(np.int64)
        start = self.clips.starts[rows][:, None]
        weight = np.clip(position - below, 0.0, 1.0).astype(np.float32)
        first = self.buffer[self._moved(start + below)]
        if not weight.any():
            return first
        above = np.minimum(below + 1, self.clips.lengths[rows][:, None] - 1)
        second = self.buffer[self._moved(start + above)]
        return first + self._moved(weight)[..., None, None] * (second - first)

    def _augmented(self, joints: Tensor, rng: np.random.Generator) -> Tensor:
        """Random turn, mirroring, size and noise of ``[B, T, V, 3]``, one draw a clip."""
        augmentation, skeleton = self.augmentation, self.clips.skeleton
        turns, swapped = _turns(len(joints), skeleton, augmentation, rng)
        if swapped.any():
            mirrored = joints[:, :, self._moved(skeleton.mirror)]
            joints = torch.where(self._moved(swapped)[:, None, None, None], mirrored, joints)
        if turns is not None:
            joints = torch.matmul(joints.flatten(1, 2), self._moved(turns)).reshape(joints.shape)
        if augmentation.noise:
            strength = rng.uniform(0.0, augmentation.noise, (len(joints), 1, 1, 1))
            noise = strength * rng.standard_normal(tuple(joints.shape), dtype=np.float32)
            joints = joints + self._moved(noise.astype(np.float32))
        return joints

    def _moved(self, values: NDArray[Any]) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(values)).to(self.buffer.device)


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
        crop = (self.augmentation.crop, rng) if self.augmentation.crop else None
        position = _positions(self.clips.lengths[rows], offset, crop, to_the_ends=True)
        joints = self.clips.select(rows).at(position)
        changed = _augment(joints, self.clips, self.augmentation, rng)
        return torch.from_numpy(self.codec.to_image(changed))

    def sampling(self, rows: IntArray, number: int, samplings: int) -> Tensor:
        """The image of the whole clip, whatever the sampling: ``[B, 3, size, size]``."""
        images, _ = self.codec.encode(self.clips.select(rows))
        return torch.from_numpy(images)


def _positions(
    lengths: IntArray,
    offset: Float64Array,
    crop: Crop | None = None,
    *,
    to_the_ends: bool = False,
) -> Float64Array:
    """One moment ``[N, T]`` in each of T equal parts of clips of ``lengths [N]``, ``offset [N, T]``
    within the part, counted in frames.

    Clips with fewer than T frames are interpolated; with ``to_the_ends`` all are, from the very
    first to the very last frame, as :meth:`ClipSet.resample` does.
    """
    count, frames = offset.shape
    if to_the_ends:
        share = np.broadcast_to(np.linspace(0.0, 1.0, frames), offset.shape)
    else:
        share = (np.arange(frames) + offset) / frames
    if crop is not None:
        largest, rng = crop
        cut = rng.uniform(0.0, largest, (count, 1))
        share = share * (1.0 - cut) + cut * rng.random((count, 1))
    length = lengths[:, None]
    position = share * (length - 1) if to_the_ends else share * length - 0.5
    if not to_the_ends:
        position = np.where(length >= frames, np.round(position), position)
    return np.clip(position, 0.0, length - 1.0)


def _turns(
    count: int, skeleton: Skeleton, augmentation: Augmentation, rng: np.random.Generator
) -> tuple[Float32Array | None, BoolArray]:
    """What :func:`_augment` does to space, as matrices ``[N, 3, 3]`` to multiply clips with from
    the right (None for nothing), and which clips ``[N]`` swap left and right joints; the draws are
    the same."""
    space = np.broadcast_to(np.eye(3, dtype=np.float32), (count, 1, 3, 3))
    turned = space
    if augmentation.yaw:
        yaw = rng.uniform(-augmentation.yaw, augmentation.yaw, count)
        turned = rotate(turned, yaw, skeleton)
    if augmentation.tilt:
        angle = rng.uniform(-augmentation.tilt, augmentation.tilt, count)
        turned = tilt(turned, angle, skeleton)
    swapped = np.zeros(count, dtype=bool)
    if augmentation.mirror:
        swapped = rng.random(count) < augmentation.mirror
        turned = np.where(swapped[:, None, None, None], reflect(turned, skeleton), turned)
    if augmentation.scale:
        scale = rng.uniform(1.0 - augmentation.scale, 1.0 + augmentation.scale, count)
        turned = turned * scale[:, None, None, None].astype(np.float32)
    return (None if turned is space else np.ascontiguousarray(turned[:, 0])), swapped


def _augment(
    joints: Float32Array, clips: ClipSet, augmentation: Augmentation, rng: np.random.Generator
) -> Float32Array:
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
