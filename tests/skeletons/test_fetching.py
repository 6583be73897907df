"""Fetching from servers of our own: whole, cut, changed, from a mirror, and without space."""

from __future__ import annotations

import errno
import hashlib
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from benchmark.commands.app import run_command_line
from skeletons import fetching
from skeletons.datasets import published
from skeletons.datasets.published import Expected, Published, PublishedFile
from skeletons.errors import InputError
from skeletons.fetching import fetch_file, missing_files

CONTENT = bytes(range(256)) * 4096
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Server(ThreadingHTTPServer):
    """Serves ``content``; cuts the first ``cuts`` answers after ``cut_after`` bytes."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.content, self.cuts, self.cut_after, self.status = CONTENT, 0, 2**18, 200
        self.ranges = True
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/clips.pkl"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        server, asked = self.server, self.headers.get("Range", "")
        server.asked.append(asked)
        if server.status != 200:
            self.send_error(server.status)
            return
        start = int(re.fullmatch(r"bytes=(\d+)-", asked)[1]) if asked and server.ranges else 0
        total = len(server.content)
        if start >= total:
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{total}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}")
        self.send_header("Content-Length", str(total - start))
        self.end_headers()
        rest = server.content[start:]
        if server.cuts:
            server.cuts -= 1
            rest = rest[: server.cut_after]
        self.wfile.write(rest)

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def servers(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    made = [Server(), Server()]
    for server in made:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield made
    for server in made:
        server.shutdown()
        server.server_close()


def file_on(*servers: Server, sha256: str = SHA256) -> PublishedFile:
    return PublishedFile("clips.pkl", tuple(server.url for server in servers), sha256)


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_file_is_fetched_once_and_checked_each_time(servers, tmp_path: Path) -> None:
    file, seen = file_on(servers[0]), []
    first = fetch_file(file, tmp_path, lambda done, total: seen.append((done, total)))
    assert (first.sha256, first.known, first.url) == (SHA256, "published", servers[0].url)
    assert first.path.read_bytes() == CONTENT
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    again = fetch_file(file, tmp_path)
    assert again.url == ""
    assert len(servers[0].asked) == 1
    assert names_in(tmp_path) == {"clips.pkl"}
    first.path.write_bytes(b"something else")
    with pytest.raises(InputError, match=r"has the SHA-256 \w+, not \w+: move it away"):
        fetch_file(file, tmp_path)
    assert first.path.read_bytes() == b"something else"


def test_a_cut_transfer_is_one_line_and_goes_on_by_a_range(servers, tmp_path: Path) -> None:
    server = servers[0]
    server.cuts = 1
    with pytest.raises(InputError, match=r"was cut after 262,144 of 1,048,576 bytes") as caught:
        fetch_file(file_on(server), tmp_path)
    assert "\n" not in str(caught.value)
    assert names_in(tmp_path) == {"clips.pkl.part"}
    assert fetch_file(file_on(server), tmp_path).path.read_bytes() == CONTENT
    assert server.asked == ["", "bytes=262144-"]
    assert names_in(tmp_path) == {"clips.pkl"}


def test_a_server_without_ranges_begins_again(servers, tmp_path: Path) -> None:
    servers[0].ranges = False
    (tmp_path / "clips.pkl.part").write_bytes(CONTENT[:1000])
    assert fetch_file(file_on(servers[0]), tmp_path).path.read_bytes() == CONTENT


@pytest.mark.parametrize("part", [CONTENT, b"x" * 500, CONTENT + b"too much"])
def test_a_whole_a_foreign_and_a_longer_part_end_as_the_file(
    servers, tmp_path: Path, part: bytes
) -> None:
    (tmp_path / "clips.pkl.part").write_bytes(part)
    assert fetch_file(file_on(servers[0]), tmp_path).path.read_bytes() == CONTENT
    assert names_in(tmp_path) == {"clips.pkl"}


def test_a_wrong_hash_is_refused_and_nothing_stays(servers, tmp_path: Path) -> None:
    servers[0].content = CONTENT[::-1]
    with pytest.raises(InputError, match=r"the file there has another SHA-256 than "):
        fetch_file(file_on(servers[0]), tmp_path)
    assert names_in(tmp_path) == set()


@pytest.mark.parametrize("fault", ["status", "hash", "cut"])
def test_a_mirror_stands_in(servers, tmp_path: Path, fault: str) -> None:
    first, second = servers
    if fault == "status":
        first.status = 404
    elif fault == "hash":
        first.content = CONTENT[::-1]
    else:
        first.cuts = 1
    found = fetch_file(file_on(first, second), tmp_path)
    assert found.url == second.url
    assert found.path.read_bytes() == CONTENT
    assert second.asked == (["bytes=262144-"] if fault == "cut" else [""])


def test_where_no_mirror_gives_it_each_tells_its_reason(servers, tmp_path: Path) -> None:
    servers[0].status, servers[1].status = 404, 503
    with pytest.raises(InputError) as caught:
        fetch_file(file_on(*servers), tmp_path)
    told = str(caught.value)
    assert f"{servers[0].url}: 404 Not Found; {servers[1].url}: 503 Service Unavailable" in told
    nowhere = PublishedFile("clips.pkl", ("http://127.0.0.1:1/clips.pkl",))
    with pytest.raises(InputError, match="cannot be reached"):
        fetch_file(nowhere, tmp_path)
    assert names_in(tmp_path) == set()


def test_no_space_is_one_line_and_what_came_is_kept(
    servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = 0

    def write(stream, chunk: bytes) -> None:
        nonlocal written
        written += len(chunk)
        if written > 600_000:
            raise OSError(errno.ENOSPC, "No space left on device")
        stream.write(chunk)

    with monkeypatch.context() as patched:
        patched.setattr(fetching, "_write", write)
        with pytest.raises(InputError, match=r"no space left in '.*' for clips.pkl"):
            fetch_file(file_on(*servers), tmp_path)
    assert names_in(tmp_path) == {"clips.pkl.part"}
    assert servers[1].asked == [], "another mirror has no more space here"
    assert fetch_file(file_on(servers[0]), tmp_path).path.read_bytes() == CONTENT


def test_without_a_published_hash_that_of_the_first_fetch_is_pinned(
    servers, tmp_path: Path
) -> None:
    file = file_on(servers[0], sha256="")
    first = fetch_file(file, tmp_path)
    assert (first.sha256, first.known) == (SHA256, "")
    assert (tmp_path / "clips.pkl.sha256").read_text() == f"{SHA256}  clips.pkl\n"
    assert fetch_file(file, tmp_path).known == "pinned"
    first.path.unlink()
    servers[0].content = CONTENT[::-1]
    with pytest.raises(InputError, match="another SHA-256"):
        fetch_file(file, tmp_path)
    servers[0].content = CONTENT
    assert fetch_file(file, tmp_path).known == "pinned"


def test_files_that_somebody_puts_into_place_are_counted(tmp_path: Path) -> None:
    expected = Expected("**/*.npy", 3, "clips of moves.zip", packed=("moves.zip",))
    (tmp_path / "inside").mkdir()
    for name in ("a.npy", "inside/b.npy"):
        (tmp_path / name).touch()
    assert missing_files(expected, tmp_path).startswith("2 of 3 clips of moves.zip are in '")
    (tmp_path / "c.npy").touch()
    assert missing_files(expected, tmp_path) == ""
    (tmp_path / "c.npy").unlink()
    (tmp_path / "moves.zip").touch()
    assert missing_files(expected, tmp_path) == ""


@pytest.fixture
def sets(servers, monkeypatch: pytest.MonkeyPatch):
    known = {
        "steps": Published(
            "two steps", files=(file_on(servers[0], sha256=""),), source="pyskl:{folder}/clips.pkl"
        ),
        "moves": Published(
            "moves, on request",
            expected=(Expected("*.npy", 1, "clips of moves.zip"),),
            page="https://example.org/moves",
            terms="its authors ask for a letter",
            source="humanact12:{folder}",
        ),
    }
    monkeypatch.setattr(published, "PUBLISHED", known)
    monkeypatch.delenv("SKELGENBENCH_DATA", raising=False)
    return known


def test_the_command_fetches_and_says_what_is_known(
    sets, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["data", "fetch", "steps", "--data-root", str(tmp_path)]
    assert run_command_line(command) == 0
    told = capsys.readouterr().out
    assert f"SHA-256 {SHA256}, none is published that we know: kept in clips.pkl.sha256" in told
    assert f"--dataset pyskl:{tmp_path}/steps/clips.pkl" in told
    assert run_command_line(command) == 0
    assert "as when it was first fetched" in capsys.readouterr().out


def test_the_command_says_who_gives_a_set_and_what_is_missing(
    sets, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["data", "fetch", "moves", "--data-root", str(tmp_path)]
    assert run_command_line(command) == 1
    told = capsys.readouterr().out
    assert "its authors ask for a letter: https://example.org/moves" in told
    assert f"not there: 0 of 1 clips of moves.zip are in '{tmp_path}/moves" in told
    (tmp_path / "moves").mkdir()
    (tmp_path / "moves" / "a.npy").touch()
    assert run_command_line(command) == 0
    assert f"--dataset humanact12:{tmp_path}/moves" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["stepps", "--data-root", "x"],
            "unknown data set to fetch 'stepps': did you mean 'steps'",
        ),
        (["steps"], "steps: no data folder is known: give --data-root or set SKELGENBENCH_DATA"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(
    sets, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command_line(["data", "fetch", *arguments]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")
    assert message in line


def test_a_cut_transfer_ends_the_command_with_one_line_and_exit_code_2(
    sets, servers, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    servers[0].cuts = 1
    assert run_command_line(["data", "fetch", "steps", "--data-root", str(tmp_path)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "error: clips.pkl cannot be fetched: " in line
    assert "was cut after" in line


def test_the_list_names_every_published_set(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["data", "fetch"]) == 0
    told = capsys.readouterr().out
    for name in ("ntu60_3danno", "ntu120_3danno", "ntu60", "ntu120", "humanact12", "nw_ucla"):
        assert any(line.split()[0] == name for line in told.splitlines())
