from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmark.engine.graph import Plan
from benchmark.experiment.kinds import CODE
from benchmark.experiment.plan import plan, pretrain_plan
from benchmark.experiment.stages.sample import pool_labels
from generators.registry import source_modules
from skeletons.errors import InputError
from tests.benchmark import fakes
from tests.benchmark.conftest import tiny_spec


def _plan(**changes: Any) -> Plan:
    return plan(tiny_spec(**changes).resolved())


def _changed(**changes: Any) -> set[str]:
    """Stages of both plans whose artefact is another one after the change."""
    before, after = _plan().identities, _plan(**changes).identities
    return {name.split("/")[0] for name in before if name in after and before[name] != after[name]}


def test_every_stage_comes_after_what_it_needs() -> None:
    seen: set[str] = set()
    for stage in _plan().stages:
        assert set(stage.needs) <= seen
        seen.add(stage.name)


def test_the_stages_of_a_run() -> None:
    names = [stage.name for stage in _plan(metrics=["fid"], samples=310).stages]
    assert names == [
        "data",
        "judges/st_trans",
        "fit",
        "sample/0",
        "sample/1",
        "sample/2",
        "represented",
        "features/st_trans/train",
        "features/st_trans/dev",
        "features/st_trans/test",
        "features/st_trans/synthetic",
        "features/st_trans/represented",
        "score/st_trans/fid",
        "downstream/stgcn++/real/0",
        "downstream/stgcn++/real/1",
        "downstream/stgcn++/real+synthetic/0",
        "downstream/stgcn++/real+synthetic/1",
        "tables",
        "pictures",
    ]


def test_a_further_metric_makes_only_that_metric() -> None:
    before, after = _plan(metrics=["fid"]).identities, _plan(metrics=["fid", "accuracy"]).identities
    new = {name for name, key in after.items() if before.get(name) != key}
    assert new == {"score/st_trans/accuracy", "tables", "pictures"}


def test_more_repetitions_score_again_and_fit_nothing() -> None:
    assert _changed(repetitions=9) == {"score", "tables", "pictures"}


def test_another_generator_leaves_the_control_arm_and_the_extractor_alone() -> None:
    before, after = _plan().identities, _plan(generator=f"{fakes.HERE}:OtherShaker").identities
    same = {name for name in before if before[name] == after[name]}
    assert same == {
        "data",
        "judges/st_trans",
        "features/st_trans/train",
        "features/st_trans/dev",
        "features/st_trans/test",
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
        "represented",
        "features",
        "score",
        "downstream",
        "tables",
        "pictures",
    }
    before, after = _plan().identities, _plan(split="20pct").identities
    assert before["features/st_trans/test"] == after["features/st_trans/test"]


def test_each_judge_has_features_and_scores_and_shares_the_rest() -> None:
    both = _plan(judges=["st_trans", "gru"], metrics=["fid", "jerk"])
    names = {stage.name for stage in both.stages}
    assert {"score/st_trans/fid", "score/gru/fid", "score/none/body"} <= names
    alone = _plan(metrics=["fid", "jerk"]).identities
    changed = {name for name, key in alone.items() if both.identities[name] != key}
    assert changed == {"tables", "pictures"}


def test_a_two_sample_test_is_of_the_samples_and_of_as_many_real_clips() -> None:
    stages = _plan(two_sample=["stgcn++"])
    made, floor = (stages[f"two_sample/stgcn++/{clips}"] for clips in ("synthetic", "real"))
    assert made.series["shards"] == ("sample/0", "sample/1")
    assert floor.parameters["samples"] == 160
    assert {stage.parameters["against"] for stage in (made, floor)} == {"test"}
    assert made.parameters["seed"] == floor.parameters["seed"]


def test_another_part_is_scored_from_the_same_samples_and_features() -> None:
    assert _changed(part="dev") == {
        "represented",
        "features",
        "score",
        "downstream",
        "tables",
        "pictures",
    }
    before, after = _plan().identities, _plan(part="dev").identities
    kept = ("fit", "sample/0", "features/st_trans/synthetic", "features/st_trans/dev")
    assert all(before[name] == after[name] for name in kept)


def test_a_further_seed_keeps_the_others() -> None:
    assert _changed(seeds=3) == {"tables", "pictures"}


def test_pretrain_makes_the_extractor_that_runs_use() -> None:
    alone = pretrain_plan(fakes.DATASET, "", ["st_trans"])
    assert alone.identities["judges/st_trans"] == _plan().identities["judges/st_trans"]


def test_the_fit_comes_first_among_what_is_ready() -> None:
    stages = _plan()
    priority = stages.priority()
    ready_after_data = [stage.name for stage in stages.stages if stage.inputs == {"data": "data"}]
    assert max(ready_after_data, key=priority.__getitem__) == "fit"
    assert priority["data"] == max(priority.values())


def test_missing_files_are_found_out_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no folder"):
        plan(tiny_spec().resolved(), tmp_path / "nowhere")


def test_a_generators_code_is_what_it_imports_and_nothing_of_another_generator() -> None:
    reached = {
        name: set(CODE.reached(source_modules(name))) for name in ("ddpm", "st_guided_ddpm", "mdm")
    }
    assert reached["ddpm"] < reached["st_guided_ddpm"]
    assert "generators.image_diffusion.denoisers" in reached["ddpm"]
    assert not any(".mdm." in name for name in reached["ddpm"] | reached["st_guided_ddpm"])
    assert "generators.image_diffusion.denoisers" not in reached["mdm"]
    assert "skeletons.placement" in reached["mdm"]


def test_a_pool_has_the_class_prior_of_the_split_and_exactly_its_size() -> None:
    labels = pool_labels(np.asarray([10, 20, 0, 31]), 100, seed=3)
    counts = np.bincount(labels, minlength=4)
    assert counts.sum() == 100
    assert counts.tolist() == [16, 33, 0, 51]  # 16.4, 32.8, 0, 50.8
    assert not np.array_equal(labels, np.sort(labels))
    np.testing.assert_array_equal(labels, pool_labels(np.asarray([10, 20, 0, 31]), 100, seed=3))


def test_what_does_not_divide_evenly_goes_to_the_lower_classes() -> None:
    counts = np.bincount(pool_labels(np.asarray([5, 5, 5, 0]), 11, seed=0), minlength=4)
    assert counts.tolist() == [4, 4, 3, 0]


def test_a_file_of_ones_own_may_lie_anywhere() -> None:
    from benchmark.experiment.seeds import data_name

    assert data_name("pyskl:/here/mine.pkl") == data_name("pyskl:there/mine.pkl")
    assert data_name("pyskl:mine.pkl") != data_name("pyskl:yours.pkl")
    assert data_name("package.module:Class") == "package.module:Class"
    assert data_name("kinematic12") == "kinematic12"


def test_a_lower_precision_makes_fits_and_trainings_anew_and_no_judge() -> None:
    single, lower = _plan(), _plan(precision="bf16")
    asked = {**single["fit"].parameters, "precision": "bfloat16"}
    assert lower["fit"].parameters == asked
    trainings = [stage for stage in lower if stage.kind == "downstream"]
    assert {stage.parameters["recipe"]["precision"] for stage in trainings} == {"bfloat16"}
    before, after = single.identities, lower.identities
    changed = {stage.kind for stage in lower if before[stage.name] != after[stage.name]}
    assert {"fit", "downstream"} <= changed and not {"data", "pretrain", "adopt"} & changed
