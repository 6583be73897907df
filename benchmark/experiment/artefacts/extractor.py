"""The extractor that a run uses: made by it, named by the user, or bundled."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmark.engine.store import write_atomically
from skeletons.errors import InputError

FILES = ("weights.safetensors", "config.json", "recipe.json")


def given_extractor(text: str, kind: str) -> dict[str, str]:
    """Path, kind and hash of an extractor that the user named: a folder of ours, or a checkpoint.

    Raises:
        InputError: nothing readable is there, or it is not of the protocol's kind.
    """
    from recognizers.extractors.kinds import extractor_kind

    path = Path(text)
    if path.is_dir():
        found = extractor_kind(path)
        files = [path / name for name in FILES]
    else:
        found, files = "gru", [path]
    if found != kind:
        raise InputError(f"extractor '{text}' is a {found}, the protocol judges by a {kind}")
    try:
        content = b"".join(file.read_bytes() for file in files)
    except OSError as error:
        raise InputError(f"cannot read extractor '{text}': {error.strerror}") from error
    digest = hashlib.sha256(content).hexdigest()
    return {"path": str(path.absolute()), "kind": kind, "sha256": digest}


def extractor_folder(parameters: Mapping[str, Any], inputs: Mapping[str, Path]) -> Path:
    """The folder of the extractor that a stage uses: its input, or the bundled one of a data set.

    Raises:
        InputError: the bundled weights are no longer those that the plan was made with.
    """
    if "extractor" in inputs:
        return inputs["extractor"]
    from recognizers.extractors.kinds import bundled_extractor, extractor_id

    folder = bundled_extractor(parameters["dataset"])
    if folder is None or extractor_id(folder) != parameters["extractor"]:
        raise InputError(
            f"the bundled extractor of {parameters['dataset']} changed while the run went on: "
            "start it again"
        )
    return folder


def stored_accuracy(folder: Path) -> float:
    """Accuracy on real test clips of an extractor that :func:`pretrain` made."""
    return float(json.loads((folder / "accuracy.json").read_text("utf-8"))["test_accuracy"])


def install_extractor(folder: Path, dataset: str) -> Path:
    """Copy an extractor to where the package keeps the bundled ones; returns the folder.

    Raises:
        InputError: the package cannot be written to.
    """
    import recognizers

    home = Path(recognizers.__path__[0]) / "weights" / dataset
    try:
        for name in FILES:
            write_atomically(home / name, (folder / name).read_bytes())
    except OSError as error:
        raise InputError(f"cannot write to {home}: {error.strerror or error}") from error
    return home
