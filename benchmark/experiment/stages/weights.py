"""Weights that the user named, to start trainings from."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.engine.job import Job, Lineage
from benchmark.experiment.lineage import weights_lineage
from skeletons.errors import InputError

if TYPE_CHECKING:
    from torch import Tensor


def keep(job: Job) -> Lineage:
    """Keep the weights that the user named, to start trainings from.

    Parameters: ``path``, ``sha256``. Writes ``weights.safetensors``.

    Raises:
        InputError: the file changed, or holds no weights.
    """
    from safetensors.torch import save_file

    from recognizers.checkpoints import read_checkpoint

    path = Path(job.parameters["path"])
    if given_weights(str(path)) != dict(job.parameters):
        raise InputError(f"weights '{path}' changed while the run went on: start it again")
    state = {name: values.contiguous().clone() for name, values in read_checkpoint(path).items()}
    save_file(state, job.folder / "weights.safetensors")
    return {"weights": weights_lineage(job.folder)}


def given_weights(text: str) -> dict[str, str]:
    """Path and hash of a file of weights.

    Raises:
        InputError: it cannot be read.
    """
    path = Path(text).expanduser()
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise InputError(f"cannot read weights '{text}': {error.strerror or error}") from error
    return {"path": str(path.absolute()), "sha256": digest}


def stored_weights(folder: Path) -> dict[str, Tensor]:
    """Name -> tensor of what :func:`keep` kept."""
    from safetensors.torch import load

    return dict(load((folder / "weights.safetensors").read_bytes()))
