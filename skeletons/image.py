"""The skeleton-image codec: a clip as a small image, and back.

Rows are joints in tree order, columns are frames, channels are x, y, z in [-1, 1]. The row of the
centre joint holds its path since the first frame, every other row a joint seen from the centre in
the same frame, so that a pose looks the same wherever the body has gone. Where a body stands and
which way it faces is kept apart (:mod:`skeletons.placement`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skeletons.arrays import Float32Array, Float64Array, IntArray
from skeletons.clips import ClipSet
from skeletons.errors import InputError
from skeletons.placement import (
    Placement,
    in_space,
    remove_placement,
    restore_placement,
    some_at_a_time,
)
from skeletons.skeleton import Skeleton

KNEE = 0.8
"""Image value up to which coordinates are linear; beyond it they approach 1 and stay invertible."""

WIDEST = 0.998
"""Image values beyond are decoded as this: at 1 the inverse is infinite."""

LEAST_SCALE = np.float32(1e-3)
"""Scale of what does not move at all in training, in the data's unit."""

INLIERS = 0.995
"""Part of the training coordinates that fall in the linear range on each axis."""


@dataclass(frozen=True, eq=False)
class SkeletonImageCodec:
    """Encodes clips of one skeleton as images ``[3, size, size]`` and back.

    Attributes:
        centre: median of the training rows ``[V, 3]``, subtracted from every frame; z is 0 in 2D.
        scale: distance from it ``[V, 3]`` that becomes the image value ``KNEE``; one for the path
            and one for all other joints, on each axis.
    """

    skeleton: Skeleton
    size: int
    centre: Float32Array
    scale: Float32Array

    @classmethod
    def fit(cls, clips: ClipSet, size: int = 24) -> SkeletonImageCodec:
        """Learn centre and scale from training clips; medians and quantiles keep outliers out.

        Raises:
            InputError: no clips, or fewer image rows than joints (a row holds one joint).
        """
        if len(clips) == 0:
            raise InputError(f"{clips.name}: the image codec cannot learn a scale from no clips")
        if size < len(clips.skeleton):
            raise InputError(
                f"an image of {size} rows cannot hold the {len(clips.skeleton)} joints of "
                f"{clips.skeleton.name}: take a size of {rows_for(clips.skeleton, 8)} or more"
            )
        rows = np.empty((len(clips), size, len(clips.skeleton), 3), np.float32)
        for part in some_at_a_time(clips):
            dense = clips.select(part).resample(size)
            joints, _ = remove_placement(dense, clips.skeleton)
            rows[part] = _seen_from_centre(in_space(joints), clips.skeleton)
        centre = np.median(rows, axis=(0, 1)).astype(np.float32)
        rows -= centre
        away = np.abs(rows, out=rows)
        scale = np.empty_like(centre)
        path = np.arange(len(clips.skeleton)) == clips.skeleton.centre
        for kind in (path, ~path):
            scale[kind] = np.quantile(
                away[:, :, kind], INLIERS, axis=(0, 1, 2), overwrite_input=True
            )
        return cls(clips.skeleton, size, centre, np.maximum(scale, LEAST_SCALE))

    def encode(self, clips: ClipSet) -> tuple[Float32Array, Placement]:
        """Images ``[N, 3, size, size]`` and the placements that :meth:`decode` needs."""
        if clips.skeleton != self.skeleton:
            raise InputError(
                f"{clips.name} has the skeleton {clips.skeleton.name}, "
                f"the codec was made for {self.skeleton.name}"
            )
        images = np.empty((len(clips), 3, self.size, self.size), np.float32)
        placement = Placement.unset(len(clips), clips.skeleton.dimensions)
        for part in some_at_a_time(clips):
            dense = clips.select(part).resample(self.size)
            joints, removed = remove_placement(dense, self.skeleton)
            images[part] = self.to_image(joints)
            placement.put(part, removed)
        return images, placement

    def images_of(self, clips: ClipSet) -> Float32Array:
        """Images ``[N, 3, size, size]`` of clips that stand upright as they are."""
        images = np.empty((len(clips), 3, self.size, self.size), np.float32)
        for part in some_at_a_time(clips):
            images[part] = self.to_image(clips.select(part).resample(self.size))
        return images

    def to_image(self, joints: NDArray[Any]) -> Float32Array:
        """Images ``[N, 3, size, size]`` of upright joints ``[N, size, V, C]``."""
        value = (
            (_seen_from_centre(in_space(joints), self.skeleton) - self.centre) / self.scale * KNEE
        )
        rows = np.moveaxis(_compress(value), 3, 1)[..., self._row_joints]
        return np.ascontiguousarray(np.swapaxes(rows, 2, 3), dtype=np.float32)

    def from_image(self, images: NDArray[Any]) -> Float32Array:
        """Upright joints ``[N, size, V, C]`` of images; rows of one joint are averaged."""
        if images.ndim != 4 or images.shape[1:] != (3, self.size, self.size):
            raise InputError(
                f"skeleton images have shape {images.shape}, "
                f"expected [N, 3, {self.size}, {self.size}]"
            )
        value = np.einsum("vh,nchw->nwvc", self.row_average(), _expand(images.astype(np.float64)))
        rows = value / KNEE * self.scale + self.centre
        path = rows[:, :, self.skeleton.centre].copy()
        joints = rows + path[:, :, None]
        joints[:, :, self.skeleton.centre] = path
        return np.asarray(joints[..., : self.skeleton.dimensions], dtype=np.float32)

    def row_average(self) -> Float64Array:
        """``[V, size]``: what each image row counts for in each joint; a joint's rows sum to 1."""
        average = np.zeros((len(self.skeleton), self.size))
        average[self._row_joints, np.arange(self.size)] = 1.0
        return np.asarray(average / average.sum(axis=1, keepdims=True))

    def decode(
        self,
        images: NDArray[Any],
        labels: IntArray,
        classes: tuple[str, ...],
        *,
        placement: Placement | None = None,
        lengths: IntArray | None = None,
        name: str = "decoded",
    ) -> ClipSet:
        """Clips of images ``[N, 3, size, size]``.

        Args:
            placement: where the clips stand; at the origin and facing the front without it.
            lengths: frames of each clip; ``size`` without it.
        """
        joints = self.from_image(images)
        if placement is not None:
            joints = restore_placement(joints, placement, self.skeleton)
        clips = ClipSet.of(self.skeleton, classes, list(joints), labels, name=name)
        return clips if lengths is None else clips.with_lengths(lengths)

    @property
    def _row_joints(self) -> IntArray:
        """Joint of each image row ``[size]``: tree order, rows shared out evenly."""
        order = np.asarray(self.skeleton.tree_order, dtype=np.int64)
        return order[np.arange(self.size) * len(order) // self.size]

    def state(self) -> dict[str, Any]:
        """Plain values that :meth:`from_state` restores the codec from."""
        return {
            "skeleton": self.skeleton.state(),
            "size": self.size,
            "centre": self.centre.tolist(),
            "scale": self.scale.tolist(),
        }

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> SkeletonImageCodec:
        """The codec of :meth:`state`."""
        return cls(
            Skeleton.of(state["skeleton"]),
            int(state["size"]),
            np.asarray(state["centre"], dtype=np.float32),
            np.asarray(state["scale"], dtype=np.float32),
        )


def rows_for(skeleton: Skeleton, least: int, multiple: int = 8) -> int:
    """Rows of an image that holds a skeleton: ``least``, or as many more as its joints need, a
    multiple of ``multiple``."""
    return max(least, -(-len(skeleton) // multiple) * multiple)


def _seen_from_centre(joints: NDArray[Any], skeleton: Skeleton) -> NDArray[Any]:
    """Joints ``[N, T, V, 3]`` relative to the centre of their frame; the centre stays as it is."""
    path = joints[:, :, skeleton.centre]
    rows = joints - path[:, :, None]
    rows[:, :, skeleton.centre] = path
    return np.asarray(rows)


def _compress(value: NDArray[Any]) -> NDArray[Any]:
    """Identity up to KNEE, then a hyperbola of matching slope towards 1."""
    size = np.abs(value).astype(np.float64)
    room = 1.0 - KNEE
    beyond = 1.0 - room**2 / (np.maximum(size, KNEE) - KNEE + room)
    return np.where(size <= KNEE, value, np.sign(value) * beyond)


def _expand(image: NDArray[Any]) -> NDArray[Any]:
    """The inverse of :func:`_compress`; values at or beyond 1 are taken as just inside it."""
    size = np.minimum(np.abs(image), WIDEST)
    room = 1.0 - KNEE
    beyond = room**2 / (1.0 - np.maximum(size, KNEE)) - room + KNEE
    return np.where(size <= KNEE, image, np.sign(image) * beyond)
