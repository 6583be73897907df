"""What is found by name, and how code that cannot be used is told."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from skeletons.datasets import dataset_named, dataset_names
from skeletons.errors import InputError
from skeletons.plugins import PluginError, imported, lines_about, offered, target_of

BUILT_IN = {"walker": "skeletons.skeleton:Skeleton"}


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Installs a package: modules by name and text, entry points by group."""

    def install(modules: dict[str, str], points: dict[str, dict[str, str]] | None = None) -> None:
        for name, text in modules.items():
            monkeypatch.delitem(sys.modules, name, raising=False)
            (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
        about = tmp_path / "installed-1.0.dist-info"
        about.mkdir()
        (about / "METADATA").write_text("Metadata-Version: 2.1\nName: installed\nVersion: 1.0\n")
        lines = [
            line
            for group, names in (points or {}).items()
            for line in (f"[{group}]", *(f"{name} = {place}" for name, place in names.items()))
        ]
        (about / "entry_points.txt").write_text("\n".join(lines) + "\n")
        monkeypatch.syspath_prepend(tmp_path)

    return install


def test_the_order_is_built_in_entry_point_import_path(package) -> None:
    package({}, {"skelgenbench.robots": {"walker": "theirs:Walker", "flyer": "theirs:Flyer"}})
    assert target_of("robot", "walker", BUILT_IN) == "skeletons.skeleton:Skeleton"
    assert target_of("robot", "flyer", BUILT_IN) == "theirs:Flyer"
    assert target_of("robot", "theirs:Walker", BUILT_IN) == "theirs:Walker"
    assert offered("robot") == {"walker": "theirs:Walker", "flyer": "theirs:Flyer"}
    assert lines_about("robot", {"walker": "it walks"}) == {
        "walker": "it walks",
        "flyer": "entry point theirs:Flyer",
    }


@pytest.mark.parametrize(("name", "near"), [("wolker", "walker"), ("flier", "flyer")])
def test_an_unknown_name_tells_the_nearest_of_both(package, name: str, near: str) -> None:
    package({}, {"skelgenbench.robots": {"flyer": "theirs:Flyer"}})
    with pytest.raises(InputError, match=f"unknown robot '{name}': did you mean '{near}'"):
        target_of("robot", name, BUILT_IN)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("import no_such_library", "ModuleNotFoundError: No module named 'no_such_library' (%s 1)"),
        ("from json import nothing", "ImportError: cannot import name 'nothing'"),
        ("x = 1\n\ndef f(:\n    pass", "SyntaxError: invalid syntax (%s 3)"),
        ("\nraise SystemExit(3)", "SystemExit: 3 (%s 2)"),
        ("import sys\nsys.exit()", "SystemExit (%s 2)"),
        ("import json\njson.loads('{')", "JSONDecodeError: "),
        ("import json\njson.loads('{')", "(%s 2)"),
        ("class Odd(BaseException): pass\nraise Odd('two\\nlines')", "Odd: two lines (%s 2)"),
        ("Class = 1", "no Klass in broken_robot, did you mean 'Class'?"),
    ],
)
def test_a_module_that_cannot_be_used_is_one_line_with_the_place(
    package, text: str, message: str
) -> None:
    package({"broken_robot": text})
    with pytest.raises(InputError) as caught:
        imported("robot", "broken_robot:Klass", "broken_robot:Klass")
    told = str(caught.value)
    assert told.startswith("robot 'broken_robot:Klass' cannot be imported: ")
    assert message.replace("%s", "broken_robot.py, line") in told
    assert "\n" not in told


def test_the_place_is_the_plug_ins_own_even_where_a_library_raised(package) -> None:
    package({"outer_robot": "import inner_robot", "inner_robot": "\n\nraise KeyError('lost')"})
    with pytest.raises(PluginError, match=r"KeyError: 'lost' \(outer_robot.py, line 1\)"):
        imported("robot", "outer_robot:X", "outer_robot:X")


def test_a_module_that_is_not_there_is_named() -> None:
    with pytest.raises(PluginError, match="cannot be imported: there is no module nowhere"):
        imported("robot", "nowhere.at_all:X", "nowhere.at_all:X")


def test_an_interruption_is_no_fault_of_the_plug_in(package) -> None:
    package({"interrupted_robot": "raise KeyboardInterrupt"})
    with pytest.raises(KeyboardInterrupt):
        imported("robot", "interrupted_robot:X", "interrupted_robot:X")


DATASET = """
class Steps:
    name, summary, protocols = "steps", "two steps", ("plain",)

class Falls(Steps):
    def __init__(self):
        raise OSError("the disk\\nis gone")
"""


def test_a_data_set_is_found_as_an_entry_point_and_listed(package) -> None:
    package({"their_data": DATASET}, {"skelgenbench.datasets": {"steps": "their_data:Steps"}})
    assert dataset_named("steps").summary == "two steps"
    names = dataset_names()
    assert names["steps"] == "entry point their_data:Steps"
    assert "kinematic12" in names
    with pytest.raises(InputError, match="unknown dataset 'step': did you mean 'steps'"):
        dataset_named("step")


def test_a_data_set_that_cannot_be_made_is_one_line(package) -> None:
    package({"their_data": DATASET})
    with pytest.raises(InputError) as caught:
        dataset_named("their_data:Falls")
    assert str(caught.value) == (
        "dataset 'their_data:Falls' cannot be made: OSError: the disk is gone "
        "(their_data.py, line 7)"
    )
