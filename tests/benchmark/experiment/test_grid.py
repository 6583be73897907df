"""The part ``grid`` of a sweep's file: its cells, their runs, its errors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from benchmark.experiment.sweep import Sweep
from benchmark.spec import RunSpec
from skeletons.datasets import dataset_named, load_data
from skeletons.errors import InputError
from skeletons.splits import Split
from tests.benchmark import fakes
from tests.benchmark.experiment.test_sweep import BASE

NOISES = {"split": ["20pct", "50pct"], "set.noise": [1, 2, 4]}


def sweep(grid: dict[str, Any], base: dict[str, Any] | None = None, **content: Any) -> Sweep:
    return Sweep.parse({"base": {**BASE, **(base or {})}, "grid": grid, **content}, "tiny")


def test_cells_are_the_product_and_stand_in_a_table_for_each_data() -> None:
    points = sweep(NOISES).points()
    assert [(point.axis, point.value, point.number) for point in points] == [
        ("20pct: set.noise", "1", 1.0),
        ("20pct: set.noise", "2", 2.0),
        ("20pct: set.noise", "4", 4.0),
        ("50pct: set.noise", "1", 1.0),
        ("50pct: set.noise", "2", 2.0),
        ("50pct: set.noise", "4", 4.0),
    ]
    assert [point.spec.split for point in points] == ["20pct"] * 3 + ["50pct"] * 3
    assert [point.spec.settings["noise"] for point in points] == [1, 2, 4] * 2
    assert not any(point.base for point in points)


def test_a_cell_that_varies_in_several_ways_is_named_by_all_of_them() -> None:
    grid = {"generator": [fakes.GENERATOR], "set.noise": [1], "seed": [7]}
    (point,) = sweep(grid).points()
    assert (point.axis, point.value) == ("grid", f"{fakes.GENERATOR}, noise 1, seed 7")


def test_entries_are_added_to_those_of_the_base() -> None:
    base = {"set": {"steps": 7}, "recipe": {"batch": 8}, "recognizers": ["stgcn++"]}
    (point,) = sweep({"set.noise": [2], "recipe.frames": [20]}, base).points()
    assert (point.spec.settings["steps"], point.spec.settings["noise"]) == (7, 2)
    assert point.spec.recipe == {"batch": 8, "frames": 20}


def test_names_are_given_as_on_the_command_line() -> None:
    points = sweep({"recognizers": ["stgcn++", "gru,stgcn++", "none"]}).points()
    assert [point.spec.recognizers for point in points] == [
        ("stgcn++",),
        ("gru", "stgcn++"),
        (),
    ]


def test_samples_are_counted_in_real_clips_of_each_split() -> None:
    data = load_data(dataset_named(fakes.DATASET), "", None).train
    points = sweep({"split": ["20pct", "50pct"]}, {"samples": "2.5 per real clip"}).points()
    expected = [
        round(2.5 * len(Split.parse(split).select(data, seed=0))) for split in ("20pct", "50pct")
    ]
    assert [point.spec.samples for point in points] == expected
    assert expected[0] < expected[1]


def test_a_field_refers_to_others() -> None:
    base = {"generator": f"{fakes.HERE}:${{recipe.maker}}", "recipe": {}}
    found = sweep({"split": ["20pct"], "data_protocol": [""]}, {"samples": "${select_from}"})
    assert found.points()[0].spec.samples == 3, "a default"
    with pytest.raises(InputError, match=r"recipe\.maker, which the sweep does not give"):
        sweep({"split": ["20pct"]}, base).points()
    text = sweep({"set.noise": [1, 2]}, {"set": {"steps": "${set.noise}"}}).points()
    assert [point.spec.settings["steps"] for point in text] == [1, 2]


def test_cells_that_are_equal_are_one_run() -> None:
    found = sweep({"set.noise": [0.5, 1], "split": ["50pct"], "samples": [40, 40.0]})
    count = found.cells.count()
    assert (count.cells, count.runs, count.problems) == (4, 2, ())
    assert len(found.points()) == 2


def test_cells_can_be_left_out() -> None:
    rules = [{"split": "20pct", "set.noise": [1, 4]}, {"set.noise": 2}]
    points = sweep(NOISES, without=rules).points()
    assert [(point.spec.split, point.value) for point in points] == [("50pct", "1"), ("50pct", "4")]


def test_planning_tells_the_runs_that_points_have() -> None:
    grid = {
        "split": ["20pct", "full"],
        "set.noise": [1],
        "recognizers": ["none", "stgcn++,gru"],
        "profile": ["quick", "paper"],
        "generator": [fakes.GENERATOR, f"{fakes.HERE}:OtherShaker"],
    }
    found = sweep(grid, {"samples": "2 per real clip"})
    cells = list(found.cells)
    assert len(cells) == 16
    for cell, point in zip(cells, found.points(), strict=True):
        assert cell.run[:8] == point.spec.hash8
        assert point.spec == RunSpec.parse(point.spec.values()).resolved()


def test_a_generator_of_somebodys_own_that_cannot_be_made_costs_its_own_cells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "fallen_over.py").write_text("import no_such_library\n")
    names = [fakes.GENERATOR, "fallen_over:Maker"]
    found = sweep({"generator": names, "split": ["20pct", "50pct"]})
    assert [bool(point.problem) for point in found.points()] == [False, False, True, True]
    count = found.cells.count()
    assert (count.runs, len(count.problems)) == (4, 2)
    assert "cell generator=" in count.problems[0]
    assert "no_such_library" in count.problems[0]


def test_what_it_writes_is_the_same_sweep_again() -> None:
    first = sweep(NOISES, {"samples": "2 per real clip"}, without=[{"set.noise": 4}])
    text = yaml.safe_dump(first.values(), sort_keys=False)
    again = Sweep.parse(yaml.safe_load(text), "tiny")
    assert again.points() == first.points()
    assert again.values() == first.values()
    assert again.base["samples"] == "2 per real clip"


def test_axes_and_a_grid_stand_side_by_side() -> None:
    found = sweep({"split": ["20pct"]}, axes={"noise": {"set": "noise", "values": [1]}})
    assert [point.label for point in found.points()] == ["noise=0.5", "noise=1", "split=20pct"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"grid": {"spilt": ["full"]}}, "did you mean 'split'"),
        ({"grid": {"sett.noise": [1]}}, "unknown run option of sweep 'tiny', grid 'sett.noise'"),
        ({"grid": {"split": "full"}}, "'split' needs a list of values"),
        ({"grid": {"split": []}}, "'split' needs a list of values"),
        ({"grid": [1]}, "`grid` is no mapping"),
        ({"grid": {"split": ["x"]}}, "cell split=x: unknown split 'x'"),
        ({"grid": {"split": ["x", "y"]}}, "(1 other cells cannot be either)"),
        ({"grid": {"set.nose": [1]}}, "did you mean 'noise'"),
        ({"grid": {"seed": ["x"]}}, "cell seed=x: run: seed"),
        ({"grid": {"samples": ["${splt}"]}}, "did you mean 'split'"),
        ({"grid": {"split": ["${split}"]}}, "a field cannot refer to itself"),
        ({"grid": {"recipe": [{}], "recipe.batch": [1]}}, "cannot both vary"),
        ({"grid": {"recipe.btach": [1], "recognizers": ["stgcn++"]}}, "did you mean 'batch'"),
        ({"grid": NOISES, "without": [{"seed": 1}]}, "'seed' does not vary"),
        ({"grid": NOISES, "without": [{"split": "full"}]}, "split is nowhere full"),
        ({"grid": NOISES, "without": [{}]}, "an empty rule"),
        ({"grid": NOISES, "without": {"split": "full"}}, "`without` is a list"),
        ({"grid": NOISES, "base": {"samples": "${splt}"}}, "did you mean 'split'"),
        ({"grid": NOISES, "base": {"generator": ""}}, "unknown generator"),
        ({"grid": {"split": ["20pct"]}, "base": {"samples": "5 per clip"}}, "samples"),
    ],
)
def test_a_broken_grid_is_one_line(content: dict[str, Any], message: str) -> None:
    whole = {**content, "base": {**BASE, **content.get("base", {})}}
    with pytest.raises(InputError) as caught:
        Sweep.parse(whole, "tiny").points()
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_grid_needs_a_generator() -> None:
    base = {key: value for key, value in BASE.items() if key != "generator"}
    with pytest.raises(InputError, match="cell split=20pct: no generator"):
        Sweep.parse({"base": base, "grid": {"split": ["20pct"]}}, "tiny").points()


def test_clips_are_counted_where_the_data_lie(tmp_path: Path) -> None:
    base = {"dataset": "nw_ucla", "samples": "2 per real clip"}
    found = sweep({"split": ["full"]}, base).with_data(tmp_path)
    with pytest.raises(InputError, match="cell split=full: nw_ucla"):
        found.points()
