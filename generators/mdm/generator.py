"""``mdm``: the Human Motion Diffusion Model (Tevet et al. 2023, arXiv 2209.14916).

A transformer encoder predicts the clean clip; its condition is hidden at random in training, so
that at sampling it can be exaggerated (classifier-free guidance, Ho and Salimans 2022). To the loss
of the poses come losses of joint positions and velocities (equations 3 and 5; foot contact,
equation 4, needs a floor and is left out, as its weight is 0 in the authors' defaults).
"""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from generators.diffusion.process import NoiseProcess, reverse
from generators.mdm.network import MDMNetwork
from generators.mdm.parameters import MDMParameters
from generators.sequences.generator import SequenceGenerator, Sequences
from recognizers.training import BatchLoss


class MDM(SequenceGenerator):
    """See the module's docstring; parameters are those of :class:`MDMParameters`."""

    parameters_type: ClassVar[type[MDMParameters]] = MDMParameters
    by_rows = True
    sampling_only = frozenset(
        {"sampling_batch", "sampler", "sampling_steps", "eta", "guidance_scale"}
    )
    parameters: MDMParameters
    network: MDMNetwork

    def build_network(self) -> nn.Module:
        """The untrained network."""
        return MDMNetwork(self.parameters, self.codec.size, len(self.classes))

    def loss(self, data: Sequences, seed: int) -> BatchLoss:
        """Poses, joint positions and joint velocities against the clean clip's."""

        process = NoiseProcess(self.parameters.diffusion_steps)

        def loss(model: nn.Module, step: int) -> Tensor:
            clean, _, labels = data.batch(step)
            batch = process.noised(clean, seed, step)
            hidden = torch.rand(len(clean), device=clean.device) < self.parameters.label_dropout
            predicted = model(batch.noisy, batch.timesteps, labels, (~hidden).float())
            total = F.mse_loss(predicted, clean)
            away = self.codec.positions(predicted - clean)
            total = total + self.parameters.position_weight * away.square().mean()
            velocity = away.diff(dim=1).square().mean()
            return total + self.parameters.velocity_weight * velocity

        return loss

    def draw(self, labels: Tensor, steps: Tensor) -> Tensor:
        """The reverse process, guided away from the estimate without a label."""
        scale = self.parameters.guidance_scale
        everyone = torch.ones(len(labels), device=labels.device)

        def estimate(noisy: Tensor, timesteps: Tensor, _: Tensor) -> Tensor:
            if scale == 1.0:
                alone: Tensor = self.network(noisy, timesteps, labels, everyone)
                return alone
            both: Tensor = self.network(
                noisy.repeat(2, 1, 1),
                timesteps.repeat(2),
                labels.repeat(2),
                torch.cat([everyone, 0 * everyone]),
            )
            shown, hidden = both.chunk(2)
            return hidden + scale * (shown - hidden)

        shape = (len(labels), self.codec.frames, self.codec.size)
        return reverse(self.parameters, shape, labels.device, estimate)
