"""Recognizers by name, without importing torch: built in, an entry point, ``package.module:Class``,
or PYSKL's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from recognizers.names import PYSKL, STREAMS, RecognizerName
from recognizers.networks.catalogue import NETWORKS, Network
from recognizers.recipe_table import recipe_of, recipe_of_any
from recognizers.recipes import PROFILES, Recipe, changed
from skeletons.arrays import Float32Array
from skeletons.errors import InputError, unknown_name
from skeletons.layouts import SMPL24
from skeletons.plugins import imported, lines_about, target_of
from skeletons.skeleton import Skeleton

if TYPE_CHECKING:
    from torch import nn

KIND = "recognizer"

ST_TRANS = "st_trans"

NO_CHANGES: Mapping[str, Any] = MappingProxyType({})

SUMMARIES = {
    **{name: network.summary for name, network in NETWORKS.items()},
    ST_TRANS: "ST-Trans, a MobileViT-style spatial-temporal transformer on skeleton images",
}


def recognizer_names() -> dict[str, str]:
    """Name and one-line summary of each native recognizer."""
    return dict(SUMMARIES)


def offered_names() -> dict[str, str]:
    """All names and patterns that can be asked for, each with a line about it."""
    from recognizers.pyskl.networks import PYSKL_NETWORKS

    return {
        **lines_about(KIND, SUMMARIES),
        "NAME@STREAM": f"the same on another stream: {', '.join(STREAMS)}",
        "NAME@2s, NAME@4s": "one network a stream, their scores added: joint and bone, or all four",
        "pyskl:NAME": f"PYSKL's own network, where `doctor` finds one: {', '.join(PYSKL_NETWORKS)}",
        "package.module:Class": "yours: Class(classes, skeleton) takes clips [N, M, T, V, C]",
    }


def check_recognizer(text: str) -> str:
    """The name in one way of writing it.

    Raises:
        InputError: there is no such recognizer or stream, PYSKL is asked for and not there, or a
            class cannot be imported.
    """
    name = RecognizerName.parse(text)
    if name.backend == PYSKL:
        from recognizers.pyskl.availability import chosen_way
        from recognizers.pyskl.networks import PYSKL_NETWORKS

        if name.network not in PYSKL_NETWORKS:
            raise unknown_name("PYSKL network", name.network, PYSKL_NETWORKS)
        chosen_way(recognizer=name.text)
    elif name.network not in SUMMARIES:
        for profile in PROFILES:
            recipe_for(text, profile)
    for stream in name.streams:
        if stream not in streams_of(name):
            raise InputError(
                f"recognizer '{name.base}' has no stream '{stream}', only "
                f"{', '.join(streams_of(name))}"
            )
    return name.text


def parts_of(text: str) -> dict[str, int]:
    """The recognizers, one a stream, whose scores make up this one, and the weights of the scores;
    itself for a single stream."""
    return {part.text: weight for part, weight in RecognizerName.parse(text).parts.items()}


def streams_of(name: RecognizerName) -> tuple[str, ...]:
    """The streams that a network can be shown."""
    if name.network == ST_TRANS:
        return ("joint",)
    network = NETWORKS.get(name.network)
    return tuple(STREAMS) if network is None else network.streams


def recipe(text: str, profile: str, changes: Mapping[str, Any] = NO_CHANGES) -> dict[str, Any]:
    """The recipe as plain values, with the streams and the weights of their scores."""
    state = recipe_for(text, profile, changes).state()
    name = RecognizerName.parse(text)
    return state | {"streams": {part.streams[0]: weight for part, weight in name.parts.items()}}


def recipe_for(text: str, profile: str, changes: Mapping[str, Any] = NO_CHANGES) -> Recipe:
    """How a recognizer is trained. PYSKL's networks take the recipes of ours (slim only where they
    can be), a class that of
    ST-GCN++ but for what its attribute ``recipes`` says of the profile: ``{"quick": {"batch":
    32}}``.

    Args:
        changes: entries that differ, ``{"frames": 52, "optimisation.learning_rate": 0.1}``.

    Raises:
        InputError: an unknown profile or recognizer, or a recipe with unknown entries.
    """
    name = RecognizerName.parse(text)
    if name.backend == PYSKL:
        from recognizers.pyskl.networks import slim_sizes

        chosen = recipe_of(name.network, profile)
        if profile == "quick":
            chosen = replace(chosen, model=slim_sizes(name.network))
    elif name.network in SUMMARIES:
        chosen = recipe_of(name.network, profile)
    else:
        own = getattr(class_of(name.network), "recipes", {}).get(profile, {})
        chosen = changed(recipe_of_any(profile), own, f"recipe of {name.network}")
    if (network := _network_of(name)) is not None and len(name.streams) == 1:
        chosen = replace(chosen, model=chosen.model | network.sizes_of(name.streams[0]))
    chosen = changed(chosen, changes, "recipe")
    _check_use_of_added_clips(name, chosen)
    if any(key.startswith("model") for key in changes):
        _check_buildable(name, chosen.model)
    return chosen


def identity(text: str) -> dict[str, Any]:
    """What a result hangs on beyond our own code: the version of PYSKL and the way it is run."""
    if RecognizerName.parse(text).backend != PYSKL:
        return {}
    from recognizers.pyskl.availability import identity as found

    return {PYSKL: found()}


def source_modules(text: str) -> list[str]:
    """Modules in which begins what is particular to a recognizer: its network."""
    name = RecognizerName.parse(text)
    if name.backend == PYSKL:
        return ["recognizers.pyskl.in_process", "recognizers.pyskl.job"]
    if name.network == ST_TRANS:
        return ["recognizers.networks.st_trans"]
    network = NETWORKS.get(name.network)
    if network is not None:
        return [f"recognizers.networks.{network.module}"]
    return [class_of(name.network).__module__]


def draws_its_stream(name: RecognizerName) -> bool:
    """Whether a network makes its stream itself, from the joints."""
    network = _network_of(name)
    return network is not None and network.stream_sizes is not None


def can_start_from_weights(name: RecognizerName) -> bool:
    """Whether given weights can be told to fit its network: one of ours, or PYSKL's of it."""
    return name.network in NETWORKS


