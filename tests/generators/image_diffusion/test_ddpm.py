from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from generators.diffusion.process import clean_estimate, noise_process, training_target
from generators.image_diffusion.denoisers import build_denoiser
from generators.image_diffusion.image_joints import ImageJoints
from generators.image_diffusion.parameters import DDPM_PROFILES, DiffusionParameters
from generators.image_diffusion.sampling import sample_images
from generators.image_diffusion.whitening import Whitening
from generators.length_and_placement import Circumstances
from generators.protocol import FitContext
from generators.registry import generator_names, load_generator, make_generator
from skeletons.errors import InputError
from skeletons.image import SkeletonImageCodec
from skeletons.placement import Placement
from tests.conftest import moving_clips

TINY = {
    "width": 32,
    "layers": 1,
    "train_steps": 4,
    "batch": 8,
    "sampling_steps": 3,
    "sampling_batch": 4,
}
BUILT_IN = ("ddpm", "st_guided_ddpm")


def _settings(name: str, **changes: object) -> dict[str, object]:
    guide = {"guide_steps": 2, "guide_batch": 4} if name == "st_guided_ddpm" else {}
    return {**TINY, **guide, **changes}


def _fitted(name: str, **changes: object):
    generator = make_generator(name, "quick", _settings(name, **changes))
    generator.fit(moving_clips(9), FitContext(seed=1))
    return generator


@pytest.fixture(scope="module", params=BUILT_IN)
def fitted(request):
    return request.param, _fitted(request.param)


def test_the_built_in_generators_are_listed():
    assert set(BUILT_IN) <= set(generator_names())


@pytest.mark.parametrize("labels", [[], [2], [2, 0, 0, 1, 2, 2]])
def test_every_label_is_served_in_order(fitted, labels):
    _, generator = fitted
    clips = generator.sample(np.asarray(labels, np.int64), seed=3)
    assert clips.labels.tolist() == labels
    assert np.isfinite(clips.frames).all()
    lengths = {
        label: set(moving_clips(9).lengths[moving_clips(9).labels == label]) for label in labels
    }
    for row, label in enumerate(labels):
        assert clips.lengths[row] in lengths[label], "length is one of a real clip of the class"


def test_samples_depend_on_the_seed_and_on_nothing_else(fitted):
    _, generator = fitted
    labels = np.arange(6) % 3
    first = generator.sample(labels, seed=3)
    torch.manual_seed(99)
    again, other = generator.sample(labels, seed=3), generator.sample(labels, seed=4)
    assert np.array_equal(first.frames, again.frames)
    assert first.resample(8).shape == other.resample(8).shape
    assert np.abs(first.resample(8) - other.resample(8)).max() > 1e-3


def test_a_loaded_generator_samples_the_same(fitted, tmp_path):
    name, generator = fitted
    generator.save(tmp_path)
    labels = np.asarray([1, 2])
    loaded = load_generator(name, tmp_path)
    assert np.array_equal(generator.sample(labels, 7).frames, loaded.sample(labels, 7).frames)
    (tmp_path / "weights.safetensors").write_bytes(b"cut")
    with pytest.raises(InputError, match="holds no fitted"):
        load_generator(name, tmp_path)


@pytest.mark.parametrize("name", BUILT_IN)
def test_one_clip_a_class_is_enough_to_fit(name):
    generator = make_generator(name, "quick", _settings(name))
    generator.fit(moving_clips(3), FitContext(seed=0))
    assert len(generator.sample(np.asarray([0, 1, 2, 2]), 0)) == 4


@pytest.mark.parametrize("name", BUILT_IN)
def test_an_interrupted_fit_goes_on_to_the_same_weights(name, tmp_path, monkeypatch):
    monkeypatch.setattr("recognizers.training.SECONDS_BETWEEN_CHECKPOINTS", -1.0)

    def interrupt(done: int, total: int) -> None:
        if done == total - 1:
            raise KeyboardInterrupt

    generator = make_generator(name, "quick", _settings(name))
    with pytest.raises(KeyboardInterrupt):
        generator.fit(moving_clips(9), FitContext(seed=1, scratch=tmp_path, progress=interrupt))
    assert (tmp_path / "denoiser.checkpoint").exists()
    generator.fit(moving_clips(9), FitContext(seed=1, scratch=tmp_path))
    labels = np.asarray([0, 1])
    assert np.array_equal(
        generator.sample(labels, 0).frames, _fitted(name).sample(labels, 0).frames
    )


