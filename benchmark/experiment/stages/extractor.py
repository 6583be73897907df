"""The extractor: the frozen network whose features the metrics see, bundled or pretrained here."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmark.engine.store import write_atomically
from benchmark.experiment.lineage import check_unseen, clips_lineage, weights_lineage
from benchmark.experiment.stages import Job, Lineage
from benchmark.experiment.stages.data import stored_test, stored_train
from skeletons.errors import InputError

FILES = ("weights.safetensors", "config.json", "recipe.json")
PROFILE = "quick"
"""One recipe whatever the run's profile: rows judged by different extractors do not compare."""


def pretrain(job: Job) -> Lineage:
    """Train the extractor on the whole training part and note its accuracy on the test part.

    Parameters: ``profile``, ``kind`` (``st_trans`` unless given). Input: ``data``. Writes the
    extractor's folder and ``accuracy.json``.
    """
    from recognizers.extractors.st_trans import load_extractor, pretrain_extractor
    from recognizers.training import TrainingRun

    train, test = stored_train(job.inputs["data"]), stored_test(job.inputs["data"])
    check_unseen(train, test, "the extractor")
    run = TrainingRun(job.device, job.scratch / "extractor.pt", job.progress)
    pretrain_extractor(
        train,
        job.folder,
        run=run,
        profile=job.parameters["profile"],
        kind=job.parameters.get("kind", "st_trans"),
    )
    _, logits = load_extractor(job.folder).featurise(test)
    accuracy = float((logits.argmax(axis=1) == test.labels).mean())
    (job.folder / "accuracy.json").write_text(
        json.dumps({"test_accuracy": accuracy}) + "\n", encoding="utf-8"
    )
    return {"fitted_on": clips_lineage(train), "weights": weights_lineage(job.folder)}


def adopt(job: Job) -> Lineage:
    """Copy an extractor that the user named, or make one from a published checkpoint.

    Parameters: ``path``, ``kind``, ``sha256``. Input: ``data``.

    Raises:
        InputError: the file changed, is of another kind, or does not fit the data set.
    """
    from recognizers.extractors.gru import adopt_published
    from recognizers.extractors.st_trans import load_extractor

    path, train = Path(job.parameters["path"]), stored_train(job.inputs["data"])
    if given_extractor(str(path), job.parameters["kind"]) != dict(job.parameters):
        raise InputError(f"extractor '{path}' changed while the run went on: start it again")
    if path.is_dir():
        for name in FILES:
            (job.folder / name).write_bytes((path / name).read_bytes())
    else:
        adopt_published(path, job.folder, train)
    test = stored_test(job.inputs["data"])
    _, logits = load_extractor(job.folder).featurise(test)
    accuracy = float((logits.argmax(axis=1) == test.labels).mean())
    (job.folder / "accuracy.json").write_text(
        json.dumps({"test_accuracy": accuracy}) + "\n", encoding="utf-8"
    )
    return {"weights": weights_lineage(job.folder)}


def given_extractor(text: str, kind: str) -> dict[str, str]:
    """Path, kind and hash of an extractor that the user named: a folder of ours, or a checkpoint.

    Raises:
        InputError: nothing readable is there, or it is not of the protocol's kind.
    """
    from recognizers.extractors.st_trans import extractor_kind

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
    from recognizers.extractors.st_trans import bundled_extractor, extractor_id

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
