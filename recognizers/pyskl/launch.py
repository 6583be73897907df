"""How a PYSKL job is started: its command line, its environment, its GPUs, and its end."""

from __future__ import annotations

import contextlib
import os
import shlex
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from recognizers.pyskl import guard
from recognizers.pyskl.availability import PYTHON, ROOT, TRAINING, Found
from recognizers.pyskl.log import last_error
from skeletons.errors import InputError

GPUS, TIMEOUT = "PYSKL_GPUS", "PYSKL_TIMEOUT"
"""Environment variables: GPUs to take, and seconds without a word after which a job is ended."""

CONFIG, COMMAND = "config.py", "command.txt"
"""Names in the job's folder."""

PORT = 29500
"""torch's own choice, where nobody has looked for a free one."""

GRACE = 5.0
"""Seconds that the processes of a job have to end by themselves, when they are asked to."""

_SECONDS_TO_COUNT = 300
_COUNT = "import torch; print(torch.cuda.device_count())"
_NOT_THEIRS = (
    "PYTHONPATH",
    "PYTHONHOME",
    "PYTHONSTARTUP",
    "RANK",
    "LOCAL_RANK",
    "WORLD_SIZE",
    "MASTER_ADDR",
    "MASTER_PORT",
)
"""Variables of our own process, or of a distributed run that it is part of."""


def command_line(python: str, folder: str, *, gpus: int, seed: int, port: int = PORT) -> list[str]:
    """PYSKL's own training, unedited, as its ``tools/dist_train.sh`` starts it; to be run in
    PYSKL's folder, in the environment that :func:`environment` gives.

    Args:
        folder: the job's, which holds its config.
        seed: below 2**31.
    """
    return [
        python,
        "-m",
        "torch.distributed.launch",
        f"--nproc_per_node={gpus}",
        f"--master_port={port}",
        TRAINING.as_posix(),
        f"{folder}/{CONFIG}",
        "--launcher",
        "pytorch",
        "--seed",
        str(seed),
        "--deterministic",
        "--test-last",
    ]


def command_text(found: Found, folder: Path, *, gpus: int, seed: int) -> str:
    """The same for a shell, with the three places that change when it is run elsewhere on top."""
    places = {"JOB": folder, ROOT: found.root, PYTHON: found.python}
    words = command_line(f"${PYTHON}", "$JOB", gpus=gpus, seed=seed)
    command = " ".join(f'"{word}"' if "$" in word else shlex.quote(word) for word in words)
    return "\n".join(
        [
            "# PYSKL's own training of this job. It needs a GPU. To run it elsewhere, copy this",
            "# folder there, set the three places, and bring work/last_pred.pkl back: the next run",
            "# here reads it.",
            *(f"{name}={shlex.quote(str(place))}" for name, place in places.items()),
            f'cd "${ROOT}" && \\',
            f'PYTHONPATH="$JOB:${ROOT}" MKL_SERVICE_FORCE_INTEL=1 \\',
            command,
            "",
        ]
    )


def environment(found: Found, folder: Path, ours: Mapping[str, str]) -> dict[str, str]:
    """The environment of a job: ours, but with the places of PYSKL and of the job's plug-ins in
    place of our own."""
    return {
        **{name: value for name, value in ours.items() if name not in _NOT_THEIRS},
        "PYTHONPATH": os.pathsep.join([str(folder), str(found.root)]),
        "PYTHONUNBUFFERED": "1",
        "MKL_SERVICE_FORCE_INTEL": "1",
    }


def gpus_seen(found: Found, ours: Mapping[str, str]) -> int:
    """GPUs that PYSKL's Python sees.

    Raises:
        InputError: that Python does not start, or has no torch.
    """
    try:
        answer = subprocess.run(
            [str(found.python), "-c", _COUNT],
            env=environment(found, found.root, ours),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_SECONDS_TO_COUNT,
            check=False,
        )
        return int(answer.stdout.split()[-1])
    except subprocess.TimeoutExpired as error:
        reason = f"it said nothing in {error.timeout:.0f} s"
    except OSError as error:
        reason = error.strerror or str(error)
    except (ValueError, IndexError):
        reason = last_error(answer.stderr) or f"exit code {answer.returncode}"
    raise InputError(f"the Python of PYSKL, '{found.python}', cannot count its GPUs: {reason}")


def gpus_to_use(seen: int, batch: int, ours: Mapping[str, str]) -> int:
    """``PYSKL_GPUS``, else as many of those that are there as can share a batch evenly; 1 where
    there is none, for the command that is prepared.

    Raises:
        InputError: ``PYSKL_GPUS`` is no number of GPUs, or asks for more than there are.
    """
    asked = ours.get(GPUS, "")
    if not asked:
        return max(gpus for gpus in range(1, max(1, seen) + 1) if batch % gpus == 0)
    if not asked.isdecimal() or int(asked) < 1:
        raise InputError(f"{GPUS} is '{asked}', it takes a number from 1")
    if 0 < seen < int(asked):
        raise InputError(f"{GPUS} is {asked}, PYSKL's Python sees {seen}")
    return int(asked)


def seconds_to_wait(ours: Mapping[str, str]) -> float | None:
    """``PYSKL_TIMEOUT``; None for as long as it takes.

    Raises:
        InputError: it is no number above 0.
    """
    asked = ours.get(TIMEOUT, "")
    if not asked:
        return None
    try:
        seconds = float(asked)
    except ValueError:
        seconds = 0.0
    if not seconds > 0:
        raise InputError(f"{TIMEOUT} is '{asked}', it takes seconds above 0")
    return seconds


def free_port() -> int:
    """A port that nothing listens on, for the processes of a job to meet at."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextlib.contextmanager
def started(
    command: Sequence[str], *, environment: Mapping[str, str], folder: Path, output: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """The job while it runs, in ``folder``, with what it says in ``output``. All its processes
    have ended when the block is left, and end when this process does."""
    with output.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, str(Path(guard.__file__)), str(os.getpid()), str(GRACE), *command],
            env=dict(environment),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            # Ctrl-C reaches this process alone, which then ends the job in good order.
            start_new_session=True,
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait()
