"""Executors by name: what is refused before any work, and what a class of one's own must be."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from benchmark.engine.executors.apart import ApartExecutor
from benchmark.engine.executors.local import LocalPool
from benchmark.engine.store import Store
from benchmark.experiment.executors import check_executor, make_executor, parse_needs
from skeletons.errors import InputError

THREADS = "concurrent.futures:ThreadPoolExecutor"


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    module = ModuleType("own")
    monkeypatch.setitem(sys.modules, "own", module)
    return module


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("slrum", "unknown executor 'slrum': did you mean 'slurm'"),
        ("local:4", "'local' takes nothing after a colon"),
        ("no_such_module:Pool", "executor 'no_such_module:Pool' cannot be imported"),
        ("concurrent.futures:ProcesPoolExecutor", "did you mean 'ProcessPoolExecutor'"),
    ],
)
def test_a_name_that_is_none_is_one_line(name: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        check_executor(name, {})


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("ray:1.2.3.4:6379", r"needs the package ray: pip install ray, or skelgenbench\[ray\]"),
        ("slurm", r"needs the package submitit: pip install submitit, or skelgenbench\[slurm\]"),
    ],
)
def test_a_package_that_is_missing_is_said_with_what_to_install(
    name: str, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda package: None)
    with pytest.raises(InputError, match=line):
        check_executor(name, {})


def test_slurm_needs_its_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("submitit")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(InputError, match="there is no sbatch here: start it on a login node"):
        check_executor("slurm:gpu", {})


def test_the_local_pool_asks_for_nothing() -> None:
    check_executor("local", {})
    with pytest.raises(InputError, match="'local' asks for nothing"):
        check_executor("local", {"minutes": 4})


def test_needs_are_read_and_what_cannot_be_is_one_line() -> None:
    assert parse_needs(["minutes=90,cores=2", "memory_gb=1.5"]) == {
        "minutes": 90,
        "cores": 2,
        "memory_gb": 1.5,
    }
    for text, message in (
        ("minutes", "--needs minutes: give KEY=NUMBER"),
        ("minutes=long", "--needs minutes=long: give KEY=NUMBER"),
        ("hours=3", "--needs: unknown need 'hours'"),
    ):
        with pytest.raises(InputError, match=message):
            parse_needs([text])


def test_names_give_executors(tmp_path: Path) -> None:
    local = make_executor("local", Store(tmp_path), tmp_path, 3)
    threads = make_executor(THREADS, Store(tmp_path), tmp_path)
    few = make_executor(THREADS, Store(tmp_path), tmp_path, 3)
    try:
        assert (type(local), getattr(local, "slots", 0)) == (LocalPool, 3)
        assert (type(threads), getattr(threads, "slots", 0)) == (ApartExecutor, None)
        assert getattr(few, "slots", 0) == 3
    finally:
        for one in (local, threads, few):
            one.shutdown()


def test_what_an_own_class_raises_or_is_not_is_one_line(own: Any, tmp_path: Path) -> None:
    def away() -> None:
        raise TimeoutError("nobody answers")

    own.away, own.text = away, str
    with pytest.raises(InputError, match=r"executor 'own:away' cannot be made: .*nobody answers"):
        make_executor("own:away", Store(tmp_path), tmp_path)
    with pytest.raises(InputError, match="gives a str, which has no submit and shutdown"):
        make_executor("own:text", Store(tmp_path), tmp_path)
