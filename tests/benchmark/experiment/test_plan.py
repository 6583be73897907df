from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmark.engine import keys as versions
from benchmark.engine.graph import Plan
from benchmark.experiment.plan import plan, pretrain_plan
from benchmark.experiment.stages import ROOMS
from benchmark.experiment.stages.generate import pool_labels
from generators.registry import source_modules
from skeletons.errors import InputError
from tests.benchmark import fakes
from tests.benchmark.conftest import tiny_spec


def _plan(**changes: Any) -> Plan:
    return plan(tiny_spec(**changes).resolved())


def _changed(**changes: Any) -> set[str]:
    """Stages of both plans whose artefact is another one after the change."""
    before, after = _plan().keys, _plan(**changes).keys
    return {name.split("/")[0] for name in before if name in after and before[name] != after[name]}


def test_every_stage_comes_after_what_it_needs() -> None:
    seen: set[str] = set()
    for stage in _plan().stages:
        assert set(stage.inputs.values()) <= seen
        seen.add(stage.name)


def test_the_stages_of_a_run() -> None:
    names = [stage.name for stage in _plan(metrics=["fid"], samples=310).stages]
    assert names == [
        "data",
        "extractor",
        "fit",
        "sample/0",
        "sample/1",
        "sample/2",
        "features/train",
        "features/test",
        "features/synthetic",
        "score/fid",
        "downstream/stgcn++/real/0",
        "downstream/stgcn++/real/1",
        "downstream/stgcn++/real+synthetic/0",
        "downstream/stgcn++/real+synthetic/1",
        "tables",
        "pictures",
    ]


def test_a_further_metric_makes_only_that_metric() -> None:
    before, after = _plan(metrics=["fid"]).keys, _plan(metrics=["fid", "accuracy"]).keys
    new = {name for name, key in after.items() if before.get(name) != key}
    assert new == {"score/accuracy", "tables", "pictures"}


def test_more_repetitions_score_again_and_fit_nothing() -> None:
    assert _changed(repetitions=9) == {"score", "tables", "pictures"}


def test_another_generator_leaves_the_control_arm_and_the_extractor_alone() -> None:
    before, after = _plan().keys, _plan(generator=f"{fakes.HERE}:OtherShaker").keys
    same = {name for name in before if before[name] == after[name]}
    assert same == {
        "data",
        "extractor",
        "features/train",
        "features/test",
        "downstream/stgcn++/real/0",
        "downstream/stgcn++/real/1",
    }


def test_generators_are_fitted_and_sampled_with_the_same_seeds() -> None:
    before, after = _plan(), _plan(generator=f"{fakes.HERE}:OtherShaker")
    for name in ("fit", "sample/0", "sample/1"):
        assert before[name].parameters["seed"] == after[name].parameters["seed"]


def test_arms_of_one_seed_share_it_and_seeds_differ() -> None:
    stages = _plan()
    seeds = {
        (arm, number): stages[f"downstream/stgcn++/{arm}/{number}"].parameters["seed"]
        for arm in ("real", "real+synthetic")
        for number in (0, 1)
    }
    assert seeds["real", 0] == seeds["real+synthetic", 0]
    assert seeds["real", 0] != seeds["real", 1]


def test_another_split_reads_the_same_data_and_extractor() -> None:
    assert _changed(split="20pct") == {
        "fit",
        "sample",
        "features",
        "score",
        "downstream",
        "tables",
        "pictures",
    }
    before, after = _plan().keys, _plan(split="20pct").keys
    assert before["features/test"] == after["features/test"]


def test_a_further_seed_keeps_the_others() -> None:
    assert _changed(seeds=3) == {"tables", "pictures"}


def test_pretrain_makes_the_extractor_that_runs_use() -> None:
    alone = pretrain_plan(fakes.DATASET, "")
    assert alone.keys["extractor"] == _plan().keys["extractor"]


def test_the_fit_comes_first_among_what_is_ready() -> None:
    stages = _plan()
    priority = stages.priority()
    ready_after_data = [stage.name for stage in stages.stages if stage.inputs == {"data": "data"}]
    assert max(ready_after_data, key=priority.__getitem__) == "fit"
    assert priority["data"] == max(priority.values())


def test_missing_files_are_found_out_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no folder"):
        plan(tiny_spec().resolved(), tmp_path / "nowhere")


def test_changed_code_of_a_room_changes_what_depends_on_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = _plan().keys
    sources = versions._sources
    monkeypatch.setattr(
        versions, "_sources", lambda name: "new" if name == "metrics" else sources(name)
    )
    after = _plan().keys
    changed = {name.split("/")[0] for name in before if before[name] != after[name]}
    assert changed == {"score", "tables", "pictures"}


def test_changed_code_of_a_users_generator_fits_it_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "mine.py"
    monkeypatch.setattr(
        "benchmark.experiment.plan.imported_sources", lambda modules, rooms: [source]
    )
    source.write_text("width = 1\n")
    before = _plan().keys
    source.write_text("width = 2\n")
    after = _plan().keys
    changed = {name.split("/")[0] for name in before if before[name] != after[name]}
    assert {"fit", "sample"} <= changed
    assert "data" not in changed
    assert "extractor" not in changed


def test_a_generators_code_is_what_it_imports_and_nothing_of_another_generator() -> None:
    files = {
        name: {path.as_posix() for path in versions.imported_sources(source_modules(name), ROOMS)}
        for name in ("ddpm", "st_guided_ddpm", "mdm")
    }
    assert files["ddpm"] < files["st_guided_ddpm"]
    assert any(path.endswith("diffusion/denoisers.py") for path in files["ddpm"])
    assert not any("/mdm/" in path for path in files["ddpm"] | files["st_guided_ddpm"])
    assert not any(path.endswith("denoisers.py") for path in files["mdm"])
    assert any(path.endswith("skeletons/placement.py") for path in files["mdm"])


def test_imports_are_followed_wherever_they_stand_and_classes_are_no_modules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = tmp_path / "cellar"
    room.mkdir()
    (room / "__init__.py").write_text("")
    (room / "first.py").write_text("def late():\n    from cellar.second import Thing\n")
    (room / "second.py").write_text("import json\nfrom cellar import first\n")
    (room / "third.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    found = versions.imported_sources(["cellar.first"], ["cellar"])
    assert [path.name for path in found] == ["__init__.py", "first.py", "second.py"]


def test_a_pool_has_the_class_prior_of_the_split_and_exactly_its_size() -> None:
    labels = pool_labels(np.asarray([10, 20, 0, 31]), 100, seed=3)
    counts = np.bincount(labels, minlength=4)
    assert counts.sum() == 100
    assert counts.tolist() == [16, 33, 0, 51]  # 16.4, 32.8, 0, 50.8
    assert not np.array_equal(labels, np.sort(labels))
    np.testing.assert_array_equal(labels, pool_labels(np.asarray([10, 20, 0, 31]), 100, seed=3))
