"""PYSKL's networks as a reference: weights that wake every part of them, and what is compared."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn

TOLERANCE = 1e-4


def names_and_shapes(network: str) -> dict[str, list[int]]:
    """Name and shape of every entry of the state of PYSKL's ``network``, as written down."""
    text = (Path(__file__).parent / "pyskl_names" / f"{network}.txt").read_text()
    entries = (line.split(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    return {
        name: [int(size) for size in shape.strip("[]").split(",") if size]
        for name, shape in entries
    }


def build(models, backbone: dict, classes: int, features: int, clips: Tensor) -> nn.Module:
    """PYSKL's recognizer with weights drawn anew and the statistics of ``clips``, as if trained.

    As they start, some weights would hide what they belong to: zeros, and corrections of 1e-6; and
    statistics that do not fit let the clips fade away from block to block.
    """
    head = {"type": "GCNHead", "num_classes": classes, "in_channels": features}
    model = models.build_model({"type": "RecognizerGCN", "backbone": backbone, "cls_head": head})
    with torch.no_grad():
        for name, values in model.named_parameters():
            strength = 0.5 if values.ndim == 1 and "bn" not in name else 0.05
            values.add_(strength * torch.randn_like(values))
        norms = [
            part for part in model.modules() if isinstance(part, nn.modules.batchnorm._NormBase)
        ]
        momenta = [norm.momentum for norm in norms]
        for norm in norms:
            norm.momentum = 1.0
        _logits(model.train(), clips)
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum
    return model


def assert_same_logits(theirs: nn.Module, ours: nn.Module, clips: Tensor, mode: str) -> None:
    """Same logits in single precision, and the same running statistics afterwards."""
    for model in (theirs, ours):
        model.train(mode == "train")
    with torch.no_grad():
        expected, logits = _logits(theirs, clips), ours(clips)
    spread = expected.std(dim=0).max()
    assert spread > 100 * TOLERANCE, "logits that no clip changes would agree with everything"
    torch.testing.assert_close(logits, expected, rtol=0, atol=TOLERANCE)
    state = ours.state_dict()
    for name, values in theirs.state_dict().items():
        torch.testing.assert_close(state[name], values, rtol=TOLERANCE, atol=TOLERANCE)
    difference = (logits - expected).abs().max()
    print(f"{mode}: logits differ by {difference:.1e}, clips by {spread:.1e}")


def assert_same_gradients(theirs: nn.Module, ours: nn.Module, clips: Tensor, mode: str) -> None:
    """Same gradients of the clips in double precision, to which the models are turned.

    In single precision a rounding error beside zero turns a ReLU on or off, and with it the whole
    path behind.
    """
    for model in (theirs, ours):
        model.double().train(mode == "train")
    slope, gradient = _slope(lambda some: _logits(theirs, some), clips), _slope(ours, clips)
    scale = slope.abs().max().item()
    assert scale > 0
    torch.testing.assert_close(gradient, slope, rtol=0, atol=1e-9 * scale)
    difference = (gradient - slope).abs().max()
    print(f"{mode}: gradients differ by {difference:.1e} of {scale:.1e}")


def _logits(theirs: nn.Module, clips: Tensor) -> Tensor:
    return theirs.cls_head(theirs.extract_feat(clips))


def _slope(logits_of: Callable[[Tensor], Tensor], clips: Tensor) -> Tensor:
    """Gradient of a weighted sum of the logits with respect to the clips."""
    clips = clips.double().requires_grad_()
    logits = logits_of(clips)
    weights = torch.linspace(-1.0, 1.0, logits.numel(), dtype=logits.dtype)
    (gradient,) = torch.autograd.grad((logits.flatten() * weights).sum(), clips)
    return gradient
