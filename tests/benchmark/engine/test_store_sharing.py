"""A store that hosts share: no lock to trust, clocks that disagree, folders seen late."""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
import shutil
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from filelock import Timeout

from benchmark.engine import artefacts, cleaning, locks, writers
from benchmark.engine import store as store_module
from benchmark.engine.artefacts import await_artefact
from benchmark.engine.cleaning import Cleaner
from benchmark.engine.executors.inline import InlineExecutor
from benchmark.engine.scheduler import Scheduler
from benchmark.engine.store import Artefact, Store
from benchmark.engine.task import Surroundings
from benchmark.engine.writers import Mark, Writer
from tests.benchmark.engine.steps import plan, stage

KEY = "b" * 64
FORK = multiprocessing.get_context("fork")
A_DAY = 24 * 3600.0


class GrantsAll:
    """A lock of a file system that does not hold locks between hosts."""

    def __init__(self, path: Path) -> None: ...

    def acquire(self, timeout: float) -> None: ...

    def release(self) -> None: ...


class HasNone(GrantsAll):
    """A lock of a network file system without a lock daemon."""

    def acquire(self, timeout: float) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))


class KeptByAGhost(GrantsAll):
    """A lock that the server keeps for a host which is gone."""

    def acquire(self, timeout: float) -> None:
        raise Timeout("ghost")


def _make(store: Store, fill: Callable[[Path], None], kind: str = "fit") -> Artefact:
    with store.claim(kind, KEY) as claim:
        if claim.found is not None:
            return claim.found
        fill(claim.folder)
        return claim.complete({"seconds": 1.0})


def _writes(text: str) -> Callable[[Path], None]:
    def fill(folder: Path) -> None:
        (folder / "numbers.txt").write_text(text)

    return fill


def _at_once(root: Path, text: str, barrier: Any, answers: Any) -> None:
    def fill(folder: Path) -> None:
        barrier.wait(20)
        _writes(text)(folder)

    made = _make(Store(root), fill)
    answers.put((made.meta["content"], made.doubt))


def _two_at_once(root: Path, texts: tuple[str, str]) -> list[tuple[str, str]]:
    """Have two processes make the same artefact at the same moment."""
    barrier, answers = FORK.Barrier(2), FORK.Queue()
    both = [FORK.Process(target=_at_once, args=(root, text, barrier, answers)) for text in texts]
    for one in both:
        one.start()
    told = [answers.get(timeout=30) for _ in both]
    for one in both:
        one.join()
    assert [one.exitcode for one in both] == [0, 0]
    return told


@pytest.fixture
def blind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody sees what others are at, either."""
    monkeypatch.setattr(store_module, "marks", lambda root, what="": iter(()))


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Silence is short, beats are shorter."""
    monkeypatch.setattr(writers, "SECONDS_OF_SILENCE", 1.0)
    monkeypatch.setattr(writers, "SECONDS_BETWEEN_BEATS", 0.1)


@pytest.mark.parametrize("lock", [GrantsAll, HasNone])
def test_two_who_write_at_once_end_with_one_whole_artefact(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, blind: None, lock: type
) -> None:
    monkeypatch.setattr(locks, "FileLock", lock)
    told = _two_at_once(tmp_path, ("1 2 3", "1 2 3"))
    assert told[0] == told[1]
    found = Store(tmp_path).find("fit", KEY)
    assert found is not None
    assert (told[0][0], found.doubt) == (found.meta["content"], "")
    assert not list((tmp_path / "partial").iterdir())


def test_the_first_of_two_with_other_bytes_stands_and_the_second_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, blind: None
) -> None:
    monkeypatch.setattr(locks, "FileLock", GrantsAll)
    told = _two_at_once(tmp_path, ("1 2 3", "1 2 4"))
    store = Store(tmp_path)
    found = store.find("fit", KEY)
    assert found is not None
    assert {content for content, _ in told} == {found.meta["content"]}
    assert store.noted_content("fit", KEY) == found.meta["content"]
    doubts = sorted(doubt for _, doubt in told)
    assert doubts[0] == ""
    assert "of other bytes (numbers.txt)" in doubts[1]


