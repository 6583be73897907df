"""What this machine has for the benchmark, what is missing, and the command that mends it.

Nothing here changes anything. :mod:`benchmark.analyses.doctor.pyskl` looks at PYSKL.
"""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Any, Literal

from benchmark.engine.executors.local import available_cores
from recognizers.extractors.files import WEIGHTS
from recognizers.extractors.kinds import KINDS, bundled_extractor, extractor_id
from skeletons.datasets import BUILT_IN, dataset_named
from skeletons.errors import InputError

Status = Literal["ok", "missing", "broken"]

OLDEST_PYTHON = (3, 11)
DATA_ROOT = "SKELGENBENCH_DATA"

DEFAULT_DATASET = "kinematic12"
"""The data set of a run that names none: its extractor has to be there."""

LEAST_FREE = 2**30
"""Bytes of free disk that a run may need for its artefacts."""


@dataclass(frozen=True)
class Finding:
    """One line of what the doctor says.

    Attributes:
        what: was looked at.
        status: ``ok``, ``missing`` (not there) or ``broken`` (there, but of no use).
        found: what is there, or what is wrong.
        mend: what to type, empty where nothing has to be done.
        required: nothing works without it.
    """

    what: str
    status: Status
    found: str
    mend: str = ""
    required: bool = False

    @property
    def fatal(self) -> bool:
        """Whether the benchmark cannot work like this."""
        return self.required and self.status != "ok"


def look_at_python() -> Finding:
    """The Python that runs this."""
    found = f"{platform.python_version()}, {available_cores()} cores"
    if sys.version_info >= OLDEST_PYTHON:
        return Finding("Python", "ok", found, required=True)
    oldest = ".".join(map(str, OLDEST_PYTHON))
    return Finding(
        "Python", "broken", f"{found}: {oldest} or newer is needed", "install a newer Python", True
    )


def requirements() -> list[str]:
    """What this project asks of its packages: of ``pyproject.toml`` in a checkout, else as it was
    installed."""
    path = Path(__file__).parents[3] / "pyproject.toml"
    try:
        import tomllib

        return list(tomllib.loads(path.read_text(encoding="utf-8"))["project"]["dependencies"])
    except (ImportError, OSError):
        pass
    try:
        return list(requires("skelgenbench") or [])
    except PackageNotFoundError:
        return []


def look_at_packages(wanted: Iterable[str]) -> list[Finding]:
    """One line for the packages that fit, one for each that does not.

    Args:
        wanted: requirements as in ``pyproject.toml``; those of extras are left out.
    """
    try:
        from packaging.requirements import Requirement
    except ImportError:
        return [Finding("packages", "missing", "packaging", "pip install packaging", True)]
    fitting, rest = [], []
    for requirement in map(Requirement, wanted):
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        name, bounds = requirement.name, requirement.specifier
        mend = f"pip install '{name}{bounds}'"
        try:
            here = version(name)
        except PackageNotFoundError:
            found = f"not installed, {bounds} is asked for"
            rest.append(Finding(f"package {name}", "missing", found, mend, True))
            continue
        if bounds.contains(here, prereleases=True):
            fitting.append(f"{name} {here}")
        else:
            found = f"{here} is installed, {bounds} is asked for"
            rest.append(Finding(f"package {name}", "broken", found, mend, True))
    if not fitting and not rest:
        found = "what the project asks for is not known here"
        return [Finding("packages", "broken", found, "pip install -e .", True)]
    return [Finding("packages", "ok", ", ".join(fitting), required=True), *rest]


def look_at_torch() -> list[Finding]:
    """Torch and the GPUs that it sees."""
    try:
        import torch
    # A library that does not load is an OSError, a wrong mixture of files may be anything.
    except Exception as error:
        reason = f"importing it fails, {type(error).__name__}: {error}".splitlines()[0]
        return [
            Finding("torch", "broken", reason, "pip install --force-reinstall 'torch>=2.4'", True)
        ]
    built = f"CUDA {torch.version.cuda}" if torch.version.cuda else "CPU"
    found = f"{torch.__version__}, built for {built}, {torch.get_num_threads()} threads"
    return [Finding("torch", "ok", found, required=True), look_at_gpus(torch)]


