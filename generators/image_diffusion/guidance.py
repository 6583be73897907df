"""Steering by a classifier's gradient: what moves the clean estimate, by name.

x̂0(x_t) is the denoiser's clean estimate, ᾱ the share of signal variance left at timestep t, y the
label, s the guidance scale. At each step the estimate becomes

    unit      x̂0 + s (1 - ᾱ) g / ‖g‖,                            g = ∇_x̂0 log p(y | x̂0)
    capped    x̂0 + s (1 - ᾱ) g min(1/‖g‖, 1/τ)
    dhariwal  x̂0 + s (1 - ᾱ)/sqrt(ᾱ) ∇_x_t log p(y | x̂0(x_t))

with the norm that of a clip, in whitened values.

``unit`` and ``capped`` are ours, after arXiv 2302.13434: the gradient ends at the estimate and has
no more than length 1. ``unit`` always has that length, so a guide whose gradient has vanished goes
on pushing along what noise is left in it. ``capped`` has the length min(1, ‖g‖/τ): the same push
far from the class, and none where the guide is satisfied.

``dhariwal`` is algorithm 2 of Dhariwal and Nichol 2021 (``condition_score`` of
openai/guided-diffusion), ε̂ <- ε̂ - s sqrt(1 - ᾱ) ∇_x_t log p(y | x_t), written for
x̂0 = (x_t - sqrt(1 - ᾱ) ε̂)/sqrt(ᾱ); s = 1 is Bayes' rule. Theirs is a classifier of noisy images;
ours knows clean ones, so it looks at x̂0(x_t) and its gradient goes back through the denoiser, as in
the forward guidance of Bansal et al. 2024.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from generators.image_diffusion.parameters import GuidedParameters
from generators.image_diffusion.sampling import Denoise, Guide
from generators.image_diffusion.whitening import Whitening

LEAST_LENGTH = 1e-12
"""A gradient shorter than this is taken for zero, not stretched to length 1."""

INLIERS = 0.995
"""Part of an image's values that thresholding takes for its width, as in diffusers."""


@dataclass(frozen=True, eq=False)
class LabelLikelihood:
    """log p(y | x̂0) of a classifier.

    Attributes:
        classifier: what ``view`` gives -> logits, frozen.
        view: images ``[N, 3, H, W]`` as the classifier takes them; differentiable.
        whitening: between the diffusion's values and image values.
    """

    classifier: nn.Module
    view: Callable[[Tensor], Tensor]
    whitening: Whitening

    def __call__(self, clean: Tensor, labels: Tensor) -> Tensor:
        """Sum over clips of the log-likelihood of labels ``[N]`` given ``clean [N, 3, H, W]``."""
        logits = self.classifier(self.view(self.whitening.inverse(clean)))
        return F.log_softmax(logits, dim=-1).gather(1, labels[:, None]).sum()


@dataclass(frozen=True, eq=False)
class EstimateGuide:
    """``capped``, and as the cap goes to zero ``unit``; see the module's docstring.

    Attributes:
        scale: s, the guidance scale.
        cap: τ, the length of gradient from which on the guide pushes with length 1.
    """

    likelihood: LabelLikelihood
    scale: float
    cap: float = LEAST_LENGTH

    def __call__(
        self, denoise: Denoise, noisy: Tensor, labels: Tensor, alpha_bar: Tensor
    ) -> Tensor:
        """The moved estimate ``[N, 3, H, W]`` of ``noisy [N, 3, H, W]`` and labels ``[N]``."""
        clean = denoise(noisy)
        source = clean.detach().requires_grad_(True)
        with torch.enable_grad():
            (gradient,) = torch.autograd.grad(self.likelihood(source, labels), source)
        length = gradient.flatten(1).norm(dim=1).clamp_min(self.cap)
        direction = gradient / length[:, None, None, None]
        moved: Tensor = clean + self.scale * (1.0 - alpha_bar) * direction
        return moved


@dataclass(frozen=True, eq=False)
class DhariwalGuide:
    """``dhariwal``; see the module's docstring.

    For a perfect denoiser the factor 1/sqrt(ᾱ), 20,000 at the first step, meets a Jacobian that
    vanishes as fast: (1 - ᾱ)/sqrt(ᾱ) ∂x̂0/∂x_t is the covariance of x0 given x_t (Tweedie's formula,
    second order). That of a trained network does not vanish, so the moved estimate is
    :func:`thresholded` in image values, where the codec puts every clip within [-1, 1].

    Attributes:
        scale: s, the guidance scale; 1 is the published formula.
    """

    likelihood: LabelLikelihood
    scale: float

    def __call__(
        self, denoise: Denoise, noisy: Tensor, labels: Tensor, alpha_bar: Tensor
    ) -> Tensor:
        """The moved estimate ``[N, 3, H, W]`` of ``noisy [N, 3, H, W]`` and labels ``[N]``."""
        source = noisy.detach().requires_grad_(True)
        with torch.enable_grad():
            clean = denoise(source)
            (gradient,) = torch.autograd.grad(self.likelihood(clean, labels), source)
        factor = self.scale * (1.0 - alpha_bar) / torch.sqrt(alpha_bar)
        whitening = self.likelihood.whitening
        images = whitening.inverse(clean.detach() + factor * gradient)
        return whitening.forward(thresholded(images))


def thresholded(images: Tensor) -> Tensor:
    """Images ``[N, 3, H, W]`` within [-1, 1]: where more than a few values lie beyond, the image
    shrinks as a whole instead of losing its shape at the bounds.

    Dynamic thresholding (Saharia et al. 2022, section 2.3): with w the larger of 1 and the
    :data:`INLIERS` quantile of an image's absolute values, those beyond w are cut and all are
    divided by w. diffusers' ``thresholding`` with no ``sample_max_value``.
    """
    width = images.abs().flatten(1).quantile(INLIERS, dim=1).clamp_min(1.0)[:, None, None, None]
    return torch.clamp(images, -width, width) / width


def guide_of(parameters: GuidedParameters, likelihood: LabelLikelihood) -> Guide | None:
    """What ``parameters.guidance`` names; nothing where the scale is 0."""
    scale = parameters.guidance_scale
    if scale == 0.0:
        return None
    if parameters.guidance == "dhariwal":
        return DhariwalGuide(likelihood, scale)
    if parameters.guidance == "capped":
        return EstimateGuide(likelihood, scale, parameters.guidance_cap)
    return EstimateGuide(likelihood, scale)
