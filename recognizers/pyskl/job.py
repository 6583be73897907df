"""PYSKL as its own job: its own training on its own GPUs, and the scores that it leaves."""

from __future__ import annotations

import hashlib
import json
import math
import os
import shutil
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from recognizers.networks.catalogue import NETWORKS
from recognizers.pyskl.annotations import PysklJobError, read_scores, write_clips
from recognizers.pyskl.availability import Found
from recognizers.pyskl.config import (
    ANNOTATIONS,
    ORDER,
    PLUGINS,
    WEIGHTS,
    WORK,
    config_of,
    config_text,
)
from recognizers.pyskl.launch import (
    COMMAND,
    CONFIG,
    TIMEOUT,
    command_line,
    command_text,
    environment,
    free_port,
    gpus_seen,
    gpus_to_use,
    seconds_to_wait,
    started,
)
from recognizers.pyskl.log import LogFollower, last_error
from recognizers.pyskl.networks import layout_of
from recognizers.recipes import Recipe
from skeletons.arrays import Float32Array, IntArray
from skeletons.clips import ClipSet
from skeletons.errors import InputError
from skeletons.seeds import derive_seed
from skeletons.skeleton import chain

if TYPE_CHECKING:
    from torch import Tensor, nn

    from recognizers.training import Progress

OUTPUT, SCORES, CARD = "job.log", Path(WORK, "last_pred.pkl"), "job.json"
"""Names in the job's folder: what the job says, its scores, what it was."""

BETWEEN_LOOKS = 0.1
"""Seconds between two looks at the log of a job."""

_TAIL = 1 << 20
"""Bytes at the end of the output in which the error is looked for."""


@dataclass(frozen=True)
class Job:
    """A job whose files are in place.

    Attributes:
        name: what is trained, for errors.
        folder: holds all that PYSKL needs, and what it leaves.
        found: the PYSKL.
        recipe: how it is trained.
        steps: optimiser steps in all.
        gpus: that share a batch.
        seed: below 2**31, as PYSKL takes it.
    """

    name: str
    folder: Path
    found: Found
    recipe: Recipe
    steps: int
    gpus: int
    seed: int


def train_and_score_job(
    network: str,
    stream: str,
    train: ClipSet,
    test: ClipSet,
    *,
    recipe: Recipe,
    order: IntArray,
    steps: int,
    seed: int,
    folder: Path,
    job: Found,
    progress: Progress,
    start: Mapping[str, Tensor] | None = None,
) -> Float32Array:
    """Train ``network`` on ``train`` by PYSKL's own ``tools/train.py`` and score ``test`` with the
    weights of the last step.

    All that the job needs is written to ``folder``, and a command line that can be run elsewhere.
    A folder that holds the scores of the very same job already gives them back.

    Args:
        network: one of PYSKL's, without ``pyskl:``.
        stream: one of ``recognizers.names.STREAMS``.
        order: ``[steps * batch]`` rows of ``train``: the batches one after the other.
        steps: optimiser steps in all.
        folder: of this job alone.
        progress: called with (steps done, steps in all) as the log grows.
        start: weights to start from, see :func:`recognizers.checkpoints.start_from`.

    Returns:
        Class probabilities ``[N, classes]`` of the test clips, in their order.

    Raises:
        InputError: no GPU (all is prepared then), something that PYSKL does not have, or weights
            of another network.
        PysklJobError: the job failed, fell silent, or left no such scores.
        TrainingDivergedError: the loss is no longer finite.
    """
    if order.shape != (steps * recipe.batch,) or order.min() < 0 or order.max() >= len(train):
        raise ValueError(f"order {order.shape} is no {steps} batches of rows of {len(train)} clips")
    patience = seconds_to_wait(os.environ)
    seen = gpus_seen(job, os.environ)
    gpus = gpus_to_use(seen, recipe.batch, os.environ)
    folder = folder.absolute()
    ready = Job(
        f"pyskl:{network}",
        folder,
        job,
        recipe,
        steps,
        gpus,
        derive_seed(seed, "pyskl", network, stream) % 2**31,
    )
    _check_folder(folder)
    if not _prepare(ready, network, stream, train, test, order, start):
        if not seen:
            raise InputError(
                f"{ready.name} as PYSKL's own job needs a GPU, its training runs on CUDA only: "
                f"the job is ready to be run elsewhere, see {folder / COMMAND}; on a CPU "
                "PYSKL_WAY=in_process trains it"
            )
        _run(ready, patience, progress)
    scores = read_scores(folder / SCORES, len(test), len(test.classes))
    progress(steps, steps)
    return scores


