from __future__ import annotations

import json
import math
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizers.pyskl.log import LogFollower, LogParser, TrainingStep, last_error


def line(**entry: object) -> bytes:
    return json.dumps(entry).encode() + b"\n"


META = line(env_info="sys.platform: linux\nGPU 0: größer", seed=1)
LOG = (
    META
    + line(mode="train", epoch=1, iter=10, lr=0.1, memory=10, loss=1.5, time=0.2)
    + b"not json at all\n\n"
    + line(mode="val", epoch=1, iter=5, lr=0.1, top1_acc=0.5, loss=0.9)
    + line(mode="train", epoch=1, iter=20, lr=0.05, loss=0.5)
    + line(mode="train", epoch=2, iter=10, lr=0.05, loss=0.25)
)
STEPS = [TrainingStep(1, 10, 1.5), TrainingStep(1, 20, 0.5), TrainingStep(2, 10, 0.25)]


def test_training_steps_are_read_and_all_other_lines_are_passed_over() -> None:
    assert LogParser().feed(LOG) == STEPS


@given(st.lists(st.integers(0, len(LOG)), max_size=12))
def test_the_steps_do_not_depend_on_where_the_bytes_are_cut(cuts: list[int]) -> None:
    parser, places = LogParser(), [0, *sorted(cuts), len(LOG)]
    parts = [LOG[start:end] for start, end in pairwise(places)]

    assert [step for part in parts for step in parser.feed(part)] == STEPS


@given(st.binary())
def test_whatever_stands_in_a_log_is_no_error(content: bytes) -> None:
    assert all(isinstance(step, TrainingStep) for step in LogParser().feed(content + b"\n"))


@pytest.mark.parametrize(
    "entry",
    [b"[1]", b"3", b'{"mode": "train"}', b'{"mode": "train", "epoch": [], "iter": 1, "loss": 1}'],
)
def test_a_line_without_epoch_iteration_and_loss_is_no_step(entry: bytes) -> None:
    assert LogParser().feed(entry + b"\n") == []


def test_a_line_waits_for_its_end() -> None:
    parser = LogParser()
    start = line(mode="train", epoch=1, iter=10, loss=1.5).rstrip(b"\n")

    assert parser.feed(start) == []
    assert parser.feed(b"\n") == STEPS[:1]


def test_a_loss_that_is_not_a_number_is_reported_as_such() -> None:
    (step,) = LogParser().feed(line(mode="train", epoch=1, iter=1, loss=float("nan")))

    assert math.isnan(step.loss)


def test_a_log_is_followed_as_it_grows(tmp_path: Path) -> None:
    follower = LogFollower(tmp_path)
    assert follower.new_steps() == []
    (tmp_path / "20260101_000000.log").write_bytes(LOG)
    assert follower.new_steps() == []
    log = tmp_path / "20260101_000000.log.json"
    middle = len(LOG) // 2
    log.write_bytes(LOG[:middle])
    seen = follower.new_steps()
    with log.open("ab") as stream:
        stream.write(LOG[middle:])

    assert seen + follower.new_steps() == STEPS
    assert 0 < len(seen) < len(STEPS)
    assert follower.new_steps() == []


LAUNCHER = (
    "Traceback (most recent call last):\n  raise ChildFailedError(\n"
    "torch.distributed.elastic.multiprocessing.errors.ChildFailedError: \n"
    "=====\ntools/train.py FAILED\n=====\n"
)


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        (
            "x\nKeyError: 'STGCN is not in the registry'\n",
            "KeyError: 'STGCN is not in the registry'",
        ),
        (f"RuntimeError: boom\n{LAUNCHER}", "RuntimeError: boom"),
        (f"[rank3]: RuntimeError: boom\n{LAUNCHER}", "RuntimeError: boom"),
        (
            "torch.OutOfMemoryError: CUDA out of memory. Tried\nsee above\n",
            "torch.OutOfMemoryError: CUDA out of memory. Tried",
        ),
        ("ValueError: first\nduring which\nTypeError: second\n", "TypeError: second"),
        ("    raise ValueError(x)\nAssertionError\n", "AssertionError"),
        ("[>>>] 1/20\r[>>>>] 2/20\r", "[>>>>] 2/20"),
        (
            "subprocess.CalledProcessError: Command '['python']' returned non-zero exit status 1.",
            "subprocess.CalledProcessError: Command '['python']' returned non-zero exit status 1.",
        ),
        ("started\nKilled\n", "Killed"),
        ("INFO - the Error: of my ways is told here\nbye\n", "bye"),
        ("\n \n", ""),
        ("", ""),
    ],
)
def test_the_error_of_a_job_is_the_last_one_that_is_not_the_launchers(
    output: str, expected: str
) -> None:
    assert last_error(output) == expected


def test_an_endless_error_is_cut() -> None:
    assert len(last_error("ValueError: " + "x" * 10_000)) == 300
