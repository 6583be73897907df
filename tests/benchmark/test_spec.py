from __future__ import annotations

from pathlib import Path

import pytest

from benchmark.arms import Arm
from benchmark.spec import DEFAULT_METRICS, RunSpec, parse_settings, short_name
from metrics.registry import metric_names
from skeletons.errors import InputError
from tests.benchmark import fakes
from tests.benchmark.conftest import tiny_spec


def test_equal_specs_have_one_hash_however_their_settings_are_written() -> None:
    first = RunSpec(generator="ddpm", settings={"b": (1, {2: "x"}), "a": 1.5})
    second = RunSpec.parse({"generator": "ddpm", "settings": {"a": 1.5, "b": [1, {"2": "x"}]}})
    assert first == second
    assert first.hash8 == second.hash8
    assert first.settings == {"a": 1.5, "b": [1, {"2": "x"}]}


def test_a_later_change_of_what_was_given_does_not_reach_the_spec() -> None:
    settings = {"channels": [1, 2]}
    spec = RunSpec(generator="ddpm", settings=settings)
    settings["channels"].append(3)
    assert spec.settings == {"channels": [1, 2]}


def test_arms_are_parsed_once_for_all_who_ask() -> None:
    assert tiny_spec(arms=["real", "oracle@2"]).parsed_arms == (Arm("real"), Arm("oracle", 2.0))


def test_precision_is_told_where_it_is_not_single_and_may_be_a_number() -> None:
    assert "precision" not in tiny_spec().values()
    assert tiny_spec(precision=32) == tiny_spec()
    lower = tiny_spec(precision=16)
    assert lower.values()["precision"] == "16" and lower.arithmetic == "float16"
    assert lower.recipe_changes == {"precision": "float16"}
    assert tiny_spec(precision="bf16", recipe={"precision": "float32"}).recipe_changes == {
        "precision": "float32"
    }


@pytest.mark.parametrize(
    "change",
    [
        {"split": "10pct"},
        {"seeds": 4},
        {"settings": {"noise": 0.25}},
        {"arms": ["real"]},
        {"seed": 1},
        {"data_seed": 1},
        {"repetitions": 5},
        {"metrics": ["fid"]},
        {"generator_seed": 1},
        {"generator_data": "full"},
        {"setting": "unlabelled"},
        {"extractor": "here"},
        {"random_state": True},
        {"allow": ["guide_is_extractor"]},
        {"two_sample": ["stgcn++"]},
        {"judges": ["gru"]},
        {"part": "dev"},
        {"precision": "bf16"},
        {"step_budget": "real"},
        {"recipe": {"batch": 8}},
        {"weights": {"stgcn++": "file.pth"}},
    ],
)
def test_every_field_is_part_of_the_hash(change: dict[str, object]) -> None:
    assert tiny_spec(**change).hash8 != tiny_spec().hash8


def test_values_make_the_same_spec_again() -> None:
    spec = tiny_spec(settings={"noise": 0.25}).resolved()
    assert RunSpec.parse(spec.values()) == spec


def test_a_yaml_file_makes_the_same_spec_as_python(tmp_path: Path) -> None:
    path = tmp_path / "run.yaml"
    path.write_text("generator: ddpm\nsplit: 10pct\nsettings: {width: 64}\nseeds: 2\n")
    expected = RunSpec.parse(
        {"generator": "ddpm", "split": "10pct", "settings": {"width": 64}, "seeds": 2}
    )
    assert RunSpec.read(path) == expected


def test_a_resolved_spec_holds_every_default_and_resolves_to_itself() -> None:
    spec = tiny_spec(samples=None).resolved()
    assert spec.samples == 600
    assert spec.data_protocol == "plain"
    assert spec.settings == {"noise": 0.5, "steps": 3}
    assert spec.resolved() == spec


