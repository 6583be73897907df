"""Steering by a classifier's gradient, after Dhariwal and Nichol 2021 and arXiv 2302.13434.

At each step the clean estimate x̂0 is formed, the guide's gradient of log p(y | x̂0) is taken and
the estimate is moved along it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from generators.image_diffusion.parameters import GuidedParameters
from generators.image_diffusion.sampling import GuidedStep
from generators.image_diffusion.whitening import Whitening


@dataclass(frozen=True, eq=False)
class ClassifierGuide:
    """Moves clean estimates toward their labels.

    Attributes:
        classifier: what ``view`` gives -> logits, frozen.
        view: images ``[N, 3, H, W]`` as the classifier takes them; differentiable.
        whitening: between the diffusion's values and image values.
    """

    classifier: nn.Module
    view: Callable[[Tensor], Tensor]
    whitening: Whitening
    parameters: GuidedParameters

    def __call__(self, step: GuidedStep) -> Tensor:
        """The moved estimate; the gradient is that of x̂0, or of x_t through the denoiser."""
        source = step.noisy if self.parameters.through_denoiser else step.clean
        if not self.parameters.through_denoiser:
            source = source.detach().requires_grad_(True)
        with torch.enable_grad():
            clean = step.clean if self.parameters.through_denoiser else source
            logits = self.classifier(self.view(self.whitening.inverse(clean)))
            likelihood = F.log_softmax(logits, dim=-1).gather(1, step.labels[:, None]).sum()
            (gradient,) = torch.autograd.grad(likelihood, source)
        if self.parameters.guidance_norm == "unit":
            length = gradient.flatten(1).norm(dim=1).clamp_min(1e-12)
            gradient = gradient / length[:, None, None, None]
        scale = self.parameters.guidance_scale * self._weight(step.alpha_bar)
        return step.clean.detach() + scale * gradient

    def _weight(self, alpha_bar: Tensor) -> Tensor:
        """Weight of a timestep: all alike, or falling with the noise that is left."""
        schedule = self.parameters.guidance_schedule
        if schedule == "constant":
            return torch.ones_like(alpha_bar)
        if schedule == "one_minus_alpha_bar":
            return 1.0 - alpha_bar
        return torch.sqrt(1.0 - alpha_bar)
