"""What a run may ask for, and its defaults written out: one check an idea.

A check is a function of the fields that its arguments name and of no others: whoever tries many
runs need ask it once for equal fields, see :mod:`benchmark.experiment.grid_cells`. What it returns
replaces fields of these names.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from benchmark.setting import BASE_NOVEL, UNLABELLED, check_setting
from skeletons.errors import InputError, unknown_name

DEFAULT_SAMPLES = {"quick": 600, "paper": 3000}
NONE = "none"
EXCEPTIONS = {
    "guide_is_extractor": "a guide with the extractor's own weights",
}
"""What ``allow`` can ask for; every table that it touches says so."""

Names = tuple[str, ...]


@dataclass(frozen=True)
class Check:
    """A function that raises :class:`InputError` for what cannot be, and says what fields of a run
    become."""

    function: Callable[..., Mapping[str, Any]]

    @cached_property
    def fields(self) -> Names:
        """The fields that it sees."""
        return tuple(inspect.signature(self.function).parameters)

    def __call__(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Check a run's fields, as :class:`~benchmark.spec.RunSpec` has them."""
        return self.function(**{name: values[name] for name in self.fields})


def plain(value: Mapping[str, Any]) -> dict[str, Any]:
    """A sorted copy in plain JSON values: nobody else's changes reach it, and equal contents are
    equal."""
    copy: dict[str, Any] = json.loads(json.dumps(dict(value), sort_keys=True, default=str))
    return copy


def _data(dataset: str, skeleton: str, persons: int, data_protocol: str) -> Mapping[str, Any]:
    from skeletons.datasets import check_protocol, dataset_named

    source = dataset_named(dataset, skeleton, persons)
    return {"data_protocol": check_protocol(source, data_protocol)}


def _split(split: str) -> Mapping[str, Any]:
    from skeletons.splits import BASE, Split

    if Split.parse(split).base:
        novel = split.removeprefix(BASE)
        raise InputError(f"split '{split}': say --setting {BASE_NOVEL} --split {novel}")
    return {}


def _protocol(protocol: str) -> Mapping[str, Any]:
    from metrics.protocols import protocol_named

    protocol_named(protocol)
    return {}


def _metrics(metrics: Names) -> Mapping[str, Any]:
    from metrics.registry import check_metrics, expanded

    names = expanded(metrics)
    check_metrics(names)
    return {"metrics": names}


def _allowed(allow: Names) -> Mapping[str, Any]:
    for name in allow:
        if name not in EXCEPTIONS:
            raise unknown_name("exception", name, EXCEPTIONS)
    return {}


def _recognizers(recognizers: Names, profile: str, recipe: Mapping[str, Any]) -> Mapping[str, Any]:
    from recognizers.registry import check_recognizer, recipe_for

    names = tuple(check_recognizer(name) for name in recognizers)
    for place, name in enumerate(names):
        if name in names[:place]:
            raise InputError(f"recognizer '{name}' is asked for twice")
        recipe_for(name, profile, recipe)
    return {"recognizers": names}


def _judges(
    judges: Names, metrics: Names, protocol: str, extractor: str, random_state: bool
) -> Mapping[str, Any]:
    """The judges asked for, or the protocol's, in the order of tables."""
    from metrics.protocols import protocol_named

    chosen: Names = ()
    if metrics:
        chosen = _known_judges(judges or protocol_named(protocol).judges, extractor)
    if random_state and "gru" not in chosen:
        raise InputError(
            "random_state is a property of the judge gru, which this run does not ask: take "
            "--judges gru"
        )
    return {"judges": chosen}


def _known_judges(judges: Names, extractor: str) -> Names:
    from recognizers.extractors.kinds import KINDS, kind_at

    for name in judges:
        if name not in KINDS:
            raise unknown_name("judge", name, KINDS)
    if extractor and (kind := kind_at(Path(extractor))) not in judges:
        raise InputError(
            f"extractor '{extractor}' is a {kind}, and this run's judges are "
            f"{', '.join(judges)}: take --judges {kind}"
        )
    return judges


def _weights(recognizers: Names, weights: Mapping[str, str]) -> Mapping[str, Any]:
    from recognizers.registry import check_recognizer, parts_of

    trained = {part for name in recognizers for part in parts_of(check_recognizer(name))}
    for name in weights:
        if name not in trained:
            raise unknown_name("recognizer with weights", name, trained)
    return {}


def _arms(recognizers: Names, arms: Names) -> Mapping[str, Any]:
    if recognizers and not arms:
        raise InputError("recognizers without arms train on nothing: name arms such as real")
    return {}


