"""Ten training steps and sixteen samples of each learned generator: `make bench`.

Time and memory of whole fits are in every run's `run.json` and in the leaderboard. Where nothing is
timed, the smallest profile shows that what is timed still runs.
"""

from __future__ import annotations

import numpy as np
import pytest

from generators.protocol import FitContext
from generators.registry import GENERATORS, check_generator, make_generator
from tests.conftest import moving_clips

STEPS = {"train_steps": 10, "pose_steps": 10, "guide_steps": 1}
LEARNED = [name for name in GENERATORS if "train_steps" in check_generator(name, "quick", {})]
SMALL = [
    ("ddpm", {"width": 32, "layers": 1}),
    ("mdm", {"width": 32, "layers": 1, "feedforward": 32}),
    ("transformer_diffusion", {"width": 32, "encoder_layers": 1, "decoder_layers": 1}),
]
"""Networks so small that what is done beside them shows."""


def _generator(benchmark, name, **settings):
    if benchmark.disabled:
        return make_generator(name, "smoke", settings | {"train_steps": 2})
    known = check_generator(name, "quick", {})
    steps = {key: STEPS[key] for key in STEPS if key in known}
    return make_generator(name, "quick", steps | settings)


@pytest.mark.parametrize("name", LEARNED)
def test_ten_training_steps(benchmark, name):
    benchmark.extra_info["what"] = f"10 training steps of {name}"
    clips, run = moving_clips(64, classes=12), FitContext(seed=0)
    benchmark.pedantic(lambda: _generator(benchmark, name).fit(clips, run), rounds=3)


@pytest.mark.parametrize(("name", "sizes"), SMALL)
def test_two_hundred_training_steps_of_a_small_network(benchmark, name, sizes):
    benchmark.extra_info["what"] = f"200 training steps of {name}, 1 layer of 32"
    clips, run = moving_clips(64, classes=12), FitContext(seed=0)
    benchmark.pedantic(
        lambda: _generator(benchmark, name, **sizes, train_steps=200, batch=8).fit(clips, run),
        rounds=3,
    )


@pytest.mark.parametrize("name", LEARNED)
def test_sixteen_samples(benchmark, name):
    benchmark.extra_info["what"] = f"16 samples of {name}"
    generator = _generator(benchmark, name)
    generator.fit(moving_clips(24, classes=12), FitContext(seed=0))
    benchmark.pedantic(generator.sample, (np.arange(16) % 12, 0), rounds=3)
