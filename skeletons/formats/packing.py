"""Clips from many arrays into the one buffer of a clip set, without a second copy of them all."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skeletons.arrays import Float32Array, IntArray
from skeletons.errors import InputError

MOST_BYTES = 64 * 2**30
"""Bytes of all clips beyond which a file is refused; NTU RGB+D 120 takes 3 GB."""

GIVEN_BACK = 64 * 2**20
"""Bytes of clips that are freed before the system is given them back."""

FARTHEST = 1e9
"""Largest coordinate, in any unit; squares of larger ones leave float32."""


def check_finite(joints: NDArray[Any], where: str) -> None:
    """Raise :class:`InputError` with the first frame of ``[..., T, V, C]`` that has a NaN or an
    infinite value, and how many frames have."""
    if np.isfinite(joints).all():
        return
    axes = (*range(joints.ndim - 3), joints.ndim - 2, joints.ndim - 1)
    frames = np.flatnonzero(~np.isfinite(joints).all(axis=axes))
    raise InputError(
        f"{where} has NaN or infinite values in {len(frames)} of its {joints.shape[-3]} frames, "
        f"first in frame {frames[0]}"
    )


def check_numbers(joints: NDArray[Any], where: str) -> None:
    """Raise :class:`InputError` unless an array holds real numbers within :data:`FARTHEST`."""
    if joints.dtype.kind not in "fiu":
        raise InputError(f"{where} holds {joints.dtype} values, coordinates are numbers")
    check_finite(joints, where)
    if joints.size and max(-float(joints.min()), float(joints.max())) > FARTHEST:
        raise InputError(f"{where} has coordinates beyond {FARTHEST:.0e}, no body is so far away")


def packed_frames(clips: list[NDArray[Any]], bytes_read: int) -> tuple[Float32Array, IntArray]:
    """One buffer ``[F, V, C]`` of all clips ``[T, V, C]``, and their lengths ``[N]``.

    The list is emptied from its end, so that memory of clips is given back while the buffer fills.

    Args:
        bytes_read: how large the source is: many clips can share one array in a hostile file, and
            the buffer would have room for each.

    Raises:
        InputError: the clips would take more than sixteen times what was read.
    """
    lengths = np.asarray([len(clip) for clip in clips], dtype=np.int64)
    shape = clips[0].shape[1:]
    total = int(lengths.sum())
    needed = 4 * total * int(np.prod(shape))
    if needed > min(16 * bytes_read + 2**20, MOST_BYTES):
        raise InputError(
            f"its clips would take {needed / 2**20:,.0f} MiB, out of {bytes_read / 2**20:,.1f} MiB "
            "that were read"
        )
    frames = np.empty((total, *shape), np.float32)
    end = total
    freed = 0
    while clips:
        clip = clips.pop()
        frames[end - len(clip) : end] = clip
        end -= len(clip)
        freed += clip.nbytes
        if freed > GIVEN_BACK or not clips:
            del clip
            give_back_memory()
            freed = 0
    return frames, lengths


def give_back_memory() -> None:
    """Let the system have what was freed: the C library of Linux keeps what lies below anything
    that is still in use, however small. Nothing happens elsewhere."""
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)


def starts_of(lengths: IntArray) -> IntArray:
    """First frame of each clip in a packed buffer, ``[N]``."""
    return np.asarray(np.cumsum(lengths) - lengths, dtype=np.int64)


def distinct(ids: Sequence[str], labels: Sequence[object]) -> None:
    """Raise :class:`InputError` for an id that stands twice, with both labels."""
    seen: dict[str, object] = {}
    for clip_id, label in zip(ids, labels, strict=True):
        if clip_id in seen:
            raise InputError(
                f"clip '{clip_id}' stands twice, with labels {seen[clip_id]} and {label}: a split "
                "cannot say which it means"
            )
        seen[clip_id] = label
