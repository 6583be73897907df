"""How a guide looks at an image: as it is, or as joints."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from recognizers.inputs import by_person
from recognizers.transfer import to_like
from skeletons.image import KNEE, WIDEST, SkeletonImageCodec


def image_view(images: Tensor) -> Tensor:
    """Images ``[N, 3, H, W]`` as they are, for image networks."""
    return images


class JointView:
    """The codec's :meth:`~skeletons.image.SkeletonImageCodec.from_image` on tensors, so that
    gradients come through; for graph networks."""

    def __init__(self, codec: SkeletonImageCodec) -> None:
        self.skeleton = skeleton = codec.skeleton
        self.average = torch.from_numpy(codec.row_average()).float()
        self.scale = torch.from_numpy(codec.scale / np.float32(KNEE))
        self.middle = torch.from_numpy(codec.centre)
        self.centre = skeleton.centre
        self.away = torch.ones(len(skeleton), 1)
        self.away[skeleton.centre] = 0.0

    def __call__(self, images: Tensor) -> Tensor:
        """Images ``[N, 3, H, W]`` -> upright joints ``[N, M, W, V, 3]``."""
        size = images.abs().clamp(max=WIDEST)
        room = 1.0 - KNEE
        beyond = room**2 / (1.0 - size.clamp(min=KNEE)) - room + KNEE
        value = torch.where(size <= KNEE, images, images.sign() * beyond)
        rows = torch.einsum("vh,nchw->nwvc", to_like(self.average, images), value)
        rows = rows * to_like(self.scale, images) + to_like(self.middle, images)
        path = rows[:, :, self.centre, None]
        return by_person(rows + to_like(self.away, images) * path, self.skeleton)
