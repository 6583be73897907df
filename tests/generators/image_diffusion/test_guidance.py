from __future__ import annotations

import math

import pytest
import torch
from diffusers import DDPMScheduler
from torch import nn
from torch.nn import functional as F

from generators.diffusion.process import NoiseProcess
from generators.image_diffusion.guidance import (
    DhariwalGuide,
    EstimateGuide,
    LabelLikelihood,
    LikelihoodAndEntropy,
    guide_of,
    thresholded,
)
from generators.image_diffusion.parameters import GuidedParameters
from generators.image_diffusion.sampling import sample_images, signal_at_steps
from generators.image_diffusion.view import image_view
from generators.image_diffusion.whitening import Whitening
from tests.generators.image_diffusion.gaussians import GaussianDenoiser, TwoClasses

ALPHA_BARS = NoiseProcess(1000).scheduler.alphas_cumprod.double()[:, None, None, None]
"""Of all timesteps, for batches of one example each."""

PARAMETERS = {name: {"guidance": name} for name in ("unit", "capped", "dhariwal", "entropy")}


def linear(size=8, seed=0, bias=(0.0, 0.0)) -> nn.Module:
    """A classifier of two classes whose logits are linear in the image."""
    torch.manual_seed(seed)
    classifier = nn.Sequential(nn.Flatten(), nn.Linear(3 * size * size, 2))
    with torch.no_grad():
        classifier[1].bias.copy_(torch.tensor(bias))
    return classifier


def likelihood_of(classifier: nn.Module, rows=8, spread=1.0) -> LabelLikelihood:
    """Of whitened values that are 1 / ``spread`` times image values."""
    flat = Whitening(torch.zeros(3, rows, 1), torch.full((3, rows, 1), spread, dtype=torch.float64))
    return LabelLikelihood(classifier, image_view, flat)


def as_it_is(noisy):
    return noisy


@pytest.mark.parametrize("alpha_bar", [0.0, 0.75, 1.0])
def test_unit_moves_by_the_scale_and_the_noise_along_the_classifiers_gradient(alpha_bar):
    classifier = linear()
    guide = EstimateGuide(likelihood_of(classifier), scale=4.0)
    clean, labels = torch.randn(2, 3, 8, 8), torch.tensor([0, 1])
    moved = guide(as_it_is, clean, labels, torch.tensor(alpha_bar)) - clean
    lengths = moved.flatten(1).norm(dim=1)
    assert torch.allclose(lengths, torch.full((2,), 4.0 * (1 - alpha_bar)), atol=1e-5)
    # For two classes and a linear classifier the gradient is along the difference of the rows.
    weights = classifier[1].weight
    along = (weights[0] - weights[1]) / (weights[0] - weights[1]).norm()
    expected = torch.stack([along, -along]) * lengths[:, None]
    assert torch.allclose(moved.flatten(1), expected, atol=1e-5)


def test_the_default_is_unit_to_the_bit():
    torch.manual_seed(1)
    classifier = nn.Sequential(nn.Flatten(), nn.Linear(192, 16), nn.Tanh(), nn.Linear(16, 3))
    likelihood = likelihood_of(classifier, spread=0.3)
    clean, labels, alpha_bar = torch.randn(4, 3, 8, 8), torch.arange(4) % 3, torch.tensor(0.2)
    guide = guide_of(GuidedParameters(), likelihood)
    source = clean.clone().requires_grad_(True)
    loss = F.cross_entropy(
        classifier(likelihood.whitening.inverse(source)), labels, reduction="sum"
    )
    (downhill,) = torch.autograd.grad(loss, source)
    gradient = -downhill
    direction = gradient / gradient.flatten(1).norm(dim=1)[:, None, None, None]
    expected = clean + 15.0 * (1.0 - alpha_bar) * direction
    assert torch.equal(guide(as_it_is, clean, labels, alpha_bar), expected)


@pytest.mark.parametrize("cap", [0.01, 0.3, 5.0])
def test_capped_moves_by_the_gradient_over_the_cap_and_by_no_more_than_length_one(cap):
    classifier = linear()
    clean, labels = 3 * torch.randn(16, 3, 8, 8), torch.arange(16) % 2
    moved = EstimateGuide(likelihood_of(classifier), 4.0, cap)(
        as_it_is, clean, labels, torch.tensor(0.75)
    )
    # log p of label y has the gradient (1 - p) (w_y - w_other).
    weights = classifier[1].weight
    doubt = 1 - classifier(clean).softmax(dim=1).gather(1, labels[:, None])
    gradient = doubt * (weights[0] - weights[1]) * (1 - 2.0 * labels[:, None])
    length = gradient.norm(dim=1)
    expected = gradient * torch.minimum(1 / length, torch.tensor(1 / cap))[:, None]
    assert torch.allclose((moved - clean).flatten(1), expected, atol=1e-5)
    assert ((moved - clean).flatten(1).norm(dim=1) <= 1 + 1e-5).all()


