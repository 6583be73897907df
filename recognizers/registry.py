"""Recognizers by name, without importing torch."""

from __future__ import annotations

from typing import Any

from recognizers.graph_networks import GRAPH_NETWORKS
from recognizers.recipes import PROFILES, RECIPES, recipe_of
from skeletons.errors import unknown_name

SUMMARIES = {
    **{name: network.summary for name, network in GRAPH_NETWORKS.items()},
    "st_trans": "ST-Trans, a MobileViT-style spatial-temporal transformer on skeleton images",
}


def recognizer_names() -> dict[str, str]:
    """Name and one-line summary of each recognizer."""
    return dict(SUMMARIES)


def check_recognizer(name: str) -> None:
    """Raise :class:`skeletons.errors.InputError` for a recognizer that does not exist."""
    if name not in SUMMARIES:
        raise unknown_name("recognizer", name, SUMMARIES)


def planned_steps(name: str, profile: str, n_clips: int) -> int:
    """Optimiser steps for a training part of ``n_clips`` real clips, the same in every arm."""
    return recipe_of(name, profile).steps(n_clips)


def recipe(name: str, profile: str) -> dict[str, Any]:
    """The recipe as plain values."""
    return recipe_of(name, profile).state()


__all__ = [
    "PROFILES",
    "RECIPES",
    "check_recognizer",
    "planned_steps",
    "recipe",
    "recognizer_names",
]
