"""No step of a training and none of sampling makes the processor wait for a GPU."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from generators.protocol import FitContext
from generators.registry import GENERATORS, check_generator
from tests.conftest import moving_clips
from tests.generators.fitting import fitted
from tests.pretend_gpu import pretend_gpu

LEARNED = [name for name in GENERATORS if "train_steps" in check_generator(name, "smoke", {})]
STEPS = 6
QUICK = ("ddpm", "st_guided_ddpm", "actor", "act_mocogan")
SECOND_TRAINING = {
    "st_guided_ddpm": {"guide_steps": STEPS},
    "two_stage_gan": {"pose_steps": STEPS},
}
LABELS = np.array([0, 1, 2, 1, 0], dtype=np.int64)


def some(of, quick):
    """Those that are quick, the others for who has time."""
    return [
        pytest.param(*(one if isinstance(one, tuple) else (one,)), marks=_marks(one in quick))
        for one in of
    ]


def _marks(quick: bool):
    return () if quick else pytest.mark.slow


def _fit_on(device: str, name: str, progress=lambda done, total: None, **settings):
    run = FitContext(seed=0, device=device, progress=progress)
    return fitted(name, moving_clips(12), run, train_steps=STEPS, **settings)


@pytest.mark.parametrize("name", some(LEARNED, QUICK))
def test_between_two_looks_at_the_losses_no_training_step_waits(name):
    waits: dict[int, int] = {}
    second = SECOND_TRAINING.get(name, {})
    with pretend_gpu() as gpu:
        told = lambda done, total: waits.update({done: len(gpu.waits)})  # noqa: E731
        made = _fit_on("cuda", name, told, **second)
        there = {key: value.cpu() for key, value in made._tensors().items()}
    for begin in (0, STEPS) if second else (0,):
        # in its first step constants go to the device; after its last one is a look
        assert not gpu.waits[waits[begin + 1] : waits[begin + STEPS - 1]]
    plain = _fit_on("cpu", name, **second)._tensors()
    assert all(torch.equal(there[key], plain[key]) for key in plain)


SAMPLED = [
    ("ddpm", {}),
    ("ddpm", {"sampler": "ddim", "eta": 0.5}),
    ("ddpm", {"sampler": "dpm_solver++"}),
    ("st_guided_ddpm", {}),
    ("st_guided_ddpm", {"guidance": "dhariwal", "guidance_from": 0.2}),
    ("st_guided_ddpm", {"guide": "stgcn++"}),
    ("factor_ddpm", {}),
    ("mdm", {}),
    ("transformer_diffusion", {"grm": False}),
]


@pytest.mark.parametrize(("name", "settings"), some(SAMPLED, SAMPLED[:4]))
def test_between_two_passes_of_its_network_no_sampling_step_waits(name, settings):
    seen: list[int] = []
    with pretend_gpu() as gpu:
        made = _fit_on("cuda", name, diffusion_steps=20, sampling_steps=6, **settings)
        network = made.network if hasattr(made, "network") else made.denoiser
        assert isinstance(network, nn.Module)
        network.register_forward_hook(lambda *_: seen.append(len(gpu.waits)))
        there = made.sample(LABELS, 3).frames
    assert len(seen) >= 6
    assert not gpu.waits[seen[0] : seen[-1]]
    plain = _fit_on("cpu", name, diffusion_steps=20, sampling_steps=6, **settings)
    # torch's fused attention for evaluation is not for tensors of another type
    np.testing.assert_allclose(there, plain.sample(LABELS, 3).frames, atol=1e-5)
