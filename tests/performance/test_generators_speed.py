"""Ten training steps and sixteen samples of each learned generator of pose sequences: `make bench`.

Time and memory of whole fits are in every run's `run.json` and in the leaderboard.
"""

from __future__ import annotations

import numpy as np
import pytest

from generators.protocol import FitContext
from generators.registry import GENERATORS, check_generator, make_generator
from tests.conftest import moving_clips

STEPS = {"train_steps": 10, "pose_steps": 10}
SEQUENCES = [
    name
    for name in GENERATORS
    if {"train_steps", "frames"} <= set(check_generator(name, "quick", {}))
]


def _generator(name):
    known = check_generator(name, "quick", {})
    return make_generator(name, "quick", {key: STEPS[key] for key in STEPS if key in known})


@pytest.mark.parametrize("name", SEQUENCES)
def test_ten_training_steps(benchmark, name):
    benchmark.extra_info["what"] = f"10 training steps of {name}"
    clips, run = moving_clips(64, classes=12), FitContext(seed=0)
    benchmark.pedantic(lambda: _generator(name).fit(clips, run), rounds=3)


@pytest.mark.parametrize("name", SEQUENCES)
def test_sixteen_samples(benchmark, name):
    benchmark.extra_info["what"] = f"16 samples of {name}"
    generator = _generator(name)
    generator.fit(moving_clips(24, classes=12), FitContext(seed=0))
    benchmark.pedantic(generator.sample, (np.arange(16) % 12, 0), rounds=3)
