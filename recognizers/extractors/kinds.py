"""The kinds of extractors by name, and the extractor in a folder: a frozen network whose features
the metrics see, named by its weights' hash. Imports no torch before one is loaded."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from recognizers.extractors.files import CONFIG, WEIGHTS
from skeletons.arrays import Float32Array
from skeletons.clips import ClipSet
from skeletons.errors import InputError, unknown_name

if TYPE_CHECKING:
    from recognizers.training import TrainingRun

ST_TRANS = "st_trans"


@dataclass(frozen=True)
class Kind:
    """One kind of judge.

    Attributes:
        module: with its ``load`` and ``pretrain``.
        prefix: how the name of such an extractor begins.
        summary: what looks at what.
    """

    module: str
    prefix: str
    summary: str


KINDS = {
    ST_TRANS: Kind(
        "recognizers.extractors.st_trans", "st_trans", "ST-Trans, a transformer on skeleton images"
    ),
    "stgcn++": Kind(
        "recognizers.extractors.stgcn_pp", "stgcn++", "ST-GCN++, a graph network on joints"
    ),
    "gru": Kind(
        "recognizers.extractors.gru",
        "gru_action2motion",
        "the GRU of Action2Motion, a recurrent network on joints",
    ),
}
"""The judges, in the order in which tables show them."""


class Extractor(Protocol):
    """A frozen network and how clips are prepared for it."""

    classes: tuple[str, ...]

    def featurise(self, clips: ClipSet) -> tuple[Float32Array, Float32Array]:
        """Features ``[N, D]`` and logits ``[N, C]`` of clips, in batches.

        Raises:
            InputError: clips of other classes or of another skeleton.
        """
        ...


def source_modules(kind: str) -> list[str]:
    """Where the code of a kind begins."""
    return [_kind_named(kind).module]


def bundled_extractor(dataset: str, kind: str = ST_TRANS) -> Path | None:
    """Folder of the judge that comes with the package for a data set, if one does."""
    folder = Path(__file__).parents[1] / "weights" / dataset / kind
    return folder if (folder / WEIGHTS).exists() else None


def extractor_id(folder: Path) -> str:
    """The kind's prefix, such as ``st_trans-``, and 8 digits of the SHA-256 of the weights.

    Raises:
        InputError: no weights, or an extractor of an unknown kind.
    """
    kind = extractor_kind(folder)
    try:
        content = (folder / WEIGHTS).read_bytes()
    except OSError as error:
        raise InputError(f"{folder} holds no extractor: {error}") from error
    return f"{KINDS[kind].prefix}-{hashlib.sha256(content).hexdigest()[:8]}"


def extractor_kind(folder: Path) -> str:
    """One of :data:`KINDS`, as ``config.json`` says.

    Raises:
        InputError: the file is missing, is cut, or names an unknown kind.
    """
    try:
        kind = json.loads((folder / CONFIG).read_text("utf-8"))["kind"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{folder} holds no usable extractor: {error!r}") from error
    if kind not in tuple(KINDS):  # what JSON has need not be a name
        raise unknown_name("kind of extractor", str(kind), KINDS)
    return str(kind)


def kind_at(path: Path) -> str:
    """The kind of judge that a user's path holds: a folder says so, a file is a published
    checkpoint of a GRU; errors as those of :func:`extractor_kind`."""
    return extractor_kind(path) if path.is_dir() else "gru"


def pretrain_extractor(
    train: ClipSet,
    folder: Path,
    *,
    run: TrainingRun,
    profile: str = "quick",
    kind: str = ST_TRANS,
) -> dict[str, Any]:
    """Train a judge on a data set's whole training part and write it to ``folder``.

    Returns:
        What ``recipe.json`` says, see :func:`recognizers.extractors.files.store_extractor`.

    Raises:
        InputError: an unknown profile or kind, or no clips.
        TrainingDivergedError: the loss is no longer finite.
    """
    module = import_module(_kind_named(kind).module)
    told: dict[str, Any] = module.pretrain(train, folder, run=run, profile=profile)
    return told


def adopt_published(path: Path, folder: Path, clips: ClipSet, kind: str) -> dict[str, Any]:
    """Make an extractor in ``folder`` from a published checkpoint of its kind, for the data set of
    ``clips``; :class:`InputError` where it does not fit."""
    told: dict[str, Any] = import_module(_kind_named(kind).module).adopt_published(
        path, folder, clips
    )
    return told


def load_extractor(folder: Path) -> Extractor:
    """Read an extractor; :class:`InputError` for files that are missing, cut or do not fit."""
    module = import_module(KINDS[extractor_kind(folder)].module)
    extractor: Extractor = module.load(folder)
    return extractor


def _kind_named(kind: str) -> Kind:
    if kind not in KINDS:
        raise unknown_name("kind of extractor", kind, KINDS)
    return KINDS[kind]
