"""No training step of a recognizer or judge makes the processor wait for a GPU."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from recognizers.downstream import train_recognizer
from recognizers.extractors.kinds import KINDS, pretrain_extractor
from recognizers.recipe_table import recipe_of
from recognizers.recipes import changed
from recognizers.training import TrainingRun
from recognizers.transfer import to_device
from tests.conftest import moving_clips
from tests.pretend_gpu import pretend_gpu

STEPS = 4
ADDED = np.arange(12) % 2 == 1


def _trained(name: str, device: str, changes, progress=lambda done, total: None):
    recipe = changed(recipe_of(name, "quick"), {"batch": 4, **changes}, name)
    return train_recognizer(
        name,
        moving_clips(12),
        recipe=recipe,
        steps=STEPS,
        seed=5,
        synthetic=ADDED,
        run=TrainingRun(device, progress=progress),
    )


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("stgcn++", {}),
        ("stgcn++", {"synthetic_weight": 0.5}),
        ("stgcn++", {"synthetic_norm": "own"}),
        ("gru", {}),
        ("st_trans", {}),
    ],
)
def test_between_two_looks_at_the_losses_no_step_waits(name, changes):
    waits: dict[int, int] = {}
    with pretend_gpu() as gpu:
        told = lambda done, total: waits.update({done: len(gpu.waits)})  # noqa: E731
        trained = _trained(name, "cuda", changes, told)
        there = {key: value.cpu() for key, value in trained.model.state_dict().items()}
    assert not gpu.waits[waits[1] : waits[STEPS - 1]]
    plain = _trained(name, "cpu", changes)
    assert all(torch.equal(there[key], value) for key, value in plain.model.state_dict().items())


def test_scores_are_waited_for_once_and_not_batch_by_batch():
    clips = moving_clips(70, seed=2)
    with pretend_gpu() as gpu:
        trained = _trained("gru", "cuda", {})
        before = len(gpu.waits)
        scores = trained.scores(clips)
    assert gpu.waits[before:] == ["to cuda", "cpu"]
    np.testing.assert_array_equal(scores, _trained("gru", "cpu", {}).scores(clips))


SLOW_KINDS = [pytest.param(kind, marks=pytest.mark.slow) for kind in sorted(set(KINDS) - {"gru"})]


@pytest.mark.parametrize("kind", ["gru", *SLOW_KINDS])
def test_no_step_of_a_judges_training_waits(kind, tmp_path):
    waits: list[int] = []
    with pretend_gpu() as gpu:
        run = TrainingRun("cuda", progress=lambda done, total: waits.append(len(gpu.waits)))
        pretrain_extractor(moving_clips(12), tmp_path, run=run, profile="quick", kind=kind)
    between_looks = waits[50 * (len(waits) // 50) - 49 : 50 * (len(waits) // 50) - 1]
    assert not gpu.waits[between_looks[0] : between_looks[-1]]


def test_the_pretend_gpu_sees_who_waits():
    with pretend_gpu() as gpu:
        there = to_device(torch.arange(6.0), "cuda")
        assert there.device.type == "cuda" and not gpu.waits
        assert (there * 2).sum().item() == 30.0
        assert bool((there > 4).any())
        there[there > 2], there.cpu(), there[torch.tensor([1])], torch.ones(2).to("cuda")
        assert gpu.waits == [
            "item", "__bool__", "__getitem__ by torch.bool", "cpu", "__getitem__ by torch.int64",
            "to cuda",
        ]  # fmt: skip
        with pytest.raises(RuntimeError, match="cpu and cuda"):
            there + torch.ones(6)
