"""numpy's ``.npy`` and ``.npz`` read without running code and within bounds.

A header may promise more than its file holds: sizes are compared with the bytes that are there
before memory is taken, so that a kilobyte cannot ask for a gigabyte.
"""

from __future__ import annotations

import io
import tokenize
import zipfile
import zlib
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from skeletons.errors import InputError

MOST_BYTES = 768 * 2**20
"""Bytes of all arrays of one file; 4,000 clips of 300 frames and 25 joints have 360 MB."""

MOST_ARRAYS = 64
"""Arrays of one ``.npz``."""

BROKEN = (
    OSError,
    EOFError,
    ValueError,
    TypeError,
    KeyError,
    SyntaxError,
    tokenize.TokenError,
    MemoryError,
    OverflowError,
    RecursionError,
    NotImplementedError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
)
"""What damaged files were seen to raise."""


def read_npy(content: bytes, where: str) -> NDArray[Any]:
    """The array of a ``.npy`` file's bytes.

    Raises:
        InputError: no such file, cut, or an array of Python objects, which would have to be run.
    """
    stream = io.BytesIO(content)
    shape, fortran, dtype = read_header(stream, where)
    if dtype.hasobject:
        raise InputError(
            f"{where} holds Python objects, reading which could run code: save plain arrays of "
            "numbers or text"
        )
    there = len(content) - stream.tell()
    wanted = dtype.itemsize
    for size in shape:
        wanted *= size
    if wanted != there or any(size < 0 for size in shape) or dtype.subdtype is not None:
        raise InputError(
            f"{where} says shape {shape} of {dtype}, {wanted} bytes, and has {there}: it is cut or "
            "mangled"
        )
    try:
        array: NDArray[Any] = np.frombuffer(content, dtype, offset=stream.tell())
        return array.reshape(shape, order="F" if fortran else "C")
    except BROKEN as error:
        raise InputError(f"{where} is not a plain array: {_line(error)}") from error


def read_numbers(content: bytes, where: str) -> NDArray[Any]:
    """As :func:`read_npy`, of coordinates; :class:`InputError` for text and other kinds too."""
    array = read_npy(content, where)
    if array.dtype.kind not in "fiu":
        raise InputError(f"{where} holds {array.dtype} values, coordinates are numbers")
    return array


def read_header(stream: io.BytesIO, where: str) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Shape, order and type of a ``.npy`` file, whose data begin where ``stream`` then stands."""
    try:
        version = npy.read_magic(stream)
        read = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
        if version not in read:
            raise InputError(f"{where} is a .npy file of version {version}, 1.0 and 2.0 are read")
        shape, fortran, dtype = read[version](stream)
    except BROKEN as error:
        raise InputError(f"{where} is not a .npy file: {_line(error)}") from error
    return tuple(int(size) for size in shape), bool(fortran), dtype


def read_npz(content: bytes, where: str) -> dict[str, NDArray[Any]]:
    """Name -> array of a ``.npz`` file's bytes; errors are those of :func:`read_npy`, and a file
    that unpacks to more than ``MOST_BYTES``."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            size = sum(member.file_size for member in members)
            if len(members) > MOST_ARRAYS or size > MOST_BYTES:
                raise InputError(
                    f"{where} holds {len(members)} arrays of {size / 2**20:,.0f} MiB; at most "
                    f"{MOST_ARRAYS} and {MOST_BYTES // 2**20} MiB are read"
                )
            raw = {member.filename: _unpacked(archive, member) for member in members}
    except BROKEN as error:
        raise InputError(f"{where} is not a .npz file: {_line(error)}") from error
    return {
        name.removesuffix(".npy"): read_npy(data, f"{where}: '{name.removesuffix('.npy')}'")
        for name, data in raw.items()
    }


def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """The bytes of a member; no more than it promises, whatever its stream holds."""
    with archive.open(member) as stream:
        data = stream.read(member.file_size + 1)
    if len(data) != member.file_size:
        raise ValueError(f"'{member.filename}' has other than its {member.file_size} bytes")
    return data


def _line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
