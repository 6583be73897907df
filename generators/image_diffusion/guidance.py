"""Steering by a classifier's gradient, after arXiv 2302.13434 and Dhariwal and Nichol 2021.

At each step the clean estimate x̂0 is moved along the guide's gradient with respect to it,

    x̂0 <- x̂0 + s (1 - ᾱ_t) g / ‖g‖,    g = ∇_x̂0 log p(y | x̂0),

with s the guidance scale and the norm that of a clip. Dhariwal and Nichol (algorithm 2) shift the
noise estimate; written for x̂0 their term is s (1 - ᾱ_t) / sqrt(ᾱ_t) ∇_x_t log p(y | x_t). Ours
differs in three ways: the guide sees the clean estimate and its gradient ends there instead of
going back through the denoiser, it has length 1, and 1 / sqrt(ᾱ_t), which is 20,000 at the first
step, is left out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from generators.image_diffusion.whitening import Whitening


@dataclass(frozen=True, eq=False)
class ClassifierGuide:
    """Moves clean estimates toward their labels.

    Attributes:
        classifier: what ``view`` gives -> logits, frozen.
        view: images ``[N, 3, H, W]`` as the classifier takes them; differentiable.
        whitening: between the diffusion's values and image values.
        scale: s, the guidance scale.
    """

    classifier: nn.Module
    view: Callable[[Tensor], Tensor]
    whitening: Whitening
    scale: float

    def __call__(self, clean: Tensor, labels: Tensor, alpha_bar: Tensor) -> Tensor:
        """The moved estimate ``[N, 3, H, W]`` of x̂0 ``[N, 3, H, W]`` and labels ``[N]``."""
        source = clean.detach().requires_grad_(True)
        with torch.enable_grad():
            logits = self.classifier(self.view(self.whitening.inverse(source)))
            likelihood = F.log_softmax(logits, dim=-1).gather(1, labels[:, None]).sum()
            (gradient,) = torch.autograd.grad(likelihood, source)
        length = gradient.flatten(1).norm(dim=1).clamp_min(1e-12)
        direction = gradient / length[:, None, None, None]
        moved: Tensor = clean + self.scale * (1.0 - alpha_bar) * direction
        return moved
