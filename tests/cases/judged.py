"""A judge that recognizes what it is told to, by the batches of the real ones."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import torch

from recognizers.extractors.files import in_batches


def judged_in_batches(predicted: np.ndarray, batch: int) -> np.ndarray:
    """The classes ``[N]`` that logits of so many clips at a time stand for."""
    classes = int(predicted.max()) + 1
    logits = torch.nn.functional.one_hot(torch.from_numpy(predicted), classes).float()
    model = SimpleNamespace(
        config=SimpleNamespace(features=classes), classify=lambda vectors: vectors
    )
    _, found = in_batches(model, lambda rows: logits[rows], len(predicted), batch, classes)  # type: ignore[arg-type]
    return found.argmax(axis=1)
