"""Arrays of ``.npy`` files, whose declared size is checked against the bytes that are there."""

from __future__ import annotations

import io
import tokenize
from math import prod
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from skeletons.errors import InputError

_BROKEN = (
    *(ValueError, TypeError, EOFError, OverflowError, SyntaxError, RecursionError),
    *(MemoryError, tokenize.TokenError),
)
"""What mangled headers were seen to raise."""


def array_of(content: bytes, where: str) -> NDArray[Any]:
    """The array of numbers in a ``.npy`` file; nothing is executed, no memory is taken beyond it.

    Raises:
        InputError: another kind of file, one that is cut, or one that holds objects.
    """
    stream = io.BytesIO(content)
    try:
        version = npy.read_magic(stream)
        read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, fortran, dtype = read(stream)
    except _BROKEN as error:
        raise InputError(f"{where} is not a .npy file: {' '.join(str(error).split())}") from error
    if dtype.kind not in "fiu" or dtype.subdtype is not None:
        raise InputError(f"{where} holds {dtype} values, coordinates are numbers")
    body = content[stream.tell() :]
    needed = prod(shape) * dtype.itemsize
    if any(size < 0 for size in shape) or needed != len(body):
        raise InputError(
            f"{where} says shape {shape} of {dtype}, {needed} bytes, and has {len(body)}: it is "
            "cut or mangled"
        )
    return np.frombuffer(body, dtype).reshape(shape, order="F" if fortran else "C")
