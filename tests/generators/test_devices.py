"""Fits and samples by several devices: here, two processes of the CPU."""

from __future__ import annotations

from unittest import mock

import numpy as np
import pytest
import torch

from generators import learned
from generators.protocol import FitContext
from recognizers.training import DivergenceCheck
from tests.conftest import moving_clips
from tests.generators.fitting import KeptParts, fitted

LABELS = np.array([0, 1, 2, 1, 0, 2, 2], dtype=np.int64)


def _fit(name: str, devices: int, **settings):
    losses: list[float] = []

    def note(check, loss, step):
        losses.append(float(loss.detach()))

    with mock.patch.object(DivergenceCheck, "note", note):
        run = FitContext(seed=0, devices=devices)
        return losses, fitted(name, moving_clips(12), run, train_steps=6, batch=5, **settings)


@pytest.mark.parametrize(
    "name", ["ddpm", *(pytest.param(one, marks=pytest.mark.slow) for one in ("mdm", "factor_ddpm"))]
)
def test_the_losses_of_two_devices_are_those_of_one_and_so_are_samples_byte_for_byte(name):
    alone, one = _fit(name, 1, sampling_batch=2)
    shared, two = _fit(name, 2, sampling_batch=2)
    assert len(alone) == 6
    # single precision, sums in another order
    np.testing.assert_allclose(shared, alone, rtol=1e-4)
    for key, value in one._tensors().items():
        torch.testing.assert_close(two._tensors()[key], value, rtol=1e-2, atol=1e-4)
    expected = one.sample(LABELS, 3)
    one.on_devices("cpu", 2)
    np.testing.assert_array_equal(one.sample(LABELS, 3).frames, expected.frames)
    assert one.devices == 2 and one.group is None


@pytest.mark.parametrize("name", ["act_mocogan", "condgru"])
def test_a_network_that_is_not_called_by_rows_is_trained_by_one_device(name, monkeypatch):
    monkeypatch.setattr(learned, "together", _alone)
    assert _fit(name, 2)[0] == _fit(name, 1)[0]


def _alone(work, run):
    assert run.devices == 1
    return work(run=run)


def test_samples_of_one_batch_are_left_to_one_device(monkeypatch):
    made = fitted("ddpm")
    monkeypatch.setattr(learned, "together", _alone)
    made.on_devices("cpu", 8)
    assert len(made.sample(LABELS, 3)) == len(LABELS)


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_a_lower_precision_is_a_part_of_its_own_and_learns_other_weights(precision, tmp_path):
    parts = KeptParts(tmp_path)
    single = fitted("mdm", run=FitContext(seed=0, part=parts), train_steps=6)
    lower = fitted("mdm", run=FitContext(seed=0, part=parts, precision=precision), train_steps=6)
    assert len(parts.asked) == 2 and parts.asked[0] != parts.asked[1]
    ours, theirs = single._tensors(), lower._tensors()
    assert {value.dtype for value in theirs.values()} == {value.dtype for value in ours.values()}
    assert any(not torch.equal(theirs[key], value) for key, value in ours.items())
    for key, value in ours.items():
        torch.testing.assert_close(theirs[key], value, rtol=0, atol=0.05)
