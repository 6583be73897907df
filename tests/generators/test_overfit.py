"""Every learned generator can learn: trained on a clip a class, it gives these clips back."""

from __future__ import annotations

import pytest

from benchmark.analyses.conformance.candidate import Candidate, first_of_each_class
from benchmark.analyses.conformance.overfit import overfit
from generators.registry import GENERATORS, check_generator
from skeletons.datasets import dataset_named

LEARNED = [name for name in GENERATORS if "train_steps" in check_generator(name, "smoke", {})]


def test_the_learned_generators_are_found():
    assert {"ddpm", "st_guided_ddpm", "mdm", "transformer_diffusion", "actor"} <= set(LEARNED)
    assert {"action2motion", "condgru", "two_stage_gan", "act_mocogan"} <= set(LEARNED)
    assert not {"copy", "classical", "rotation"} & set(LEARNED)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", LEARNED)
def test_a_generator_trained_on_twelve_clips_gives_them_back(name, tmp_path):
    clips = dataset_named("kinematic12").load("cross-subject", None).train
    learnt = overfit(Candidate(name, first_of_each_class(clips), clips, tmp_path, "quick"))
    assert learnt.learnt(), (learnt.motion.share, learnt.poses.share)
