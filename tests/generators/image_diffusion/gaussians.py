"""Data whose denoiser and classifier are known in closed form, at every timestep."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from generators.diffusion.process import Noised, NoiseProcess
from generators.image_diffusion.parameters import DiffusionParameters


class GaussianDenoiser(nn.Module):
    """E[prediction | x_t] for data N(0, ``sd``²), with an error that depends on x_t.

    Attributes:
        error: standard deviation of the error, that of the output being between ``sd`` and 1.
        widths: standard deviation of each x_t that was asked for, in order, over what it should be.
    """

    def __init__(
        self, parameters: DiffusionParameters, sd: float = 0.5, error: float = 0.0
    ) -> None:
        super().__init__()
        size = 3 * parameters.image_size**2
        generator = torch.Generator().manual_seed(0)
        mixing = torch.randn(size, size, generator=generator) / size**0.5
        self.mixing = nn.Parameter(mixing, requires_grad=False)
        self.sd, self.error, self.prediction = sd, error, parameters.prediction
        self.process = NoiseProcess(parameters.diffusion_steps)
        self.widths: list[float] = []

    def forward(self, noisy: Tensor, timesteps: Tensor, labels: Tensor) -> Tensor:
        """Noisy images ``[N, 3, H, W]`` at timesteps ``[N]`` -> the model output."""
        bar = self.process.scheduler.alphas_cumprod[timesteps][:, None, None, None]
        total = bar * self.sd**2 + 1 - bar
        self.widths.append((noisy.detach() / total.sqrt()).std().item())
        clean = self.sd**2 * bar.sqrt() / total * noisy
        noise = (1 - bar).sqrt() / total * noisy
        output = self.process.target(self.prediction, clean, Noised(noisy, noise, timesteps))
        wrong = torch.sin(3.0 * noisy.flatten(1) @ self.mixing).reshape(noisy.shape)
        return output + self.error * 2**0.5 * wrong


class TwoClasses:
    """Images from N(±``mean``, ``sd``²), as many of each class; x_t at N timesteps; float64.

    x_t of class y is N(±sqrt(ᾱ) mean, v) with v = ᾱ sd² + 1 - ᾱ, so that p(y | x_t) is the sigmoid
    of ±2 sqrt(ᾱ) mean·x_t / v.

    Args:
        alpha_bars: ``[N, 1, 1, 1]``.
    """

    def __init__(self, mean: Tensor, sd: float, alpha_bars: Tensor) -> None:
        self.mean, self.sd, self.bars = mean, sd, alpha_bars
        self.length = mean.norm()
        self.along = mean / self.length
        self.root, self.variance = alpha_bars.sqrt(), alpha_bars * sd**2 + 1 - alpha_bars
        self.shrunk = sd**2 * self.root / self.variance

    def noisy(self, labels: Tensor) -> Tensor:
        """x_t of labels ``[N]``."""
        clean, noise = torch.randn(2, len(labels), *self.mean.shape, dtype=torch.float64)
        clean = self._means(labels) + self.sd * clean
        return self.root * clean + (1 - self.bars).sqrt() * noise

    def denoised(self, noisy: Tensor) -> Tensor:
        """E[x0 | x_t] of the mixture."""
        place = self._place(noisy)
        return self.shrunk * (noisy - place * self.along) + self._estimate(place) * self.along

    def denoised_of_class(self, noisy: Tensor, labels: Tensor) -> Tensor:
        """E[x0 | x_t, y]."""
        return self.shrunk * noisy + (1 - self.shrunk * self.root) * self._means(labels)

    def classifier(self, spread: float) -> Callable[[Tensor], Tensor]:
        """log p(y | x_t) of images that are ``spread`` times E[x0 | x_t]: the place of x_t along
        the mean is looked for by bisection, and a Newton step makes it differentiable."""

        def logits(images: Tensor) -> Tensor:
            wanted = self._place(images / spread)
            high = (wanted.detach().abs() + self.length) / self.shrunk
            low = -high
            for _ in range(100):
                middle = (low + high) / 2
                below = self._estimate(middle) < wanted
                low, high = torch.where(below, middle, low), torch.where(below, high, middle)
            found = low.detach().requires_grad_(True)
            value = self._estimate(found)
            (slope,) = torch.autograd.grad(value.sum(), found)
            place = found.detach() + (wanted - value.detach()) / slope
            logit = (self.root * self.length * place / self.variance).flatten(1)
            return torch.cat([logit, -logit], dim=1)

        return logits

    def _means(self, labels: Tensor) -> Tensor:
        return (1.0 - 2.0 * labels.double())[:, None, None, None] * self.mean

    def _place(self, images: Tensor) -> Tensor:
        """How far along the mean images ``[N, ...]`` lie, ``[N, 1, 1, 1]``."""
        return (images * self.along).sum(dim=(1, 2, 3), keepdim=True)

    def _estimate(self, place: Tensor) -> Tensor:
        """E[x0 | x_t] along the mean, of x_t's place along it."""
        centre = self.length * torch.tanh(self.root * self.length * place / self.variance)
        return self.shrunk * place + (1 - self.shrunk * self.root) * centre
