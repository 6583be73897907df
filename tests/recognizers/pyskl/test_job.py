"""PYSKL as a job, with the test doubles in fake_pyskl/."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from recognizers.networks.catalogue import NETWORKS
from recognizers.pyskl.annotations import PysklJobError
from recognizers.pyskl.availability import chosen_way
from recognizers.pyskl.config import PLUGINS
from recognizers.pyskl.job import train_and_score_job
from recognizers.registry import recipe_for
from recognizers.training import Batches, TrainingDivergedError
from skeletons.clips import ClipSet
from skeletons.errors import InputError
from tests.recognizers.pyskl.pyskl_jobs import (
    DOUBLES,
    RECIPE,
    STEPS,
    Run,
    assert_ended,
    expected,
)


def test_scores_come_in_the_order_of_the_test_clips_and_progress_reaches_the_end(
    run: Run, tmp_path: Path
) -> None:
    seen: list[tuple[int, int]] = []

    scores = run(progress=lambda done, total: seen.append((done, total)))

    np.testing.assert_allclose(scores, expected(run.test), rtol=1e-5)
    assert [done for done, _ in seen] == [1, 2, 3, 4, 5, 5]
    assert {total for _, total in seen} == {STEPS}
    assert np.load(tmp_path / "job" / "order.npy").shape == (STEPS * RECIPE.batch,)


def test_gpus_share_the_batch(run: Run, pyskl: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pyskl.setenv("FAKE_GPUS", "3")  # Of which two can share four clips.

    run()

    work = tmp_path / "job" / "work"
    assert json.loads((work / "double.json").read_text())["batch"]["videos_per_gpu"] == 2
    assert_ended(tmp_path / "job", 2)


def test_a_job_that_was_done_is_not_done_again(run: Run, pyskl: pytest.MonkeyPatch) -> None:
    scores = run()
    pyskl.setenv("FAKE_PYSKL", "fail")

    np.testing.assert_array_equal(run(), scores)


def test_scores_of_another_job_are_never_taken(run: Run, pyskl: pytest.MonkeyPatch) -> None:
    run()
    pyskl.setenv("FAKE_PYSKL", "no_scores")

    for changes in ({"seed": 1}, {"recipe": replace(RECIPE, frames=25)}):
        with pytest.raises(PysklJobError, match="PYSKL left no scores"):
            run(**changes)
        with pytest.raises(PysklJobError, match="PYSKL left no scores"):
            run()


@pytest.mark.parametrize("what", ["order", "train", "test", "start"])
def test_another_order_or_part_or_start_is_another_job(
    run: Run, pyskl: pytest.MonkeyPatch, clips: ClipSet, what: str
) -> None:
    network = NETWORKS["stgcn++"].build(3, clips.skeleton, RECIPE.model)
    state = dict(network.state_dict())
    run(start=state)
    pyskl.setenv("FAKE_PYSKL", "no_scores")
    others = {
        "order": np.zeros(STEPS * RECIPE.batch, np.int64),
        "train": clips.select(np.arange(1, 21)),
        "test": clips.select(np.arange(15)),
        "start": {name: values + 1 for name, values in state.items()},
    }

    with pytest.raises(PysklJobError, match="PYSKL left no scores"):
        run(**{"start": state, what: others[what]})


def test_a_job_that_fails_says_why_in_one_line(
    run: Run, pyskl: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pyskl.setenv("FAKE_PYSKL", "fail")

    with pytest.raises(PysklJobError, match="RuntimeError: CUDA error: the double fails") as error:
        run()

    assert "\n" not in str(error.value)
    assert str(error.value).endswith(str(tmp_path / "job" / "job.log"))
    assert "ChildFailedError" in (tmp_path / "job" / "job.log").read_text()


def test_a_silent_job_is_ended(run: Run, pyskl: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pyskl.setenv("FAKE_PYSKL", "hang")
    pyskl.setenv("FAKE_GPUS", "2")
    pyskl.setenv("PYSKL_TIMEOUT", "2")

    with pytest.raises(PysklJobError, match=r"said nothing for 2 s \(PYSKL_TIMEOUT\)"):
        run()

    assert_ended(tmp_path / "job", 2)


def test_a_loss_that_is_not_finite_ends_the_job(
    run: Run, pyskl: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pyskl.setenv("FAKE_PYSKL", "nan")

    with pytest.raises(
        TrainingDivergedError, match=r"pyskl:stgcn\+\+ diverged: the loss is nan at"
    ):
        run()

    assert_ended(tmp_path / "job", 1)


@pytest.mark.parametrize(
    ("mode", "message"),
    [
        ("truncated", "holds no class scores"),
        ("hostile", "it asks to load posix.mkdir"),
        ("short", "has scores of 14 clips, 15 were to be tested"),
        ("no_scores", "PYSKL left no scores"),
    ],
)
def test_scores_that_cannot_be_used_are_an_error(
    run: Run, pyskl: pytest.MonkeyPatch, mode: str, message: str
) -> None:
    pyskl.setenv("FAKE_PYSKL", mode)

    with pytest.raises(PysklJobError, match=message):
        run()

    assert not (DOUBLES / "root" / "hostile-code-ran").exists()


def test_ctrl_c_ends_every_process_of_the_job(
    run: Run, pyskl: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pyskl.setenv("FAKE_PYSKL", "hang")

    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(progress=interrupt)

    assert_ended(tmp_path / "job", 1)


PARENT = """
import sys
from pathlib import Path
from recognizers.pyskl.availability import chosen_way
from recognizers.pyskl.config import PLUGINS
from recognizers.pyskl.launch import command_line, environment, started
import os
folder, found = Path(sys.argv[1]), chosen_way()
command = command_line(str(found.python), str(folder), gpus=2, seed=0)
variables = environment(found, folder, os.environ)
with started(command, environment=variables, folder=found.root, output=folder / "out") as process:
    process.wait()
