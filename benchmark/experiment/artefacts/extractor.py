"""The judges that a run asks: made by it, named by the user, or bundled."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmark.engine.store import write_atomically
from benchmark.experiment.artefacts.clips import HELD_OUT_PARTS, stored_part
from skeletons.errors import InputError

FILES = ("weights.safetensors", "config.json", "recipe.json")


def given_extractor(text: str) -> dict[str, str]:
    """Path, kind and hash of an extractor that the user named: a folder of ours, or a checkpoint.

    Raises:
        InputError: nothing readable is there.
    """
    from recognizers.extractors.kinds import kind_at

    path = Path(text)
    kind = kind_at(path)
    files = [path / name for name in FILES] if path.is_dir() else [path]
    try:
        content = b"".join(file.read_bytes() for file in files)
    except OSError as error:
        raise InputError(f"cannot read extractor '{text}': {error.strerror}") from error
    digest = hashlib.sha256(content).hexdigest()
    return {"path": str(path.absolute()), "kind": kind, "sha256": digest}


def extractor_folder(parameters: Mapping[str, Any], inputs: Mapping[str, Path]) -> Path:
    """The folder of the judge that a stage asks: its input ``extractor``, or the bundled one of a
    data set.

    Raises:
        InputError: the bundled weights are no longer those that the plan was made with.
    """
    if "extractor" in inputs:
        return inputs["extractor"]
    from recognizers.extractors.kinds import bundled_extractor, extractor_id

    folder = bundled_extractor(parameters["dataset"], parameters["kind"])
    if folder is None or extractor_id(folder) != parameters["extractor"]:
        raise InputError(
            f"the bundled {parameters['kind']} of {parameters['dataset']} changed while the run "
            "went on: start it again"
        )
    return folder


def write_accuracy(folder: Path, data: Path) -> None:
    """Note how often a judge is right on real clips that nothing was fitted on."""
    from recognizers.extractors.kinds import load_extractor

    judge, right = load_extractor(folder), {}
    for part in HELD_OUT_PARTS:
        clips = stored_part(data, part)
        _, logits = judge.featurise(clips)
        right[part] = float((logits.argmax(axis=1) == clips.labels).mean())
    (folder / "accuracy.json").write_text(json.dumps(right) + "\n", encoding="utf-8")


def stored_accuracy(folder: Path) -> dict[str, float]:
    """What :func:`write_accuracy` noted: part -> share of clips."""
    found: dict[str, float] = json.loads((folder / "accuracy.json").read_text("utf-8"))
    return found


def install_extractor(folder: Path, dataset: str) -> Path:
    """Copy a judge to where the package keeps the bundled ones; returns the folder.

    Raises:
        InputError: the package cannot be written to.
    """
    import recognizers
    from recognizers.extractors.kinds import extractor_kind

    home = Path(recognizers.__path__[0]) / "weights" / dataset / extractor_kind(folder)
    try:
        for name in FILES:
            write_atomically(home / name, (folder / name).read_bytes())
    except OSError as error:
        raise InputError(f"cannot write to {home}: {error.strerror or error}") from error
    return home