def _two_sample(two_sample: Names) -> Mapping[str, Any]:
    from recognizers.registry import check_recognizer, parts_of, recognizer_names

    names = tuple(check_recognizer(name) for name in two_sample)
    for name in names:
        if parts_of(name) != {name: 1} or name not in recognizer_names():
            known = ", ".join(recognizer_names())
            raise InputError(f"two_sample '{name}': take one of {known}, of one stream")
    return {"two_sample": names}


def _recipe(recipe: Mapping[str, Any], recognizers: Names) -> Mapping[str, Any]:
    if recipe and not recognizers:
        raise InputError("a recipe is how recognizers are trained, and none is asked for")
    return {}


def _selection(
    select: str, classifiers: Names, made_elsewhere: str, protocol: str
) -> Mapping[str, Any]:
    from metrics.protocols import protocol_named
    from recognizers.extractors.kinds import KINDS

    for name in classifiers:
        if name not in KINDS:
            raise unknown_name("classifier", name, KINDS)
    if select == NONE:
        return {}
    if not classifiers:
        raise InputError(f"select {select} asks classifiers: name some of {', '.join(KINDS)}")
    if made_elsewhere:
        raise InputError("select draws clips anew, and clips made elsewhere are what they are")
    if protocol_named(protocol).draw == "fresh":
        raise InputError(
            f"protocol {protocol} draws new clips in each repetition, select keeps some of one "
            "pool: take skelgen-v2"
        )
    return {}


def _setting(
    setting: str,
    arms: Names,
    generator_data: str,
    made_elsewhere: str,
    select: str,
    recipe: Mapping[str, Any],
    split: str,
) -> Mapping[str, Any]:
    check_setting(
        {
            "setting": setting,
            "arms": arms,
            "generator_data": generator_data,
            "made_elsewhere": made_elsewhere,
            "select": select,
            "recipe": recipe,
            "split": split,
        }
    )
    return {}


def _other_data(dataset: str, generator_data: str, metrics: Names) -> Mapping[str, Any]:
    """What a generator that learns from another data set cannot be asked."""
    from metrics.registry import expanded, metric_named
    from skeletons.datasets.pair import WORD

    if generator_data != "other":
        return {}
    if not dataset.startswith(f"{WORD}:"):
        raise InputError(
            f"generator_data other: '{dataset}' is one data set: take {WORD}:FILE.yaml, which says "
            "what two have in common"
        )
    of_memory = [name for name in expanded(metrics) if metric_named(name).against == "split"]
    if of_memory:
        raise InputError(
            f"generator_data other: {', '.join(of_memory)} ask what of the split the generator has "
            "learnt by heart, and it has seen none of it: leave them out"
        )
    return {}


def _samples(samples: int | None, profile: str) -> Mapping[str, Any]:
    return {"samples": samples or DEFAULT_SAMPLES[profile]}


def _made_elsewhere(
    made_elsewhere: str,
    generator: str,
    settings: Mapping[str, Any],
    generator_seed: int,
    samples: int | None,
    protocol: str,
) -> Mapping[str, Any]:
    """Clips made elsewhere, whose generator is but a name."""
    from generators.registry import generator_names
    from metrics.protocols import protocol_named

    if not made_elsewhere:
        return {}
    if settings or generator_seed or samples is None:
        raise InputError("clips made elsewhere have no settings and no seed, and a number")
    if generator in generator_names():
        raise InputError(
            f"'{generator}' is a generator of this suite: give your clips another --name"
        )
    if protocol_named(protocol).draw == "fresh":
        raise InputError(
            f"protocol {protocol} draws new clips in each repetition: clips made "
            "elsewhere are what they are; take skelgen-v2"
        )
    return {}


def _settings(
    generator: str, profile: str, settings: Mapping[str, Any], made_elsewhere: str, setting: str
) -> Mapping[str, Any]:
    """The generator's parameters in full."""
    from generators.registry import check_sees_unlabelled, check_usable

    if made_elsewhere:
        return {"settings": {}}
    if setting == UNLABELLED:
        check_sees_unlabelled(generator)
    return {"settings": plain(check_usable(generator, profile, settings))}


USABLE = Check(_settings)
"""The one that imports and makes a generator of somebody's own; :class:`PluginError` if it cannot
be."""
_FUNCTIONS: tuple[Callable[..., Mapping[str, Any]], ...] = (
    _data, _split, _protocol, _metrics, _allowed, _recognizers, _judges, _weights, _arms,
    _two_sample, _recipe, _selection, _setting, _other_data, _samples, _made_elsewhere,
)  # fmt: skip
CHECKS = (*map(Check, _FUNCTIONS), USABLE)
"""In the order in which they speak."""
