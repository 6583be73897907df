"""Memory that a training step frees is kept for the next one."""

from __future__ import annotations

import ctypes
import platform

__all__ = ["keep_freed_memory"]

M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_THRESHOLD = -1, -2, -3
"""Parameters of ``mallopt``, glibc's ``malloc.h``."""

LARGEST_KEPT = 1 << 30
"""Bytes of the largest block that is kept; larger ones the system takes back."""


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