"""


def test_a_killed_parent_takes_the_whole_job_with_it(
    run: Run, pyskl: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pyskl.setenv("FAKE_GPUS", "2")
    run()
    for file in (tmp_path / "job" / "work").glob("process-*"):
        file.unlink()
    pyskl.setenv("FAKE_PYSKL", "hang")
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(tmp_path / "job")])
    work, deadline = tmp_path / "job" / "work", time.monotonic() + 20
    (log,) = work.glob("*.log.json")
    before = log.stat().st_mtime_ns
    while len(list(work.glob("process-*"))) < 2 or log.stat().st_mtime_ns == before:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    parent.send_signal(signal.SIGKILL)
    parent.wait()

    assert_ended(tmp_path / "job", 2)


def test_a_job_that_will_not_end_is_killed(
    run: Run, pyskl: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pyskl.setenv("FAKE_PYSKL", "hang_stubborn")
    pyskl.setattr("recognizers.pyskl.launch.GRACE", 0.5)
    pyskl.setenv("PYSKL_TIMEOUT", "1.5")

    with pytest.raises(PysklJobError, match="PYSKL_TIMEOUT"):
        run()

    assert_ended(tmp_path / "job", 1)


def test_without_a_gpu_the_job_is_ready_to_be_run_elsewhere_and_its_scores_are_read(
    run: Run, pyskl: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pyskl.setenv("FAKE_GPUS", "0")
    with pytest.raises(InputError, match=r"CUDA only.*job/command\.txt.*PYSKL_WAY=in_process"):
        run()
    assert not (tmp_path / "job" / "work").exists()

    # Elsewhere: the folder has moved.
    moved = (tmp_path / "job").rename(tmp_path / "a job")
    text = (moved / "command.txt").read_text()
    assert f"JOB={tmp_path / 'job'}\n" in text
    (moved / "command.txt").write_text(text.replace(f"JOB={tmp_path / 'job'}", f"JOB='{moved}'"))
    subprocess.run(["bash", moved / "command.txt"], check=True, cwd=tmp_path)
    moved.rename(tmp_path / "job")

    np.testing.assert_allclose(run(), expected(run.test), rtol=1e-5)


def test_weights_that_fit_are_handed_on_as_mmcv_reads_them(run: Run, tmp_path: Path) -> None:
    network = NETWORKS["stgcn++"].build(7, run.test.skeleton, RECIPE.model)
    start = dict(network.state_dict())

    run(start=start)

    stored = torch.load(tmp_path / "job" / "weights.pth", weights_only=True)["state_dict"]
    assert (
        "load_from = '{{ fileDirname }}/weights.pth'"
        in (tmp_path / "job" / "config.py").read_text()
    )
    left_out = set(start) - set(stored)
    assert left_out == {name for name in start if name.startswith("cls_head")}
    torch.testing.assert_close(dict(stored), {name: start[name] for name in stored})


@pytest.mark.filterwarnings("ignore")
def test_mmcv_takes_over_the_weights_that_were_handed_on(
    run: Run, pyskl: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pytest.importorskip("pyskl.models", reason="PYSKL is not installed here")
    from mmcv import Config
    from mmcv.runner import load_checkpoint
    from pyskl.models import build_model

    network = NETWORKS["stgcn++"].build(len(run.test.classes), run.test.skeleton, RECIPE.model)
    run(start=network.state_dict())
    pyskl.syspath_prepend(str(tmp_path / "job"))
    for name in PLUGINS:
        pyskl.delitem(sys.modules, name, raising=False)
    config = Config.fromfile(str(tmp_path / "job" / "config.py"))
    model = build_model(config.model)
    load_checkpoint(model, config.load_from, strict=True)

    assert config.load_from == str(tmp_path / "job" / "weights.pth")
    state = model.state_dict()
    for name, values in network.state_dict().items():
        torch.testing.assert_close(state[name], values)


def test_weights_of_another_network_are_refused(run: Run) -> None:
    network = NETWORKS["stgcn"].build(3, run.test.skeleton, {})

    with pytest.raises(InputError, match="of another network or of other sizes"):
        run(start=network.state_dict())


def test_an_order_that_is_not_of_this_training_is_a_bug(run: Run) -> None:
    for order in (np.zeros(3, np.int64), np.full(STEPS * RECIPE.batch, 20)):
        with pytest.raises(ValueError, match="5 batches of rows of 20 clips"):
            run(order=order)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_real_pyskl_trains_to_its_end_and_learns(
    pyskl: pytest.MonkeyPatch, clips: ClipSet, tmp_path: Path
) -> None:
    """Its own tools/train.py, unedited, on a CPU that stands in for a GPU."""
    package = pytest.importorskip("pyskl", reason="PYSKL is not installed here")
    root = Path(package.__file__).parents[1]
    if not (root / "tools" / "train.py").is_file():
        pytest.skip("PYSKL is installed without its tools")
    shell = f"PYTHONPATH='{DOUBLES / 'cpu_for_cuda'}':$PYTHONPATH exec '{sys.executable}' \"$@\"\n"
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\n{shell}")
    pyskl.setenv("PYSKL_ROOT", str(root))
    recipe = replace(RECIPE, batch=16)
    steps, batches = 100, Batches(len(clips), recipe.batch, 0)
    seen: list[int] = []

    scores = train_and_score_job(
        "stgcn++",
        "joint",
        clips,
        clips.select(np.arange(30)[::-2]),
        recipe=recipe,
        order=np.concatenate([batches.rows(step) for step in range(steps)]),
        steps=steps,
        seed=0,
        folder=tmp_path / "job",
        job=chosen_way(),
        progress=lambda done, total: seen.append(done),
    )

    accuracy = (scores.argmax(axis=1) == clips.labels[:30][::-2]).mean()
    print(f"accuracy on clips that it was trained on: {accuracy:.2f}")
    assert accuracy > 0.8
    assert seen == [*range(1, steps + 1), steps]


@pytest.mark.usefixtures("pyskl")
@pytest.mark.parametrize(
    ("entry", "value", "message"),
    [
        ("synthetic_weight", 0.3, "for whom all clips weigh the same"),
        ("synthetic_norm", "own", "for whom all clips share the norms"),
        ("synthetic_labels", "real_recognizer", "for whom a clip has one class"),
        ("synthetic_online", 50, "for whom clips are files"),
    ],
)
def test_a_use_of_added_clips_that_pyskl_does_not_know_is_refused(
    entry: str, value: object, message: str
) -> None:
    with pytest.raises(InputError, match=f"{entry} = {value}: .*{message}"):
        recipe_for("pyskl:stgcn++", "quick", {entry: value})
