"""Published files, fetched below the data root: resumable, from mirrors, checked by SHA-256."""

from __future__ import annotations

import errno
import re
from collections.abc import Callable
from dataclasses import dataclass
from http.client import responses
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from skeletons.data_root import data_folder
from skeletons.datasets.published import Expected, Published, PublishedFile
from skeletons.errors import InputError

if TYPE_CHECKING:
    import requests

Progress = Callable[[int, int], None]
"""Is told the bytes that are there, and how many there will be (0: not known)."""

CHUNK = 2**18
SECONDS_OF_SILENCE = 30
NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass(frozen=True)
class Fetched:
    """A file that is there, whole.

    Attributes:
        path: where.
        sha256: of its content, in hex.
        known: where that was known from: ``published``, ``pinned`` (by the first fetch, in
            ``FILE.sha256``) or, where it was not known until now, empty.
        url: where it came from; empty where it was there before.
    """

    path: Path
    sha256: str
    known: str
    url: str = ""


class _CutError(Exception):
    """A transfer that did not end well; what came is kept."""


def silent(done: int, total: int) -> None:
    """Progress that nobody watches."""


def fetch_file(file: PublishedFile, folder: Path, progress: Progress = silent) -> Fetched:
    """The file in a folder, fetched where it is not there.

    What a cut transfer brought stays as ``FILE.part`` and is gone on with; the final name holds
    whole files of the right hash only. Where no hash is published, that of the first fetch is
    pinned in ``FILE.sha256`` and later ones are held against it.

    Raises:
        InputError: no mirror gives the file, each with its reason; the hash is another one; there
            is no space, or the folder cannot be written.
    """
    import pooch

    path, pin = folder / file.name, folder / f"{file.name}.sha256"
    wanted = file.sha256 or _pinned(pin)
    known = "published" if file.sha256 else "pinned" if wanted else ""
    try:
        if path.exists():
            return Fetched(path, _checked(path, wanted), known)
        path.parent.mkdir(parents=True, exist_ok=True)
        url = _from_a_mirror(file, path, wanted, progress)
        found = str(pooch.file_hash(str(path), alg="sha256"))
        if not file.sha256 and not wanted:
            pin.write_text(f"{found}  {path.name}\n", encoding="utf-8")
    except OSError as error:
        if error.errno in NO_SPACE:
            raise InputError(
                f"no space left in '{folder}' for {file.name}: what came is kept, the same command "
                "goes on from there"
            ) from error
        raise InputError(f"cannot write '{error.filename or path}': {error.strerror}") from error
    return Fetched(path, found, known, url)


def _pinned(pin: Path) -> str:
    """The hash that the first fetch has kept; empty where there is none."""
    words = pin.read_text(encoding="utf-8").split() if pin.is_file() else []
    return words[0] if words else ""


def missing_files(expected: Expected, folder: Path) -> str:
    """What of the files that somebody puts into place is not there; empty where all are."""
    if any((folder / name).is_file() for name in expected.packed):
        return ""
    count = sum(1 for path in folder.glob(expected.pattern) if path.is_file())
    if count >= expected.count:
        return ""
    place = folder / expected.pattern.rpartition("/")[0].replace("**", "")
    return f"{count:,} of {expected.count:,} {expected.what} are in '{place}'"


def folder_of(name: str, data_root: Path | None) -> Path:
    """A set's folder below the data root; :class:`InputError` where no root is known."""
    return data_folder(name, data_root) / name


def source_of(name: str, published: Published, folder: Path) -> str:
    """How a set that is there is named to ``--dataset``."""
    return published.source.format(folder=folder) or name


def _checked(path: Path, wanted: str) -> str:
    import pooch

    found = str(pooch.file_hash(str(path), alg="sha256"))
    if wanted and found != wanted:
        raise InputError(
            f"'{path}' has the SHA-256 {found}, not {wanted}: move it away to fetch it again"
        )
    return found


def _from_a_mirror(file: PublishedFile, path: Path, wanted: str, progress: Progress) -> str:
    """Fetch from the first URL that gives the file; the URL.

    A part that another mirror began is gone on with; if the whole then has another hash, it is
    fetched once more from the beginning.
    """
    import pooch
    import requests

    pooch.get_logger().setLevel("WARNING")
    part, reasons = path.with_name(f"{path.name}.part"), []
    for url in file.urls:
        for resumed in (True, False) if part.exists() else (False,):
            if not resumed:
                part.unlink(missing_ok=True)

            def download(url: str, output_file: str, pooch: Any) -> None:
                _into_part(url, part, progress)
                part.replace(output_file)

            try:
                pooch.retrieve(
                    url,
                    f"sha256:{wanted}" if wanted else None,
                    fname=path.name,
                    path=path.parent,
                    downloader=download,
                )
                return url
            except _CutError as error:
                reasons.append(str(error))
                break
            except requests.RequestException as error:
                reasons.append(f"{url}: {_network_reason(error)}")
                break
            except ValueError:  # pooch's word for another hash
                if not resumed:
                    reasons.append(f"{url}: the file there has another SHA-256 than {wanted}")
    raise InputError(f"{file.name} cannot be fetched: {'; '.join(reasons)}")


def _into_part(url: str, part: Path, progress: Progress) -> None:
    """Bring what is missing of a file into ``part``, by a Range request where some is there.

    Raises:
        _CutError: fewer bytes came than there are.
    """
    import requests

    begun = part.stat().st_size if part.exists() else 0
    headers = {"Accept-Encoding": "identity", **({"Range": f"bytes={begun}-"} if begun else {})}
    with requests.get(url, headers=headers, stream=True, timeout=SECONDS_OF_SILENCE) as answer:
        beyond = answer.status_code == requests.codes.requested_range_not_satisfiable
        if beyond and _size_of_range(answer) == begun:
            return
        if not beyond:
            answer.raise_for_status()
            _take_in(answer, part, begun, progress)
            return
    part.unlink()  # it is longer than the file: of another one
    _into_part(url, part, progress)


def _take_in(answer: requests.Response, part: Path, begun: int, progress: Progress) -> None:
    import requests

    continued = answer.status_code == requests.codes.partial_content
    done = begun if continued else 0
    length = int(answer.headers.get("Content-Length") or 0)
    total = _size_of_range(answer) if continued else length
    cut = False
    with part.open("ab" if continued else "wb") as stream:
        try:
            for chunk in answer.iter_content(CHUNK):
                _write(stream, chunk)
                done += len(chunk)
                progress(done, total)
        except requests.RequestException:
            cut = True
    if cut or (total and done != total):
        of_all = f"{done:,} of {total:,}" if total else f"{done:,}"
        raise _CutError(
            f"{answer.url}: the transfer was cut after {of_all} bytes, the same command goes on "
            "from there"
        )


def _write(stream: BinaryIO, chunk: bytes) -> None:
    stream.write(chunk)


def _size_of_range(answer: requests.Response) -> int:
    """Bytes of the whole file, as ``Content-Range`` tells them; 0 where it does not."""
    told = re.search(r"/(\d+)$", answer.headers.get("Content-Range", ""))
    return int(told[1]) if told else 0


def _network_reason(error: requests.RequestException) -> str:
    """One line about what went wrong on the way."""
    if error.response is not None:
        code = error.response.status_code
        return f"{code} {responses.get(code, '')}".strip()
    return f"{type(error).__name__}: it cannot be reached"
