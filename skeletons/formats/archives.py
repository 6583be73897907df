"""Files of a folder, or of a zip or tar archive, read in memory, never unpacked to disk.

Refused are archives with links, with names that lead out of a folder, with more files than any data
set has, and those that unpack to far more than they weigh: sizes are checked before memory is
taken.
"""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from skeletons.errors import InputError

ENDINGS = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.bz2", ".tbz2")

MOST_FILES = 300_000
"""NTU RGB+D 120 has 114,480 clips."""

ALWAYS_FINE = 64 * 2**20
"""Unpacked bytes that any archive may have."""

MOST_RATIO = 50
"""Unpacked bytes a packed byte beyond that; text of coordinates shrinks to a fifth."""

MOST_TAR_BYTES = 2**30
"""A tar archive is held unpacked as a whole; a larger one has to be unpacked by hand."""

_BROKEN = (
    OSError,
    EOFError,
    lzma.LZMAError,
    zlib.error,
    tarfile.TarError,
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
    ValueError,
    LookupError,
    OverflowError,
)
"""What cut, mangled, encrypted and hostile archives were seen to raise."""

_OPENERS: dict[str, Callable[..., Any]] = {
    "gz": gzip.open,
    "tgz": gzip.open,
    "xz": lzma.open,
    "txz": lzma.open,
    "bz2": bz2.open,
    "tbz2": bz2.open,
}


def is_archive(path: Path) -> bool:
    """Whether a path is named like an archive that is read here."""
    return path.name.lower().endswith(ENDINGS)


def files_of(
    source: Path, ending: str, where: str, most_bytes: int | None = None
) -> Iterator[tuple[str, bytes]]:
    """(name, content) of each file of a folder or archive with this ending, ordered by name.

    Folders inside an archive do not matter; a folder is read without those below it. Hidden files
    are left out.

    Args:
        where: what messages call the data set.
        most_bytes: unpacked size beyond which an archive is not this data set.

    Raises:
        InputError: nothing is there, or it is truncated, damaged or hostile.
    """
    try:
        if source.is_dir():
            for path in sorted(source.iterdir()):
                if _wanted(path.name, ending) and path.is_file():
                    yield path.name, path.read_bytes()
        elif source.suffix.lower() == ".zip":
            yield from _zip_files(source, ending, where, most_bytes)
        elif is_archive(source):
            yield from _tar_files(source, ending, where, most_bytes)
        elif source.exists():
            raise InputError(f"{where}: {source} is neither a folder nor an archive")
        else:
            raise InputError(f"{where}: there is no {source}")
    except _BROKEN as error:
        raise InputError(
            f"{where}: {source} is truncated or damaged ({error}): get it again"
        ) from error


def identity_of(files: Iterator[tuple[str, bytes]], *said: str) -> str:
    """SHA-256 of files' names and contents, whatever their order, and of what else is ``said``."""
    digests = sorted((name, hashlib.sha256(content).hexdigest()) for name, content in files)
    return hashlib.sha256(repr((said, digests)).encode()).hexdigest()


def _wanted(name: str, ending: str) -> bool:
    return name.lower().endswith(ending) and not name.startswith(".")


def _zip_files(
    source: Path, ending: str, where: str, most_bytes: int | None
) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(source) as archive:
        members = archive.infolist()
        _check_size(source, where, len(members), sum(one.file_size for one in members), most_bytes)
        for member in sorted(members, key=lambda one: PurePosixPath(one.filename).name):
            link = stat.S_ISLNK(member.external_attr >> 16)
            name = _safe_name(member.filename, link, source, where)
            if not member.is_dir() and _wanted(name, ending):
                yield name, archive.read(member)


def _tar_files(
    source: Path, ending: str, where: str, most_bytes: int | None
) -> Iterator[tuple[str, bytes]]:
    # Decompressed as a whole first: tarfile takes some truncated streams for the end of the list.
    most = min(most_bytes or MOST_TAR_BYTES, MOST_TAR_BYTES)
    most = min(most, max(ALWAYS_FINE, MOST_RATIO * source.stat().st_size))
    opener = _OPENERS.get(source.suffix.lower().lstrip("."), open)
    with opener(source, "rb") as stream:
        content = _read_most(stream, most)
    _check_size(source, where, 0, len(content), most)
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as archive:
        members = archive.getmembers()
        _check_size(source, where, len(members), 0, most)
        for member in sorted(members, key=lambda one: PurePosixPath(one.name).name):
            name = _safe_name(member.name, member.issym() or member.islnk(), source, where)
            stored = archive.extractfile(member) if member.isreg() else None
            if stored is not None and _wanted(name, ending):
                yield name, stored.read()


def _read_most(stream: BinaryIO, most: int) -> bytes:
    """At most one byte more than ``most``, so that more can be told."""
    return stream.read(most + 1)


def _safe_name(member: str, is_link: bool, source: Path, where: str) -> str:
    """The last part of a member's path, if it lies in the archive's own folders."""
    path = PurePosixPath(member.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in path.parts[:1]:
        raise InputError(f"{where}: {source} holds '{member[:80]}', which leads out of its folder")
    if is_link:
        raise InputError(f"{where}: {source} holds the link '{member[:80]}': links are not read")
    return path.name


def _check_size(source: Path, where: str, files: int, size: int, most: int | None) -> None:
    if files > MOST_FILES:
        raise InputError(f"{where}: {source} has more than {MOST_FILES:,} files")
    if most is not None and size > most:
        raise InputError(
            f"{where}: {source} unpacks to more than {most // 2**20} MiB, "
            "that is not its archive: unpack it by hand if it is"
        )
    if size > max(ALWAYS_FINE, MOST_RATIO * source.stat().st_size):
        raise InputError(
            f"{where}: {source} unpacks to {size / 2**20:,.0f} MiB, over {MOST_RATIO} times its "
            "size, which coordinates never do"
        )
