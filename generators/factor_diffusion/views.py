"""Training clips as a network sees them: changed at random, with what was changed told beside.

A network that is told of a change need not mix it into what it learns of the class (Karras et al.
2022, section 5, after augmentation labels of GANs): samples can then be asked for without it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from generators.factor_diffusion.parameters import FactorParameters
from generators.image_diffusion.whitening import Whitening
from skeletons.arrays import Float32Array, IntArray
from skeletons.clips import ClipSet
from skeletons.image import SkeletonImageCodec
from skeletons.pace import along, warped_time
from skeletons.placement import mirror, remove_placement, upright

CHANGES = ("mirrored", "cut at the start", "cut at the end", "size")
"""What a network is told of a change, in this order; nothing was changed where all are 0."""

KNOTS = 4
"""Moments inside a clip at which a warp draws its pace, as ``temporal_warp`` has it."""


class View(NamedTuple):
    """A batch of training clips.

    Attributes:
        images: whitened, ``[B, 3, S, S]``.
        changes: of each clip, ``[B, 4]``, see :data:`CHANGES`.
    """

    images: Tensor
    changes: Tensor


@dataclass(frozen=True, eq=False)
class TrainingViews:
    """Upright clips, and how they are changed."""

    clips: ClipSet
    codec: SkeletonImageCodec
    whitening: Whitening
    parameters: FactorParameters

    @classmethod
    def of(
        cls,
        clips: ClipSet,
        codec: SkeletonImageCodec,
        whitening: Whitening,
        parameters: FactorParameters,
    ) -> TrainingViews:
        """Those of clips, whose placements are removed once."""
        return cls(upright(clips), codec, whitening, parameters)

    def unchanged(self) -> View:
        """Every clip as it is."""
        joints = self.clips.resample(self.codec.size)
        return self._view(joints, np.zeros((len(joints), len(CHANGES)), np.float32))

    def batch(self, rows: IntArray, rng: np.random.Generator) -> View:
        """Clips ``rows [B]``, each changed in its own way."""
        told = self.parameters
        cut = rng.uniform(0.0, told.crop, len(rows))
        start = cut * rng.random(len(rows))
        share = start[:, None] + (1.0 - cut)[:, None] * self._passed(len(rows), rng)
        joints = self.clips.select(rows).at(share * (self.clips.lengths[rows][:, None] - 1))
        swapped = rng.random(len(rows)) < told.mirror
        joints = np.where(swapped[:, None, None, None], mirror(joints, self.clips.skeleton), joints)
        size = rng.uniform(-told.size, told.size, len(rows))
        joints = joints * (1.0 + size)[:, None, None, None].astype(np.float32)
        changes = np.stack([swapped, start, cut - start, size], axis=1).astype(np.float32)
        return self._view(joints, changes)

    def _passed(self, count: int, rng: np.random.Generator) -> Float32Array:
        """Share of a clip that has passed at each column of its image, ``[count, S]``."""
        columns = np.linspace(0.0, 1.0, self.codec.size)
        if not self.parameters.warp:
            return np.broadcast_to(columns, (count, len(columns))).astype(np.float32)
        curve = warped_time(count, self.parameters.warp, KNOTS, rng)
        passed = along(
            curve, np.arange(count)[:, None], np.broadcast_to(columns, (count, len(columns)))
        )
        return passed.astype(np.float32)

    def _view(self, joints: Float32Array, changes: Float32Array) -> View:
        placed = remove_placement(joints, self.clips.skeleton)[0]
        images = torch.from_numpy(self.codec.to_image(placed))
        return View(self.whitening.forward(images).float(), torch.from_numpy(changes))
