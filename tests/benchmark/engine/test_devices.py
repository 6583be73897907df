"""Names of devices, and how many of them there can be."""

from __future__ import annotations

import pytest

from benchmark.engine.devices import check_device_option
from benchmark.engine.outcomes import UsageError


@pytest.mark.parametrize("option", ["auto", "cpu", "cuda"])
def test_several_of_a_kind_can_share_a_stage(option: str) -> None:
    assert check_device_option(option, 4) == option


@pytest.mark.parametrize("option", ["cuda:1", "mps"])
def test_one_device_is_not_several(option: str) -> None:
    assert check_device_option(option) == option
    with pytest.raises(UsageError, match=f"--devices 2: '{option}' is one device"):
        check_device_option(option, 2)
