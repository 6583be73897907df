"""The processes that do one piece of work together: how they are started, meet and end."""

from __future__ import annotations

import multiprocessing
import pickle
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import TypeVar

import torch
import torch.distributed

from recognizers.data_parallel import Group
from recognizers.training import TrainingRun, silent
from skeletons.errors import InputError

R = TypeVar("R")

SECONDS_TO_SAY_WHY = 5.0
"""How long the first process, when the others have gone, waits for what one of them has to say."""


def together(work: Callable[..., R], run: TrainingRun) -> R:
    """``work(run=run)`` by as many processes of this machine as ``run.devices`` says.

    Each calls it once, with a device and a :class:`~recognizers.data_parallel.Group` of its own.
    This process is the first of them, and its result counts.

    Args:
        work: can be pickled, where there is more than one device.

    Raises:
        InputError: there are not so many devices.
        Exception: what ``work`` raised, in whichever process.
    """
    if run.devices == 1:
        return work(run=run)
    devices = _devices(run.device, run.devices)
    call = pickle.dumps((work, replace(run, devices=1, progress=silent)))
    with tempfile.TemporaryDirectory(prefix="skelgenbench-") as folder:
        place = Path(folder)
        others = [
            multiprocessing.get_context("spawn").Process(
                target=_take_part, args=(call, Group(rank, run.devices), device, place), daemon=True
            )
            for rank, device in enumerate(devices)
            if rank
        ]
        try:
            for process in others:
                process.start()
            group = Group(0, run.devices)
            with _met(group, devices[0], place):
                return work(run=replace(run, devices=1, group=group, device=devices[0]))
        except Exception as error:
            reason = _reason(place, others, error)
            if reason is error:
                raise
            raise reason from error
        finally:
            for process in others:
                process.terminate()
            for process in others:
                process.join()


def each_by_one(make: Callable[[int], R], count: int, group: Group | None) -> list[R]:
    """``make(number)`` of all numbers below ``count``, each made by one process of the group and
    known to all in the end. What is made is on the CPU."""
    if group is None:
        return [make(number) for number in range(count)]
    mine = {number: make(number) for number in range(group.rank, count, group.size)}
    everyones: list[dict[int, R]] = [{} for _ in range(group.size)]
    torch.distributed.all_gather_object(everyones, mine)
    made = {number: one for of in everyones for number, one in of.items()}
    return [made[number] for number in range(count)]


def _devices(device: str, count: int) -> list[str]:
    """A device for each process."""
    kind, _, first = device.partition(":")
    if kind == "cpu":
        return [kind] * count
    known = torch.cuda.device_count() if kind == "cuda" else 1
    if int(first or 0) + count > known:
        raise InputError(f"--devices {count}: '{device}' has {known} of them here: take fewer")
    return [f"{kind}:{number}" for number in range(int(first or 0), int(first or 0) + count)]


@contextmanager
def _met(group: Group, device: str, place: Path) -> Iterator[None]:
    """All processes of the group can speak to each other inside."""
    on_gpu = device.startswith("cuda")
    if on_gpu:
        torch.cuda.set_device(device)
    torch.distributed.init_process_group(
        "nccl" if on_gpu else "gloo",
        init_method=f"file://{place / 'meeting'}",
        rank=group.rank,
        world_size=group.size,
    )
    try:
        yield
    finally:
        torch.distributed.destroy_process_group()


def _take_part(call: bytes, group: Group, device: str, place: Path) -> None:
    """What every process but the first does."""
    try:
        work, run = pickle.loads(call)
        with _met(group, device, place):
            work(run=replace(run, group=group, device=device))
    except Exception as error:
        partial = place / f"{group.rank}.partial"
        partial.write_bytes(_pickled(error))
        partial.replace(place / f"{group.rank}.error")
        raise SystemExit(1) from error


def _pickled(error: Exception) -> bytes:
    try:
        return pickle.dumps(error)
    except Exception:  # an exception may hold what no other process can have
        return pickle.dumps(RuntimeError(repr(error)))


def _reason(place: Path, others: Sequence[SpawnProcess], error: Exception) -> Exception:
    """What went wrong first: where a connection broke, why the process at its other end ended."""
    if not isinstance(error, RuntimeError) or isinstance(error, torch.OutOfMemoryError):
        return error
    end = time.monotonic() + SECONDS_TO_SAY_WHY
    while time.monotonic() < end:
        for rank, process in enumerate(others, 1):
            ended, said = process.exitcode is not None, place / f"{rank}.error"
            if said.exists():
                other: Exception = pickle.loads(said.read_bytes())
                return other
            if ended:
                return RuntimeError(f"process {rank} of a group ended with {process.exitcode}")
        time.sleep(0.05)
    return error
