"""What kinds of stages a run is made of: the function of each, its cost, and the code it runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from benchmark.engine.graph import Stage
from benchmark.engine.keys import CodeBase

CODE = CodeBase(
    packages=("skeletons", "recognizers", "generators", "metrics", "benchmark"),
    boundaries=(
        "benchmark.engine",
        "recognizers.resuming",
        "generators.registry",
        "recognizers.registry",
        "recognizers.networks.catalogue",
        "recognizers.extractors.kinds",
        "metrics.registry",
    ),
)
"""Registries are boundaries: a class that is found by name counts by its own module."""

_ARRAYS = ("numpy",)
_NETWORKS = (*_ARRAYS, "torch", "safetensors")
_STAGES = "benchmark.experiment.stages"


Parameters = Mapping[str, Any]


def _of_the_dataset(parameters: Parameters) -> Iterable[str]:
    from skeletons.datasets import dataset_named, source_modules

    dataset = dataset_named(
        parameters["dataset"], parameters.get("skeleton", ""), parameters.get("persons", 1)
    )
    return source_modules(dataset)


def _of_the_generator(parameters: Parameters) -> Iterable[str]:
    from generators.registry import source_modules

    return source_modules(parameters["generator"])


def _of_the_extractor(parameters: Parameters) -> Iterable[str]:
    from recognizers.extractors.kinds import source_modules

    return source_modules(parameters["kind"])


def _of_the_classifiers(parameters: Parameters) -> Iterable[str]:
    from recognizers.extractors.kinds import source_modules

    return [module for kind in parameters["classifiers"] for module in source_modules(kind)]


def _of_the_metrics(parameters: Parameters) -> Iterable[str]:
    from metrics.registry import source_module

    names = parameters["spec"]["metrics"] if "spec" in parameters else parameters["metrics"]
    return [source_module(name) for name in names]


def _of_the_recognizer(parameters: Parameters) -> Iterable[str]:
    from recognizers.registry import source_modules

    return source_modules(parameters["recognizer"])


def _of_the_recognizer_and_what_draws(parameters: Parameters) -> Iterable[str]:
    from generators.registry import source_modules

    return [*_of_the_recognizer(parameters), *source_modules(parameters["drawn_by"])]


@dataclass(frozen=True)
class Kind:
    """A kind of stage.

    Attributes:
        target: its function, ``module:function`` below ``benchmark.experiment.stages``.
        libraries: installed distributions whose version counts.
        weight: expected cost on two cores, for the order of work and the time left.
        modules: where code begins that is found by a name among the parameters.
    """

    target: str
    libraries: tuple[str, ...]
    weight: float
    modules: Callable[[Parameters], Iterable[str]] = lambda parameters: ()

    @property
    def module(self) -> str:
        """The module of its function, where its code begins."""
        return f"{_STAGES}.{self.target.partition(':')[0]}"


KINDS = {
    "data": Kind("data:load", (*_ARRAYS, "scikit-learn"), 4, _of_the_dataset),
    "pretrain": Kind("pretrain:pretrain", _NETWORKS, 100, _of_the_extractor),
    "adopt": Kind("adopt:adopt", _NETWORKS, 2, _of_the_extractor),
    "fit": Kind("fit:fit", (*_NETWORKS, "diffusers"), 100, _of_the_generator),
    "foreign": Kind("foreign:take_over", _ARRAYS, 2),
    "cut": Kind("foreign:cut", _ARRAYS, 1),
    "sample": Kind("sample:sample", (*_NETWORKS, "diffusers"), 15, _of_the_generator),
    "classifier": Kind("select:train", _NETWORKS, 40, _of_the_extractor),
    "select": Kind("select:keep", (*_NETWORKS, "scipy"), 6, _of_the_classifiers),
    "represent": Kind("represent:represent", (*_NETWORKS, "diffusers"), 3, _of_the_generator),
    "featurise": Kind("featurise:featurise", _NETWORKS, 4, _of_the_extractor),
    "measure": Kind("measure:measure", (*_ARRAYS, "scipy"), 4),
    "score": Kind("score:score", (*_ARRAYS, "scipy", "scikit-learn"), 2, _of_the_metrics),
    "downstream": Kind("downstream:train", (*_NETWORKS, "scipy"), 30, _of_the_recognizer),
    "downstream_online": Kind(
        "downstream_online:train",
        (*_NETWORKS, "scipy", "diffusers"),
        30,
        _of_the_recognizer_and_what_draws,
    ),
    "teacher": Kind("soft_labels:teach", (*_NETWORKS, "scipy"), 30, _of_the_recognizer),
    "soft_labels": Kind("soft_labels:label", _NETWORKS, 3, _of_the_recognizer),
    "pseudo_labels": Kind("pseudo_labels:label", (*_NETWORKS, "scipy"), 30, _of_the_recognizer),
    "two_sample": Kind(
        "two_sample:test", (*_NETWORKS, "scipy", "scikit-learn"), 60, _of_the_recognizer
    ),
    "weights": Kind("weights:keep", _NETWORKS, 1),
    "fuse": Kind("fuse:fuse", _ARRAYS, 1),
    "tables": Kind("tables:write", (*_ARRAYS, "scipy", "pandas"), 3, _of_the_metrics),
    "pictures": Kind(
        "pictures:draw",
        (*_ARRAYS, "scipy", "matplotlib", "pillow"),
        8,
        _of_the_metrics,
    ),
}


def stage_of(
    name: str,
    kind: str,
    parameters: Parameters,
    inputs: Mapping[str, str] | None = None,
    *,
    series: Mapping[str, tuple[str, ...]] | None = None,
    required: tuple[str, ...] | None = None,
) -> Stage:
    """A stage of a kind; the code that it runs follows from its kind and parameters."""
    what = KINDS[kind]
    return Stage(
        name=name,
        kind=kind,
        target=f"{_STAGES}.{what.target}",
        parameters=parameters,
        inputs=inputs or {},
        series=series or {},
        code=CODE.version((what.module, *what.modules(parameters)), what.libraries),
        weight=what.weight,
        required=required,
        uses_device="torch" in what.libraries,
    )


def code_of_part(modules: Iterable[str]) -> str:
    """Version of the code that a shared part of a fit hangs on."""
    return CODE.version(modules, KINDS["fit"].libraries)
