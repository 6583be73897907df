from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from benchmark.engine import memory_reuse
from benchmark.engine.executors.children import start_worker
from benchmark.engine.memory_reuse import TUNABLES, with_large_pages

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


OFFERED = Path("/sys/kernel/mm/transparent_hugepage/enabled")


def test_large_pages_are_asked_for_unless_the_user_decides():
    asked = {"HOME": "here", TUNABLES: "glibc.malloc.hugetlb=1"}
    assert with_large_pages({"HOME": "here"}) == asked
    other = with_large_pages({TUNABLES: "glibc.malloc.check=0"})
    assert other[TUNABLES] == "glibc.malloc.check=0:glibc.malloc.hugetlb=1"
    off = {TUNABLES: "glibc.malloc.hugetlb=0"}
    assert with_large_pages(off) == off


@pytest.mark.skipif(
    not OFFERED.exists() or "[madvise]" not in OFFERED.read_text(),
    reason="pages are large, or small, whatever one asks for",
)
@pytest.mark.skipif(
    tuple(map(int, (platform.libc_ver()[1] or "0").split("."))) < (2, 35), reason="an older glibc"
)
def test_a_worker_has_large_pages(monkeypatch):
    monkeypatch.delenv(TUNABLES, raising=False)
    process, connection = start_worker()
    try:
        connection.send((_large_pages_after_use, (), {}))
        well, kilobytes = connection.recv()
    finally:
        connection.close()
        process.wait()
    assert well
    assert kilobytes >= 32 * 1024


def _large_pages_after_use():
    """Kilobytes in large pages once a process has filled 64 MB."""
    kept = [bytearray(b"x") * (1 << 22) for _ in range(16)]
    rollup = Path(f"/proc/{os.getpid()}/smaps_rollup").read_text()
    (line,) = (line for line in rollup.splitlines() if line.startswith("AnonHugePages"))
    assert len(kept) == 16
    return int(line.split()[1])
