"""Lineage: the clip ids and the weights that an artefact was made from, and what must never be.

Nothing that a run fits may have seen a dev or test clip, and a judge may not be the network that
guides.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from skeletons.arrays import StrArray
from skeletons.clips import ClipSet


class LineageError(Exception):
    """A result would rest on data or weights that it must not have seen."""


def clips_lineage(clips: ClipSet) -> dict[str, Any]:
    """What a fit has seen: how many clips, the hash of their content, and their ids."""
    return {
        "clips": len(clips),
        "fingerprint": clips.fingerprint,
        "ids": clips.ids.tolist(),
    }


def check_unseen(seen: ClipSet, held_out: ClipSet, what: str, part: str = "test") -> None:
    """Raise :class:`LineageError` if a clip of a held-out part is among those that ``what`` is
    fitted on."""
    check_ids_unseen(seen, held_out.ids, what, part)


def check_ids_unseen(seen: ClipSet, ids: StrArray, what: str, part: str) -> None:
    """:func:`check_unseen` of a part of which the ids ``[N]`` are known."""
    shared = np.intersect1d(seen.ids, ids)
    if len(shared):
        raise LineageError(
            f"{what} would be fitted on {len(shared)} {part} clips, '{shared[0]}' among them"
        )


def check_fitted_on(fitted: Mapping[str, Any], allowed: ClipSet, what: str) -> None:
    """Raise :class:`LineageError` if a fit has seen clips beyond those that it may see.

    Args:
        fitted: lineage of the fit; clips under ``held_back`` and ``unlabelled`` were given on
            purpose and are told of in every table.
        allowed: the clips that it may see.
    """
    beyond = np.setdiff1d(fitted["fitted_on"]["ids"], allowed.ids)
    if len(beyond):
        raise LineageError(
            f"{what} was fitted on {len(beyond)} clips outside of {allowed.name}, '{beyond[0]}' "
            "among them"
        )


def weights_lineage(folder: Path) -> dict[str, str]:
    """SHA-256 of every file in a folder of weights, by its path inside it."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "meta.json"
    }


def check_other_weights(judge: Mapping[str, str], judged: Mapping[str, str]) -> None:
    """Raise :class:`LineageError` if the extractor's weights are part of the fitted generator."""
    weights = {digest for name, digest in judge.items() if name.endswith(".safetensors")}
    for name, digest in judged.items():
        if digest in weights:
            raise LineageError(
                f"the generator's '{name}' is the extractor that judges it: a guide needs weights "
                "of its own"
            )