def build_network(
    name: RecognizerName, classes: int, skeleton: Skeleton, sizes: Mapping[str, Any]
) -> nn.Module:
    """A fresh network of one stream: for clips ``[N, M, T, V, C]`` of a skeleton, ST-Trans for
    images.

    Raises:
        InputError: a size that it does not have, or a class that makes no network.
    """
    from torch import nn

    if name.backend == PYSKL:
        from recognizers.pyskl.in_process import build

        return build(name.network, classes, skeleton.single, sizes)
    if name.network == ST_TRANS:
        from recognizers.networks.st_trans import STTrans, STTransConfig

        return STTrans(STTransConfig(classes, **sizes))
    if name.network in NETWORKS:
        return NETWORKS[name.network].build(classes, skeleton, sizes)
    made = class_of(name.network)(classes, skeleton.single)
    if not isinstance(made, nn.Module):
        raise InputError(f"recognizer '{name.network}' makes a {type(made).__name__}, no nn.Module")
    return made


def trainer_elsewhere(text: str) -> Callable[..., Float32Array] | None:
    """What trains and scores a recognizer in a job of its own; None where this process does."""
    name = RecognizerName.parse(text)
    if name.backend != PYSKL:
        return None
    from recognizers.pyskl.availability import chosen_way

    found = chosen_way(recognizer=text)
    if found.way != "job":
        return None
    from recognizers.pyskl.job import train_and_score_job

    return partial(train_and_score_job, name.network, name.streams[0], job=found)


def _check_use_of_added_clips(name: RecognizerName, asked: Recipe) -> None:
    """Refuse what a recognizer's own training, or its network, cannot do with added clips."""
    alike = {
        f"synthetic_weight = {asked.synthetic_weight:g}": (
            asked.synthetic_weight != 1.0,
            "all clips weigh the same",
        ),
        f"synthetic_norm = {asked.synthetic_norm}": (
            asked.synthetic_norm != "shared",
            "all clips share the norms",
        ),
        f"synthetic_labels = {asked.synthetic_labels}": (
            asked.synthetic_labels != "asked",
            "a clip has one class",
        ),
        f"synthetic_online = {asked.synthetic_online}": (
            asked.synthetic_online != 0,
            "clips are files that lie there before it begins",
        ),
    }
    for entry, (is_asked, known) in alike.items():
        if is_asked and trainer_elsewhere(name.text) is not None:
            raise InputError(
                f"recipe: {entry}: {name.text} is trained by PYSKL itself, for whom {known}"
            )
    if asked.synthetic_norm == "own" and name.network in SUMMARIES and not name.backend:
        from recognizers.auxiliary_norms import norms_of, without_norms

        if not norms_of(build_network(name, 2, SMPL24, asked.model)):
            raise InputError(without_norms(name.text))


def _network_of(name: RecognizerName) -> Network | None:
    """The row of a network of ours."""
    return None if name.backend else NETWORKS.get(name.network)


def class_of(network: str) -> Any:
    """The class behind an entry point or ``package.module:Class``.

    Raises:
        InputError: there is none, or it cannot be imported.
    """
    target = target_of(KIND, network, {}, [*SUMMARIES, f"{PYSKL}:stgcn++"])
    return imported(KIND, network, target)


_NOT_BUILDABLE = (
    ArithmeticError, AssertionError, LookupError, RuntimeError, TypeError, ValueError
)  # fmt: skip
"""What layers raise for sizes that do not fit each other."""


def _check_buildable(name: RecognizerName, sizes: Mapping[str, Any]) -> None:
    """Try sizes that somebody asked for; :class:`InputError` where no network has them."""
    try:
        build_network(name, 2, SMPL24, sizes)
    except _NOT_BUILDABLE as error:
        asked = ", ".join(f"{size}={value}" for size, value in sizes.items())
        text = " ".join(str(error).split())
        raise InputError(f"recipe: no {name.network} can be built with {asked}: {text}") from error