def test_progress_of_a_fit_counts_up_to_its_total():
    seen: list[tuple[int, int]] = []
    generator = make_generator("st_guided_ddpm", "quick", _settings("st_guided_ddpm"))
    generator.fit(moving_clips(3), FitContext(seed=0, progress=lambda *now: seen.append(now)))
    done, totals = zip(*seen, strict=True)
    assert list(done) == sorted(done)
    assert set(totals) == {6} == {done[-1]}


def test_both_generators_have_the_same_denoiser_and_scale_zero_is_the_control():
    control, guided = _fitted("ddpm"), _fitted("st_guided_ddpm", guidance_scale=0.0)
    labels = np.arange(5) % 3
    assert np.array_equal(control.sample(labels, 2).frames, guided.sample(labels, 2).frames)


def test_a_part_that_is_there_is_not_trained_again(tmp_path):
    asked = []

    def part(name, recipe, build, modules=()):
        asked.append((name, tuple(sorted((key, str(value)) for key, value in recipe.items()))))
        folder = tmp_path / name
        if not folder.exists():
            folder.mkdir()
            build(folder)
        return folder

    steps = []
    for name in ("ddpm", "st_guided_ddpm"):
        generator = make_generator(name, "quick", _settings(name))
        context = FitContext(seed=1, part=part, progress=lambda done, _: steps.append(done))
        generator.fit(moving_clips(9), context)
    assert [name for name, _ in asked] == ["denoiser", "guide", "denoiser"]
    assert asked[0] == asked[2], "both ask for the same denoiser"
    assert len(steps) == TINY["train_steps"] + 2


@pytest.fixture(scope="module")
def well_guided():
    return _fitted("st_guided_ddpm", guide_steps=90, guide_batch=16, sampling_steps=4)


@pytest.mark.parametrize(
    ("norm", "through_denoiser", "strong"),
    [("unit", False, 20.0), ("unit", True, 20.0), ("none", False, 500.0)],
)
def test_the_guide_finds_guided_samples_more_likely(well_guided, norm, through_denoiser, strong):
    generator = well_guided
    labels = np.repeat(np.arange(3), 4)

    def likelihood(scale: float) -> float:
        changes = {"guidance_scale": scale, "guidance_norm": norm, "sampling_batch": 12}
        changes["through_denoiser"] = through_denoiser
        generator.parameters = generator.parameters.model_copy(update=changes)
        images, _ = generator.codec.encode(generator.sample(labels, 0))
        logits = generator.guide(torch.from_numpy(images))
        return -F.cross_entropy(logits, torch.from_numpy(labels)).item()

    assert likelihood(strong) > likelihood(0.0) + 0.02


class Oracle(torch.nn.Module):
    """A denoiser that knows the answer, whatever it is asked to predict."""

    def __init__(self, answer: torch.Tensor, parameters: DiffusionParameters) -> None:
        super().__init__()
        self.anchor = torch.nn.Parameter(torch.zeros(1))
        self.answer, self.prediction = answer, parameters.prediction
        self.process = noise_process(parameters)

    def forward(self, noisy, timesteps, labels):
        clean = self.answer[labels]
        bar = self.process.alphas_cumprod[timesteps][:, None, None, None]
        noise = (noisy - bar.sqrt() * clean) / (1 - bar).sqrt()
        return training_target(self.process, self.prediction, clean, noise, timesteps)


@pytest.mark.parametrize("sampler", ["ddpm", "ddim", "dpm_solver++"])
@pytest.mark.parametrize("prediction", ["sample", "epsilon", "v_prediction"])
@pytest.mark.parametrize("eta", [0.0, 0.9])
def test_every_sampler_finds_what_a_perfect_denoiser_knows(sampler, prediction, eta):
    parameters = DiffusionParameters(
        sampler=sampler, prediction=prediction, eta=eta, sampling_steps=20, diffusion_steps=200
    )
    answer = torch.randn(3, 3, 24, 24, generator=torch.Generator().manual_seed(0))
    labels = torch.tensor([2, 0, 1, 1])
    images = sample_images(Oracle(answer, parameters), parameters, labels, 0, no_label=3)
    assert (images - answer[labels]).abs().max() < 0.05


