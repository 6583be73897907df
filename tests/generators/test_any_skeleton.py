"""Every generator on skeletons that it was not written for: 2D, 15, 25, 33 and 133 joints."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from generators.registry import GENERATORS, load_generator
from skeletons.errors import InputError
from tests.any_skeleton import UNUSUAL, swaying_clips
from tests.generators.fitting import fitted

REFUSED = {
    ("2D", "action2motion"),  # turns of bones need three coordinates
    ("2D", "body_swap"),  # so do lengths of bones
    ("two people", "action2motion"),
    ("two people", "mixing"),
    ("133 joints without sides", "mixing"),  # legs are told by hips
}

SHORT = {
    ("133 joints without sides", "st_guided_ddpm"): {
        "guide_steps": 1,
        "guide_batch": 1,
        "sampling_steps": 1,
    },
}
"""Where a step takes a second: the guide looks from every joint at every other one."""


@pytest.mark.parametrize("name", GENERATORS)
@pytest.mark.parametrize("kind", UNUSUAL)
def test_a_generator_makes_clips_of_the_skeleton_that_it_was_given(
    name: str, kind: str, tmp_path: Path
) -> None:
    clips = swaying_clips(UNUSUAL[kind])
    labels = np.asarray([0, 1, 2, 2])
    if (kind, name) in REFUSED:
        with pytest.raises(InputError):
            fitted(name, clips).sample(labels, 5)
        return
    generator = fitted(name, clips, **SHORT.get((kind, name), {}))
    generator.save(tmp_path)
    made = load_generator(name, tmp_path).sample(labels, 5)
    assert made.skeleton == clips.skeleton
    assert made.frames.shape[1:] == clips.frames.shape[1:]
    assert made.labels.tolist() == labels.tolist()
    assert np.isfinite(made.frames).all()
