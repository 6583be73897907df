"""The GRU of Action2Motion's evaluation (Guo et al. 2020) as a recognizer among the others.

It reads the coordinates of all joints frame by frame and knows no graph: what a network gains
beyond it, it gains from the skeleton.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray
from torch import Tensor, nn

from recognizers.networks.gru import GRUClassifier, GRUConfig
from skeletons.errors import InputError


@dataclass(frozen=True)
class GRURecognizerConfig:
    """Sizes of :class:`recognizers.networks.gru.GRUConfig`; the defaults are the published ones."""

    classes: int
    hidden: int = 128
    layers: int = 2
    features: int = 30


class GRURecognizer(nn.Module):
    """Clips ``[N, M, T, V, C]`` -> logits ``[N, classes]``, for any number of persons.

    Args:
        config: the sizes.
        adjacency: ``[3, V, V]``, of which only V is used.
    """

    def __init__(self, config: GRURecognizerConfig, adjacency: NDArray[Any]) -> None:
        super().__init__()
        self.config = config
        self.joints = adjacency.shape[-1]
        self.classifier = GRUClassifier(
            GRUConfig(
                3 * self.joints, config.classes, config.hidden, config.layers, config.features
            )
        )

    def features(self, clips: Tensor) -> Tensor:
        """Feature vectors ``[N, features]`` in (-1, 1), the mean over persons; the GRU starts from
        zero.

        Raises:
            InputError: another number of joints or coordinates.
        """
        if clips.ndim != 5 or clips.shape[3:] != (self.joints, 3):
            raise InputError(
                f"clips have shape {tuple(clips.shape)}, the network takes "
                f"[N, M, T, {self.joints}, 3]"
            )
        count, persons = clips.shape[:2]
        each = self.classifier.features(clips.flatten(0, 1).flatten(2))
        return each.reshape(count, persons, -1).mean(dim=1)

    def classify(self, features: Tensor) -> Tensor:
        """Features ``[N, features]`` -> logits ``[N, classes]``."""
        return self.classifier.classify(features)

    def forward(self, clips: Tensor) -> Tensor:
        """Logits ``[N, classes]``."""
        return self.classify(self.features(clips))
