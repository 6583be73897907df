"""Which torch device to work on. Decided in the workers: the parent never imports torch."""

from __future__ import annotations

import re

from benchmark.engine.outcomes import UsageError

_DEVICE = re.compile(r"auto|cpu|mps|cuda(:\d+)?")


def check_device_option(option: str, count: int = 1) -> str:
    """The option if it is the name of a device; :class:`UsageError` says which names there are, or
    that it can never be ``count`` devices."""
    if not _DEVICE.fullmatch(option):
        raise UsageError(f"unknown device '{option}': known are auto, cpu, cuda, cuda:<n>, mps")
    if count > 1 and (":" in option or option == "mps"):
        raise UsageError(f"--devices {count}: '{option}' is one device, take auto, cpu or cuda")
    return option


def torch_device(option: str) -> str:
    """The device of an option: ``auto`` takes a GPU where there is one.

    Raises:
        UsageError: a device that this machine does not have.
    """
    if option == "cpu":
        return option
    import torch

    if option == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    kind, _, number = option.partition(":")
    count = {
        "cuda": torch.cuda.device_count() if torch.cuda.is_available() else 0,
        "mps": int(torch.backends.mps.is_available()),
    }[kind]
    if int(number or 0) >= count:
        raise UsageError(f"there is no device '{option}' here: take --device cpu")
    return option
