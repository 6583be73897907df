"""``two_stage_gan``: the pose sequence GAN of Cai et al. 2018 (arXiv 1711.08682), by class.

A first GAN learns to make single poses from noise. A second makes sequences of that noise with an
LSTM, so that the poses that the first makes of them move like real clips. Both are Wasserstein GANs
with gradient penalty. As Guo et al. 2020 adapt it, both are conditioned on the action.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from generators.recurrent_gan.discriminators import (
    SLOPE,
    Game,
    PoseDiscriminator,
    SequenceDiscriminator,
    critic_loss,
)
from generators.recurrent_gan.parameters import TwoStageGANParameters
from generators.sequences.generator import SequenceGenerator, Sequences
from recognizers.training import Player, TrainingRun, train
from recognizers.transfer import to_device
from skeletons.seeds import derive_seed


class PoseNetwork(nn.Module):
    """Noise in [-1, 1] and class to a pose vector."""

    def __init__(self, parameters: TwoStageGANParameters, size: int, classes: int) -> None:
        super().__init__()
        self.classes = classes
        hidden = parameters.pose_hidden
        self.layers = nn.Sequential(
            nn.Linear(parameters.noise + classes, hidden),
            nn.LeakyReLU(SLOPE),
            nn.Linear(hidden, hidden),
            nn.LeakyReLU(SLOPE),
            nn.Linear(hidden, size),
        )

    def forward(self, noise: Tensor, labels: Tensor) -> Tensor:
        """Pose vectors ``[..., D]`` of noise ``[..., Z]`` and labels ``[...]``."""
        kind = functional.one_hot(labels, self.classes).to(noise)
        poses: Tensor = self.layers(torch.cat([noise, kind], dim=-1))
        return poses


class NoiseSequence(nn.Module):
    """An LSTM from a clip's noise, new noise at every step and the class to the pose's noise."""

    def __init__(self, parameters: TwoStageGANParameters, classes: int) -> None:
        super().__init__()
        self.classes, self.noise = classes, parameters.noise
        inputs = 2 * parameters.noise + classes
        self.lstm = nn.LSTM(inputs, parameters.hidden, batch_first=True)
        self.output = nn.Linear(parameters.hidden, parameters.noise)

    def forward(self, labels: Tensor, frames: int) -> Tensor:
        """Noise vectors ``[B, frames, Z]`` in [-1, 1] for labels ``[B]``."""
        device = self.output.weight.device
        clip = uniform(len(labels), self.noise, device=device)
        kind = functional.one_hot(labels, self.classes).to(clip)
        still = torch.cat([clip, kind], dim=-1)[:, None].expand(-1, frames, -1)
        steps = uniform(len(labels), frames, self.noise, device=device)
        read, _ = self.lstm(torch.cat([steps, still], dim=-1))
        return torch.tanh(self.output(read))


class TwoStageNetwork(nn.Module):
    """Both generators."""

    def __init__(self, parameters: TwoStageGANParameters, size: int, classes: int) -> None:
        super().__init__()
        self.poses = PoseNetwork(parameters, size, classes)
        self.sequence = NoiseSequence(parameters, classes)

    def forward(self, labels: Tensor, frames: int) -> Tensor:
        """New pose vectors ``[B, frames, D]`` of labels ``[B]``."""
        noise = self.sequence(labels, frames)
        poses: Tensor = self.poses(noise, labels[:, None].expand(-1, frames))
        return poses


class TwoStageGAN(SequenceGenerator):
    """See the module's docstring; parameters are those of :class:`TwoStageGANParameters`."""

    parameters_type: ClassVar[type[TwoStageGANParameters]] = TwoStageGANParameters
    parameters: TwoStageGANParameters
    network: TwoStageNetwork

    def build_network(self) -> nn.Module:
        """The untrained generators."""
        return TwoStageNetwork(self.parameters, self.codec.size, len(self.classes))

    def train(self, data: Sequences, seed: int, run: TrainingRun) -> nn.Module:
        """Poses first, then sequences; each stage has a checkpoint of its own."""
        size, classes = self.codec.size, len(self.classes)
        network = self.untrained(seed)
        assert isinstance(network, TwoStageNetwork)
        parameters = self.parameters
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(derive_seed(seed, "critics"))
            pose_critic = PoseDiscriminator(size, parameters.pose_hidden, classes)
            critic = SequenceDiscriminator(size, self.codec.frames, parameters.channels, classes)
        total = parameters.pose_steps + parameters.train_steps
        stages = (
            ("poses", pose_critic, self.pose_players(data), parameters.pose_steps),
            ("sequences", critic, self.players(data), parameters.train_steps),
        )
        before = 0
        for name, judge, players, steps in stages:
            trained = train(
                Game(network, judge),
                players,
                name=f"{type(self).__name__}, {name}",
                steps=steps,
                seed=derive_seed(seed, name),
                optimisation=self.optimisation(),
                run=_part_of(run, name, before, total),
            )
            assert isinstance(trained, Game)
            network = trained.generator.requires_grad_(True)
            before += steps
        return network

    def pose_players(self, data: Sequences) -> Sequence[Player]:
        """The first stage: single poses of all sequences."""
        parameters = self.parameters

        def judge(game: nn.Module, step: int) -> Tensor:
            assert isinstance(game, Game)
            real, labels = some_poses(data, parameters.pose_batch)
            with torch.no_grad():
                made = self._poses(game.generator, labels)
            twice = torch.cat([labels, labels])

            def critic(poses: Tensor) -> Tensor:
                scores: Tensor = game.critic(poses, twice[: len(poses)])
                return scores

            return critic_loss(critic, real, made, parameters.penalty)

        def make(game: nn.Module, step: int) -> Tensor:
            assert isinstance(game, Game)
            labels = some_poses(data, parameters.pose_batch)[1]
            loss: Tensor = -game.critic(self._poses(game.generator, labels), labels).mean()
            return loss

        moves = [Player("critic", judge)] * parameters.critic_steps
        return *moves, Player("generator.poses", make)

    def players(self, data: Sequences) -> Sequence[Player]:
        """The second stage: whole sequences."""
        parameters, frames = self.parameters, self.codec.frames
        moves = parameters.critic_steps

        def judge(move: int) -> Player:
            def loss(game: nn.Module, step: int) -> Tensor:
                assert isinstance(game, Game)
                real, _, labels = data.batch(step * moves + move)
                with torch.no_grad():
                    made = game.generator(labels, frames)
                twice = torch.cat([labels, labels])
                critic = game.critic
                assert isinstance(critic, SequenceDiscriminator)
                return critic_loss(
                    lambda poses: critic.of_class(poses, twice[: len(poses)]),
                    real,
                    made,
                    parameters.penalty,
                )

            return Player("critic", loss)

        def make(game: nn.Module, step: int) -> Tensor:
            assert isinstance(game, Game)
            labels = data.batch(step)[2]
            critic = game.critic
            assert isinstance(critic, SequenceDiscriminator)
            return -critic.of_class(game.generator(labels, frames), labels).mean()

        part = "generator.sequence" if parameters.freeze_poses else "generator"
        return *[judge(move) for move in range(moves)], Player(part, make)

    def draw(self, labels: Tensor, steps: Tensor) -> Tensor:
        """Both generators on new noise."""
        poses: Tensor = self.network(labels, self.codec.frames)
        return poses

    def _poses(self, network: TwoStageNetwork, labels: Tensor) -> Tensor:
        noise = uniform(len(labels), self.parameters.noise, device=labels.device)
        poses: Tensor = network.poses(noise, labels)
        return poses


def some_poses(data: Sequences, count: int) -> tuple[Tensor, Tensor]:
    """Random poses ``[count, D]`` of the sequences and their labels ``[count]``."""
    rows = to_device(torch.randint(len(data.values), (count,)), data.values.device)
    inside = to_device(torch.rand(count), data.values.device) * data.steps[rows]
    return data.values[rows, inside.long()], data.labels[rows]


def uniform(*shape: int, device: torch.device) -> Tensor:
    """Noise in [-1, 1]."""
    return 2 * torch.rand(shape, device=device) - 1


def _part_of(run: TrainingRun, name: str, before: int, total: int) -> TrainingRun:
    """The run of a stage that starts when ``before`` of ``total`` steps are done."""
    checkpoint = run.checkpoint
    if checkpoint is not None:
        checkpoint = checkpoint.with_name(f"{name}.{checkpoint.name}")
    return replace(
        run,
        checkpoint=checkpoint,
        progress=lambda done, steps: run.progress(before + done, total),
    )
