"""A real Slurm of one node, this machine, without accounting: what Debian's slurm-wlm brings."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scontrol")


def is_installed() -> bool:
    """Whether all of it is here, and this user may run it."""
    return os.geteuid() == 0 and all(map(shutil.which, PROGRAMS))


@contextmanager
def one_node_slurm(
    folder: Path, cpus: int = 2, memory_mb: int = 16_000
) -> Iterator[dict[str, str]]:
    """Run it; gives the environment in which its commands find it."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    (folder / "munge.key").write_bytes(secrets.token_bytes(128))
    (folder / "munge.key").chmod(0o600)
    name = socket.gethostname().partition(".")[0]
    controller, node = _free_ports()
    configuration = folder / "slurm.conf"
    settings = {
        "ClusterName": "one",
        "SlurmctldHost": f"{name}(127.0.0.1)",
        "SlurmUser": "root",
        "SlurmctldPort": controller,
        "SlurmdPort": node,
        "AuthType": "auth/munge",
        "AuthInfo": f"socket={folder}/munge.socket",
        "StateSaveLocation": folder / "state",
        "SlurmdSpoolDir": folder / "spool",
        "SlurmctldPidFile": folder / "slurmctld.pid",
        "SlurmdPidFile": folder / "slurmd.pid",
        "ProctrackType": "proctrack/linuxproc",
        "TaskPlugin": "task/none",
        "SelectType": "select/cons_tres",
        "SelectTypeParameters": "CR_Core_Memory",
        "SchedulerParameters": "batch_sched_delay=0,sched_interval=2",
        "ReturnToService": 2,
        "KillWait": 5,
        "MpiDefault": "none",
    }
    lines = [f"{key}={value}" for key, value in settings.items()]
    lines += [
        f"NodeName={name} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory={memory_mb} State=UNKNOWN",
        f"PartitionName=short Nodes={name} Default=YES MaxTime=INFINITE State=UP",
    ]
    configuration.write_text("\n".join(lines) + "\n")
    for inside in ("state", "spool"):
        (folder / inside).mkdir(exist_ok=True)
    environment = {**os.environ, "SLURM_CONF": str(configuration)}
    munge = ["munged", "--foreground", "--force", f"--socket={folder}/munge.socket"]
    munge += [f"--key-file={folder}/munge.key", f"--pid-file={folder}/munge.pid"]
    munge += [f"--seed-file={folder}/munge.seed", f"--log-file={folder}/munge.log"]
    with ExitStack() as running:
        for command in (munge, ["slurmctld", "-D", "-i", "-c"], ["slurmd", "-D"]):
            log = running.enter_context((folder / f"{command[0]}.out").open("w"))
            process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
            running.callback(_end, process)
            if command is munge:
                _wait_for(lambda: (folder / "munge.socket").exists())
        _wait_for(lambda: _is_idle(environment))
        yield environment


def _is_idle(environment: dict[str, str]) -> bool:
    asked = subprocess.run(
        ["sinfo", "--noheader", "--format=%T"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return asked.stdout.strip() == "idle"


def _free_ports() -> list[int]:
    with ExitStack() as opened:
        sockets = [opened.enter_context(socket.socket()) for _ in range(2)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "Slurm did not start"
        time.sleep(0.2)
