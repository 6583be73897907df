"""Pickles of arrays and plain containers: read without running code, written for any numpy."""

from __future__ import annotations

import importlib
import io
import pickle
import pickletools
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

UNREADABLE = (
    OSError,
    EOFError,
    pickle.UnpicklingError,
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    ImportError,
    ArithmeticError,
    MemoryError,
    RecursionError,
)
"""What unpickling was seen to raise for cut, mangled and hostile files."""

_ARRAY_BUILDERS = {"_reconstruct", "ndarray", "dtype", "scalar", "_frombuffer"}


def load_arrays(content: bytes) -> Any:
    """What a pickle holds, if that is numpy arrays and plain containers.

    Raises:
        pickle.UnpicklingError: it asks for anything else; nothing of it was run.
        Exception: one of :data:`UNREADABLE`, for what is no whole pickle.
    """
    _check_memo(content)
    return _ArrayUnpickler(io.BytesIO(content)).load()


def dump_arrays(value: Any) -> bytes:
    """A pickle that any numpy can read.

    numpy 2 pickles an array by a function in ``numpy._core``, which older ones do not have; the
    constructor of an array is called the same in all.
    """
    stream = io.BytesIO()
    _PortablePickler(stream, protocol=4).dump(value)
    return stream.getvalue()


def _check_memo(content: bytes) -> None:
    """Raise ValueError for a pickle that numbers more objects than it can hold: the unpickler takes
    memory for all of them first, so that six bytes can ask for gigabytes."""
    for opcode, value, _ in pickletools.genops(content):
        if opcode.name in ("PUT", "BINPUT", "LONG_BINPUT") and (value or 0) > len(content):
            raise ValueError(f"it numbers {value} objects in {len(content)} bytes")


class _ArrayUnpickler(pickle.Unpickler):
    """Builds numpy arrays and plain containers; refuses every other global."""

    def find_class(self, module: str, name: str) -> Any:
        if module == "_codecs" and name == "encode":
            return _latin1
        if module.split(".")[0] == "numpy" and name in _ARRAY_BUILDERS:
            return getattr(
                importlib.import_module(module.replace("numpy.core", "numpy._core")), name
            )
        raise pickle.UnpicklingError(f"it asks to load {module}.{name}, which is not an array")


class _PortablePickler(pickle.Pickler):
    """Arrays as ``numpy.ndarray(shape, dtype, bytes)``."""

    def reducer_override(self, value: Any) -> Any:
        if not isinstance(value, np.ndarray):
            return NotImplemented
        array: NDArray[Any] = np.ascontiguousarray(value)
        build: Callable[..., Any] = np.ndarray
        return build, (value.shape, array.dtype.str, array.tobytes())


def _latin1(text: str, encoding: str) -> bytes:
    """What ``_codecs.encode`` does for the byte strings inside an array pickle."""
    if encoding != "latin1":
        raise pickle.UnpicklingError(f"a byte string is encoded as {encoding}")
    return text.encode("latin1")
