"""Archives of arrays (``.npz``) whose largest one is written in pieces and mapped when it is read.

Every array begins at a multiple of 64 bytes in the file, so that it can be used where it lies: the
system reads what is looked at, gives it back when memory is short, and lets processes that read one
file share it.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.lib import format as npy
from numpy.typing import DTypeLike, NDArray

ALIGNMENT = 64
"""Bytes at a multiple of which numpy's own arrays begin."""

PADDING = 0xD935
"""Kind of the extra field before an array, the one that Android's zipalign writes."""

_LOCAL_HEADER, _ZIP64, _FIELD = 30, 20, 4
"""Bytes of a member's header without name and extra fields, of its field of large sizes, and of the
head of a field."""

AT_A_TIME = 2**24
"""Bytes that are checked at a time."""

BROKEN = (
    OSError,
    EOFError,
    ValueError,
    NotImplementedError,
    RuntimeError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)
"""What files that are none, cut or damaged were seen to raise."""


@dataclass(frozen=True)
class Pieces:
    """An array of ``shape`` whose pieces follow each other along its first axis."""

    shape: tuple[int, ...]
    dtype: DTypeLike
    pieces: Iterable[NDArray[Any]]


def write_npz(path: Path, arrays: Mapping[str, NDArray[Any] | Pieces]) -> None:
    """Write what ``numpy.load`` reads, without pickles; the same arrays give the same bytes."""
    with path.open("wb") as stream, zipfile.ZipFile(stream, "w") as archive:
        for name, value in arrays.items():
            given = (
                value if isinstance(value, Pieces) else Pieces(value.shape, value.dtype, [value])
            )
            member = zipfile.ZipInfo(f"{name}.npy")
            begin = stream.tell() + _LOCAL_HEADER + len(member.filename) + _ZIP64 + _FIELD
            room = -begin % ALIGNMENT
            member.extra = struct.pack("<HH", PADDING, room) + bytes(room)
            described = npy.dtype_to_descr(np.dtype(given.dtype))
            header = {"descr": described, "fortran_order": False, "shape": given.shape}
            with archive.open(member, "w", force_zip64=True) as out:
                npy.write_array_header_1_0(out, header)
                for piece in given.pieces:
                    out.write(piece.tobytes())


def read_npz(path: Path, large: str = "", only: str = "") -> dict[str, NDArray[Any]]:
    """Name -> array of a ``.npz`` file; ``large`` is mapped where its file allows it, and can then
    be written to without the file changing.

    Args:
        only: the one array that is read.

    Raises:
        Exception: one of :data:`BROKEN`; nothing in the file is executed.
    """
    with path.open("rb") as stream, zipfile.ZipFile(stream) as archive:
        arrays = {}
        for member in archive.infolist():
            name = member.filename.removesuffix(".npy")
            if only not in ("", name):
                continue
            mapped = _mapped(path, stream, member) if name == large else None
            if mapped is None:
                with archive.open(member) as content:
                    mapped = npy.read_array(content, allow_pickle=False)
            arrays[name] = mapped
        return arrays


def _mapped(path: Path, stream: BinaryIO, member: zipfile.ZipInfo) -> NDArray[Any] | None:
    """The array of a member where it lies in the file; None where it is packed or begins at no
    multiple of :data:`ALIGNMENT`."""
    if member.compress_type != zipfile.ZIP_STORED:
        return None
    stream.seek(member.header_offset)
    name, extra = struct.unpack("<26xHH", stream.read(_LOCAL_HEADER))
    begin = member.header_offset + _LOCAL_HEADER + name + extra
    stream.seek(begin)
    if npy.read_magic(stream) != (1, 0):
        return None
    shape, fortran, dtype = npy.read_array_header_1_0(stream)
    offset = stream.tell()
    if fortran or dtype.hasobject or offset % ALIGNMENT or 0 in shape:
        return None
    if offset - begin + dtype.itemsize * int(np.prod(shape)) != member.file_size:
        raise ValueError(f"'{member.filename}' has other than its {member.file_size} bytes")
    array = np.asarray(np.memmap(path, dtype, "c", offset, shape))
    content = array.reshape(-1).view(np.uint8).data
    stream.seek(begin)
    found = zlib.crc32(stream.read(offset - begin))
    for start in range(0, len(content), AT_A_TIME):
        found = zlib.crc32(content[start : start + AT_A_TIME], found)
    if found != member.CRC:
        raise zipfile.BadZipFile(f"'{member.filename}' is damaged")
    return array
