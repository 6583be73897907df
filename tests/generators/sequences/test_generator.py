from __future__ import annotations

import pytest

from generators.protocol import FitContext
from generators.registry import make_generator
from recognizers.recipes import Optimisation
from tests.generators.fitting import KeptParts, fitted


@pytest.mark.parametrize(
    ("change", "trained"),
    [({"sampling_steps": 2}, 1), ({"guidance_scale": 3.0}, 1), ({"position_weight": 0.5}, 2)],
)
def test_fits_that_differ_in_sampling_only_share_their_training(change, trained, tmp_path):
    parts = KeptParts(tmp_path)
    for settings in ({}, change):
        fitted("mdm", run=FitContext(seed=0, part=parts), **settings)
    assert len(set(parts.asked)) == trained


@pytest.mark.parametrize(
    ("name", "settings", "expected"),
    [
        ("mdm", {"learning_rate": 0.5}, Optimisation(learning_rate=0.5)),
        ("actor", {"ema": 0.9}, Optimisation(ema=0.9)),
        ("condgru", {"schedule": "constant"}, Optimisation(schedule="constant")),
        ("act_mocogan", {"betas": (0.1, 0.2)}, Optimisation(betas=(0.1, 0.2))),
        ("transformer_diffusion", {"weight_decay": 0.1}, Optimisation(weight_decay=0.1)),
    ],
)
def test_parameters_of_an_optimiser_reach_it(name, settings, expected):
    assert make_generator(name, "smoke", settings).optimisation() == expected
