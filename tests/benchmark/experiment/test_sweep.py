"""What a sweep file means: its points, its errors, its built-in examples."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from benchmark.engine.graph import merged
from benchmark.experiment.changes import as_label
from benchmark.experiment.plan import plan
from benchmark.experiment.sweep import BUILT_IN, Sweep, find_sweep, sweep_names
from skeletons.errors import InputError
from tests.benchmark import fakes

BASE = {
    "generator": fakes.GENERATOR,
    "dataset": fakes.DATASET,
    "split": "50pct",
    "samples": 40,
    "repetitions": 2,
    "recognizers": [],
}
NOISE = {"noise": {"set": "noise", "values": [0.25, 0.5, 1]}}


def sweep(**content: Any) -> Sweep:
    return Sweep.parse({"base": BASE, **content}, "tiny")


def test_each_axis_is_varied_alone_around_the_base() -> None:
    points = sweep(
        axes={**NOISE, "split": {"field": "split", "values": ["20pct", "50pct"]}},
    ).points()
    assert [(point.axis, point.value, point.base) for point in points] == [
        ("noise", "0.25", False),
        ("noise", "0.5", True),
        ("noise", "1", False),
        ("split", "20pct", False),
        ("split", "50pct", True),
    ]
    assert {point.spec.split for point in points[:3]} == {"50pct"}
    assert {point.spec.settings["noise"] for point in points[3:]} == {0.5}


def test_a_base_that_is_not_among_the_values_takes_its_place_there() -> None:
    values = {"noise": {"set": "noise", "values": [0.25, 1]}}
    points = sweep(axes=values).points()
    assert [(point.value, point.number, point.base) for point in points] == [
        ("0.25", 0.25, False),
        ("0.5", 0.5, True),
        ("1", 1.0, False),
    ]
    names = {"split": {"field": "split", "values": ["20pct", "30pct"]}}
    assert [point.value for point in sweep(axes=names).points()] == ["50pct", "20pct", "30pct"]


def test_variants_are_points_beside_the_base() -> None:
    points = sweep(
        variants={"loud": {"set": {"noise": 2}, "split": "full"}, "more": {"samples": 50}}
    ).points()
    assert [(point.value, point.base) for point in points] == [
        ("base", True),
        ("loud", False),
        ("more", False),
    ]
    assert (points[1].spec.settings["noise"], points[1].spec.split) == (2.0, "full")
    assert points[2].spec.samples == 50


def test_an_axis_of_generators_needs_none_in_the_base() -> None:
    base = {key: value for key, value in BASE.items() if key != "generator"}
    names = [fakes.GENERATOR, f"{fakes.HERE}:OtherShaker"]
    axes = {"generator": {"field": "generator", "values": names}}
    points = sweep(base=base, axes=axes).points()
    assert [point.spec.generator for point in points] == names
    assert not any(point.base for point in points)
    with pytest.raises(InputError, match=r"noise = 0\.25: no generator"):
        sweep(base=base, axes=NOISE).points()


def test_options_change_the_base_and_not_the_axes() -> None:
    points = sweep(axes=NOISE).around({"split": "full", "settings": {"steps": 7}}).points()
    assert {point.spec.split for point in points} == {"full"}
    assert {point.spec.settings["steps"] for point in points} == {7}
    assert [point.spec.settings["noise"] for point in points] == [0.25, 0.5, 1.0]


def test_equal_stages_of_its_runs_are_one_stage_and_stay_what_they_are() -> None:
    points = sweep(axes=NOISE).points()
    plans = {point.label: plan(point.spec) for point in points}
    whole, names = merged(plans)
    for label, alone in plans.items():
        for name, key in alone.identities.items():
            assert whole.identities[names[label][name]] == key
    assert len(whole.stages) == len(set(whole.identities.values()))
    assert {"data", "judges/st_trans", "features/st_trans/test"} <= set(whole.identities)
    assert "noise=0.25/fit" in whole.identities
    seen: set[str] = set()
    for stage in whole.stages:
        assert set(stage.inputs.values()) <= seen
        seen.add(stage.name)


def test_what_it_writes_is_the_same_sweep_again() -> None:
    first = sweep(
        axes={**NOISE, "split": {"field": "split", "values": ["20pct"]}},
        variants={"loud": {"set": {"noise": 2}}},
    ).around({"recognizers": ("stgcn++",), "settings": {"steps": 2}})
    text = yaml.safe_dump(first.values(), sort_keys=False)
    again = Sweep.parse(yaml.safe_load(text), "tiny")
    assert again.points() == first.points()
    assert again.values() == first.values()
    assert again.base["protocol"] == "skelgen-v2", "defaults are written out"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({}, "neither axes nor variants nor a grid"),
        ({"axis": NOISE}, "unknown key of sweep 'tiny' 'axis': did you mean 'axes'"),
        ({"axes": NOISE, "design": "grid"}, "unknown key of sweep 'tiny' 'design'"),
        ({"axes": [1]}, "`axes` is no mapping"),
        ({"axes": {"a": {"set": "noise"}}}, "axis 'a' needs `values`"),
        ({"axes": {"a": {"set": "noise", "values": []}}}, "axis 'a' needs `values`"),
        ({"axes": {"a": {"values": [1]}}}, "needs either `set`"),
        ({"axes": {"a": {"set": "noise", "field": "split", "values": [1]}}}, "needs either `set`"),
        ({"axes": {"a": {"field": "spilt", "values": [1]}}}, "did you mean 'split'"),
        ({"axes": {"a": {"field": "settings", "values": [1]}}}, "'settings'"),
        ({"axes": {"a": {"set": "nose", "values": [1]}}}, "a = 1: unknown parameter"),
        ({"axes": {"a": {"set": "noise", "values": ["x"]}}}, "sweep 'tiny', a = x"),
        ({"axes": {"a": {"field": "split", "values": ["x"]}}}, "a = x: unknown split 'x'"),
        ({"axes": {"a": {"set": "noise", "values": [1, 1.0]}}}, "are the same run"),
        ({"axes": NOISE, "variants": {"v": {"genrator": 1}}}, "did you mean 'generator'"),
        ({"axes": NOISE, "base": {**BASE, "set": {"nose": 1}}}, "did you mean 'noise'"),
    ],
)
def test_a_broken_sweep_is_one_line(content: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as caught:
        sweep(**content).points()
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_name_is_a_built_in_sweep_and_a_path_a_file(tmp_path: Path) -> None:
    assert find_sweep("generators").title == sweep_names()["generators"]
    path = tmp_path / "my sweep.yaml"
    path.write_text(yaml.safe_dump({"base": BASE, "axes": NOISE}))
    assert find_sweep(str(path)).name == "my_sweep"
    with pytest.raises(InputError, match="unknown sweep 'generator': did you mean 'generators'"):
        find_sweep("generator")
    with pytest.raises(InputError, match="cannot read"):
        find_sweep(str(tmp_path / "none.yaml"))


@pytest.mark.parametrize("path", sorted(BUILT_IN.glob("*.yaml")), ids=lambda path: str(path.stem))
def test_built_in_sweeps_can_be_read_and_few_of_them_train_recognizers(path: Path) -> None:
    found = find_sweep(path.stem)
    assert found.title != path.stem
    assert bool(found.base["recognizers"]) == (path.stem in ("gains", "recognizers", "variations"))
    assert {point.spec.generator for point in found.points()}


@pytest.mark.parametrize("name", ["st_guided_ddpm", "transformer_diffusion"])
def test_every_axis_of_a_built_in_ablation_passes_through_its_base(name: str) -> None:
    points = find_sweep(name).points()
    axes = {point.axis for point in points}
    assert [point.axis for point in points if point.base] == sorted(
        axes, key=[point.axis for point in points].index
    )
    assert {point.spec.generator for point in points} == {name}


@pytest.mark.parametrize(
    ("value", "label"),
    [(4.0, "4"), (0.5, "0.5"), (True, "true"), ([], "none"), (["a", "b"], "a, b"), ([1], "[1]"),
     ("none", "none"), (None, "null"), (1e-4, "0.0001")],
)  # fmt: skip
def test_values_are_shown_as_they_are_written(value: object, label: str) -> None:
    assert as_label(value) == label
