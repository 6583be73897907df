"""``act_mocogan``: MoCoGAN (Tulyakov et al. 2018) over poses, conditioned on the action.

Content noise stays the same throughout a clip, motion noise comes from a GRU that reads new noise
at every step. One discriminator looks at single poses, one at sequences, which also tells the
class (MoCoGAN's categorical loss, which Guo et al. 2020 train with the labels of real clips).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from generators.recurrent_gan.discriminators import (
    Game,
    PoseDiscriminator,
    SequenceDiscriminator,
    made_loss,
    real_loss,
    real_penalty,
)
from generators.recurrent_gan.parameters import ActMoCoGANParameters
from generators.sequences.generator import SequenceGenerator, Sequences
from recognizers.training import Player, TrainingRun, train
from recognizers.transfer import to_device
from skeletons.seeds import derive_seed


class MotionNetwork(nn.Module):
    """Content noise, motion noise and class to poses, by GRU layers."""

    def __init__(self, parameters: ActMoCoGANParameters, size: int, classes: int) -> None:
        super().__init__()
        self.classes, self.noise, self.hidden = classes, parameters.noise, parameters.hidden
        self.motion = nn.GRU(self.noise, self.hidden, batch_first=True)
        inputs = self.noise + self.hidden + classes
        self.poses = nn.GRU(inputs, self.hidden, parameters.layers, batch_first=True)
        self.output = nn.Linear(self.hidden, size)

    def forward(self, labels: Tensor, frames: int) -> Tensor:
        """New pose vectors ``[B, frames, D]`` of labels ``[B]``."""
        count, device = len(labels), self.output.weight.device
        start = torch.randn(1, count, self.hidden, device=device)
        motion = self.motion(torch.randn(count, frames, self.noise, device=device), start)[0]
        content = torch.randn(count, self.noise, device=device)
        kind = functional.one_hot(labels, self.classes).to(content)
        still = torch.cat([content, kind], dim=-1)[:, None].expand(-1, frames, -1)
        poses: Tensor = self.output(self.poses(torch.cat([motion, still], dim=-1))[0])
        return poses


class Discriminators(nn.Module):
    """Both discriminators, which learn at the same time."""

    def __init__(
        self, parameters: ActMoCoGANParameters, size: int, frames: int, classes: int
    ) -> None:
        super().__init__()
        self.pose = PoseDiscriminator(size, parameters.pose_hidden)
        self.sequence = SequenceDiscriminator(size, frames, parameters.channels, classes)


class ActMoCoGAN(SequenceGenerator):
    """See the module's docstring; parameters are those of :class:`ActMoCoGANParameters`."""

    parameters_type: ClassVar[type[ActMoCoGANParameters]] = ActMoCoGANParameters
    parameters: ActMoCoGANParameters
    network: MotionNetwork

    def build_network(self) -> nn.Module:
        """The untrained generator."""
        return MotionNetwork(self.parameters, self.codec.size, len(self.classes))

    def loss(self, data: Sequences, seed: int) -> Sequence[Player]:
        """Discriminators, then generator; cross entropy of real and made, and of the class."""
        parameters, frames = self.parameters, self.codec.frames

        def seen(poses: Tensor) -> Tensor:
            return poses + parameters.instance_noise * torch.randn_like(poses)

        def judge(game: nn.Module, step: int) -> Tensor:
            assert isinstance(game, Game)
            real, _, labels = data.batch(step)
            with torch.no_grad():
                made = game.generator(labels, frames)
            both = seen(torch.cat([real, made]))
            sequence = game.critic.sequence
            score, kinds = sequence(both)
            real_score, made_score = score.chunk(2)
            total = real_loss(real_score) + made_loss(made_score)
            total = total + functional.cross_entropy(kinds[: len(real)], labels)
            if parameters.real_penalty:
                slope = real_penalty(lambda poses: sequence(poses)[0], both[: len(real)])
                total = total + parameters.real_penalty * slope
            real_pose, made_pose = game.critic.pose(one_step_each(both)).chunk(2)
            loss: Tensor = total + real_loss(real_pose) + made_loss(made_pose)
            return loss

        def make(game: nn.Module, step: int) -> Tensor:
            assert isinstance(game, Game)
            labels = data.batch(step)[2]
            made = game.generator(labels, frames)
            noisy = seen(made)
            score, kinds = game.critic.sequence(noisy)
            total = real_loss(score)
            total = total + parameters.class_weight * functional.cross_entropy(kinds, labels)
            pose = game.critic.pose(one_step_each(noisy))
            total = total + parameters.pose_weight * real_loss(pose)
            change = (made[:, 1:] - made[:, :-1]).abs().mean()
            loss: Tensor = total + parameters.smoothness * change
            return loss

        return Player("critic", judge), Player("generator", make)

    def train(self, data: Sequences, seed: int, run: TrainingRun) -> nn.Module:
        """The trained generator; the discriminators are not kept."""
        generator = self.untrained(seed)
        assert isinstance(generator, MotionNetwork)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(derive_seed(seed, "discriminators"))
            size, frames = self.codec.size, self.codec.frames
            judges = Discriminators(self.parameters, size, frames, len(self.classes))
        game = train(
            Game(generator, judges),
            self.loss(data, seed),
            name=type(self).__name__,
            steps=self.parameters.train_steps,
            seed=seed,
            optimisation=self.optimisation(),
            run=run,
        )
        return game.get_submodule("generator")

    def draw(self, labels: Tensor, steps: Tensor) -> Tensor:
        """The generator on new noise."""
        poses: Tensor = self.network(labels, self.codec.frames)
        return poses


def one_step_each(poses: Tensor) -> Tensor:
    """A random pose ``[B, D]`` of each sequence ``[B, T, D]``."""
    steps = to_device(torch.randint(poses.shape[1], (len(poses),)), poses.device)
    return poses[torch.arange(len(poses), device=poses.device), steps]
