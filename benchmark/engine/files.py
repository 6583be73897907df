"""Files that are there whole or not at all, on local disks and on those that hosts share."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

UNWRITABLE = {
    errno.ENOSPC: "free some room there (python -m benchmark store), or take another --out",
    errno.EDQUOT: "free some room there (python -m benchmark store), or take another --out",
    errno.EROFS: "choose another --out",
}
"""Errors of a place where nothing more can be written, and what to do about each."""
PARTIAL_FILE = ".partial"
REFUSED = (errno.EACCES, errno.EPERM)
"""Errors of a file or folder that is not this user's to read or to write."""


def write_atomically(path: Path, content: bytes, durable: bool = True) -> None:
    """Replace a file at once, so that no reader and no kill ever sees half of it.

    Args:
        durable: it is on the disk when this returns, so that no power cut takes half of it either.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}{PARTIAL_FILE}")
    try:
        with partial.open("wb") as file:
            file.write(content)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        partial.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            partial.unlink()
        raise


def sync_tree(folder: Path) -> None:
    """Have the system write out all files under a folder.

    A network file system tells here, and not before, that its disk is full.
    """
    for place, _, names in os.walk(folder):
        for path in (Path(place) / name for name in names):
            if not path.is_symlink():
                with path.open("rb") as file:
                    os.fsync(file.fileno())
        sync_folder(Path(place))


def sync_folder(folder: Path) -> None:
    """Have the system write out which names a folder holds, where it can do that."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    except OSError as error:
        if error.errno in (*UNWRITABLE, errno.EIO):
            raise
    finally:
        os.close(number)


def why_unwritable(error: BaseException) -> str | None:
    """One line where an exception tells of a disk that is full or read-only, or of a file or folder
    that this user may not use; None for others.

    Libraries that write by themselves have exceptions of their own: those count by their words.
    """
    for one in _chain(error):
        number = one.errno if isinstance(one, OSError) else None
        if isinstance(one, OSError) and number in REFUSED and one.filename is not None:
            return _why_refused(one)
        words = str(one)
        for known, advice in UNWRITABLE.items():
            told = os.strerror(known)
            if number == known or (number is None and told in words):
                name = one.filename if isinstance(one, OSError) else None
                where = f" '{os.fsdecode(name)}'" if isinstance(name, str | bytes) else ""
                return f"cannot write{where}: {told}; {advice}"
    return None


def _why_refused(error: OSError) -> str:
    path = Path(os.fsdecode(error.filename))
    if path.name.endswith(PARTIAL_FILE):  # a name that only write_atomically knows
        path = path.parent
    told = os.strerror(error.errno or errno.EACCES)
    if os.access(path, os.F_OK) and not os.access(path, os.R_OK):
        return f"cannot read '{path}': {told}; let this user read it"
    return f"cannot write '{path}': {told}; let this user write there, or choose another --out"


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An exception and those that it came from."""
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        yield one
        one = one.__cause__ or one.__context__
