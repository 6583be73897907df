"""Features and body measures of real and synthetic clips."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from metrics.body.measures import BodyMeasures
    from metrics.features import FeatureSet


FEATURES, BODIES = "features.npz", "bodies.npz"


def measured_part(inputs: Any, part: str) -> FeatureSet:
    """Features of a part, with its body measures where they are among the inputs."""
    features = stored_features(inputs[f"features/{part}"])
    if f"bodies/{part}" not in inputs:
        return features
    return replace(features, bodies=stored_bodies(inputs[f"bodies/{part}"]))


def stored_features(folder: Path) -> FeatureSet:
    """The features of a featurise artefact, in float64."""
    from metrics.features import FeatureSet

    with np.load(folder / FEATURES, allow_pickle=False) as stored:
        return FeatureSet(
            features=stored["features"].astype(np.float64),
            labels=stored["labels"],
            predicted=stored["predicted"],
        )


def stored_ids(folder: Path) -> list[str]:
    """Clip ids of a featurise artefact, in the order of its features."""
    with np.load(folder / FEATURES, allow_pickle=False) as stored:
        return [str(clip_id) for clip_id in stored["ids"]]


def stored_bodies(folder: Path) -> BodyMeasures:
    """The body measures of a ``measure`` artefact."""
    from metrics.body.measures import BodyMeasures

    with np.load(folder / BODIES, allow_pickle=False) as stored:
        return BodyMeasures.from_arrays({name: stored[name] for name in stored.files})


def judged(folder: Path) -> tuple[str, float]:
    """A judge's name, and how often it is right on the clips of a featurise artefact; NaN where
    there are none."""
    features = stored_features(folder)
    facts: dict[str, Any] = json.loads((folder / "extractor.json").read_text(encoding="utf-8"))
    right = float((features.predicted == features.labels).mean()) if len(features) else float("nan")
    return str(facts["extractor"]), right
