"""Behaviour of the transformer diffusion and of its refinement."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from generators.transformer_diffusion.network import READERS
from generators.transformer_diffusion.parameters import TransformerDiffusionParameters
from generators.transformer_diffusion.refinement import (
    RealClips,
    living_dropout,
    manifold_distance,
    sampling_rate,
    set_rate,
    signed_sum,
    spacing,
)
from tests.generators.fitting import drawn, fitted

LABELS = np.arange(6) % 3


@pytest.fixture(scope="module")
def refined():
    return fitted("transformer_diffusion")


@pytest.mark.parametrize("denoiser", sorted(READERS))
def test_every_denoiser_sees_the_condition_in_every_frame(denoiser):
    parameters = TransformerDiffusionParameters(frames=6, width=16, feedforward=16)
    torch.manual_seed(0)
    reader = READERS[denoiser](parameters, 12).eval()
    noisy, condition = torch.randn(2, 6, 12), torch.randn(2, 2, 16)
    clean = reader(noisy, condition)
    assert clean.shape == noisy.shape
    assert ((clean - reader(noisy, 2 * condition)).abs() > 0).all(dim=-1).all()


def test_dropout_that_lives_at_sampling_changes_samples_and_each_schedule_differs(refined):
    samples = [
        drawn(refined, LABELS, dropout_schedule=name) for name in ("none", "fixed", "annealed")
    ]
    assert not np.array_equal(samples[0], samples[1])
    assert not np.array_equal(samples[1], samples[2])
    assert np.array_equal(samples[0], drawn(refined, LABELS, sampling_dropout=0.0))


def test_after_sampling_the_network_has_its_training_dropout_and_none_is_active(refined):
    refined.sample(LABELS, 0)
    rates = {module.p for module in refined.network.modules() if type(module) is torch.nn.Dropout}
    assert rates == {refined.parameters.dropout}
    assert not any(module.training for module in refined.network.modules())


def test_living_dropout_leaves_layers_that_are_no_dropout_in_evaluation_mode(refined):
    with living_dropout(refined.network) as modules:
        set_rate(modules, 0.5)
        dropout = [m for m in refined.network.modules() if isinstance(m, torch.nn.Dropout)]
        assert all(module.training and module.p == 0.5 for module in dropout)
        assert not refined.network.training


def test_annealed_dropout_falls_from_the_rate_to_zero_with_the_noise():
    parameters = TransformerDiffusionParameters(dropout_schedule="annealed", sampling_dropout=0.2)
    rates = [sampling_rate(parameters, torch.tensor(share)) for share in (0.0, 0.5, 1.0)]
    assert rates[0] == pytest.approx(0.2)
    assert rates == sorted(rates, reverse=True)
    assert rates[2] == 0.0


def test_the_distance_to_a_class_is_that_to_its_nearest_real_clip():
    real = RealClips(torch.tensor([[[0.0]], [[10.0]], [[3.0]]]), torch.tensor([0, 0, 1]))
    samples = torch.tensor([[[2.0]], [[2.0]]])
    assert manifold_distance(samples, torch.tensor([0, 1]), real).tolist() == [2.0, 1.0]


def test_spacing_is_the_median_distance_to_the_next_clip_of_the_class():
    values = torch.tensor([[[0.0]], [[1.0]], [[5.0]], [[100.0]]])
    assert spacing(RealClips(values, torch.tensor([0, 0, 0, 1]))) == 1.0
    assert spacing(RealClips(values[:2], torch.tensor([0, 1]))) == float("inf")


def test_refinement_brings_samples_nearer_to_real_clips_of_their_class(refined):
    labels = torch.from_numpy(LABELS)

    def distance(**settings):
        kept = refined.parameters
        refined.parameters = kept.model_copy(update=settings)
        with torch.no_grad(), torch.random.fork_rng():
            torch.manual_seed(3)
            samples = refined.draw(labels, torch.full((6,), 8))
        refined.parameters = kept
        return manifold_distance(samples, labels, refined.real)

    free, strict = distance(grm=False), distance(grm_tau=0.0, grm_redraws=4)
    assert (strict <= free).all()
    assert (strict < free).any()


def test_signed_errors_cancel_in_the_released_codes_distance(refined):
    clips = refined.real.values[:1]
    shift = torch.zeros_like(clips)
    shift[..., :3] = torch.tensor([1.0, -1.0, 0.0])
    spread = torch.from_numpy(refined.codec.spread)
    away = signed_sum(clips + shift, clips, refined.codec)
    count = clips.shape[1] * len(refined.codec.skeleton)
    assert away.item() == pytest.approx(count * abs(spread[0] - spread[1]).item(), rel=1e-3)


def test_only_a_clip_as_context_ties_samples_to_real_clips_and_says_so():
    assert fitted("transformer_diffusion").caveats == ()
    tied = fitted("transformer_diffusion", context="clip")
    (sentence,) = tied.caveats
    assert "real clips" in sentence


def test_with_a_label_as_context_samples_do_not_depend_on_which_real_clips_are_kept():
    generator = fitted("transformer_diffusion", grm=False)
    before = drawn(generator, LABELS)
    generator.real = RealClips(generator.real.values + 1.0, generator.real.labels)
    assert np.array_equal(before, drawn(generator, LABELS))
    tied = fitted("transformer_diffusion", grm=False, context="clip")
    before = drawn(tied, LABELS)
    tied.real = RealClips(tied.real.values + 1.0, tied.real.labels)
    assert not np.array_equal(before, drawn(tied, LABELS))
