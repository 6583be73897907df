"""Names of devices, and how many of them there can be."""

from __future__ import annotations

import pytest
import torch

from benchmark.engine.devices import check_device_option
from benchmark.engine.executors.local import LocalPool
from benchmark.engine.outcomes import UsageError
from recognizers.together import together
from recognizers.training import TrainingRun
from tests.recognizers.test_data_parallel import odd_training


@pytest.mark.parametrize("option", ["auto", "cpu", "cuda"])
def test_several_of_a_kind_can_share_a_stage(option: str) -> None:
    assert check_device_option(option, 4) == option


@pytest.mark.parametrize("option", ["cuda:1", "mps"])
def test_one_device_is_not_several(option: str) -> None:
    assert check_device_option(option) == option
    with pytest.raises(UsageError, match=f"--devices 2: '{option}' is one device"):
        check_device_option(option, 2)


@pytest.mark.slow
def test_a_worker_of_the_pool_trains_together_with_a_process_of_its_own() -> None:
    pool = LocalPool(1)
    try:
        made = pool.submit(together, odd_training, TrainingRun(devices=2)).result(timeout=240)
    finally:
        pool.shutdown(cancel_futures=True)
    for key, value in odd_training(TrainingRun()).items():
        torch.testing.assert_close(made[key], value, rtol=1e-9, atol=1e-9)
