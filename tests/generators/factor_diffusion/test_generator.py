from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from generators.factor_diffusion.generator import FactorDDPM, draw_persons, persons_of
from generators.factor_diffusion.training import Best, held_out
from generators.learned import frozen
from tests.conftest import moving_clips
from tests.generators.fitting import drawn, fitted

LABELS = np.arange(9) % 3


def test_persons_are_numbered_and_nobody_known_has_the_last_number():
    clips = moving_clips(6)
    named = replace(clips, subjects=np.array(["b", "", "a", "b", "c", ""]))
    assert persons_of(named)[0] == 3
    np.testing.assert_array_equal(persons_of(named)[1], [1, 3, 0, 1, 2, 3])
    assert persons_of(replace(clips, subjects=np.full(6, "")))[0] == 0


def test_a_sample_is_of_whom_it_was_asked_to_be():
    performed = np.array([[1, 0, 1], [0, 1, 0], [0, 0, 0]])
    labels = np.repeat([0, 1, 2], 200)
    chance = np.random.default_rng(0).random(600)
    anybody = draw_persons(performed, labels, chance, "any")
    own = draw_persons(performed, labels, chance, "own")
    assert set(anybody[:200]) == set(anybody[200:400]) == {0, 1, 2}
    assert set(own[:200]) == {0, 2}
    assert set(own[200:400]) == {1}
    assert set(own[400:]) == {0, 1, 2}  # nobody was seen in it: anybody
    assert (draw_persons(performed, labels, chance, "unknown") == 3).all()
    assert (draw_persons(performed[:, :0], labels, chance, "any") == 0).all()
    np.testing.assert_allclose(np.bincount(anybody) / 600, 1 / 3, atol=0.06)


def test_the_person_makes_a_difference_to_the_sample():
    clips = moving_clips(12)
    named = replace(clips, subjects=np.array(["a", "b"] * 6))
    generator = fitted("factor_ddpm", named, train_steps=8, learning_rate=0.01)
    frames = [drawn(generator, LABELS, persons=whose) for whose in ("any", "unknown")]
    assert not np.allclose(*frames)


def test_what_an_image_loses_of_a_clip_is_in_the_sample_that_stands_where_it_stood():
    generator = fitted("factor_ddpm")
    plain, detailed = (drawn(generator, LABELS, detail=detail) for detail in (False, True))
    clips = moving_clips(12)
    lost = clips.packed().frames - generator.represent(clips).packed().frames
    rows = generator.length_and_placement.draw_rows(LABELS, 7)
    starts = np.cumsum(clips.lengths) - clips.lengths
    wanted = np.concatenate([lost[starts[r] : starts[r] + clips.lengths[r]] for r in rows])
    np.testing.assert_allclose(detailed - plain, wanted, atol=1e-5)


def test_label_guidance_of_scale_one_is_none(monkeypatch):
    generator = fitted("factor_ddpm")
    calls = []
    forward = generator.denoiser.forward

    def counted(images, *rest):
        calls.append(len(images))
        return forward(images, *rest)

    monkeypatch.setattr(generator.denoiser, "forward", counted)
    alone = drawn(generator, LABELS)
    single = list(calls)
    calls.clear()
    drawn(generator, LABELS, label_scale=2.0)
    assert calls == [2 * size for size in single]
    np.testing.assert_array_equal(alone, drawn(generator, LABELS, label_scale=1.0))


def test_clips_are_held_out_of_every_class_and_never_all_of_one():
    labels = np.array([0] * 8 + [1] * 4 + [2])
    rows = held_out(labels, 0.25, 0)
    np.testing.assert_array_equal(np.bincount(labels[rows], minlength=3), [2, 1, 0])
    assert len(held_out(labels, 0.99, 0)) == 7 + 3
    assert len(held_out(labels, 0.0, 0)) == 0


class Loss(nn.Module):
    """A network whose loss on held-out clips is known."""

    def __init__(self, value: float) -> None:
        super().__init__()
        self.value = nn.Parameter(torch.tensor(value))

    def forward(self, noisy, timesteps, told, last):
        """An error as large as ``value``."""
        return self.value.sqrt() * torch.ones_like(noisy)


@pytest.fixture
def best_of(tmp_path):
    from generators.factor_diffusion.network import Condition
    from generators.factor_diffusion.parameters import FactorParameters
    from generators.factor_diffusion.process import Process
    from generators.factor_diffusion.views import View

    view = View(torch.zeros(4, 3, 8, 8), torch.zeros(4, 4))
    told = Condition(torch.zeros(4).long(), torch.zeros(4).long(), view.changes)
    return lambda file=None: Best(view, told, Process(FactorParameters()), 0, file)


def test_the_weights_with_the_lowest_loss_are_kept_also_over_a_stop(best_of, tmp_path):
    file = tmp_path / "scratch" / "denoiser.best"
    best = best_of(file)
    for step, value in ((50, 3.0), (75, 0.1), (100, 1.0)):
        best(Loss(value), step)
    again = best_of(file)
    assert again.lowest == pytest.approx(1.0)  # nobody looked after 75 steps
    again(Loss(2.0), 150)
    assert again.restored(Loss(9.0)).value.item() == pytest.approx(1.0)
    assert best_of().restored(Loss(9.0)).value.item() == 9.0


def test_a_fit_with_held_out_clips_keeps_a_step_that_was_looked_at():
    clips = moving_clips(12)
    early = fitted("factor_ddpm", clips, train_steps=60, held_out=0.25)
    whole = fitted("factor_ddpm", clips, train_steps=60)
    assert isinstance(early, FactorDDPM)
    assert not torch.equal(early.denoiser.position, whole.denoiser.position)
    assert frozen(early.denoiser, early.denoiser.state_dict(), "cpu") is early.denoiser
