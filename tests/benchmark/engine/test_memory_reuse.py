from __future__ import annotations

import platform
import subprocess
import sys

import pytest

from benchmark.engine import memory_reuse

FAULTS = """
import resource, sys
import numpy as np
from benchmark.engine.memory_reuse import keep_freed_memory

if sys.argv[1] == "keep":
    assert keep_freed_memory()


def step():
    maps = [np.ones(1 << 22) for _ in range(4)]


for _ in range(8):
    step()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(3):
    step()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def _new_pages(how):
    """Pages that the system hands out while three steps make four arrays of 32 MiB each."""
    command = [sys.executable, "-c", FAULTS, how]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="it is a setting of glibc's")
def test_a_step_takes_the_memory_that_the_last_one_freed():
    assert _new_pages("keep") < 0.2 * _new_pages("give back")


def test_where_there_is_no_glibc_nothing_happens(monkeypatch):
    monkeypatch.setattr(memory_reuse.platform, "libc_ver", lambda: ("", ""))
    monkeypatch.setattr(memory_reuse.ctypes, "CDLL", None)
    assert not memory_reuse.keep_freed_memory()
