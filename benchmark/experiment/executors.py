"""Executors by name: ``local``, ``ray[:ADDRESS]``, ``slurm[:PARTITION]``, ``submitit-local``, an
entry point, or ``package.module:Name``. What an engine needs is imported where it is asked for.
"""

from __future__ import annotations

import importlib.util
import shutil
import uuid
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor
from functools import partial
from pathlib import Path
from typing import Any

from benchmark.engine.executors.apart import ApartExecutor, Engine
from benchmark.engine.executors.local import LocalPool, available_cores
from benchmark.engine.executors.pools import PoolEngine
from benchmark.engine.needs import NeedsOfTasks, check_needs
from benchmark.engine.outcomes import UsageError
from benchmark.engine.store import Store
from skeletons.errors import InputError
from skeletons.plugins import guarded, imported, target_of

LOCAL = "local"
BUILT_IN = (LOCAL, "ray", "slurm", "submitit-local")
WITH_ARGUMENT = ("ray", "slurm")
PACKAGES = {
    "ray": ("ray", "ray"),
    "slurm": ("submitit", "slurm"),
    "submitit-local": ("submitit", "slurm"),
}
"""The package that an engine needs, and the extra of ours that brings it."""


def parse_needs(texts: Iterable[str]) -> dict[str, float]:
    """``KEY=VALUE`` of ``--needs``, repeated or with commas.

    Raises:
        InputError: not of that form, an unknown need, or an impossible value.
    """
    needs: dict[str, float] = {}
    for text in (one.strip() for several in texts for one in several.split(",")):
        name, _, value = text.partition("=")
        try:
            needs[name] = float(value)
        except ValueError:
            raise InputError(f"--needs {text}: give KEY=NUMBER, such as minutes=90") from None
    try:
        check_needs(needs)
    except UsageError as error:
        raise InputError(f"--needs: {error}") from error
    return needs


def check_executor(name: str, needs: Mapping[str, float]) -> None:
    """Refuse what cannot work before anything is done; imports no engine.

    Raises:
        InputError: an unknown name, a package or a command that is not here; needs for the pool
            of this machine, which has no limits.
    """
    head, _, argument = name.partition(":")
    if head not in BUILT_IN:
        target = target_of("executor", name, {}, BUILT_IN)
        imported("executor", name, target)
        return
    if argument and head not in WITH_ARGUMENT:
        raise InputError(f"executor '{name}': '{head}' takes nothing after a colon")
    if head == LOCAL and needs:
        raise InputError("--needs is for another --executor: 'local' asks for nothing")
    if head in PACKAGES:
        package, extra = PACKAGES[head]
        if importlib.util.find_spec(package) is None:
            raise InputError(
                f"executor '{name}' needs the package {package}: "
                f"pip install {package}, or skelgenbench[{extra}]"
            )
    if head == "slurm" and shutil.which("sbatch") is None:
        raise InputError(f"executor '{name}': there is no sbatch here: start it on a login node")


def make_executor(
    name: str,
    store: Store,
    jobs: Path,
    workers: int | None = None,
    preload: tuple[str, ...] = (),
    needs: Mapping[str, float] | None = None,
) -> Executor:
    """The executor of a name that was checked.

    Args:
        store: which all its machines see.
        jobs: a folder, seen by all of them too, of what passes between a run and its jobs.
        workers: how many stages may be queued or under way at once.
        needs: of every stage, in place of what is measured.

    Raises:
        InputError: its cluster cannot be reached, or a class of somebody's own cannot be made.
    """
    if name == LOCAL:
        return LocalPool(workers, preload)
    given = needs or {}
    try:
        return ApartExecutor(
            _engine(name, jobs, workers),
            jobs,
            NeedsOfTasks(store, given),
            given,
            preload,
            workers,
        )
    except (ConnectionError, RuntimeError, ValueError, TimeoutError) as error:
        text = " ".join(str(error).split())
        raise InputError(f"executor '{name}' cannot be used: {text}") from error


def _engine(name: str, jobs: Path, workers: int | None) -> Callable[[], Engine]:
    head, _, argument = name.partition(":")
    if head == "ray":
        from benchmark.engine.executors.ray_tasks import RayEngine

        return partial(RayEngine, argument)
    if head in ("slurm", "submitit-local"):
        from benchmark.engine.executors.submitit_jobs import QUEUED, SubmititEngine

        own = jobs / uuid.uuid4().hex[:8]
        if head == "slurm":
            return partial(SubmititEngine, own, "slurm", workers or QUEUED, argument)
        return partial(SubmititEngine, own, "local", workers or available_cores())
    return partial(PoolEngine, partial(_made, name))


def _made(name: str) -> Any:
    """What ``package.module:Name`` gives when it is called without arguments."""
    target = target_of("executor", name, {})
    what = imported("executor", name, target)
    made = guarded(f"executor '{name}' cannot be made", target.partition(":")[0], what)
    if not (hasattr(made, "submit") and hasattr(made, "shutdown")):
        raise InputError(
            f"executor '{name}' gives a {type(made).__name__}, which has no submit and shutdown"
        )
    return made
