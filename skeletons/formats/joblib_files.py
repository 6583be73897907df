"""Files of ``joblib.dump``: a pickle in which the numbers of each array follow its description.

Read without running code, as :mod:`skeletons.formats.array_pickles` reads pickles: arrays of
numbers and plain containers. The format is that of joblib's ``numpy_pickle`` since version 0.10,
not compressed.
"""

from __future__ import annotations

import io
import pickle
import struct
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from skeletons.formats.array_pickles import builder_named

DESCRIPTION = ("joblib.numpy_pickle", "NumpyArrayWrapper")


def load_joblib(content: bytes) -> Any:
    """What a file of ``joblib.dump``, or a plain pickle, holds.

    Raises:
        pickle.UnpicklingError: it asks for anything but arrays and plain containers; nothing of it
            was run.
        Exception: one of :data:`skeletons.formats.array_pickles.UNREADABLE`, for what is no whole
            file.
    """
    stream = io.BytesIO(content)
    try:
        return _Unpickler(stream, len(content)).load()
    except (struct.error, AssertionError) as error:  # of the unpickler in Python, for cut files
        raise EOFError(str(error) or "it is cut") from error


class _Description:
    """What stands before an array's numbers; its fields are set as they are read, and each file has
    a class of its own, which it may spoil."""

    shape: Any
    order: Any
    dtype: Any
    numpy_array_alignment_bytes: Any = None


class _Unpickler(pickle._Unpickler):
    """The unpickler in Python, which lets a description be replaced by its array."""

    stack: list[Any]
    dispatch: ClassVar[dict[int, Callable[..., None]]] = dict(pickle._Unpickler.dispatch)

    def __init__(self, stream: io.BytesIO, size: int) -> None:
        super().__init__(stream)
        self.stream, self.size = stream, size
        self.description = type("Description", (_Description,), {})

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == DESCRIPTION:
            return self.description
        return builder_named(module, name)

    def load_build(self) -> None:
        pickle._Unpickler.dispatch[pickle.BUILD[0]](self)  # type: ignore[arg-type]
        if isinstance(self.stack[-1], _Description):
            self.stack[-1] = self._numbers(self.stack[-1])

    dispatch[pickle.BUILD[0]] = load_build

    def _numbers(self, told: _Description) -> NDArray[Any]:
        shape, dtype = tuple(told.shape), told.dtype
        if not isinstance(dtype, np.dtype) or dtype.kind not in "fiub":
            raise pickle.UnpicklingError("an array holds other than numbers")
        count = 1
        for size in shape:
            count *= size
        if told.numpy_array_alignment_bytes is not None:
            self.stream.read(int.from_bytes(self.stream.read(1), "little"))
        wanted = count * dtype.itemsize
        if not 0 <= wanted <= self.size:
            raise pickle.UnpicklingError(f"an array of shape {shape} comes without its bytes")
        numbers = np.frombuffer(self.stream.read(wanted), dtype, count)
        if told.order == "F":
            return numbers.reshape(shape[::-1]).T
        return numbers.reshape(shape)
