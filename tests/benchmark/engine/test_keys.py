"""What code a key counts: what can be reached, without comments and docstrings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from benchmark.engine.keys import CodeBase, content_of, read_sources_again

Write = Callable[[str, str], None]

BASE = CodeBase(("cellar",), boundaries=("cellar.registry",))


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Write]:
    """Writes a module of a package that Python finds, as an edit between two commands would."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def write(module: str, text: str) -> None:
        path = tmp_path.joinpath(*module.split("."))
        if not path.suffix:
            path = path.with_suffix(".py")
        path.parent.mkdir(exist_ok=True)
        (path.parent / "__init__.py").touch()
        path.write_text(text)
        read_sources_again()

    read_sources_again()
    write("cellar.first", "def late():\n    from cellar.second import Thing\n    return Thing\n")
    write("cellar.second", "import json\nfrom cellar import first\nclass Thing:\n    x = 1\n")
    write("cellar.third", "y = 1\n")
    yield write
    read_sources_again()


def test_imports_are_followed_wherever_they_stand_and_in_circles(write: Write) -> None:
    assert list(BASE.reached(["cellar.first"])) == ["cellar", "cellar.first", "cellar.second"]
    assert list(BASE.reached(["cellar.third"])) == ["cellar.third"]


@pytest.mark.parametrize(
    "text",
    [
        "# why\nimport json\nfrom cellar import first\nclass Thing:\n    x = 1  # one\n",
        "import json\nfrom cellar import first\nclass Thing:\n    '''A thing.'''\n    x = 1\n",
        "import json\nfrom cellar import first\n\n\nclass Thing:\n    x = 0x1\n    '''One.'''\n",
    ],
)
def test_comments_docstrings_and_ways_of_writing_do_not_count(write: Write, text: str) -> None:
    before = BASE.version(["cellar.first"])
    write("cellar.second", text)
    assert BASE.version(["cellar.first"]) == before


@pytest.mark.parametrize(
    ("module", "text", "counts"),
    [
        ("cellar.second", "import json\nclass Thing:\n    x = 2\n", True),
        ("cellar.third", "y = 2\n", False),
        ("cellar.registry", "names = ()\n", False),
    ],
)
def test_only_code_that_can_be_reached_counts(
    write: Write, module: str, text: str, counts: bool
) -> None:
    write("cellar.registry", "from cellar import third\n")
    write("cellar.first", "from cellar import registry\nfrom cellar.second import Thing\n")
    before = BASE.version(["cellar.first"])
    write(module, text)
    assert (BASE.version(["cellar.first"]) != before) == counts


def test_imports_for_type_checkers_are_not_followed(write: Write) -> None:
    write("cellar.fourth", "if TYPE_CHECKING:\n    from cellar import second\nelse:\n    z = 1\n")
    assert list(BASE.reached(["cellar.fourth"])) == ["cellar.fourth"]


def test_of_somebodys_own_package_everything_counts_and_what_it_imports(write: Write) -> None:
    write("attic.mine", "from . import near\nfrom cellar import third\nimport beside, json\n")
    write("attic.near", "a = 1\n")
    write("attic.never_imported", "b = 1\n")
    write("beside", "c = 1\n")
    assert list(BASE.reached(["attic.mine"])) == [
        "attic",
        "attic.mine",
        "attic.near",
        "attic.never_imported",
        "beside",
        "cellar",
        "cellar.third",
    ]


@pytest.mark.parametrize("folder", ["site-packages", "dist-packages"])
def test_what_another_environment_lends_is_installed_and_not_ours(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    lent = tmp_path / "base" / "lib" / folder
    lent.mkdir(parents=True)
    (lent / "lent_library.py").write_text("a = 1\n")
    monkeypatch.syspath_prepend(str(lent))
    write("attic.mine", "import lent_library\n")
    assert list(BASE.reached(["attic.mine"])) == ["attic", "attic.mine"]


def test_relative_imports_are_followed_upwards(write: Write) -> None:
    write("attic.__init__", "")
    write("attic.low.deep", "from ..near import a\nfrom .other import b\n")
    write("attic.low.other", "b = 1\n")
    write("attic.near", "a = 1\n")
    within = CodeBase(("attic",))
    assert set(within.reached(["attic.low.deep"])) == {
        "attic.low.deep",
        "attic.low.other",
        "attic.near",
    }


def test_versions_of_libraries_count_by_name() -> None:
    plain = BASE.version([], ["numpy"])
    assert plain == BASE.version([], ["numpy", "numpy"])
    assert plain != BASE.version([], ["numpy", "pandas"])
    assert BASE.version([], ["no-such-thing"]) != BASE.version([])


def test_content_is_what_files_are_called_and_hold() -> None:
    content = content_of({"a": (1, "x"), "b": (2, "y")})
    assert content == content_of({"b": (2, "y"), "a": (1, "x")})
    assert content != content_of({"a": (1, "y"), "b": (2, "x")})
    assert content != content_of({"a": (1, "x")})
