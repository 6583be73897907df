"""Runs a job and ends it, with all that it started, once nobody waits for it any more.

``python guard.py PARENT GRACE PROGRAM ARGUMENT...``: PARENT is the process id that the job is run
for, GRACE the seconds that processes have to end by themselves before they are killed. When PARENT
is gone, killed in whatever way, or when the guard is asked to end, every process of the job ends,
also those that left its process group, as the workers of torch's launcher do
(``torch/distributed/elastic``: ``start_new_session``). They are known by a mark in their
environment. Stands alone and imports the standard library only, so that it starts at once.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path
from types import FrameType

MARK = "SKELGENBENCH_JOB"
BETWEEN_LOOKS = 0.05
"""Seconds."""


class Ended(BaseException):
    """The guard was asked to end the job."""


def main(arguments: list[str]) -> int:
    """Run the job; its exit code, or 128 and the signal's number where a signal ended it."""
    parent, grace, command = int(arguments[0]), float(arguments[1]), arguments[2:]
    for asked in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(asked, _end)
    mark = uuid.uuid4().hex
    job: subprocess.Popen[bytes] | None = None
    try:
        job = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            env={**os.environ, MARK: mark},
        )
        while job.poll() is None and os.getppid() == parent:
            time.sleep(BETWEEN_LOOKS)
    except Ended:
        pass
    finally:
        # Nothing may stop the end half-way.
        for asked in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(asked, signal.SIG_IGN)
        if job is not None:
            end_all(job, mark, grace)
    code = job.returncode if job is not None else -signal.SIGTERM
    return code if code >= 0 else 128 - code


def end_all(job: subprocess.Popen[bytes], mark: str, grace: float) -> None:
    """Ask all processes of the job to end, and kill those that do not."""
    deadline = time.monotonic() + grace
    asked: set[int] = set()
    while members := _members(job, mark):
        kill = time.monotonic() > deadline
        for member in members if kill else members - asked:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(member, signal.SIGKILL if kill else signal.SIGTERM)
        asked |= members
        time.sleep(BETWEEN_LOOKS)


def _members(job: subprocess.Popen[bytes], mark: str) -> set[int]:
    """Processes of the job that run: its first one, and on Linux all that carry its mark."""
    entry = f"{MARK}={mark}".encode()
    members = set() if job.poll() is not None else {job.pid}
    for environment in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if entry in environment.read_bytes().split(b"\0"):
                members.add(int(environment.parent.name))
    return members


def _end(number: int, frame: FrameType | None) -> None:
    raise Ended


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
