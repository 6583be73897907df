"""Memory that a training step frees is kept for the next one, and lies in large pages."""

from __future__ import annotations

import ctypes
import platform
from collections.abc import Mapping

__all__ = ["keep_freed_memory", "with_large_pages"]

M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_THRESHOLD = -1, -2, -3
"""Parameters of ``mallopt``, glibc's ``malloc.h``."""

LARGEST_KEPT = 1 << 30
"""Bytes of the largest block that is kept; larger ones the system takes back."""

TUNABLES, LARGE_PAGES = "GLIBC_TUNABLES", "glibc.malloc.hugetlb"
"""What glibc from 2.35 on reads when a process starts; where it is unknown nothing happens."""


def keep_freed_memory() -> bool:
    """Let this process keep large blocks that it frees; says whether it now does.

    As it comes, glibc gives each large block back to the system, so that every step's feature maps
    are new pages, which the system first fills with zeros. A step's peak is not higher than before,
    but it stays the process's until it ends. Results do not change. Where there is no glibc nothing
    happens. See ``mallopt(3)``.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    library = ctypes.CDLL(None)
    settings = (
        (M_MMAP_THRESHOLD, LARGEST_KEPT),
        (M_TRIM_THRESHOLD, 2**31 - 1),
        (M_TOP_PAD, 1 << 26),
    )
    accepted = [library.mallopt(parameter, value) == 1 for parameter, value in settings]
    return all(accepted)


def with_large_pages(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment in which a new process asks the system for large pages, unless it says
    otherwise.

    A step goes through tens of megabytes; in pages of 2 MB in place of 4 kB their places are found
    sooner. The system may have none to give, or give them unasked: see ``madvise(2)``,
    ``MADV_HUGEPAGE``. Results do not change.
    """
    asked = environment.get(TUNABLES, "")
    if LARGE_PAGES in asked:
        return dict(environment)
    return {**environment, TUNABLES: ":".join(filter(None, (asked, f"{LARGE_PAGES}=1")))}
