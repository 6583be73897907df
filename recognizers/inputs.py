"""From clips to what a recognizer eats: sampled frames for graph models, images for ST-Trans."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from recognizers.recipes import Augmentation
from recognizers.streams import show
from recognizers.transfer import to_device
from skeletons.arrays import BoolArray, Float32Array, Float64Array, IntArray
from skeletons.clips import ClipSet
from skeletons.image import SkeletonImageCodec
from skeletons.pace import along, warped_time
from skeletons.placement import in_space, mirror, reflect, rotate, tilt, upright
from skeletons.skeleton import Skeleton

Changes = tuple[Augmentation, np.random.Generator]
"""Which random changes to make, and what draws them."""

KNOTS = 4
"""Moments inside a clip at which a warp draws its pace (Um et al. 2017)."""


@dataclass(frozen=True, eq=False)
class GraphInput:
    """Clips for graph models: upright, ``frames`` sampled from as many equal parts of the clip.

    This is PYSKL's ``UniformSample`` except for clips shorter than ``frames``: there PYSKL starts
    the clip over (a jump in the motion), here frames are interpolated.

    All frames lie on the device from the start; a batch is gathered, turned and sized there, and
    only positions and one matrix a clip are made beforehand.

    Attributes:
        buffer: the frames of ``clips`` on the device, ``[F, V, 3]``, z 0 of 2D clips.
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
        buffer = torch.from_numpy(np.ascontiguousarray(in_space(shown.frames))).to(device)
        return cls(shown, buffer, frames, augmentation)

    def batch(self, rows: IntArray, rng: np.random.Generator) -> Tensor:
        """Randomly sampled and augmented clips ``[B, M, T, V, 3]``."""
        offset = rng.random((len(rows), self.frames))
        position = _positions(self.clips.lengths[rows], offset, (self.augmentation, rng))
        joints = self.at(rows, position)
        return by_person(self.augmented(joints, rng), self.clips.skeleton)

    def sampling(self, rows: IntArray, number: int, samplings: int) -> Tensor:
        """The fixed test sampling ``number`` of ``samplings``: ``[B, M, T, V, 3]``."""
        offset = np.full((len(rows), self.frames), (number + 0.5) / samplings)
        joints = self.at(rows, _positions(self.clips.lengths[rows], offset))
        return by_person(joints, self.clips.skeleton)

    def mirrored(self, sample: Tensor) -> Tensor:
        """Clips ``[B, M, T, V, 3]`` with left and right swapped, joints and space alike."""
        turns = self._there(reflect(np.eye(3)[None, None], self.clips.skeleton)[0, 0])
        return torch.matmul(sample[:, :, :, self._there(self.clips.skeleton.single.mirror)], turns)

    def at(self, rows: IntArray, position: Float64Array) -> Tensor:
        """Frames at fractional positions, as :meth:`ClipSet.at` has them, ``[B, T, V, 3]``."""
        below = np.floor(position + 1e-9).astype(np.int64)
        start = self.clips.starts[rows][:, None]
        weight = np.clip(position - below, 0.0, 1.0).astype(np.float32)
        first = self.buffer[self._there(start + below)]
        if not weight.any():
            return first
        above = np.minimum(below + 1, self.clips.lengths[rows][:, None] - 1)
        second = self.buffer[self._there(start + above)]
        return first + self._there(weight)[..., None, None] * (second - first)

    def augmented(self, joints: Tensor, rng: np.random.Generator) -> Tensor:
        """Random turn, mirroring, size and noise of ``[B, T, V, 3]``, one draw a clip."""
        augmentation, skeleton = self.augmentation, self.clips.skeleton
        axes = np.broadcast_to(np.eye(3, dtype=np.float32), (len(joints), 1, 3, 3))
        turned, mirrored = _moved(axes, skeleton, augmentation, rng, reflect)
        if mirrored.any():
            swapped = joints[:, :, self._there(skeleton.mirror)]
            joints = torch.where(self._there(mirrored)[:, None, None, None], swapped, joints)
        if turned is not axes:
            joints = torch.matmul(joints.flatten(1, 2), self._there(turned[:, 0])).reshape(
                joints.shape
            )
        if augmentation.noise:
            joints = joints + self._there(
                _noise(tuple(joints.shape), augmentation, rng, np.float64)
            )
        return joints

    def _there(self, values: NDArray[Any]) -> Tensor:
        return to_device(torch.from_numpy(np.ascontiguousarray(values)), self.buffer.device)


