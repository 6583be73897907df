"""Which PYSKL is found, without one: folders and modules that look like it."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from recognizers.pyskl import availability
from recognizers.pyskl.availability import (
    NEEDED,
    Found,
    Missing,
    chosen_way,
    identity,
    pyskl_in_process,
    pyskl_job,
)
from skeletons.errors import InputError

COMMIT = "3f6795f2573953342457abdb338f8943542f13c4"


def checkout(folder: Path, version: str = "0.1.0") -> Path:
    """Files that a checkout of PYSKL has."""
    (folder / "tools").mkdir(parents=True)
    (folder / "tools" / "train.py").write_text("import pyskl\n")
    (folder / "pyskl").mkdir()
    (folder / "pyskl" / "__init__.py").write_text("")
    (folder / "pyskl" / "version.py").write_text(f"# a version\n\n__version__ = '{version}'\n")
    return folder


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return checkout(tmp_path / "there" / "pyskl_root")


@pytest.fixture
def modules(monkeypatch: pytest.MonkeyPatch) -> dict[str, ModuleSpec | None]:
    """What ``find_spec`` finds; nothing of PYSKL until a test puts it there."""
    known: dict[str, ModuleSpec | None] = {}
    monkeypatch.setattr(availability, "find_spec", known.get)
    monkeypatch.setattr(availability, "version", {"mmcv": "1.7.2"}.__getitem__)
    return known


def importable(modules: dict[str, ModuleSpec | None], root: Path) -> None:
    init = str(root / "pyskl" / "__init__.py")
    modules.update({name: ModuleSpec(name, None) for name in NEEDED})
    modules["pyskl"] = ModuleSpec("pyskl", None, origin=init)


def test_without_pyskl_the_error_is_one_line_with_the_way_out(modules) -> None:
    assert isinstance(pyskl_in_process(), Missing)
    with pytest.raises(InputError) as caught:
        chosen_way({}, recognizer="pyskl:stgcn++")
    assert str(caught.value) == (
        "recognizer 'pyskl:stgcn++' needs PYSKL: it cannot be imported here and PYSKL_ROOT is not "
        "set; `python -m benchmark doctor` says what is missing and how to mend it"
    )


def test_a_package_that_can_be_imported_is_found_with_its_version(modules, root) -> None:
    importable(modules, root)
    assert pyskl_in_process() == Found("in_process", "0.1.0", root, Path(sys.executable))
    assert chosen_way({}) == pyskl_in_process()


@pytest.mark.parametrize("module", NEEDED)
def test_each_module_that_pyskl_imports_has_to_be_there(modules, root, module) -> None:
    importable(modules, root)
    del modules[module]
    found = pyskl_in_process()
    assert isinstance(found, Missing)
    assert module in found.reason
    assert found.mend == f"pip install {NEEDED[module]}"


def test_an_mmcv_without_what_pyskl_uses_is_told(modules, root, monkeypatch) -> None:
    importable(modules, root)
    monkeypatch.setattr(availability, "version", {"mmcv": "2.1.0"}.__getitem__)
    found = pyskl_in_process()
    assert isinstance(found, Missing)
    assert "mmcv 2.1.0 is here" in found.reason


def test_a_folder_named_pyskl_without_code_is_no_package(modules, root) -> None:
    importable(modules, root)
    modules["pyskl"] = ModuleSpec("pyskl", None, origin=None)
    assert isinstance(pyskl_in_process(), Missing)


def test_an_import_hook_that_fails_is_no_crash(monkeypatch) -> None:
    def fail(name: str) -> None:
        raise ValueError(f"{name}.__spec__ is None")

    monkeypatch.setattr(availability, "find_spec", fail)
    assert isinstance(pyskl_in_process(), Missing)


def test_pyskl_root_is_a_job_by_this_python_unless_another_is_named(root, tmp_path) -> None:
    environ = {"PYSKL_ROOT": str(root)}
    assert pyskl_job(environ) == Found("job", "0.1.0", root.resolve(), Path(sys.executable))
    python = tmp_path / "python"
    python.symlink_to(sys.executable)
    found = pyskl_job({**environ, "PYSKL_PYTHON": str(python)})
    assert isinstance(found, Found)
    assert found.python == python, "a link is kept: it may be that of a virtual environment"


def test_a_python_may_be_named_as_a_command(root, tmp_path, monkeypatch) -> None:
    command = tmp_path / "python-of-pyskl"
    command.write_text("#!/bin/sh\n")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    found = pyskl_job({"PYSKL_ROOT": str(root), "PYSKL_PYTHON": "python-of-pyskl"})
    assert isinstance(found, Found)
    assert found.python == command


@pytest.mark.parametrize("part", ["tools/train.py", "pyskl/__init__.py"])
def test_a_root_without_the_tools_or_the_package_is_told(root, part) -> None:
    (root / part).unlink()
    found = pyskl_job({"PYSKL_ROOT": str(root)})
    assert isinstance(found, Missing)
    assert found.reason == f"PYSKL_ROOT is '{root}', where there is no {Path(part)}"
    with pytest.raises(InputError, match=r"where there is no .*`python -m benchmark doctor`"):
        chosen_way({"PYSKL_ROOT": str(root)})


def test_a_python_that_is_no_program_is_told(root, tmp_path) -> None:
    plain_file = tmp_path / "python"
    plain_file.write_text("")
    for python in (plain_file, tmp_path / "nowhere"):
        found = pyskl_job({"PYSKL_ROOT": str(root), "PYSKL_PYTHON": str(python)})
        assert isinstance(found, Missing)
        assert found.reason == f"PYSKL_PYTHON is '{python}', which is no program"


def test_the_root_comes_before_what_can_be_imported_unless_the_way_is_forced(
    modules, root, tmp_path
) -> None:
    importable(modules, checkout(tmp_path / "imported", version="9.9"))
    environ = {"PYSKL_ROOT": str(root)}
    assert chosen_way(environ).version == "0.1.0"
    assert chosen_way({**environ, "PYSKL_WAY": "in_process"}).version == "9.9"
    assert chosen_way({**environ, "PYSKL_WAY": "job"}).way == "job"
    assert chosen_way({**environ, "PYSKL_WAY": ""}).way == "job"
    assert chosen_way({"PYSKL_ROOT": ""}).way == "in_process"


def test_a_forced_way_that_is_not_there_is_told_alone(modules, root) -> None:
    with pytest.raises(InputError, match=r"needs PYSKL: PYSKL_ROOT is not set; "):
        chosen_way({"PYSKL_WAY": "job"})
    with pytest.raises(InputError, match=r"needs PYSKL: it cannot be imported here; "):
        chosen_way({"PYSKL_WAY": "in_process", "PYSKL_ROOT": str(root)})


def test_a_way_that_does_not_exist_names_the_nearest() -> None:
    with pytest.raises(InputError, match="unknown PYSKL_WAY 'jobs': did you mean 'job'"):
        chosen_way({"PYSKL_WAY": "jobs"})


class TestCommit:
    def version(self, root: Path) -> str:
        found = pyskl_job({"PYSKL_ROOT": str(root)})
        assert isinstance(found, Found)
        return found.version

    def test_of_a_branch_is_read_from_its_file(self, root) -> None:
        branch = root / ".git" / "refs" / "heads" / "main"
        branch.parent.mkdir(parents=True)
        branch.write_text(f"{COMMIT}\n")
        (root / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
        assert self.version(root) == f"0.1.0 (commit {COMMIT})"

    def test_of_a_packed_branch_is_read_from_the_list(self, root) -> None:
        (root / ".git").mkdir()
        (root / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
        (root / ".git" / "packed-refs").write_text(
            f"# pack-refs with: peeled\n{'0' * 40} refs/heads/other\n"
            f"{'1' * 40} refs/heads/main-2\n{COMMIT} refs/heads/main\n"
        )
        assert self.version(root) == f"0.1.0 (commit {COMMIT})"

    def test_without_a_branch_is_the_head(self, root) -> None:
        (root / ".git").mkdir()
        (root / ".git" / "HEAD").write_text(f"{COMMIT}\n")
        assert self.version(root) == f"0.1.0 (commit {COMMIT})"

    def test_agrees_with_git_also_in_a_second_work_tree(self, root, tmp_path) -> None:
        def git(*arguments: str) -> str:
            author = ["-c", "user.name=a", "-c", "user.email=a@b.c"]
            command = ["git", "-C", str(root), *author, *arguments]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            return done.stdout.strip()

        git("init", "-q")
        git("add", ".")
        git("commit", "-q", "-m", "x")
        second = tmp_path / "second"
        git("worktree", "add", "-q", str(second))
        for place in (root, second):
            assert self.version(place) == f"0.1.0 (commit {git('rev-parse', 'HEAD')})"
        git("pack-refs", "--all")
        for place in (root, second):
            assert self.version(place) == f"0.1.0 (commit {git('rev-parse', 'HEAD')})"


def test_the_identity_tells_code_apart_but_not_places(root, tmp_path) -> None:
    environ = {"PYSKL_ROOT": str(root)}
    known = identity(environ)
    assert set(known) == {"way", "version", "code"}
    assert (known["way"], known["version"]) == ("job", "0.1.0")
    elsewhere = checkout(tmp_path / "elsewhere")
    (elsewhere / "notes.txt").write_text("not code")
    assert identity({"PYSKL_ROOT": str(elsewhere)}) == known
    for file in ("pyskl/__init__.py", "tools/train.py", "pyskl/new.py"):
        path = elsewhere / file
        before = path.read_text() if path.exists() else None
        path.write_text("changed = True\n")
        assert identity({"PYSKL_ROOT": str(elsewhere)})["code"] != known["code"]
        if before is None:
            path.unlink()
        else:
            path.write_text(before)
    assert identity({"PYSKL_ROOT": str(elsewhere)}) == known


def test_looking_imports_neither_torch_nor_pyskl() -> None:
    code = (
        "import sys; from recognizers.pyskl import availability, networks; "
        "availability.pyskl_in_process(); availability.pyskl_job(); "
        "networks.model_settings('stgcn', 2, 'x', {}); "
        "print(sorted({'torch', 'pyskl', 'mmcv'} & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
