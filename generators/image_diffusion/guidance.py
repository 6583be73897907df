"""Steering by a classifier's gradient: what moves the clean estimate, by name.

x̂0(x_t) is the denoiser's clean estimate, ᾱ the share of signal variance left at timestep t, y the
label, s the guidance scale, H(p) = -Σ_k p_k log p_k the entropy of the classes k. At each step the
estimate becomes

    unit      x̂0 + s (1 - ᾱ) g / ‖g‖,                            g = ∇_x̂0 log p(y | x̂0)
    capped    x̂0 + s (1 - ᾱ) g min(1/‖g‖, 1/τ)
    dhariwal  x̂0 + s (1 - ᾱ)/sqrt(ᾱ) ∇_x_t log p(y | x̂0(x_t))
    entropy   x̂0 + s (1 - ᾱ) h min(1/‖h‖, 1/τ),
              h = ∇_x̂0 [(1 - w) log p(y | x̂0) + w H(p(· | x̂0))]

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

``entropy`` moves clips to where the classifier doubts, as its training can gain most there; that
they stay of their class is left to the denoiser, which is told the label, and to the share 1 - w of
the likelihood. The criterion with w = 1 is that of Askari-Hemmat et al. 2024 (arXiv 2310.00158;
``fg_pipe.py`` of facebookresearch/Feedback-guided-Data-Synthesis). Their gradient goes back through
the denoiser and is brought to the length of x_t, times a scale; ours ends at the estimate and is
capped, as in ``capped``, which it is at w = 0.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from generators.image_diffusion.parameters import GuidedParameters
from generators.image_diffusion.sampling import Denoise, Guide, signal_at_steps
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
        return self.of_classes(clean).gather(1, labels[:, None]).sum()

    def of_classes(self, clean: Tensor) -> Tensor:
        """log p of each class given ``clean [N, 3, H, W]``, ``[N, classes]``."""
        logits = self.classifier(self.view(self.whitening.inverse(clean)))
        return F.log_softmax(logits, dim=-1)


@dataclass(frozen=True, eq=False)
class LikelihoodAndEntropy:
    """(1 - w) log p(y | x̂0) + w H(p(· | x̂0)) of a classifier.

    Attributes:
        entropy_weight: w, from 0 to 1.
    """

    likelihood: LabelLikelihood
    entropy_weight: float

    def __call__(self, clean: Tensor, labels: Tensor) -> Tensor:
        """Its sum over clips, of labels ``[N]`` and ``clean [N, 3, H, W]``."""
        log_p = self.likelihood.of_classes(clean)
        likelihood = log_p.gather(1, labels[:, None]).sum()
        entropy = -(log_p.exp() * log_p).sum()
        return (1.0 - self.entropy_weight) * likelihood + self.entropy_weight * entropy


@dataclass(frozen=True, eq=False)
class EstimateGuide:
    """``capped`` or ``entropy``, and as the cap goes to zero ``unit``; see the module's docstring.

    Attributes:
        objective: what the guide wants to be large: clean images and labels -> its sum over clips.
        scale: s, the guidance scale.
        cap: τ, the length of gradient from which on the guide pushes with length 1.
    """

    objective: Callable[[Tensor, Tensor], Tensor]
    scale: float
    cap: float = LEAST_LENGTH

    def __call__(
        self, denoise: Denoise, noisy: Tensor, labels: Tensor, alpha_bar: Tensor
    ) -> Tensor:
        """The moved estimate ``[N, 3, H, W]`` of ``noisy [N, 3, H, W]`` and labels ``[N]``."""
        clean = denoise(noisy)
        source = clean.detach().requires_grad_(True)
        with torch.enable_grad():
            (gradient,) = torch.autograd.grad(self.objective(source, labels), source)
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


@dataclass(frozen=True, eq=False)
class IntervalGuide:
    """A guide that acts while the share of noise 1 - ᾱ is from ``low`` to ``high`` and else leaves
    the estimate alone (Kynkäänniemi et al. 2024)."""

    guide: Guide
    low: float
    high: float

    def __call__(
        self, denoise: Denoise, noisy: Tensor, labels: Tensor, alpha_bar: Tensor
    ) -> Tensor:
        """The estimate ``[N, 3, H, W]``, moved within the interval; ``alpha_bar`` is a scalar."""
        if self.low <= 1.0 - float(alpha_bar) <= self.high:
            return self.guide(denoise, noisy, labels, alpha_bar)
        return denoise(noisy)


@dataclass(frozen=True, eq=False)
class SomeStepsGuide:
    """A guide that acts at some steps of the sampler and else leaves the estimate alone.

    Attributes:
        signal: share of signal variance left at each of these steps.
    """

    guide: Guide
    signal: frozenset[float]

    def __call__(
        self, denoise: Denoise, noisy: Tensor, labels: Tensor, alpha_bar: Tensor
    ) -> Tensor:
        """The estimate ``[N, 3, H, W]``, moved at these steps; ``alpha_bar`` is a scalar."""
        if float(alpha_bar) in self.signal:
            return self.guide(denoise, noisy, labels, alpha_bar)
        return denoise(noisy)


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
    if parameters.guidance_scale == 0.0:
        return None
    guide = _named(parameters, likelihood)
    low, high = parameters.guidance_from, parameters.guidance_until
    if (low, high) != (0.0, 1.0):
        guide = IntervalGuide(guide, low, high)
    if parameters.guidance_every > 1:
        signal = signal_at_steps(parameters)[:: parameters.guidance_every]
        guide = SomeStepsGuide(guide, frozenset(signal))
    return guide


def guided_steps(parameters: GuidedParameters) -> int:
    """At how many steps of the sampler the guide acts."""
    if parameters.guidance_scale == 0.0:
        return 0
    low, high = parameters.guidance_from, parameters.guidance_until
    signal = signal_at_steps(parameters)[:: parameters.guidance_every]
    return sum(low <= 1.0 - alpha_bar <= high for alpha_bar in signal)


def _named(parameters: GuidedParameters, likelihood: LabelLikelihood) -> Guide:
    scale, cap = parameters.guidance_scale, parameters.guidance_cap
    if parameters.guidance == "dhariwal":
        return DhariwalGuide(likelihood, scale)
    if parameters.guidance == "capped":
        return EstimateGuide(likelihood, scale, cap)
    if parameters.guidance == "entropy":
        objective = LikelihoodAndEntropy(likelihood, parameters.entropy_weight)
        return EstimateGuide(objective, scale, cap)
    return EstimateGuide(likelihood, scale)