def look_at_gpus(torch: Any) -> Finding:
    """GPUs by name and memory; none is no failure."""
    if torch.cuda.is_available():
        devices = [torch.cuda.get_device_properties(n) for n in range(torch.cuda.device_count())]
        names = [f"{one.name}, {one.total_memory / 2**30:.0f} GiB" for one in devices]
        return Finding("GPU", "ok", "; ".join(names))
    if torch.backends.mps.is_available():
        return Finding("GPU", "ok", "Apple's, as --device mps")
    if shutil.which("nvidia-smi") is None:
        return Finding("GPU", "missing", "none: take the quick profile on the CPU")
    if torch.version.cuda:
        found = "torch is built for CUDA but can use no GPU: is the driver new enough?"
        return Finding("GPU", "broken", found, "nvidia-smi")
    found = "there may be one (nvidia-smi is here), but torch is built for the CPU"
    return Finding("GPU", "broken", found, "pip install --force-reinstall 'torch>=2.4'")


def look_at_data(data_root: Path | None, environ: Mapping[str, str] = os.environ) -> list[Finding]:
    """The folder of data sets, and which data sets can be loaded."""
    named = data_root or (Path(environ[DATA_ROOT]) if environ.get(DATA_ROOT) else None)
    mend = f"export {DATA_ROOT}=FOLDER"
    if named is None:
        found = f"{DATA_ROOT} is not set; {DEFAULT_DATASET} needs no files"
        folder = Finding("data folder", "missing", found, mend)
    elif not named.is_dir():
        folder = Finding("data folder", "broken", f"'{named}' is no folder", mend)
    else:
        folder = Finding("data folder", "ok", str(named))
    return [folder, *(_look_at_dataset(name, data_root) for name in BUILT_IN)]


def _look_at_dataset(name: str, data_root: Path | None) -> Finding:
    dataset = dataset_named(name)
    try:
        dataset.identity(dataset.protocols[0], data_root)
    except InputError as error:
        return Finding(f"data set {name}", "missing", str(error), "see docs/data.md")
    return Finding(f"data set {name}", "ok", dataset.summary)


def look_at_extractors(
    bundled: Callable[[str, str], Path | None] = bundled_extractor,
) -> list[Finding]:
    """The judges of each data set."""
    return [
        _look_at_extractor(name, kind, bundled(name, kind)) for name in BUILT_IN for kind in KINDS
    ]


def _look_at_extractor(dataset: str, kind: str, folder: Path | None) -> Finding:
    what, required = f"judge {kind} of {dataset}", dataset == DEFAULT_DATASET
    mend = f"python -m benchmark pretrain --dataset {dataset} --install"
    if folder is None:
        found = "none comes with the package; a run trains one first"
        return Finding(what, "missing", found, mend, required)
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(folder / WEIGHTS, framework="numpy") as weights:
            count = len(list(weights.keys()))
        name = extractor_id(folder)
    except (SafetensorError, InputError, OSError) as error:
        return Finding(what, "broken", f"{folder} cannot be read: {error}", mend, required)
    return Finding(what, "ok", f"{name}, {count} arrays", required=required)


def look_at_disk(out: Path) -> list[Finding]:
    """Whether results can be written where they are to go, and how much room there is."""
    folder = next(place for place in (out, *out.absolute().parents) if place.exists())
    what, mend = "results folder", "--out FOLDER, with every command"
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
        free = shutil.disk_usage(folder).free
    except OSError as error:
        found = f"'{folder}' cannot be written: {error.strerror}"
        return [Finding(what, "broken", found, mend, True)]
    new = "" if folder == out else f", where '{out}' will be made"
    disk = f"{free / 2**30:.1f} GiB free"
    return [
        Finding(what, "ok", f"'{folder}' can be written{new}", required=True),
        Finding("disk", "ok", disk, required=True)
        if free >= LEAST_FREE
        else Finding("disk", "broken", f"{disk}, a run may need 1", mend, True),
    ]
