from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from recognizers import training
from recognizers.recipes import Optimisation
from recognizers.training import (
    Batches,
    DivergenceCheck,
    Player,
    TrainingDivergedError,
    TrainingRun,
    train,
)

STEPS = 12


class InterruptedTrainingError(Exception):
    pass


def _train(run: TrainingRun, optimisation: Optimisation, steps: int = STEPS) -> nn.Module:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Dropout(0.3), nn.Linear(8, 1))

    def loss(model: nn.Module, step: int) -> torch.Tensor:
        return model(torch.randn(6, 4)).square().mean()

    return train(model, loss, name="it", steps=steps, seed=3, optimisation=optimisation, run=run)


@pytest.mark.parametrize("name", ["sgd", "adamw"])
@pytest.mark.parametrize("ema", [None, 0.9])
def test_a_killed_training_resumes_to_the_same_weights(tmp_path, monkeypatch, name, ema):
    monkeypatch.setattr("recognizers.resuming.SECONDS_BETWEEN_CHECKPOINTS", -1.0)
    optimisation = Optimisation(name, learning_rate=0.01, weight_decay=0.1, ema=ema)
    undisturbed = _train(TrainingRun(), optimisation).state_dict()

    def interrupt(done: int, total: int) -> None:
        if done == 7:
            raise InterruptedTrainingError

    checkpoint = tmp_path / "deep" / "it.checkpoint"
    with pytest.raises(InterruptedTrainingError):
        _train(TrainingRun(checkpoint=checkpoint, progress=interrupt), optimisation)
    steps_after = []
    resumed = _train(
        TrainingRun(checkpoint=checkpoint, progress=lambda done, _: steps_after.append(done)),
        optimisation,
    ).state_dict()
    assert steps_after == list(range(7, STEPS + 1))
    for key, value in undisturbed.items():
        assert torch.equal(value, resumed[key]), key


def test_training_leaves_the_global_random_state_alone():
    before = torch.get_rng_state()
    _train(TrainingRun(), Optimisation())
    assert torch.equal(before, torch.get_rng_state())


def test_a_loss_that_is_not_finite_stops_with_step_and_advice():
    def loss(model: nn.Module, step: int) -> torch.Tensor:
        return model.weight.sum() * (float("nan") if step == 4 else 1.0)

    with pytest.raises(
        TrainingDivergedError, match=r"guide diverged: .* finite at step 5 of 9.*rate"
    ):
        train(
            nn.Linear(1, 1),
            loss,
            name="guide",
            steps=9,
            seed=0,
            optimisation=Optimisation(),
            run=TrainingRun(),
        )


def test_a_broken_checkpoint_is_one_clear_line(tmp_path):
    checkpoint = tmp_path / "it.checkpoint"
    torch.save({"step": 3, "model": {}}, checkpoint)
    with pytest.raises(Exception, match="cannot be resumed"):
        _train(TrainingRun(checkpoint=checkpoint), Optimisation())


def test_every_epoch_holds_every_row_once():
    batches = Batches(count=10, size=4, seed=1)
    rows = np.concatenate([batches.rows(step) for step in range(5)])
    assert sorted(rows[:10]) == sorted(rows[10:]) == list(range(10))
    assert not np.array_equal(rows[:10], rows[10:])


def test_a_batch_has_the_asked_share_of_synthetic_rows():
    synthetic = np.arange(100) >= 10
    batches = Batches(count=100, size=16, seed=1, second=synthetic, share=0.5)
    for step in range(20):
        assert synthetic[batches.rows(step)].sum() == 8
    real = np.concatenate([batches.rows(step) for step in range(5)])
    assert set(np.bincount(real[real < 10])) == {4}


def test_the_learning_rate_warms_up_and_falls_to_zero():
    rates = [Optimisation(learning_rate=1.0, warm_up=0.1).rate(step, 100) for step in range(101)]
    assert rates[0] < 0.1 < rates[8] < 1.0
    assert max(rates) == pytest.approx(1.0)
    assert rates[100] == pytest.approx(0.0)