def test_a_file_system_without_locks_still_saves_the_second_writer_its_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "FileLock", HasNone)
    begun = FORK.Event()

    def slow(folder: Path) -> None:
        begun.set()
        time.sleep(0.5)
        _writes("1")(folder)

    def never(folder: Path) -> None:
        raise AssertionError("made twice")

    other = FORK.Process(target=_make, args=(Store(tmp_path), slow))
    other.start()
    assert begun.wait(20)
    assert _make(Store(tmp_path), never).meta["seconds"] == 1.0
    other.join()


def test_a_lock_that_nobody_living_holds_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hasty: None
) -> None:
    monkeypatch.setattr(locks, "FileLock", KeptByAGhost)
    waits: list[None] = []
    with Store(tmp_path).claim("fit", KEY, lambda: waits.append(None)) as claim:
        _writes("1")(claim.folder)
        claim.complete({})
    assert len(waits) == 1
    assert Store(tmp_path).find("fit", KEY) is not None


def test_a_damaged_artefact_does_not_stand_in_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path)
    with store.claim("fit", KEY) as claim:
        _writes("right")(claim.folder)
        _writes("right")(_folder(store.folder("fit", KEY)))  # without its meta.json
        claim.complete({})
    assert store.find("fit", KEY) is not None
    assert not list((tmp_path / "partial").iterdir())


def _folder(path: Path) -> Path:
    path.mkdir(parents=True)
    return path


def _elsewhere(root: Path, behind: float, begun: Any, seconds: float) -> None:
    """A writer on another host, whose clock is behind."""
    plain = os.utime
    writers.this_host = lambda: "elsewhere-00000000"

    def late(path: Any) -> None:
        plain(path, (time.time() - behind, time.time() - behind))

    os.utime = late

    def fill(folder: Path) -> None:
        late(folder)
        late(next((root / "writers").iterdir()))
        begun.set()
        time.sleep(seconds)
        _writes("1")(folder)

    _make(Store(root), fill)


@pytest.mark.parametrize("behind", [2 * A_DAY, -2 * A_DAY])
def test_a_living_writer_whose_clock_is_days_off_is_waited_for_and_not_cleaned_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hasty: None, behind: float
) -> None:
    monkeypatch.setattr(locks, "FileLock", GrantsAll)
    begun = FORK.Event()
    other = FORK.Process(target=_elsewhere, args=(tmp_path, behind, begun, 4.0))
    other.start()
    assert begun.wait(20)
    cleaner = Cleaner(tmp_path)
    assert cleaner.look() == []
    time.sleep(1.5)
    assert cleaner.look() == []

    def never(folder: Path) -> None:
        raise AssertionError("made twice")

    _make(Store(tmp_path), never)
    other.join()
    assert other.exitcode == 0


@pytest.mark.parametrize("ahead", [-2 * A_DAY, 2 * A_DAY])
def test_a_dead_writer_of_another_host_is_watched_and_then_succeeded(
    tmp_path: Path, hasty: None, ahead: float
) -> None:
    store = Store(tmp_path)
    left = tmp_path / "writers" / f"fit-{KEY}.elsewhere-00000000.1-2.abcd"
    left.parent.mkdir()
    left.touch()
    os.utime(left, (time.time() + ahead,) * 2)
    _writes("step 7")(_folder(store.scratch(KEY)))
    start = time.monotonic()
    with store.claim("fit", KEY) as claim:
        assert time.monotonic() - start >= 1.0
        assert (claim.scratch / "numbers.txt").read_text() == "step 7"
        assert not left.exists()


def test_who_makes_an_artefact_beside_another_one_has_checkpoints_of_his_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "FileLock", GrantsAll)
    monkeypatch.setattr(Store, "_wait_for_turn", lambda *arguments: None)
    store = Store(tmp_path)
    with store.claim("fit", KEY) as first, store.claim("fit", KEY) as second:
        assert first.scratch == store.scratch(KEY)
        assert second.scratch != first.scratch
        assert second.folder != first.folder