@pytest.mark.parametrize(("guidance", "lets_go"), [("unit", False), ("capped", True)])
def test_a_satisfied_guide_leaves_capped_samples_alone_and_not_unit_ones(guidance, lets_go):
    parameters = GuidedParameters(guidance=guidance, image_size=8)
    sure = likelihood_of(linear(bias=(12.0, 0.0)))
    denoiser, labels = GaussianDenoiser(parameters), torch.zeros(6, dtype=torch.int64)
    free = sample_images(denoiser, parameters, labels, 0)
    guided = sample_images(denoiser, parameters, labels, 0, guide_of(parameters, sure))
    moved = (guided - free).flatten(1).norm(dim=1)
    assert (moved < 0.01).all() if lets_go else (moved > 5.0).all()


@pytest.mark.parametrize("weight", [0.3, 1.0])
@pytest.mark.parametrize("cap", [0.01, 5.0])
def test_entropy_moves_by_the_gradient_of_likelihood_and_entropy_over_the_cap(weight, cap):
    classifier = linear()
    clean, labels = 3 * torch.randn(16, 3, 8, 8), torch.arange(16) % 2
    objective = LikelihoodAndEntropy(likelihood_of(classifier), weight)
    moved = EstimateGuide(objective, 4.0, cap)(as_it_is, clean, labels, torch.tensor(0.75))
    # Of the label's logit less the other's, z, the entropy of two classes has the slope
    # -z p (1 - p) and log p the slope 1 - p.
    weights = classifier[1].weight
    sign = 1 - 2.0 * labels[:, None]
    logits = classifier(clean)
    p = logits.softmax(dim=1).gather(1, labels[:, None])
    z = sign * (logits[:, :1] - logits[:, 1:])
    slope = (1 - weight) * (1 - p) - weight * z * p * (1 - p)
    gradient = slope * sign * (weights[0] - weights[1])
    expected = gradient * torch.minimum(1 / gradient.norm(dim=1), torch.tensor(1 / cap))[:, None]
    assert torch.allclose((moved - clean).flatten(1), expected, atol=1e-5)


@pytest.mark.parametrize(("weight", "rest"), [(1.0, 0.5), (0.5, 0.782)])
@pytest.mark.parametrize("label", [0, 1])
def test_entropy_brings_sure_clips_and_wrong_ones_to_the_boundary(weight, rest, label):
    """Where two classes come to rest has (1 - w) / p = w log(p / (1 - p))."""
    assert rest == 0.5 or math.isclose(1 / rest, math.log(rest / (1 - rest)), rel_tol=1e-2)
    classifier = linear()
    guide = EstimateGuide(LikelihoodAndEntropy(likelihood_of(classifier), weight), 0.4, 0.1)
    clean, labels = 2 * torch.randn(16, 3, 8, 8), torch.full((16,), label)
    for _ in range(100):
        clean = guide(as_it_is, clean, labels, torch.tensor(0.0))
    p = classifier(clean).softmax(dim=1)[:, label]
    assert torch.allclose(p, torch.full((16,), rest), atol=0.02)


def test_entropy_of_weight_zero_is_capped_to_the_bit():
    likelihood = likelihood_of(linear())
    clean, labels = torch.randn(6, 3, 8, 8), torch.arange(6) % 2
    made = [
        guide_of(GuidedParameters(guidance=guidance, entropy_weight=0.0), likelihood)(
            as_it_is, clean, labels, torch.tensor(0.3)
        )
        for guidance in ("capped", "entropy")
    ]
    assert torch.equal(*made)


@pytest.mark.parametrize("settings", PARAMETERS.values(), ids=PARAMETERS)
def test_an_interval_of_noise_is_guided_and_what_lies_outside_is_not(settings):
    likelihood, bars = likelihood_of(linear()), torch.tensor([0.1, 0.5, 0.9])
    clean, labels = 0.1 * torch.randn(2, 3, 8, 8), torch.tensor([0, 1])
    always = guide_of(GuidedParameters(**settings), likelihood)
    interval = GuidedParameters(**settings, guidance_from=0.3, guidance_until=0.7)
    within = guide_of(interval, likelihood)
    made = [within(as_it_is, clean, labels, bar) for bar in bars]
    assert torch.equal(made[0], clean)
    assert torch.equal(made[1], always(as_it_is, clean, labels, bars[1]))
    assert not torch.equal(made[1], clean)
    assert torch.equal(made[2], clean)


@pytest.mark.parametrize("objective", ["diffusion", "flow"])
def test_every_third_step_is_guided_and_the_others_are_not(objective):
    parameters = GuidedParameters(objective=objective, sampling_steps=8, guidance_every=3)
    likelihood, bars = likelihood_of(linear()), signal_at_steps(parameters)
    guide = guide_of(parameters, likelihood)
    clean, labels = 0.1 * torch.randn(2, 3, 8, 8), torch.tensor([0, 1])
    moved = [
        not torch.equal(guide(as_it_is, clean, labels, torch.tensor(bar)), clean) for bar in bars
    ]
    assert [step for step, guided in enumerate(moved) if guided] == [0, 3, 6]


