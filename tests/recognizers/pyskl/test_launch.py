"""How a PYSKL job is started: its command line, places, GPUs and settings."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from recognizers.pyskl.availability import chosen_way
from recognizers.pyskl.launch import command_line, environment, gpus_to_use, seconds_to_wait
from skeletons.errors import InputError
from tests.recognizers.pyskl.pyskl_jobs import (
    Run,
    program,
)


def test_the_command_is_that_of_pyskls_own_script() -> None:
    assert command_line("py", "/job", gpus=2, seed=5, port=1234) == [
        *("py", "-m", "torch.distributed.launch", "--nproc_per_node=2", "--master_port=1234"),
        *("tools/train.py", "/job/config.py", "--launcher", "pytorch", "--seed", "5"),
        *("--deterministic", "--test-last"),
    ]


def test_a_job_has_pyskls_places_and_none_of_ours(run: Run, tmp_path: Path) -> None:
    ours = {
        "PYTHONPATH": "/ours",
        "PYTHONHOME": "/x",
        "RANK": "3",
        "HOME": "/home",
        "WORLD_SIZE": "8",
    }

    given = environment(chosen_way(), tmp_path, ours)

    root = chosen_way().root
    assert given["PYTHONPATH"] == f"{tmp_path}{os.pathsep}{root}"
    assert given["HOME"] == "/home"
    assert not {"PYTHONHOME", "RANK", "WORLD_SIZE"} & set(given)


@pytest.mark.parametrize(
    ("seen", "batch", "asked", "gpus"),
    [
        (8, 128, "", 8),
        (3, 16, "", 2),
        (5, 7, "", 1),
        (0, 16, "", 1),
        (0, 16, "4", 4),
        (4, 16, "2", 2),
    ],
)
def test_as_many_gpus_are_taken_as_can_share_a_batch(
    seen: int, batch: int, asked: str, gpus: int
) -> None:
    assert gpus_to_use(seen, batch, {"PYSKL_GPUS": asked}) == gpus


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("PYSKL_GPUS", "none", "PYSKL_GPUS is 'none', it takes a number from 1"),
        ("PYSKL_GPUS", "0", "PYSKL_GPUS is '0'"),
        ("PYSKL_GPUS", "2", "PYSKL_GPUS is 2, PYSKL's Python sees 1"),
        ("PYSKL_TIMEOUT", "soon", "PYSKL_TIMEOUT is 'soon', it takes seconds above 0"),
        ("PYSKL_TIMEOUT", "-1", "PYSKL_TIMEOUT is '-1'"),
        ("PYSKL_TIMEOUT", "nan", "PYSKL_TIMEOUT is 'nan'"),
        ("FAKE_GPUS", "many", "cannot count its GPUs"),
    ],
)
def test_a_setting_that_means_nothing_is_refused(
    run: Run, pyskl: pytest.MonkeyPatch, variable: str, value: str, message: str
) -> None:
    pyskl.setenv(variable, value)

    with pytest.raises(InputError, match=message):
        run()


def test_without_a_timeout_a_job_may_be_silent() -> None:
    assert seconds_to_wait({}) is None
    assert seconds_to_wait({"PYSKL_TIMEOUT": "1.5"}) == 1.5


def test_a_python_without_torch_is_told_of(
    run: Run, pyskl: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bare = program(tmp_path / "bare", sys.executable, "-S", "-I")
    pyskl.setenv("PYSKL_PYTHON", str(bare))

    with pytest.raises(InputError, match=r"bare', cannot count its GPUs: ModuleNotFoundError"):
        run()


@pytest.mark.parametrize("name", ["it's", "a:b", "a{{b", "back\\slash", 'quo"te'])
def test_a_folder_that_no_config_can_name_is_refused(run: Run, tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="PYSKL cannot work in"):
        run(folder=tmp_path / name)
