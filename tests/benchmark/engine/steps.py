"""Stages without any science, for tests of the engine: they add numbers up, and some go wrong."""

from __future__ import annotations

import os
import signal
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
    time.sleep(60)
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
