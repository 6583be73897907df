"""What a stage is taken to need: said, measured, or neither."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmark.engine.needs import Needs, NeedsOfTasks, check_needs
from benchmark.engine.outcomes import UsageError
from benchmark.engine.store import Store
from benchmark.engine.task import Surroundings, Task

ASKED = {"generator": "ddpm", "settings": {"width": 64, "order_seed": 1}, "seed": 3}


def task(**changes: Any) -> Task:
    values = {
        "name": "fit",
        "kind": "fit",
        "target": "nothing:here",
        "key": "k",
        "code": "c",
        "parameters": ASKED,
        "made_from": {"contents": {"data": "d", "extractor": "e"}},
    }
    return Task(**{**values, **changes})


def measured(root: Path, **changes: Any) -> None:
    """Put an artefact into the store that took 40 minutes and 3,000 MiB."""
    store = Store(root)
    meta = {
        "seconds": 2400.0,
        "peak_memory_mb": 3000.0,
        "resumed": False,
        "parameters": {**ASKED, "seed": 8, "settings": {"width": 64, "order_seed": 2}},
        "contents": {"data": "d", "extractor": "other"},
        **changes,
    }
    with store.claim("fit", f"key{len(list((root / 'fit').glob('*')))}") as claim:
        claim.complete(meta)


def needs(root: Path, one: Task | None = None, device: str = "cpu", **given: float) -> Needs:
    return NeedsOfTasks(Store(root), given)(one or task(), Surroundings(root, device))


def test_without_a_measurement_there_is_plenty(tmp_path: Path) -> None:
    assert needs(tmp_path) == Needs(cores=1, gpus=0, memory_gb=8, minutes=24 * 60)


def test_another_seed_of_the_same_takes_what_the_first_one_took_with_a_margin(
    tmp_path: Path,
) -> None:
    measured(tmp_path)
    assert needs(tmp_path) == Needs(memory_gb=16, minutes=240)  # 11.7 GiB and 160 minutes


def test_the_costliest_of_several_counts_and_new_ones_are_seen(tmp_path: Path) -> None:
    measured(tmp_path, seconds=60.0, peak_memory_mb=500.0)
    of_tasks = NeedsOfTasks(Store(tmp_path), {})
    assert of_tasks(task(), Surroundings(tmp_path)) == Needs(memory_gb=4, minutes=30)
    measured(tmp_path)
    assert of_tasks(task(), Surroundings(tmp_path)) == Needs(memory_gb=16, minutes=240)


@pytest.mark.parametrize(
    "changes",
    [
        {"parameters": {**ASKED, "generator": "mdm"}},
        {"contents": {"data": "another data set", "extractor": "other"}},
        {"resumed": True},
        {"seconds": None, "parameters": {}},
    ],
)
def test_what_is_not_alike_says_nothing(changes: dict[str, Any], tmp_path: Path) -> None:
    measured(tmp_path, **changes)
    assert needs(tmp_path) == Needs()


def test_what_is_said_wins(tmp_path: Path) -> None:
    measured(tmp_path)
    assert needs(tmp_path, minutes=7, cores=2) == Needs(cores=2, memory_gb=16, minutes=7)


def test_only_a_stage_that_can_use_a_gpu_is_given_one_and_only_if_the_run_has_one(
    tmp_path: Path,
) -> None:
    network = task(uses_device=True)
    assert needs(tmp_path, network, "cuda").gpus == 1
    assert needs(tmp_path, task(), "cuda").gpus == 0
    assert needs(tmp_path, network, "auto").gpus == 0
    assert needs(tmp_path, network, "cuda", gpus=0).gpus == 0


def test_a_stage_of_several_devices_is_given_as_many_gpus_or_cores(tmp_path: Path) -> None:
    of_tasks = NeedsOfTasks(Store(tmp_path), {})
    network = task(uses_device=True)
    assert of_tasks(network, Surroundings(tmp_path, "cuda", devices=4)).gpus == 4
    assert of_tasks(network, Surroundings(tmp_path, "cpu", devices=4)).cores == 4
    assert of_tasks(task(), Surroundings(tmp_path, "cuda", devices=4)) == Needs()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"ram": 4}, "unknown need 'ram': known are cores, gpus, memory_gb, minutes"),
        ({"minutes": 0}, "the need minutes=0 is not a number above 0"),
        ({"cores": 1.5}, "the need cores=1.5 is not a whole number above 0"),
        ({"gpus": -1}, "gpus=-1"),
        ({"memory_gb": float("nan")}, "memory_gb=nan"),
        ({"minutes": float("inf")}, "minutes=inf"),
    ],
)
def test_impossible_needs_are_refused(given: dict[str, float], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        check_needs(given)
    check_needs({"gpus": 0, "cores": 2, "memory_gb": 0.5, "minutes": 1})
