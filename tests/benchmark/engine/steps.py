"""Stages without any science, for tests of the engine: they add numbers up, and some go wrong."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmark.engine.graph import Plan, Stage
from benchmark.engine.job import Job, Lineage

HERE = "tests.benchmark.engine.steps"


def number(job: Job) -> Lineage:
    """Write ``number`` itself."""
    return _write(job, job.parameters["number"])


def add(job: Job) -> Lineage:
    """Write the sum of all inputs, and what went wrong before."""
    several = [folder for folders in job.series.values() for folder in folders]
    lost = len(job.parameters.get("failed", ()))
    return _write(job, sum(map(read, [*job.inputs.values(), *several])) - lost)


def halve(job: Job) -> Lineage:
    """Write half of the input, rounded down: several inputs come to the same."""
    return _write(job, read(job.inputs["of"]) // 2)


def fail(job: Job) -> Lineage:
    raise ValueError("it does\nnot add up")


def die(job: Job) -> Lineage:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("dead processes do not go on")


def wait(job: Job) -> Lineage:
    """Say that it has begun, and take long."""
    job.progress(1, 2)
    job.note("waiting for Godot")
    Path(job.parameters["note"]).write_text(str(os.getpid()))
    time.sleep(job.parameters.get("seconds", 60))
    return {}


def sleep(job: Job) -> Lineage:
    """Need no processor for a while; write ``number``."""
    time.sleep(job.parameters["seconds"])
    return _write(job, job.parameters["number"])


def compute(job: Job) -> Lineage:
    """Keep a processor busy for so many ``rounds``; write what comes of it."""
    value = job.parameters["number"]
    for _ in range(job.parameters["rounds"]):
        value = (1_103_515_245 * value + 12_345) % 2**31
    return _write(job, value)


def lose(job: Job) -> Lineage:
    """Kill the process that watches this one, as often as asked; write ``number`` after that."""
    note = Path(job.parameters["note"])
    note.parent.mkdir(parents=True, exist_ok=True)
    lost = len(note.read_text().split()) if note.exists() else 0
    if lost < job.parameters["times"]:
        with note.open("a") as file:
            file.write(f"{os.getpid()}\n")
        os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(60)
    return _write(job, job.parameters["number"])


def brood(job: Job) -> Lineage:
    """Start a process, note both ids, and take long."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    Path(job.parameters["note"]).write_text(f"{os.getpid()} {child.pid}")
    time.sleep(60)
    return {}


def swell(job: Job) -> Lineage:
    """Take ``memory_mb`` in a process below this one, and take long."""
    code = f"import time; x = b'1' * ({job.parameters['memory_mb']} << 20); time.sleep(60)"
    subprocess.run([sys.executable, "-c", code], check=True)
    return {}


def read(folder: Path) -> int:
    return int((folder / "number").read_text())


def stage(name: str, function: str, *inputs: str, **more: Any) -> Stage:
    """A stage whose inputs are called by their stages."""
    roles = {"of": inputs[0]} if function == "halve" else {one: one for one in inputs}
    given = {"parameters": {}, "inputs": roles, "code": function} | more
    return Stage(name, function, f"{HERE}:{function}", **given)


def plan(*stages: Stage) -> Plan:
    """A plan of which the last stage is wanted."""
    return Plan(stages, (stages[-1].name,))


def _write(job: Job, value: int) -> Lineage:
    (job.folder / "number").write_text(str(value))
    return {"value": value}