def test_what_a_dead_process_of_this_host_left_is_cleaned_away_at_once(tmp_path: Path) -> None:
    def die() -> None:
        with Store(tmp_path).claim("fit", KEY):
            os._exit(1)

    other = FORK.Process(target=die)
    other.start()
    other.join()
    assert len(list((tmp_path / "partial").iterdir())) == 1
    _writes("step 7")(_folder(Store(tmp_path).scratch(KEY)))
    assert len(Cleaner(tmp_path).look()) == 2
    assert not list((tmp_path / "partial").iterdir())
    assert not list((tmp_path / "writers").iterdir())
    assert Store(tmp_path).scratch(KEY).exists(), "the next attempt goes on from there"


def test_a_process_that_has_the_number_of_a_dead_one_is_not_taken_for_it() -> None:
    own = Writer.new()
    if not own.start:
        pytest.skip("this system does not say when a process began")
    parent = os.getppid()
    start = writers.process_start(parent)
    assert start
    assert Writer(own.host, parent, start, "0").lives
    assert Writer(own.host, parent, f"{start}0", "0").lives is False


def test_partial_folders_of_unknown_writers_go_by_age_and_silence_together(
    tmp_path: Path, hasty: None
) -> None:
    old, young = (tmp_path / "partial" / name for name in (f"fit-{KEY}", "sample-x"))
    for path in (old, young):
        _writes("half")(_folder(path))
    os.utime(old, (time.time() - 2 * A_DAY,) * 2)
    cleaner = Cleaner(tmp_path)
    assert cleaner.look() == []
    time.sleep(1.1)
    assert cleaner.look() == [old]
    assert not old.exists()
    assert young.exists()


def test_a_mark_that_was_taken_away_from_the_living_comes_back(tmp_path: Path, hasty: None) -> None:
    mark = Mark(tmp_path, "run")
    mark.begin()
    mark.say(keys=[KEY])
    mark.path.unlink()
    mark.renew()
    assert json.loads(mark.path.read_text()) == {"keys": [KEY]}
    mark.end()
    assert not mark.path.exists()


def test_an_artefact_that_is_seen_late_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path)
    folder = _make(store, _writes("1")).folder
    hidden = tmp_path / "hidden"
    folder.rename(hidden)
    later = threading.Timer(0.3, hidden.rename, [folder])
    later.start()
    assert await_artefact(folder)
    later.join()
    monkeypatch.setattr(artefacts, "SECONDS_OF_PATIENCE", 0.2)
    shutil.rmtree(folder)
    assert not await_artefact(folder)


class Afar(InlineExecutor):
    """Workers that see a folder of the same name, and not the same."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        task, surroundings = args
        there = Surroundings(surroundings.store.with_name("another"))
        return super().submit(fn, task, there, **kwargs)


def test_workers_that_do_not_share_the_store_are_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(artefacts, "SECONDS_OF_PATIENCE", 0.2)
    stages = plan(stage("one", "number", parameters={"number": 1}), stage("two", "halve", "one"))
    results = Scheduler(stages, Surroundings(tmp_path / "store")).run(lambda count: Afar())
    assert results["one"].status == "error"
    assert "was made and is not seen here, after 0.2 s: is the store one" in results["one"].reason
    assert results["two"].status == "skipped"


def test_what_a_worker_tells_need_not_be_read_by_the_planner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Store, "meta", lambda *arguments: {})
    monkeypatch.setattr(Store, "noted_content", lambda *arguments: None)
    stages = plan(stage("one", "number", parameters={"number": 5}), stage("two", "halve", "one"))
    results = Scheduler(stages, Surroundings(tmp_path)).run(lambda count: InlineExecutor())
    assert results["two"].status == "ok"
    assert results["two"].seconds is not None


def test_a_run_under_way_says_what_it_needs_and_takes_that_back(tmp_path: Path) -> None:
    said: list[Mapping[str, Any]] = []

    class Listens(InlineExecutor):
        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            said.extend(json.loads(path.read_text()) for path in writers.marks(tmp_path, "run"))
            return super().submit(fn, *args, **kwargs)

    stages = plan(stage("one", "number", parameters={"number": 5}), stage("two", "halve", "one"))
    results = Scheduler(stages, Surroundings(tmp_path)).run(lambda count: Listens())
    assert [len(one["keys"]) for one in said] == [1, 2]
    assert {*said[1]["keys"]} == {results["one"].key, results["two"].key}
    assert not list((tmp_path / "writers").iterdir())
    assert cleaning.entries(tmp_path / "partial") == []
