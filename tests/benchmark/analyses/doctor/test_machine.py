"""What the doctor says of machines that lack something, one thing at a time."""

from __future__ import annotations

import shutil
import sys
from collections import namedtuple
from pathlib import Path
from types import SimpleNamespace

import pytest

from benchmark.analyses.doctor import machine as doctor
from benchmark.analyses.doctor.machine import Finding
from recognizers.extractors.files import WEIGHTS
from recognizers.extractors.kinds import bundled_extractor

ROOT = Path(__file__).parents[4]


def by_name(findings: list[Finding]) -> dict[str, Finding]:
    named = {finding.what: finding for finding in findings}
    assert len(named) == len(findings), "each thing has one line"
    return named


class TestMachine:
    def test_this_python_will_do(self) -> None:
        finding = doctor.look_at_python()
        assert (finding.status, finding.required) == ("ok", True)
        assert finding.found.startswith(".".join(map(str, sys.version_info[:2])))

    def test_an_old_python_is_fatal(self, monkeypatch) -> None:
        monkeypatch.setattr(doctor.sys, "version_info", (3, 9, 7))
        finding = doctor.look_at_python()
        assert finding.fatal
        assert "3.11 or newer is needed" in finding.found

    def test_the_bounds_are_those_of_the_project(self) -> None:
        wanted = doctor.requirements()
        assert any(text.startswith("torch>=") for text in wanted)
        assert any(text.startswith("safetensors>=") for text in wanted)
        assert not any(text.startswith("pytest") for text in wanted), "extras are not needed"

    def test_packages_within_their_bounds_are_one_line(self, monkeypatch) -> None:
        monkeypatch.setattr(doctor, "version", {"torch": "2.13.0+cpu", "numpy": "2.4"}.__getitem__)
        (finding,) = doctor.look_at_packages(["torch>=2.4", "numpy", "pytest>=9; extra == 'test'"])
        assert finding == Finding("packages", "ok", "torch 2.13.0+cpu, numpy 2.4", required=True)

    def test_an_old_and_a_missing_package_have_lines_of_their_own(self, monkeypatch) -> None:
        def version(name: str) -> str:
            if name == "roma":
                raise doctor.PackageNotFoundError(name)
            return "1.9.3"

        monkeypatch.setattr(doctor, "version", version)
        wanted = ["rich>=1.9", "scipy>=1.12", "roma>=1.8"]
        found = by_name(doctor.look_at_packages(wanted))
        assert found["packages"].found == "rich 1.9.3"
        old, none = found["package scipy"], found["package roma"]
        assert (old.status, none.status) == ("broken", "missing")
        assert old.fatal
        assert none.fatal
        assert old.found == "1.9.3 is installed, >=1.12 is asked for"
        assert old.mend == "pip install 'scipy>=1.12'"
        assert none.mend == "pip install 'roma>=1.8'"

    def test_a_project_that_does_not_say_what_it_needs_is_fatal(self) -> None:
        (finding,) = doctor.look_at_packages([])
        assert finding.fatal

    def test_torch_is_told_with_how_it_was_built(self) -> None:
        torch, _ = doctor.look_at_torch()
        assert (torch.status, torch.required) == ("ok", True)
        assert "built for" in torch.found
        assert "threads" in torch.found

    @pytest.mark.parametrize("error", [ImportError("libx.so\nmore"), OSError("libx.so")])
    def test_a_torch_that_does_not_load_is_fatal(self, error, monkeypatch) -> None:
        class Broken:
            def find_spec(self, name, path=None, target=None):
                if name == "torch":
                    raise error

        monkeypatch.delitem(sys.modules, "torch", raising=False)
        monkeypatch.setattr(sys, "meta_path", [Broken(), *sys.meta_path])
        (finding,) = doctor.look_at_torch()
        assert finding.fatal
        assert finding.found == f"importing it fails, {type(error).__name__}: libx.so"


class TestGPU:
    def torch(self, gpus: int = 0, cuda: str | None = None, mps: bool = False) -> SimpleNamespace:
        properties = SimpleNamespace(name="H200", total_memory=139 * 2**30)
        return SimpleNamespace(
            cuda=SimpleNamespace(
                is_available=lambda: gpus > 0,
                device_count=lambda: gpus,
                get_device_properties=lambda number: properties,
            ),
            backends=SimpleNamespace(mps=SimpleNamespace(is_available=lambda: mps)),
            version=SimpleNamespace(cuda=cuda),
        )

    def test_each_is_told_with_its_memory(self) -> None:
        finding = doctor.look_at_gpus(self.torch(2, "12.8"))
        assert (finding.status, finding.found) == ("ok", "H200, 139 GiB; H200, 139 GiB")

    def test_of_apple(self) -> None:
        assert "mps" in doctor.look_at_gpus(self.torch(mps=True)).found

    @pytest.mark.parametrize(
        ("cuda", "driver", "status", "words"),
        [
            (None, False, "missing", "quick profile on the CPU"),
            (None, True, "broken", "built for the CPU"),
            ("12.8", True, "broken", "driver"),
            ("12.8", False, "missing", "quick profile on the CPU"),
        ],
    )
    def test_none_is_no_failure(self, cuda, driver, status, words, monkeypatch) -> None:
        monkeypatch.setattr(doctor.shutil, "which", lambda name: name if driver else None)
        finding = doctor.look_at_gpus(self.torch(cuda=cuda))
        assert finding.status == status
        assert words in finding.found
        assert not finding.fatal


