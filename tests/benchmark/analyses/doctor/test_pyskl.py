"""What the doctor says of PYSKL, here and elsewhere."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from benchmark.analyses.doctor import pyskl as doctor_pyskl
from benchmark.analyses.doctor.pyskl import ask_python, look_at_pyskl
from recognizers.pyskl.availability import Found, Missing
from tests.benchmark.analyses.doctor.test_machine import by_name

HERE = Found("in_process", f"0.1.0 (commit {'3f6795f2' * 5})", Path("/here"), Path("/bin/python"))
JOB = Found("job", "0.1.0", Path("/job"), Path("/old/python"))
ANSWER = {"python": "3.8.1", "torch": "1.11", "cuda": "11.3", "gpus": ["V100"], "mmcv": "1.5.0"}


class TestPyskl:
    def look(self, monkeypatch, here=None, job=None, answers=None, environ=None):
        nowhere = Missing("it is not here", "git clone")
        monkeypatch.setattr(doctor_pyskl, "pyskl_in_process", lambda: here or nowhere)
        monkeypatch.setattr(doctor_pyskl, "pyskl_job", lambda environ: job or nowhere)

        def choose(environ):
            if job is None and here is None:
                raise doctor_pyskl.InputError("needs PYSKL: none is here; `python -m benchmark x`")
            return job or here

        monkeypatch.setattr(doctor_pyskl, "chosen_way", choose)
        asked: list[Found] = []

        def ask(found):
            asked.append(found)
            return (answers or {}).get(found.way, ANSWER)

        found = by_name(look_at_pyskl(environ or {}, ask))
        assert not any(finding.required for finding in found.values())
        return {what: (one.status, one.found, one.mend) for what, one in found.items()}, asked

    def test_missing_is_told_with_where_to_get_it_and_no_python_is_asked(self, monkeypatch) -> None:
        found, asked = self.look(monkeypatch)
        assert found["PYSKL in process"] == ("missing", "it is not here", "git clone")
        assert found["PYSKL as a job"] == ("missing", "it is not here", "git clone")
        assert "Python of the job" not in found
        assert found["pyskl:NAME"][:2] == ("missing", "needs PYSKL: none is here")
        assert asked == []

    def test_a_root_that_is_set_and_wrong_is_broken(self, monkeypatch) -> None:
        found, _ = self.look(monkeypatch, here=HERE, environ={"PYSKL_ROOT": "/nowhere"})
        assert found["PYSKL as a job"][0] == "broken"

    def test_in_process_is_told_with_its_versions(self, monkeypatch) -> None:
        found, _ = self.look(monkeypatch, here=HERE)
        assert found["PYSKL in process"][:2] == ("ok", "0.1.0 (commit 3f6795f2), mmcv 1.5.0")
        assert found["pyskl:NAME"][:2] == ("ok", "runs in process")

    def test_what_is_found_and_does_not_import_is_broken(self, monkeypatch) -> None:
        answers = {"in_process": {"failed": "ImportError: no cv2"}}
        found, _ = self.look(monkeypatch, here=HERE, answers=answers)
        status, told, mend = found["PYSKL in process"]
        assert status == "broken"
        assert told.endswith("importing it fails: ImportError: no cv2")
        assert mend
        assert found["pyskl:NAME"][0] == "broken"

    def test_a_job_is_told_with_what_its_python_has(self, monkeypatch) -> None:
        found, asked = self.look(monkeypatch, here=HERE, job=JOB)
        assert found["PYSKL as a job"][:2] == ("ok", "0.1.0 in '/job'")
        told = "'/old/python': Python 3.8.1, torch 1.11, mmcv 1.5.0, CUDA 11.3, V100"
        assert found["Python of the job"][:2] == ("ok", told)
        assert found["pyskl:NAME"][:2] == ("ok", "runs as a job")
        assert {one.way for one in asked} == {"in_process", "job"}

    def test_a_job_without_a_gpu_cannot_be(self, monkeypatch) -> None:
        found, _ = self.look(monkeypatch, job=JOB, answers={"job": {**ANSWER, "gpus": []}})
        status, told, mend = found["Python of the job"]
        assert status == "broken"
        assert "sees no GPU" in told
        assert mend.startswith("unset PYSKL_ROOT")
        assert found["pyskl:NAME"][1] == "runs as a job, which cannot be: see Python of the job"

    def test_a_python_that_cannot_import_pyskl_is_told_with_what_it_has(self, monkeypatch) -> None:
        answer = {"python": "3.8.1", "failed": "ImportError: no torch"}
        found, _ = self.look(monkeypatch, job=JOB, answers={"job": answer})
        status, told, mend = found["Python of the job"]
        assert status == "broken"
        assert told == "'/old/python' (Python 3.8.1): ImportError: no torch"
        assert "PYSKL_PYTHON" in mend

    def test_one_python_with_one_pyskl_is_asked_once(self, monkeypatch) -> None:
        job = Found("job", "0.1.0", HERE.root, HERE.python)
        _, asked = self.look(monkeypatch, here=HERE, job=job)
        assert len(asked) == 1


class TestAskingAPython:
    """By small programs that stand for a Python."""

    def program(self, folder: Path, body: str) -> Found:
        path = folder / "python"
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)
        return Found("job", "0.1.0", folder, path)

    def test_that_knows_pyskl(self, tmp_path) -> None:
        found = self.program(tmp_path, f"echo hello\necho '{json.dumps(ANSWER)}'")
        assert ask_python(found) == ANSWER

    def test_that_crashes(self, tmp_path) -> None:
        found = self.program(tmp_path, "echo first >&2\necho 'Illegal instruction' >&2\nexit 132")
        assert ask_python(found)["failed"] == "it ended with code 132: Illegal instruction"

    def test_that_says_nothing(self, tmp_path) -> None:
        assert ask_python(self.program(tmp_path, "exit 0"))["failed"].endswith("code 0: no word")

    def test_that_hangs(self, tmp_path) -> None:
        found = self.program(tmp_path, "exec sleep 30")
        assert ask_python(found, seconds=0.2)["failed"] == "no answer in 0.2 seconds"

    def test_that_is_not_there(self, tmp_path) -> None:
        found = Found("job", "0.1.0", tmp_path, tmp_path / "nowhere")
        assert ask_python(found)["failed"] == "it does not start: No such file or directory"

    def test_of_a_job_works_in_the_root_without_our_paths(self, tmp_path, monkeypatch) -> None:
        monkeypatch.setenv("PYTHONPATH", "/ours")
        body = """printf '{"path": "%s", "place": "%s"}' "$PYTHONPATH" "$(pwd -P)" """
        found = self.program(tmp_path, body)
        assert ask_python(found) == {"path": str(tmp_path), "place": str(tmp_path.resolve())}

    def test_that_is_real_tells_its_version_and_what_it_lacks(self, tmp_path) -> None:
        (tmp_path / "torch.py").write_text("raise ImportError('no torch here')\n")
        told = ask_python(Found("job", "0.1.0", tmp_path, Path(sys.executable)))
        assert told["python"] == ".".join(map(str, sys.version_info[:3]))
        assert told["failed"] == "ImportError: no torch here"

    def test_the_question_can_be_read_by_old_pythons(self) -> None:
        import ast

        ast.parse(doctor_pyskl.QUESTION, feature_version=(3, 7))
