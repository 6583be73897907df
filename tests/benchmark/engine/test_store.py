from __future__ import annotations

import multiprocessing
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from benchmark.engine.keys import artefact_key
from benchmark.engine.store import Artefact, Store, write_atomically

KEY = "a" * 64


def _fill(folder: Path) -> Mapping[str, Any]:
    (folder / "inner").mkdir()
    (folder / "inner" / "numbers.txt").write_text("1 2 3")
    return {"seconds": 1.5}


def _make(
    store: Store, fill: Callable[[Path], Mapping[str, Any]] = _fill, kind: str = "fit"
) -> tuple[Artefact, bool]:
    """The artefact, and whether it was there before."""
    with store.claim(kind, KEY) as claim:
        if claim.found is not None:
            return claim.found, True
        return claim.complete(fill(claim.folder)), False


def test_an_artefact_is_found_with_its_files_and_its_meta(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert store.find("fit", KEY) is None
    made, was_there = _make(store)
    assert not was_there
    found = store.find("fit", KEY)
    assert found is not None
    assert found.folder == made.folder
    assert found.meta["seconds"] == 1.5
    assert (found.folder / "inner" / "numbers.txt").read_text() == "1 2 3"


def test_what_is_there_is_not_built_again(tmp_path: Path) -> None:
    store = Store(tmp_path)
    _make(store)

    def never(folder: Path) -> Mapping[str, Any]:
        raise AssertionError("built twice")

    _, was_there = _make(store, never)
    assert was_there


def test_a_build_that_fails_leaves_no_artefact_and_keeps_its_scratch(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.scratch(KEY).mkdir(parents=True)

    def half(folder: Path) -> Mapping[str, Any]:
        (folder / "half.txt").write_text("half")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        _make(store, half)
    assert store.find("fit", KEY) is None
    assert store.scratch(KEY).exists()
    artefact, _ = _make(store)
    assert not (artefact.folder / "half.txt").exists()
    assert not store.scratch(KEY).exists()


@pytest.mark.parametrize("damage", ["cut", "flip", "remove", "meta"])
def test_a_damaged_artefact_counts_as_missing_and_is_made_again(
    tmp_path: Path, damage: str
) -> None:
    store = Store(tmp_path)
    folder = _make(store)[0].folder
    path = folder / "inner" / "numbers.txt"
    if damage == "cut":
        path.write_text("1 2")
    elif damage == "flip":
        path.write_text("1 2 4")
    elif damage == "remove":
        path.unlink()
    else:
        (folder / "meta.json").write_text('{"files": [')
    assert store.find("fit", KEY) is None
    _, was_there = _make(store)
    assert not was_there
    assert store.find("fit", KEY) is not None


def _slow(root: Path, log: Path) -> None:
    def build(folder: Path) -> Mapping[str, Any]:
        with log.open("a") as file:
            file.write("built\n")
        time.sleep(0.3)
        return _fill(folder)

    _make(Store(root), build)


def test_processes_that_want_one_artefact_build_it_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    log = tmp_path / "log"
    processes = [context.Process(target=_slow, args=(tmp_path / "store", log)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * 4
    assert log.read_text() == "built\n"


@pytest.mark.parametrize("change", ["kind", "code", "parameters", "inputs"])
def test_the_key_depends_on_everything_an_artefact_is_made_from(change: str) -> None:
    made_from: dict[str, Any] = {
        "kind": "fit",
        "code": "1",
        "parameters": {"a": 1, "b": 2},
        "inputs": {"data": "x"},
    }
    other: dict[str, Any] = {
        "kind": "sample",
        "code": "2",
        "parameters": {"a": 1, "b": 3},
        "inputs": {"data": "y"},
    }
    key = artefact_key(**made_from)
    assert key == artefact_key(**{**made_from, "parameters": {"b": 2, "a": 1}})
    assert key != artefact_key(**{**made_from, change: other[change]})


def test_a_folder_that_cannot_be_written_is_found_out_first(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        Store(tmp_path / "file" / "store").prepare()


def test_the_content_is_that_of_the_files_and_outlives_the_artefact(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert store.content("fit", KEY) is None
    folder = _make(store)[0].folder
    content = store.content("fit", KEY)
    _make(store, lambda folder: {**_fill(folder), "seconds": 2.0}, "sample")
    assert store.content("sample", KEY) == content, "what meta.json says is no content"
    shutil.rmtree(folder)
    assert store.content("fit", KEY) == content
    assert store.find("fit", KEY) is None


def test_a_file_is_replaced_at_once(tmp_path: Path) -> None:
    path = tmp_path / "new" / "run.json"
    write_atomically(path, b"one")
    write_atomically(path, b"two")
    assert path.read_bytes() == b"two"
    assert [entry.name for entry in path.parent.iterdir()] == ["run.json"]