class TestData:
    def test_without_a_folder_the_made_data_set_is_still_there(self, monkeypatch) -> None:
        monkeypatch.delenv("SKELGENBENCH_DATA", raising=False)
        found = by_name(doctor.look_at_data(None, {}))
        assert found["data folder"].status == "missing"
        assert found["data folder"].mend == "export SKELGENBENCH_DATA=FOLDER"
        assert found["data set kinematic12"].status == "ok"
        assert found["data set nw_ucla"].status == "missing"
        assert not any(finding.fatal for finding in found.values())

    def test_a_folder_that_is_none_is_broken(self, tmp_path) -> None:
        found = by_name(doctor.look_at_data(None, {"SKELGENBENCH_DATA": str(tmp_path / "x")}))
        assert found["data folder"].status == "broken"

    def test_the_option_comes_before_the_environment(self, tmp_path) -> None:
        (tmp_path / "nw_ucla" / "all_sqe").mkdir(parents=True)
        found = by_name(doctor.look_at_data(tmp_path, {"SKELGENBENCH_DATA": "/nowhere"}))
        assert found["data folder"] == Finding("data folder", "ok", str(tmp_path))
        assert found["data set nw_ucla"].status == "ok"


class TestExtractors:
    def test_the_bundled_one_is_named_by_its_weights(self) -> None:
        found = by_name(doctor.look_at_extractors())
        own = found["judge st_trans of kinematic12"]
        assert (own.status, own.required) == ("ok", True)
        assert own.found.startswith("st_trans-")
        assert not found["judge st_trans of nw_ucla"].fatal
        assert found["judge st_trans of nw_ucla"].mend.endswith("--dataset nw_ucla --install")

    def test_none_where_one_should_be_is_fatal(self) -> None:
        found = by_name(doctor.look_at_extractors(lambda name, kind: None))
        assert found["judge st_trans of kinematic12"].fatal

    @pytest.mark.parametrize("content", [b"", b"version https://git-lfs", None])
    def test_a_file_that_holds_no_weights_is_fatal(self, content, tmp_path) -> None:
        source = bundled_extractor("kinematic12")
        assert source is not None
        folder = tmp_path / "extractor"
        shutil.copytree(source, folder)
        cut = (source / WEIGHTS).read_bytes()[:-9] if content is None else content
        (folder / WEIGHTS).write_bytes(cut)
        finding = by_name(doctor.look_at_extractors(lambda name, kind: folder))[
            "judge st_trans of kinematic12"
        ]
        assert finding.fatal
        assert finding.status == "broken"


class TestDisk:
    def test_results_may_lie_in_a_folder_that_is_not_there_yet(self, tmp_path) -> None:
        results, disk = doctor.look_at_disk(tmp_path / "new" / "results")
        assert results.status == "ok"
        assert f"'{tmp_path}' can be written, where" in results.found
        assert disk.found.endswith("GiB free")
        assert not (tmp_path / "new").exists()
        assert list(tmp_path.iterdir()) == []

    def test_a_file_in_the_way_is_fatal(self, tmp_path) -> None:
        (tmp_path / "results").write_text("")
        (finding,) = doctor.look_at_disk(tmp_path / "results")
        assert finding.fatal
        assert "cannot be written" in finding.found

    def test_a_folder_that_may_not_be_written_is_fatal(self, tmp_path, monkeypatch) -> None:
        def refuse(**_):
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(doctor.tempfile, "TemporaryFile", refuse)
        (finding,) = doctor.look_at_disk(tmp_path)
        assert finding.fatal
        assert finding.found == f"'{tmp_path}' cannot be written: Permission denied"

    @pytest.mark.parametrize(("free", "fatal"), [(2**30 - 1, True), (2**30, False)])
    def test_a_full_disk_is_fatal(self, free, fatal, tmp_path, monkeypatch) -> None:
        usage = namedtuple("usage", "free")
        monkeypatch.setattr(doctor.shutil, "disk_usage", lambda folder: usage(free))
        assert doctor.look_at_disk(tmp_path)[1].fatal is fatal
