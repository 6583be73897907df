"""The setting ``base-novel``: how batches are made, and what is scored.

Every arm sees base and novel classes in equal measure: half of each batch are clips of base
classes, half of novel ones, and within a half all clips count alike. ``pretrained`` sees as many of
each, one after the other: clips of base classes in the first half of the steps, of novel ones in
the second, in one training with one learning-rate schedule.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmark.arms import Arm
from benchmark.experiment.artefacts.clips import stored_facts
from recognizers.recipes import Recipe
from skeletons.arrays import BoolArray, IntArray
from skeletons.clips import ClipSet
from skeletons.splits import Split, base_labels

HALF = 0.5


def base_novel_recipe(recipe: Recipe, arm: Arm) -> Recipe:
    """The recipe of an arm, whose ``added`` clips are those of novel classes, or of base ones in
    ``pretrained``."""
    plain = recipe.without_added_clips()
    if arm.kind == "pretrained":
        return replace(plain, synthetic_first=HALF, real_last=HALF)
    return replace(plain, synthetic_share=HALF)


def repeated(clips: ClipSet, which: BoolArray, times: int) -> ClipSet:
    """Clips, and those of a mask ``[N]`` again and again until they are there so many times, under
    ids of their own: so that few real clips weigh as much as many others beside them."""
    again = [clips.select(which)] * (times - 1)
    copies = [
        replace(one, ids=np.asarray([f"{name}#{number}" for name in one.ids], dtype=str))
        for number, one in enumerate(again, start=2)
    ]
    return ClipSet.concatenate([clips, *copies])


def novel_labels(data: Path, parameters: Mapping[str, Any]) -> IntArray | None:
    """Labels of the novel classes, ascending; None for a stage of another setting.

    Args:
        data: a data artefact.
        parameters: of a stage, ``split`` and ``data_seed`` among them where it has any.
    """
    if not Split.parse(parameters.get("split", "full")).base:
        return None
    classes = stored_facts(data)["classes"]
    return np.setdiff1d(np.arange(len(classes)), base_labels(classes, parameters["data_seed"]))