def by_person(joints: Tensor, skeleton: Skeleton) -> Tensor:
    """Joints ``[B, T, M V, C]`` of people side by side as networks see them:
    ``[B, M, T, V, C]``."""
    batch, frames, _, size = joints.shape
    people = joints.reshape(batch, frames, skeleton.people, -1, size)
    return people.transpose(1, 2)


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
        """Randomly cropped, warped and augmented images ``[B, 3, size, size]``."""
        offset = np.full((len(rows), self.codec.size), 0.5)
        lengths, changes = self.clips.lengths[rows], (self.augmentation, rng)
        position = _positions(lengths, offset, changes, to_the_ends=True)
        joints = self.clips.select(rows).at(position)
        joints, _ = _moved(joints, self.clips.skeleton, self.augmentation, rng, mirror)
        if self.augmentation.noise:
            joints = joints + _noise(joints.shape, self.augmentation, rng, np.float32)
        joints = np.ascontiguousarray(joints, dtype=np.float32)
        return torch.from_numpy(self.codec.to_image(joints))

    def sampling(self, rows: IntArray, number: int, samplings: int) -> Tensor:
        """The image of the whole clip, whatever the sampling: ``[B, 3, size, size]``."""
        images, _ = self.codec.encode(self.clips.select(rows))
        return torch.from_numpy(images)


Input = GraphInput | ImageInput
"""Clips as one kind of recognizer is shown them."""


def _positions(
    lengths: IntArray,
    offset: Float64Array,
    changes: Changes | None = None,
    *,
    to_the_ends: bool = False,
) -> Float64Array:
    """One moment ``[N, T]`` in each of T equal parts of clips of ``lengths [N]``, ``offset [N, T]``
    within the part, counted in frames.

    Clips with fewer than T frames are interpolated; with ``to_the_ends`` all are, from the very
    first to the very last frame, as :meth:`ClipSet.resample` does. Of ``changes``, cropping and
    warping are made.
    """
    frames = offset.shape[1]
    if to_the_ends:
        share = np.broadcast_to(np.linspace(0.0, 1.0, frames), offset.shape)
    else:
        share = (np.arange(frames) + offset) / frames
    if changes is not None:
        share = _in_other_time(share, *changes)
    length = lengths[:, None]
    position = share * (length - 1) if to_the_ends else share * length - 0.5
    if not to_the_ends:
        position = np.where(length >= frames, np.round(position), position)
    return np.clip(position, 0.0, length - 1.0)


def _in_other_time(
    share: Float64Array, augmentation: Augmentation, rng: np.random.Generator
) -> Float64Array:
    """Moments ``[N, T]``, as shares of a clip from 0 to 1, of a random part of it and at a random
    pace, one draw a clip; they stay in their order."""
    count = len(share)
    if augmentation.crop:
        cut = rng.uniform(0.0, augmentation.crop, (count, 1))
        share = share * (1.0 - cut) + cut * rng.random((count, 1))
    if augmentation.warp:
        passed = warped_time(count, augmentation.warp, KNOTS, rng)
        share = along(passed, np.arange(count)[:, None], share)
    return share


def _moved(
    vectors: Float32Array,
    skeleton: Skeleton,
    augmentation: Augmentation,
    rng: np.random.Generator,
    swap_sides: Callable[[Float32Array, Skeleton], Float32Array],
) -> tuple[Float32Array, BoolArray]:
    """Random turn, mirroring and size of ``vectors [N, T, V, 3]``, one draw a clip, and which clips
    ``[N]`` were mirrored, as ``swap_sides`` does it."""
    count = len(vectors)
    if augmentation.yaw:
        yaw = rng.uniform(-augmentation.yaw, augmentation.yaw, count)
        vectors = rotate(vectors, yaw, skeleton)
    if augmentation.tilt:
        angle = rng.uniform(-augmentation.tilt, augmentation.tilt, count)
        vectors = tilt(vectors, angle, skeleton)
    mirrored = np.zeros(count, dtype=bool)
    if augmentation.mirror:
        mirrored = rng.random(count) < augmentation.mirror
        other = swap_sides(vectors, skeleton)
        vectors = np.where(mirrored[:, None, None, None], other, vectors)
    if augmentation.scale:
        scale = rng.uniform(1.0 - augmentation.scale, 1.0 + augmentation.scale, count)
        vectors = vectors * scale[:, None, None, None].astype(np.float32)
    return vectors, mirrored


def _noise(
    shape: tuple[int, ...],
    augmentation: Augmentation,
    rng: np.random.Generator,
    precision: type[np.floating[Any]],
) -> Float32Array:
    """Joint noise ``[N, T, V, 3]`` of a strength that is drawn for each clip.

    Args:
        precision: of the product, which graph networks had in double precision from the first.
    """
    strength = rng.uniform(0.0, augmentation.noise, (shape[0], 1, 1, 1)).astype(precision)
    noise = strength * rng.standard_normal(shape, dtype=np.float32)
    return np.asarray(noise, dtype=np.float32)
