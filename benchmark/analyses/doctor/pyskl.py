"""Which PYSKL there is, and whether the Pythons that would run it can."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmark.analyses.doctor.machine import Finding, Status
from recognizers.pyskl.availability import (
    ROOT,
    Found,
    Missing,
    chosen_way,
    pyskl_in_process,
    pyskl_job,
)
from skeletons.errors import InputError

SECONDS = 60.0
"""After which a Python that has not answered counts as broken."""

IN_PROCESS, JOB, JOB_PYTHON, CHOSEN = (
    "PYSKL in process",
    "PYSKL as a job",
    "Python of the job",
    "pyskl:NAME",
)

QUESTION = """
import json, sys
told = {"python": sys.version.split()[0]}
try:
    import torch
    told["torch"] = torch.__version__
    told["cuda"] = torch.version.cuda
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    told["gpus"] = [torch.cuda.get_device_name(number) for number in range(count)]
    import mmcv
    told["mmcv"] = mmcv.__version__
    import pyskl.models, pyskl.datasets
except BaseException as error:
    told["failed"] = "%s: %s" % (type(error).__name__, error)
print("\\n" + json.dumps(told))
"""
"""Asked of a Python that may be old."""

Answer = Mapping[str, Any]
Answers = Mapping[tuple[Path, Path], Answer]
Ask = Callable[[Found], Answer]


def ask_python(found: Found, seconds: float = SECONDS) -> Answer:
    """What the Python that runs a PYSKL says of itself: ``python``, ``torch``, ``cuda``, ``gpus``,
    ``mmcv``, and under ``failed`` why it cannot import PYSKL."""
    environ, folder = dict(os.environ), None
    if found.way == "job":
        environ["PYTHONPATH"], folder = str(found.root), found.root
    try:
        done = subprocess.run(
            [str(found.python), "-W", "ignore", "-c", QUESTION],
            cwd=folder,
            env=environ,
            capture_output=True,
            text=True,
            timeout=seconds,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired:
        return {"failed": f"no answer in {seconds:g} seconds"}
    except OSError as error:
        return {"failed": f"it does not start: {error.strerror}"}
    try:
        told: Answer = json.loads(done.stdout.splitlines()[-1])
    except (ValueError, IndexError):
        last = (done.stderr.strip().splitlines() or ["no word"])[-1]
        return {"failed": f"it ended with code {done.returncode}: {last}"}
    return told


def look_at_pyskl(environ: Mapping[str, str] = os.environ, ask: Ask = ask_python) -> list[Finding]:
    """Both ways to run PYSKL, and which of them ``pyskl:NAME`` takes. None of it is required."""
    here, job = pyskl_in_process(), pyskl_job(environ)
    answers = _ask_each([found for found in (here, job) if isinstance(found, Found)], ask)
    findings = [_look_in_process(here, answers), *_look_at_job(job, answers, environ)]
    return [*findings, _look_at_choice(environ, findings)]


def _ask_each(pyskls: Sequence[Found], ask: Ask) -> Answers:
    """Answers by Python and PYSKL, each asked once, side by side."""
    places = {(found.python, found.root): found for found in pyskls}
    with ThreadPoolExecutor(max_workers=2) as pool:
        return dict(zip(places, pool.map(ask, places.values()), strict=True))


def _look_in_process(found: Found | Missing, answers: Answers) -> Finding:
    if isinstance(found, Missing):
        return Finding(IN_PROCESS, "missing", found.reason, found.mend)
    answer = answers[found.python, found.root]
    if "failed" in answer:
        reason = f"{_short(found)} is here, importing it fails: {answer['failed']}"
        return Finding(IN_PROCESS, "broken", reason, "see docs/pyskl.md")
    return Finding(IN_PROCESS, "ok", f"{_short(found)}, mmcv {answer['mmcv']}")


def _look_at_job(
    found: Found | Missing, answers: Answers, environ: Mapping[str, str]
) -> list[Finding]:
    if isinstance(found, Missing):
        status: Status = "broken" if environ.get(ROOT) else "missing"
        return [Finding(JOB, status, found.reason, found.mend)]
    tree = Finding(JOB, "ok", f"{_short(found)} in '{found.root}'")
    return [tree, _look_at_job_python(found.python, answers[found.python, found.root])]


def _look_at_job_python(python: Path, answer: Answer) -> Finding:
    versions = ", ".join(
        f"{name} {answer[key]}"
        for name, key in (("Python", "python"), ("torch", "torch"), ("mmcv", "mmcv"))
        if answer.get(key)
    )
    if "failed" in answer:
        told = f" ({versions})" if versions else ""
        mend = "export PYSKL_PYTHON=FILE, the python of PYSKL's environment; see docs/pyskl.md"
        return Finding(JOB_PYTHON, "broken", f"'{python}'{told}: {answer['failed']}", mend)
    if not answer["gpus"]:
        found = f"'{python}': {versions}; it sees no GPU, and PYSKL's own training needs CUDA"
        mend = f"unset {ROOT} (in process, its networks train on a CPU, too)"
        return Finding(JOB_PYTHON, "broken", found, mend)
    gpus = ", ".join(answer["gpus"])
    return Finding(JOB_PYTHON, "ok", f"'{python}': {versions}, CUDA {answer['cuda']}, {gpus}")


def _look_at_choice(environ: Mapping[str, str], findings: Sequence[Finding]) -> Finding:
    """What a run would do."""
    try:
        way = chosen_way(environ).way
    except InputError as error:
        return Finding(CHOSEN, "missing", str(error).partition("; `python")[0], "see docs/pyskl.md")
    parts = (IN_PROCESS,) if way == "in_process" else (JOB, JOB_PYTHON)
    broken = [one.what for one in findings if one.what in parts and one.status != "ok"]
    told = "runs in process" if way == "in_process" else "runs as a job"
    if broken:
        return Finding(CHOSEN, "broken", f"{told}, which cannot be: see {broken[0]}")
    return Finding(CHOSEN, "ok", told)


def _short(found: Found) -> str:
    """The version with the first digits of its commit."""
    return re.sub(r"(?<=commit \w{8})\w+", "", found.version)
