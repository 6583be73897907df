"""Pickles of arrays and plain containers: read without running code, written for any numpy."""

from __future__ import annotations

import io
import os
import pickle
import pickletools
from collections.abc import Callable
from typing import Any, BinaryIO

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

_NUMPY = ("numpy", "numpy.core", "numpy._core")
_MODULES = tuple(f"{numpy}{inner}" for numpy in _NUMPY for inner in ("", ".multiarray", ".numeric"))
"""Where numpy's pickles look for what builds an array; numpy 1 and 2 call them differently."""


def load_arrays(content: bytes | BinaryIO) -> Any:
    """What a pickle holds, if that is numpy arrays and plain containers.

    Arrays keep the bytes that were read, so that a file's stream takes as much memory as its
    arrays; they are read-only.

    Raises:
        pickle.UnpicklingError: it asks for anything else; nothing of it was run.
        Exception: one of :data:`UNREADABLE`, for what is no whole pickle.
    """
    stream = io.BytesIO(content) if isinstance(content, bytes) else content
    _check_memo(stream)
    return _ArrayUnpickler(stream).load()


def dump_arrays(value: Any) -> bytes:
    """A pickle that any numpy can read.

    numpy 2 pickles an array by a function in ``numpy._core``, which older ones do not have; the
    constructor of an array is called the same in all.
    """
    stream = io.BytesIO()
    _PortablePickler(stream, protocol=4).dump(value)
    return stream.getvalue()


def _check_memo(stream: BinaryIO) -> None:
    """Raise ValueError for a pickle that numbers more objects than it can hold: the unpickler takes
    memory for all of them first, so that six bytes can ask for gigabytes."""
    size = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    for opcode, value, _ in pickletools.genops(stream):
        if opcode.name in ("PUT", "BINPUT", "LONG_BINPUT") and (value or 0) > size:
            raise ValueError(f"it numbers {value} objects in {size} bytes")
    stream.seek(0)


class _ArrayUnpickler(pickle.Unpickler):
    """Builds numpy arrays and plain containers; refuses every other global."""

    def find_class(self, module: str, name: str) -> Any:
        return builder_named(module, name)


def builder_named(module: str, name: str) -> Any:
    """What a pickle may call to build an array.

    Raises:
        pickle.UnpicklingError: anything else.
    """
    if module == "_codecs" and name == "encode":
        return _ENCODE
    if module in _MODULES and name in _BUILDERS:
        return _BUILDERS[name]
    raise pickle.UnpicklingError(f"it asks to load {module}.{name}, which is not an array")


class _PortablePickler(pickle.Pickler):
    """Arrays as ``numpy.ndarray(shape, dtype, bytes)``."""

    def reducer_override(self, value: Any) -> Any:
        if not isinstance(value, np.ndarray):
            return NotImplemented
        array: NDArray[Any] = np.ascontiguousarray(value).reshape(value.shape)
        build: Callable[..., Any] = np.ndarray
        return build, (value.shape, array.dtype.str, array.tobytes())


def _latin1(text: str, encoding: str) -> bytes:
    """What ``_codecs.encode`` does for the byte strings inside an array pickle."""
    if encoding != "latin1":
        raise pickle.UnpicklingError(f"a byte string is encoded as {encoding}")
    return text.encode("latin1")


def _ndarray(shape: Any, dtype: Any = "d", content: bytes | None = None) -> NDArray[Any]:
    """``numpy.ndarray`` over bytes that are there; without bytes it would take memory for any
    shape, and strides would repeat a few bytes without end."""
    if content is None and 0 not in tuple(shape):
        raise pickle.UnpicklingError(f"an array of shape {shape} comes without its bytes")
    return np.ndarray(shape, dtype, b"" if content is None else content)


def _reconstruct(_: Any, shape: Any, dtype: Any) -> NDArray[Any]:
    """An empty array, which the pickle then gives its state; numpy checks the bytes of that."""
    if tuple(shape) != (0,):
        raise pickle.UnpicklingError(f"an array of shape {shape} comes without its bytes")
    return np.ndarray((0,), dtype)


def _scalar(dtype: Any, content: bytes) -> Any:
    """A number of numpy over bytes that are there."""
    return np.frombuffer(content, dtype, count=1)[0]


def _frombuffer(content: Any, dtype: Any, shape: Any, order: str = "C") -> NDArray[Any]:
    """An array over bytes that are there."""
    if order not in ("C", "F"):
        raise pickle.UnpicklingError(f"an array's order is {order!r}")
    array: NDArray[Any] = np.frombuffer(content, dtype)
    return array.reshape(shape, order="F" if order == "F" else "C")


class _Builder:
    """A function that a pickle may call and cannot change: to build on something sets attributes,
    and a function has defaults that would be set for whatever is read afterwards."""

    __slots__ = ("_function",)

    def __init__(self, function: Callable[..., Any]) -> None:
        object.__setattr__(self, "_function", function)

    def __setattr__(self, name: str, value: object) -> None:
        raise pickle.UnpicklingError(f"it sets '{name[:80]}' of what builds arrays")

    def __call__(self, *given: Any) -> Any:
        return self._function(*given)  # type: ignore[attr-defined]


_BUILDERS: dict[str, Any] = {
    "_reconstruct": _Builder(_reconstruct),
    "ndarray": _Builder(_ndarray),
    "dtype": np.dtype,
    "scalar": _Builder(_scalar),
    "_frombuffer": _Builder(_frombuffer),
}
_ENCODE = _Builder(_latin1)