def _prepare(
    job: Job,
    network: str,
    stream: str,
    train: ClipSet,
    test: ClipSet,
    order: IntArray,
    start: Mapping[str, Tensor] | None,
) -> bool:
    """Write the files of the job; True if the folder holds scores of the same job already."""
    folder = job.folder
    entries = config_of(
        network,
        stream,
        train.skeleton,
        len(train.classes),
        job.recipe,
        steps=job.steps,
        gpus=job.gpus,
        weights=start is not None,
    )
    here = Path(__file__).parent
    texts = {
        CONFIG: config_text(entries),
        "layout.json": json.dumps(layout_of(train.skeleton), indent=1) + "\n",
        **{f"{name}.py": (here / file).read_text("utf-8") for name, file in PLUGINS.items()},
    }
    order = np.ascontiguousarray(order, dtype=np.int64)
    card = {
        "recognizer": job.name,
        "stream": stream,
        "pyskl": job.found.version,
        "seed": job.seed,
        "train": train.fingerprint,
        "test": test.fingerprint,
        "order": hashlib.sha256(order.tobytes()).hexdigest(),
        "weights": "" if start is None else _hash(start),
        "files": hashlib.sha256(json.dumps(texts).encode()).hexdigest(),
    }
    if (folder / SCORES).is_file() and _read_card(folder / CARD) == card:
        return True
    folder.mkdir(parents=True, exist_ok=True)
    # What another job left must not be taken for what this one does.
    (folder / CARD).unlink(missing_ok=True)
    shutil.rmtree(folder / WORK, ignore_errors=True)
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")
    write_clips(folder / ANNOTATIONS, train, test)
    np.save(folder / ORDER, order)
    if start is not None:
        _write_weights(folder / WEIGHTS, start, network, train, job.recipe)
    (folder / COMMAND).write_text(
        command_text(job.found, folder, gpus=job.gpus, seed=job.seed), "utf-8"
    )
    (folder / CARD).write_text(json.dumps(card, indent=1) + "\n", "utf-8")
    return False


def _run(job: Job, patience: float | None, progress: Progress) -> None:
    """Start the job and follow it to its end."""
    output = job.folder / OUTPUT
    command = command_line(
        str(job.found.python), str(job.folder), gpus=job.gpus, seed=job.seed, port=free_port()
    )
    variables = environment(job.found, job.folder, os.environ)
    with started(command, environment=variables, folder=job.found.root, output=output) as process:
        code = _follow(job, process, patience, progress)
    if code != 0:
        said = last_error(_end_of(output)) or "it said nothing"
        raise PysklJobError(f"{job.name}, PYSKL's own job, failed ({code}): {said}; see {output}")


def _follow(
    job: Job, process: subprocess.Popen[bytes], patience: float | None, progress: Progress
) -> int:
    """Report the steps in the log until the job ends; its exit code."""
    work, output = job.folder / WORK, job.folder / OUTPUT
    log = LogFollower(work)
    size, heard = -1, time.monotonic()
    while True:
        # Asked first, so that what it wrote last is read below.
        code = process.poll()
        for step in log.new_steps():
            done = min(job.steps, (step.epoch - 1) * job.steps + step.iteration)
            if not math.isfinite(step.loss):
                raise _diverged(job, step.loss, done)
            progress(done, job.steps)
        if code is not None:
            return code
        said = sum(file.stat().st_size for file in (output, *work.glob("*.log*")))
        if said != size:
            size, heard = said, time.monotonic()
        elif patience is not None and time.monotonic() - heard > patience:
            raise PysklJobError(
                f"{job.name}, PYSKL's own job, was ended: it said nothing for {patience:g} s "
                f"({TIMEOUT}); see {output}"
            )
        time.sleep(BETWEEN_LOOKS)


def _diverged(job: Job, loss: float, step: int) -> InputError:
    from recognizers.training import TrainingDivergedError

    return TrainingDivergedError(
        f"training of {job.name} diverged: the loss is {loss} at step {step} of {job.steps}; "
        f"take a learning rate below {job.recipe.optimisation.learning_rate}"
    )


def _check_folder(folder: Path) -> None:
    """The folder's name goes into a config, which is Python, and into PYTHONPATH."""
    for sign in ("'", '"', "\\", "\n", os.pathsep, "{{"):
        if sign in str(folder):
            raise InputError(f"PYSKL cannot work in '{folder}': its name has {sign!r} in it")


def _write_weights(
    path: Path, start: Mapping[str, Tensor], network: str, clips: ClipSet, recipe: Recipe
) -> None:
    """The weights that fit, as mmcv reads them. mmcv would pass over others without a word, so
    that they are tried on our own network, whose names and shapes are PYSKL's."""
    import torch

    from recognizers.checkpoints import start_from

    def build(classes: int, joints: int) -> nn.Module:
        return NETWORKS[network].build(classes, chain(joints), recipe.model)

    classes, joints = len(clips.classes), len(clips.skeleton)
    fit = start_from(build(classes, joints), start, build, joints, classes)
    torch.save({"meta": {}, "state_dict": {name: start[name] for name in fit.taken}}, path)


def _hash(start: Mapping[str, Tensor]) -> str:
    digest = hashlib.sha256()
    for name, values in start.items():
        digest.update(f"{name} {tuple(values.shape)} {values.dtype}\0".encode())
        digest.update(values.cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


def _read_card(path: Path) -> Mapping[str, str | int] | None:
    try:
        card: Mapping[str, str | int] = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return card


def _end_of(output: Path) -> str:
    with output.open("rb") as stream:
        stream.seek(max(0, output.stat().st_size - _TAIL))
        return stream.read().decode("utf-8", errors="replace")