def test_a_given_default_is_the_same_run() -> None:
    assert tiny_spec(settings={"noise": 0.5}).resolved() == tiny_spec().resolved()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"generator": "ddmp"}, "unknown generator 'ddmp': did you mean 'ddpm'"),
        ({"generator": "no.such:Thing"}, "cannot be imported"),
        ({"dataset": "kinematic"}, "unknown dataset 'kinematic': did you mean 'kinematic12'"),
        ({"split": "10 percent"}, "unknown split '10 percent'"),
        ({"recognizers": ["stgnc++"]}, "unknown recognizer 'stgnc++': did you mean 'stgcn++'"),
        ({"arms": ["real", "reel"]}, "unknown arm 'reel': did you mean 'real'"),
        ({"metrics": ["fids"]}, "unknown metric 'fids': did you mean 'fid'"),
        ({"protocol": "skelgen-v1"}, "unknown protocol 'skelgen-v1'"),
        ({"data_protocol": "plane"}, "did you mean 'plain'"),
        ({"settings": {"nose": 1}}, "did you mean 'noise'"),
        ({"settings": {"noise": "loud"}}, "noise"),
        ({"arms": []}, "recognizers without arms"),
        ({"recipe": {"batch": 8}, "recognizers": []}, "none is asked for"),
    ],
)
def test_a_bad_name_is_one_line_with_the_nearest_good_one(
    change: dict[str, object], message: str
) -> None:
    with pytest.raises(InputError) as caught:
        tiny_spec(**change).resolved()
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"generators": "ddpm"}, "unknown run option 'generators': did you mean 'generator'"),
        ({"generator": "ddpm", "seeds": 0}, "seeds"),
        ({"generator": "ddpm", "seeds": "many"}, "seeds"),
        ({"generator": "ddpm", "profile": "huge"}, "profile"),
        ({"generator": "ddpm", "metrics": ["fid", "fid"]}, "'fid' is given twice"),
        ({"generator": "ddpm", "settings": 5}, "settings: it is no mapping"),
        ({"generator": "ddpm", "settings": {1: 2, "a": 3}}, "its names are not all text"),
        ({"generator": "ddpm", "weights": {"stgcn++": 5}}, "weights"),
        ({"generator": "ddpm", "repetitions": 1}, "repetitions"),
        ({"generator": "ddpm", "samples": 1}, "samples"),
        ({"generator": "ddpm", "seed": -1}, "seed"),
        ({"generator": "ddpm", "generator_seed": -1}, "generator_seed"),
        ({"generator": "ddpm", "recognizers": ["none", "stgcn++"]}, "'none' stands alone"),
        ({}, "generator"),
    ],
)
def test_a_bad_value_is_one_line(values: dict[str, object], message: str) -> None:
    with pytest.raises(InputError) as caught:
        RunSpec.parse(values)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("given", ["none", ["none"], [], ()])
def test_no_recognizer_has_one_spelling_in_the_spec(given: object) -> None:
    assert tiny_spec(recognizers=given).recognizers == ()
    assert tiny_spec(recognizers=given).hash8 == tiny_spec(recognizers=()).hash8


def test_settings_are_read_as_yaml_values() -> None:
    pairs = ["width=128", "rate=1e-4", "sampler=ddim", "guide=false", "channels=[1, 2]", "x=a=b"]
    assert parse_settings(pairs) == {
        "width": 128,
        "rate": 1e-4,
        "sampler": "ddim",
        "guide": False,
        "channels": [1, 2],
        "x": "a=b",
    }


@pytest.mark.parametrize("pairs", [["width"], ["=5"], ["a=[1"], ["a=1", "a=2"]])
def test_a_setting_that_is_no_pair_is_an_error(pairs: list[str]) -> None:
    with pytest.raises(InputError, match="--set"):
        parse_settings(pairs)


def test_names_of_classes_are_shortened_for_folders() -> None:
    assert short_name("my.package:Class") == "Class"
    assert short_name("st_guided_ddpm") == "st_guided_ddpm"
    assert tiny_spec().folder_name.startswith("TinyDataset-50pct-Shaker-")
    assert fakes.GENERATOR.endswith(":Shaker")


def test_groups_of_metrics_are_written_out_each_metric_once() -> None:
    spec = tiny_spec(metrics=["memory", "fid", "authenticity"]).resolved()
    assert spec.metrics == ("memory_ratio", "authenticity", "copied_share", "fid")
    assert tiny_spec(metrics=["all"]).resolved().metrics == tuple(metric_names())
    assert tiny_spec(metrics=["classic"]).resolved().metrics == DEFAULT_METRICS


def test_the_protocol_names_the_judges_unless_the_run_does() -> None:
    assert tiny_spec(judges=[]).resolved().judges == ("st_trans", "stgcn++", "gru")
    assert tiny_spec(judges=["gru", "stgcn++"]).resolved().judges == ("gru", "stgcn++")
    field = tiny_spec(judges=[], protocol="action2motion-2020", samples=40)
    assert field.resolved().judges == ("gru",)
    assert tiny_spec(metrics="none").resolved().judges == ()


def test_a_given_extractor_must_be_one_of_the_judges(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a gru, and this run's judges are st_trans: take"):
        tiny_spec(extractor=str(tmp_path / "published.tar")).resolved()
    (tmp_path / "config.json").write_text('{"kind": "gru"}')
    with pytest.raises(InputError, match=r"is a gru, and this run's judges are st_trans: take"):
        tiny_spec(extractor=str(tmp_path)).resolved()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"allow": ["guide_is_extracter"]}, "did you mean 'guide_is_extractor'"),
        ({"judges": ["stgcn"]}, "unknown judge 'stgcn': did you mean 'stgcn"),
        ({"two_sample": ["stgcn++@2s"]}, "of one stream"),
        ({"part": "train"}, "part: Input should be 'dev' or 'test'"),
        ({"protocol": "action2motion"}, "did you mean 'action2motion-2020'"),
        ({"random_state": True}, "property of the judge gru"),
        ({"metrics": ["memroy"]}, "metric 'memroy'"),
    ],
)
def test_what_cannot_be_asked_for_is_one_clear_line(
    change: dict[str, object], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        tiny_spec(**change).resolved()