@pytest.mark.parametrize("scale", [1.0, 3.0])
def test_dhariwal_moves_by_the_covariance_times_the_gradient_at_every_timestep(scale):
    """Data N(0, 0.5²) have E[x0 | x_t] linear in x_t and one variance of x0 given x_t."""
    classifier, spread, sd = linear(size=2).double(), 0.05, 0.5
    labels = torch.arange(len(ALPHA_BARS)) % 2
    total = ALPHA_BARS * sd**2 + 1 - ALPHA_BARS
    noisy = torch.randn(len(labels), 3, 2, 2, dtype=torch.float64) * total.sqrt()

    def denoise(x):
        return sd**2 * ALPHA_BARS.sqrt() / total * x

    guide = DhariwalGuide(likelihood_of(classifier, rows=2, spread=spread), scale)
    moved = guide(denoise, noisy, labels, ALPHA_BARS)
    doubt = F.one_hot(labels, 2) - classifier(spread * denoise(noisy)).softmax(dim=1)
    gradient = (spread * doubt @ classifier[1].weight).reshape(noisy.shape)
    variance = sd**2 * (1 - ALPHA_BARS) / total
    assert torch.allclose(moved, denoise(noisy) + scale * variance * gradient, rtol=1e-9)


@pytest.mark.parametrize("sd", [0.3, 1.0])
def test_dhariwal_of_scale_one_turns_a_denoiser_into_that_of_the_class_at_every_timestep(sd):
    """Bayes' rule, with the exact denoiser of two classes mixed and the exact classifier."""
    torch.manual_seed(4)
    data = TwoClasses(torch.randn(3, 2, 2, dtype=torch.float64), sd, ALPHA_BARS)
    labels = torch.arange(len(ALPHA_BARS)) % 2
    noisy = data.noisy(labels)
    guide = DhariwalGuide(likelihood_of(data.classifier(spread=0.02), rows=2, spread=0.02), 1.0)
    moved = guide(data.denoised, noisy, labels, ALPHA_BARS)
    assert torch.allclose(moved, data.denoised_of_class(noisy, labels), rtol=1e-6, atol=1e-9)
    assert not torch.allclose(data.denoised(noisy), data.denoised_of_class(noisy, labels), atol=0.1)


@pytest.mark.parametrize("settings", PARAMETERS.values(), ids=PARAMETERS)
def test_scale_zero_is_no_guide(settings):
    likelihood = likelihood_of(linear())
    assert guide_of(GuidedParameters(**settings, guidance_scale=0.0), likelihood) is None
    guide = guide_of(GuidedParameters(**settings, guidance_scale=1e-30), likelihood)
    clean, labels = 0.1 * torch.randn(2, 3, 8, 8), torch.tensor([0, 1])
    assert torch.allclose(guide(as_it_is, clean, labels, torch.tensor(0.5)), clean, atol=1e-6)


def test_thresholding_is_that_of_diffusers_and_keeps_what_lies_within():
    torch.manual_seed(5)
    images = torch.randn(3, 3, 8, 8) * torch.tensor([0.2, 1.0, 5000.0])[:, None, None, None]
    theirs = DDPMScheduler(thresholding=True, sample_max_value=float("inf"))._threshold_sample(
        images
    )
    ours = thresholded(images)
    assert torch.allclose(ours, theirs)
    assert torch.equal(ours[0], images[0])
    assert ours.abs().max() <= 1.0


@pytest.mark.parametrize("prediction", ["sample", "v_prediction"])
@pytest.mark.parametrize("sampler", ["ddpm", "ddim", "dpm_solver++"])
@pytest.mark.parametrize("scale", [1.0, 15.0])
def test_dhariwal_keeps_its_samples_in_bounds_through_an_imperfect_network(
    sampler, prediction, scale
):
    """The error's Jacobian does not vanish at t = 999, where 20,000 times the gradient counts."""
    parameters = GuidedParameters(
        guidance="dhariwal",
        guidance_scale=scale,
        sampler=sampler,
        prediction=prediction,
        image_size=8,
    )
    # Image values of the data lie within ±0.75: three of their standard deviations.
    guide = guide_of(parameters, likelihood_of(linear(), spread=0.5))
    denoiser, labels = GaussianDenoiser(parameters, error=0.01), torch.arange(32) % 2
    free = sample_images(denoiser, parameters, labels, 0)
    assert torch.isfinite(samples := sample_images(denoiser, parameters, labels, 0, guide)).all()
    assert samples.std() < 1.05 * free.std()
    assert max(denoiser.widths) < 1.05