@pytest.mark.parametrize("prediction", ["sample", "epsilon", "v_prediction"])
def test_the_clean_estimate_inverts_the_training_target(prediction):
    parameters = DiffusionParameters()
    process = noise_process(parameters)
    clean, noise = torch.randn(2, 5, 3, 24, 24)
    timesteps = torch.tensor([0, 100, 500, 800, 950])
    noisy = process.add_noise(clean, noise, timesteps)
    target = training_target(process, prediction, clean, noise, timesteps)
    for row, timestep in enumerate(timesteps):
        bar = process.alphas_cumprod[timestep]
        estimate = clean_estimate(prediction, target[row], noisy[row], bar)
        assert torch.allclose(estimate, clean[row], atol=2e-3)


@pytest.mark.parametrize(
    "parameters",
    [
        DiffusionParameters(image_size=32),
        DiffusionParameters(frames_per_token=3),
        DiffusionParameters(denoiser="unet", channels=(16, 32)),
        DiffusionParameters(image_size=48, denoiser="unet", channels=(16, 16, 16), attention=True),
    ],
    ids=["transformer 32", "transformer 3 frames", "U-Net", "U-Net attention 48"],
)
def test_denoisers_keep_the_images_shape_and_look_at_label_and_time(parameters):
    torch.manual_seed(0)
    denoiser = build_denoiser(parameters, classes=4)
    for weights in denoiser.parameters():
        torch.nn.init.normal_(weights, std=0.1)
    size = parameters.image_size
    images = torch.randn(1, 3, size, size).expand(4, -1, -1, -1)
    steps, labels = torch.tensor([5, 5, 900, 5]), torch.tensor([0, 1, 0, 4])
    output = denoiser(images, steps, labels)
    assert output.shape == images.shape
    for row in (1, 2, 3):
        assert (output[row] - output[0]).abs().max() > 1e-4


def test_the_paper_profile_builds_its_unet():
    denoiser = build_denoiser(DiffusionParameters(**DDPM_PROFILES.values("paper")), classes=12)
    assert sum(p.numel() for p in denoiser.parameters()) > 5e6


@pytest.mark.parametrize("power", [0.0, 0.5, 1.0])
def test_whitened_images_have_unit_variance_and_come_back(power):
    torch.manual_seed(0)
    images = torch.randn(50, 3, 24, 24).cumsum(3) * torch.rand(3, 24, 1) + torch.randn(3, 24, 1)
    whitening = Whitening.of(images, power)
    assert torch.allclose(whitening.inverse(whitening.forward(images)), images, atol=1e-5)
    assert whitening.forward(images).square().mean() == pytest.approx(1.0, abs=0.1)


def test_circumstances_come_from_clips_of_the_same_class_together():
    labels, lengths = np.asarray([0, 0, 1]), np.asarray([10, 20, 30])
    placement = Placement(np.zeros((3, 3), np.float32), np.float32([0.1, 0.2, 0.3]))
    drawn, where = Circumstances(labels, lengths, placement).draw(
        np.asarray([1, 0, 0, 0, 0, 0]), np.random.default_rng(0)
    )
    assert set(zip(drawn.tolist(), (where.yaw * 100).round(), strict=True)) == {
        (30, 30),
        (10, 10),
        (20, 20),
    }
    with pytest.raises(InputError, match="label 2 was not among"):
        Circumstances(labels, lengths, placement).draw(np.asarray([2]), np.random.default_rng(0))


@pytest.mark.parametrize("size", [24, 32])
def test_joints_for_a_graph_network_are_those_that_the_codec_decodes(size):
    clips = moving_clips(6)
    codec = SkeletonImageCodec.fit(clips, size)
    images = torch.from_numpy(codec.encode(clips)[0])
    images[0, 0, 0] = torch.linspace(-1.2, 1.2, size)
    joints = ImageJoints(codec)(images)
    assert joints.shape == (6, 1, size, 24, 3)
    assert np.allclose(joints[:, 0].numpy(), codec.from_image(images.numpy()), atol=1e-4)


@pytest.mark.parametrize("size", [24, 32, 48])
@pytest.mark.parametrize("guide", ["st_trans", "stgcn++"])
def test_either_guide_works_at_every_image_size_and_is_loaded_as_it_was(guide, size, tmp_path):
    generator = _fitted("st_guided_ddpm", guide=guide, image_size=size, guidance_scale=5.0)
    labels = np.asarray([1, 0])
    samples = generator.sample(labels, 2).frames
    generator.save(tmp_path)
    assert np.array_equal(
        load_generator("st_guided_ddpm", tmp_path).sample(labels, 2).frames, samples
    )
    generator.parameters = generator.parameters.model_copy(update={"guidance_scale": 0.0})
    assert not np.array_equal(generator.sample(labels, 2).frames, samples)
