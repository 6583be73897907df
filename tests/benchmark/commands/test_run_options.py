"""The options of ``run`` are the documented fields of ``RunSpec``."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from benchmark.commands.app import run_command_line
from benchmark.commands.run import run
from benchmark.commands.run_options import option_name, run_fields, with_run_options
from benchmark.commands.sweep import BASE_FIELDS, sweep
from benchmark.spec import RunSpec
from skeletons.errors import InputError

OPTIONS = (
    *("--generator", "--dataset", "--skeleton", "--data-protocol", "--persons", "--split"),
    *("--setting", "--recognizer", "--arms"),
    *(
        "--seeds",
        "--profile",
        "--set",
        "--metrics",
        "--judges",
        "--two-sample",
        "--precision",
        "--part",
        "--protocol",
        "--samples",
        "--select",
        "--select-from",
        "--classifiers",
        "--repetitions",
    ),
    *("--seed", "--data-seed", "--generator-seed", "--generator-data", "--extractor"),
    *("--random-state", "--step-budget", "--recipe", "--weights", "--allow"),
)
"""Public: scripts hold them."""

DEFAULTS = {
    "dataset": "kinematic12",
    "persons": "1",
    "split": "full",
    "setting": "standard",
    "recognizers": "stgcn++",
    "arms": "real, real+synthetic",
    "seeds": "3",
    "profile": "quick",
    "metrics": "fid, accuracy, diversity, multimodality",
    "precision": "32",
    "part": "test",
    "protocol": "skelgen-v2",
    "select": "none",
    "select_from": "3",
    "classifiers": "gru, stgcn++",
    "repetitions": "20",
    "seed": "0",
    "data_seed": "0",
    "generator_seed": "0",
    "generator_data": "split",
    "step_budget": "augmented",
}
"""Shown in the help; the others are off, nothing, or not one value."""


def given(**values: Any) -> dict[str, Any]:
    """What a command gets of option texts."""
    caught: dict[str, Any] = {}

    def command(fields: dict[str, Any]) -> int:
        caught.update(fields)
        return 0

    absent = dict.fromkeys(run_fields())
    assert with_run_options(command, run_fields())(**{**absent, **values}) == 0
    return caught


def test_every_field_has_an_option_of_the_name_that_scripts_hold() -> None:
    assert tuple(option_name(name) for name in run_fields()) == OPTIONS


def test_the_own_options_of_run_are_those_that_no_number_depends_on() -> None:
    own = set(inspect.signature(run).parameters) - {"fields"}
    where = {"data_root", "out", "device", "devices", "workers", "executor", "needs"}
    assert own == {"spec", "sink", *where}


@pytest.mark.parametrize("name", run_fields())
def test_every_field_has_a_description_and_the_help_shows_it_with_the_default(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "400")
    assert run_command_line(["run", "--help"]) == 0
    option = f"\u2502 {option_name(name)} "
    (line,) = [line for line in capsys.readouterr().out.splitlines() if option in line]
    description = RunSpec.model_fields[name].description
    assert description
    assert description in line
    if name in DEFAULTS:
        assert f"[default: ({DEFAULTS[name]})]" in line
    else:
        assert "[default: " not in line


def test_the_base_of_a_sweep_is_changed_by_the_options_of_run(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "400")
    assert run_command_line(["sweep", "--help"]) == 0
    text = capsys.readouterr().out
    panel = text[text.index("Another base") : text.index("Where to work")]
    assert [word for word in panel.split() if word.startswith("--")] == [
        option_name(name) for name in BASE_FIELDS
    ]
    assert "default:" not in panel
    assert set(inspect.signature(sweep).parameters) & set(RunSpec.model_fields) == set()


def test_only_what_was_given_is_passed_on() -> None:
    assert given() == {}
    assert given(recognizers=[], samples=7) == {"samples": 7}
    assert given(random_state=True, seed=0) == {"random_state": True, "seed": 0}


def test_names_are_repeated_or_have_commas_and_pairs_are_yaml() -> None:
    assert given(recognizers=["a,b", "c"], settings=["width=32", "sampler=ddim"]) == {
        "recognizers": ("a", "b", "c"),
        "settings": {"width": 32, "sampler": "ddim"},
    }
    with pytest.raises(InputError, match="--recipe takes key=value"):
        given(recipe=["batch"])


def test_weights_without_a_name_are_for_the_one_recognizer() -> None:
    assert given(weights=["x.pth"], recognizers=["gru"])["weights"] == {"gru": "x.pth"}
    assert given(weights=["a=x.pth", "b=y.pth"])["weights"] == {"a": "x.pth", "b": "y.pth"}
    with pytest.raises(InputError, match="say whose they are"):
        given(weights=["x.pth"], recognizers=["gru,ctrgcn"])
    with pytest.raises(InputError, match="names a twice"):
        given(weights=["a=x.pth", "a=y.pth"])
