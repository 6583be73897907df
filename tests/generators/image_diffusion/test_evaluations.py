"""What a generator says that a sample costs is what its networks are asked for."""

from __future__ import annotations

import numpy as np
import pytest
from torch import nn

from generators.registry import make_generator
from tests.generators.fitting import fitted

LABELS = np.arange(5) % 3

DDPM = [
    {"sampler": "ddpm", "sampling_steps": 7},
    {"sampler": "ddim", "sampling_steps": 3},
    {"sampler": "dpm_solver++", "sampling_steps": 6},
    {"sampler": "ddpm", "sampling_steps": 4, "label_scale": 2.0},
    {"objective": "flow", "sampling_steps": 3},
]
GUIDED = [
    *DDPM,
    {"sampling_steps": 8, "guidance_scale": 0.0},
    {"sampling_steps": 8, "guidance_every": 3},
    {"sampling_steps": 8, "guidance_from": 0.2, "guidance_until": 0.9},
    {"sampling_steps": 8, "guidance_from": 0.2, "guidance_until": 0.9, "guidance_every": 2},
    {"sampler": "dpm_solver++", "sampling_steps": 5, "guidance": "dhariwal"},
    {"objective": "flow", "sampling_steps": 8, "guidance_every": 2, "guidance_until": 0.5},
]
CASES = [
    *(("ddpm", settings) for settings in DDPM),
    *(("st_guided_ddpm", settings) for settings in GUIDED),
    ("factor_ddpm", {"sampling_steps": 4, "label_scale": 2.0}),
    ("factor_ddpm", {"sampling_steps": 3, "objective": "flow"}),
]


def counted(generator) -> float:
    """Forward passes for each of some samples, batch by batch."""
    seen = 0

    def count(module: nn.Module, inputs: tuple, output: object) -> None:
        nonlocal seen
        seen += len(inputs[0])

    networks = [generator.denoiser, *([generator.guide] if hasattr(generator, "guide") else [])]
    hooks = [network.register_forward_hook(count) for network in networks]
    generator.sample(LABELS, seed=0)
    for hook in hooks:
        hook.remove()
    return seen / len(LABELS)


@pytest.fixture(scope="module")
def generators():
    """Each fitted once: what is counted does not depend on the training."""
    return {name: fitted(name, sampling_batch=3) for name in dict(CASES)}


@pytest.mark.parametrize(("name", "settings"), CASES, ids=str)
def test_evaluations_are_the_forward_passes_of_a_sample(name, settings, generators, monkeypatch):
    generator = generators[name]
    told = generator.parameters.model_copy(update=settings)
    monkeypatch.setattr(generator, "parameters", told)
    assert generator.evaluations == counted(generator) > 0


def test_samples_that_differ_in_their_steps_have_no_one_number():
    assert make_generator("variations", "smoke", {}).evaluations is None
