"""Two processes that share the rows of every batch learn what one learns."""

from __future__ import annotations

import os
import signal
from functools import partial
from unittest import mock

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from recognizers.data_parallel import Group, mean_gradients, shared_passes
from recognizers.downstream import train_recognizer
from recognizers.recipe_table import recipe_of
from recognizers.recipes import Optimisation, changed
from recognizers.together import each_by_one, together
from recognizers.training import DivergenceCheck, TrainingRun, train
from skeletons.errors import InputError
from tests.conftest import moving_clips

ADDED = np.arange(18) % 3 == 0


def losses_and_gradient(name: str, run: TrainingRun) -> tuple[list[float], torch.Tensor]:
    """Losses of a training of four steps, with odd batches and weighted added clips; and the
    gradient of one step of a fresh network in double precision."""
    recipe = changed(recipe_of(name, "quick"), {"batch": 5, "synthetic_weight": 0.5}, name)
    clips, losses = moving_clips(18), []
    told = {"recipe": recipe, "seed": 3, "synthetic": ADDED, "run": run}

    def note(check: DivergenceCheck, loss: torch.Tensor, step: int) -> None:
        losses.append(float(loss.detach()))

    with mock.patch.object(DivergenceCheck, "note", note):
        train_recognizer(name, clips, steps=4, **told)
    fresh = train_recognizer(name, clips, steps=0, **told)
    model = fresh.model.double().train()
    assert "forward" not in vars(model)
    sample = fresh.prepare(clips).sampling(np.arange(7), 0, 1).double()
    with shared_passes(model, run.group):
        F.cross_entropy(model(sample), torch.arange(7) % 3, reduction="sum").backward()
    if run.group is not None:
        mean_gradients(model.parameters(), run.group)
    return losses, torch.cat([weight.grad.flatten() for weight in model.parameters()])


@pytest.mark.parametrize("name", ["stgcn++", pytest.param("st_trans", marks=pytest.mark.slow)])
def test_losses_and_gradients_of_two_are_those_of_one(name):
    work = partial(losses_and_gradient, name)
    alone, one = work(run=TrainingRun())
    shared, two = together(work, TrainingRun(devices=2))
    assert float((two - one).norm() / one.norm()) < 1e-10
    assert len(alone) == 4 and alone[0] != alone[-1]
    # In single precision sums in another order count: one process's gradient of ST-GCN++ is itself
    # 3e-3 away from that in double precision, and every step carries it on.
    np.testing.assert_allclose(shared[0], alone[0], rtol=1e-5)
    np.testing.assert_allclose(shared, alone, rtol=1e-2)


class Odd(nn.Module):
    """A network with a norm and a head, whose loss is a sum over one, a part of the other."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Tanh())
        self.head = nn.Linear(4, 2)

    def forward(self, rows: torch.Tensor) -> dict[str, torch.Tensor]:
        return {"features": self.body(rows)}


def odd_training(run: TrainingRun) -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    model = Odd().double()

    def loss(model: nn.Module, step: int) -> torch.Tensor:
        features = model(torch.randn(7, 3, dtype=torch.float64))["features"]
        logits = model.get_submodule("head")(features)
        return logits[features[:, 0] > 0].square().sum() + features[0].sum()

    told = Optimisation("sgd", learning_rate=0.01, ema=0.9)
    trained = train(model, loss, name="odd", steps=6, seed=1, optimisation=told, run=run)
    return trained.state_dict()


def test_any_loss_of_the_whole_batch_has_its_gradient_in_double_precision():
    alone, shared = odd_training(TrainingRun()), together(odd_training, TrainingRun(devices=2))
    for key, value in alone.items():
        torch.testing.assert_close(shared[key], value, rtol=1e-9, atol=1e-9)


def failing(run: TrainingRun) -> None:
    if run.group is not None and run.group.rank == 1:
        raise InputError("rank 1 has something to say")
    torch.distributed.all_reduce(torch.ones(1))


def killed(run: TrainingRun) -> None:
    if run.group is not None and run.group.rank == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    torch.distributed.all_reduce(torch.ones(1))


def test_what_went_wrong_in_another_process_is_told():
    with pytest.raises(InputError, match="rank 1 has something to say"):
        together(failing, TrainingRun(devices=2))


@pytest.mark.slow
def test_a_process_that_was_killed_is_told():
    with pytest.raises(RuntimeError, match="process 1 of a group ended with -9"):
        together(killed, TrainingRun(devices=2))


def test_a_batch_with_fewer_rows_than_devices_is_refused():
    assert [Group(rank, 3).rows(8) for rank in range(3)] == [slice(0, 2), slice(2, 5), slice(5, 8)]
    with pytest.raises(InputError, match="a batch of 2 clips cannot be shared by 3 devices"):
        Group(0, 3).rows(2)


def test_one_device_calls_the_work_itself_and_more_gpus_than_there_are_are_refused():
    assert together(lambda run: run.group, TrainingRun()) is None
    assert each_by_one(partial(pow, 2), 3, None) == [1, 2, 4]
    with pytest.raises(InputError, match=r"--devices 9: 'cuda' has \d of them here"):
        together(failing, TrainingRun("cuda", devices=9))