class Game(nn.Module):
    """Two players of one parameter each."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(1, 1, bias=False), nn.Linear(1, 1, bias=False)


def _play(run: TrainingRun, steps: int = STEPS) -> nn.Module:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        game = Game()

    def first(game: nn.Module, step: int) -> torch.Tensor:
        return (game.first.weight + game.second.weight + torch.randn(())).square().sum()

    def second(game: nn.Module, step: int) -> torch.Tensor:
        return (game.second.weight - game.first.weight).square().sum()

    players = [Player("first", first), Player("second", second), Player("second", second)]
    return train(
        game, players, name="it", steps=steps, seed=3, optimisation=Optimisation(), run=run
    )


def test_a_player_moves_its_own_part_only_and_sees_the_others_moves():
    order = []

    def loss_of(part: str):
        def loss(game: nn.Module, step: int) -> torch.Tensor:
            order.append((part, game.first.weight.item(), game.second.weight.item()))
            return game.first.weight.square().sum() + game.second.weight.square().sum()

        return loss

    players = [Player("first", loss_of("first")), Player("second", loss_of("second"))]
    train(
        Game(), players, name="it", steps=1, seed=0, optimisation=Optimisation(), run=TrainingRun()
    )
    (_, first_before, second_before), (_, first_after, second_after) = order
    assert [part for part, _, _ in order] == ["first", "second"]
    assert first_after != first_before
    assert second_after == second_before


def test_a_killed_game_resumes_to_the_same_weights(tmp_path, monkeypatch):
    monkeypatch.setattr("recognizers.resuming.SECONDS_BETWEEN_CHECKPOINTS", -1.0)

    def interrupt(done: int, total: int) -> None:
        if done == 5:
            raise InterruptedTrainingError

    checkpoint = tmp_path / "game.checkpoint"
    with pytest.raises(InterruptedTrainingError):
        _play(TrainingRun(checkpoint=checkpoint, progress=interrupt))
    resumed, undisturbed = _play(TrainingRun(checkpoint=checkpoint)), _play(TrainingRun())
    for key, value in undisturbed.state_dict().items():
        assert torch.equal(value, resumed.state_dict()[key]), key


def test_a_constant_schedule_stays_at_its_rate_after_the_warm_up():
    optimisation = Optimisation(learning_rate=0.5, schedule="constant", warm_up=0.1)
    assert optimisation.rate(0, 100) < 0.5
    assert {optimisation.rate(step, 100) for step in (10, 50, 99)} == {0.5}


def test_the_device_is_asked_for_a_value_only_now_and_then(monkeypatch, tmp_path):
    looks = []
    read = DivergenceCheck.read
    monkeypatch.setattr(DivergenceCheck, "read", lambda check: (looks.append(1), read(check))[1])
    for asks in ("__bool__", "__int__", "__float__", "item", "numpy"):
        monkeypatch.setattr(
            torch.Tensor, asks, lambda value: pytest.fail("a step waits for its device")
        )
    to_list, lists = torch.Tensor.tolist, []
    monkeypatch.setattr(
        torch.Tensor, "tolist", lambda value: (lists.append(value.shape), to_list(value))[1]
    )
    train(
        nn.Linear(3, 2),
        lambda model, step: model(torch.ones(4, 3)).square().mean(),
        name="x",
        steps=120,
        seed=0,
        optimisation=Optimisation("sgd", clip=None, ema=0.9),
        run=TrainingRun(),
    )
    assert len(looks) == 3, "after 50, 100 and 120 steps"
    assert lists == [(52,), (52,), (22,)], "the losses since the last look, and two tensors"


def test_no_checkpoint_is_written_after_a_loss_that_is_not_finite(monkeypatch, tmp_path):
    monkeypatch.setattr("recognizers.resuming.SECONDS_BETWEEN_CHECKPOINTS", -1.0)
    checkpoint = tmp_path / "it.checkpoint"

    def loss(model: nn.Module, step: int) -> torch.Tensor:
        return model.weight.sum() * (float("inf") if step == 4 else 1.0)

    with pytest.raises(TrainingDivergedError, match="step 5 of 99"):
        train(
            nn.Linear(1, 1), loss, name="x", steps=99, seed=0, optimisation=Optimisation(),
            run=TrainingRun(checkpoint=checkpoint),
        )  # fmt: skip
    assert torch.load(checkpoint, weights_only=True)["step"] == 4


def _infinite_slope_at(bad: int):
    """A loss that is finite at every step, with a gradient that is none at one."""

    def loss(model: nn.Module, step: int) -> torch.Tensor:
        here = model.weight.sum()
        return (here - here.detach()).sqrt() if step == bad else here

    return loss


@pytest.mark.parametrize("clip", [None, 1.0])
@pytest.mark.parametrize("name", ["sgd", "adamw"])
def test_an_infinite_gradient_of_a_finite_loss_stops_the_last_step_too(name, clip):
    with pytest.raises(
        TrainingDivergedError, match="finite, but not the weights after step 9 of 9; take a"
    ):
        train(
            nn.Linear(1, 1), _infinite_slope_at(8), name="x", steps=9, seed=0,
            optimisation=Optimisation(name, clip=clip), run=TrainingRun(),
        )  # fmt: skip


def test_no_checkpoint_is_written_of_weights_that_are_not_finite(monkeypatch, tmp_path):
    monkeypatch.setattr("recognizers.resuming.SECONDS_BETWEEN_CHECKPOINTS", -1.0)
    checkpoint = tmp_path / "it.checkpoint"
    with pytest.raises(TrainingDivergedError, match="weights after step 5 of 99"):
        train(
            nn.Linear(1, 1), _infinite_slope_at(4), name="x", steps=99, seed=0,
            optimisation=Optimisation(), run=TrainingRun(checkpoint=checkpoint),
        )  # fmt: skip
    saved = torch.load(checkpoint, weights_only=True)
    assert saved["step"] == 4
    assert all(torch.isfinite(weight).all() for weight in saved["model"].values())


def test_weights_that_no_loss_looks_at_any_more_are_looked_at():
    game = Game()

    def loss(game: nn.Module, step: int) -> torch.Tensor:
        first = game.first.weight.sum()
        bad = (first - first.detach()).sqrt() if step == 3 else 0.0
        return game.second.weight.sum() + bad

    with pytest.raises(TrainingDivergedError, match="weights after step 50 of 60"):
        train(
            game, loss, name="x", steps=60, seed=0,
            optimisation=Optimisation("sgd", clip=None), run=TrainingRun(),
        )  # fmt: skip


def test_large_finite_weights_in_any_precision_are_no_divergence():
    for precision in (torch.float32, torch.float64, torch.bfloat16):
        model = nn.ParameterDict({"large": torch.full((9,), 3e38), "none": torch.empty(0)})
        check = DivergenceCheck("x", model.to(precision), 9, Optimisation())
        check.note(torch.tensor([2.0]), 0)
        check.read()


def test_the_orders_of_two_epochs_are_kept(monkeypatch):
    made = []
    named = training.named_rng
    monkeypatch.setattr(
        training, "named_rng", lambda *names: (made.append(names), named(*names))[1]
    )
    training._order_of_epoch.cache_clear()
    batches = Batches(10, 4, seed=77)
    epochs = np.concatenate([batches.rows(step) for step in range(5)]).reshape(2, 10)
    assert [sorted(epoch) for epoch in epochs.tolist()] == [list(range(10))] * 2
    assert len(made) == 2


def test_added_rows_come_first_and_the_others_last():
    added = np.arange(40) >= 10
    batches = Batches(40, 8, 3, added, 0.5, second_until=4, first_from=15)
    shares = [added[batches.rows(step)].mean() for step in range(20)]
    assert shares == [1.0] * 4 + [0.5] * 11 + [0.0] * 5
    head = np.concatenate([batches.rows(step) for step in range(4)])
    assert len(set(head[:30])) == 30, "an epoch of the added rows"
    tail = np.concatenate([batches.rows(step) for step in range(15, 20)])
    assert set(np.bincount(tail)) == {4}


def test_without_added_rows_a_schedule_changes_nothing():
    plain, scheduled = Batches(10, 4, 3), Batches(10, 4, 3, None, 0.5, 2, 5)
    for step in range(8):
        assert np.array_equal(plain.rows(step), scheduled.rows(step))
