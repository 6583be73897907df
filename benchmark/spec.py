"""A run as frozen data: the command line, a YAML file and Python all make the same object."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_serializer,
    field_validator,
)

from benchmark.arms import Arm
from benchmark.engine.keys import canonical_json
from skeletons.errors import InputError, unknown_name

PROFILES = {
    "quick": "two CPU cores, minutes",
    "paper": "one GPU",
}
DEFAULT_SAMPLES = {"quick": 600, "paper": 3000}
NONE = "none"
DEFAULT_METRICS = ("fid", "accuracy", "diversity", "multimodality")
LATER_FIELDS = (
    "generator_seed",
    "generator_data",
    "extractor",
    "random_state",
    "allow",
    "step_budget",
    "recipe",
    "weights",
)
"""Fields that came after runs were published: they count in a run's hash only where they are not at
their default, so that names stay as they were."""
EXCEPTIONS = {
    "same_architecture": "a recognizer of the extractor's own architecture",
    "guide_is_extractor": "a guide with the extractor's own weights",
}
"""What ``allow`` can ask for; every table that it touches says so."""


class RunSpec(BaseModel):
    """Everything that a run's numbers depend on, besides code and data files.

    Attributes:
        generator: name, or ``package.module:Class``.
        dataset: name, or ``package.module:Class``.
        data_protocol: how the data set chooses train and test; ``""`` is its default.
        split: ``full``, ``<p>pct`` or ``<k>shot``: the training clips that may be seen.
        recognizers: judged downstream, each in every arm; ``none`` alone, or nothing, is a run of
            metrics only.
        arms: downstream training sets.
        seeds: trainings of each recognizer in each arm.
        profile: size of models and length of trainings.
        settings: generator parameters that differ from the profile's.
        metrics: names of metrics or of groups of them; ``none`` alone, or nothing, is a run of
            recognizers only, without an extractor.
        protocol: how the metrics draw from the synthetic clips.
        samples: synthetic clips made; None is the profile's number.
        repetitions: draws of each metric.
        seed: from which every other seed is derived.
        data_seed: which clips a split takes.
        generator_seed: another training and sampling of the generator, everything else the same.
        generator_data: ``split``, or ``full``: the generator also sees the training clips that the
            split leaves out, and every row says so.
        extractor: folder of an extractor, or a published checkpoint of the protocol's kind; ``""``
            is the data set's own.
        random_state: the GRU extractor starts from a random hidden state, as the published
            evaluator does, which adds its noise to every number.
        step_budget: every arm trains for as many steps as the recipe gives real and synthetic clips
            together (``augmented``), or the split's ``real`` clips alone.
        recipe: entries of the recognizers' recipes that differ from the profile's, such as
            ``optimisation.learning_rate``.
        weights: file that each of these recognizers' trainings starts from, in every arm.
        allow: what would else be refused, keys of :data:`EXCEPTIONS`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    generator: str
    dataset: str = "kinematic12"
    data_protocol: str = ""
    split: str = "full"
    recognizers: tuple[str, ...] = ("stgcn++",)
    arms: tuple[str, ...] = ("real", "real+synthetic")
    seeds: int = Field(default=3, ge=1)
    profile: Literal["quick", "paper"] = "quick"
    settings: tuple[tuple[str, Any], ...] = ()
    metrics: tuple[str, ...] = DEFAULT_METRICS
    protocol: str = "skelgen-v1"
    samples: int | None = Field(default=None, ge=2)
    repetitions: int = Field(default=20, ge=2)
    seed: int = Field(default=0, ge=0)
    data_seed: int = Field(default=0, ge=0)
    generator_seed: int = Field(default=0, ge=0)
    generator_data: Literal["split", "full"] = "split"
    extractor: str = ""
    random_state: bool = False
    step_budget: Literal["augmented", "real"] = "augmented"
    recipe: tuple[tuple[str, Any], ...] = ()
    weights: tuple[tuple[str, str], ...] = ()
    allow: tuple[str, ...] = ()

    @field_validator("weights", mode="before")
    @classmethod
    def _one_file_each(cls, value: Any) -> Any:
        if not isinstance(value, Mapping | tuple):
            raise ValueError("it is no mapping of recognizers to files")
        pairs = value.items() if isinstance(value, Mapping) else value
        return tuple(sorted((str(name), str(path)) for name, path in pairs))

    @field_serializer("weights")
    def _files_by_recognizer(self, value: tuple[tuple[str, str], ...]) -> dict[str, str]:
        return dict(value)

    @field_validator("settings", "recipe", mode="before")
    @classmethod
    def _freeze_settings(cls, value: Any) -> Any:
        if not isinstance(value, Mapping | tuple):
            raise ValueError("it is no mapping of parameters")
        pairs = value.items() if isinstance(value, Mapping) else value
        frozen = {str(key): _frozen(item) for key, item in pairs}
        return tuple(sorted(frozen.items(), key=lambda pair: pair[0]))

    @field_serializer("settings", "recipe")
    def _thaw_settings(self, value: tuple[tuple[str, Any], ...]) -> dict[str, Any]:
        return {key: _thawed(item) for key, item in value}

    @field_validator("recognizers", "metrics", mode="before")
    @classmethod
    def _none_is_nothing(cls, value: Any) -> Any:
        names = [value] if value == NONE else value
        if isinstance(names, list | tuple) and NONE in names:
            if len(names) > 1:
                raise ValueError(f"'{NONE}' stands alone, other names are given")
            return ()
        return value

    @field_validator("arms")
    @classmethod
    def _one_way_of_writing(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        try:
            return tuple(Arm.parse(name).name for name in value)
        except InputError as error:
            raise ValueError(str(error)) from error

    @field_validator("recognizers", "arms", "metrics", "allow")
    @classmethod
    def _no_repeats(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for place, name in enumerate(value):
            if name in value[:place]:
                raise ValueError(f"'{name}' is given twice")
        return value

    @classmethod
    def parse(cls, values: Mapping[str, Any], where: str = "run") -> RunSpec:
        """The spec of plain values.

        Raises:
            InputError: an unknown field (with the nearest known one) or an ill-typed value.
        """
        for key in values:
            if key not in cls.model_fields:
                raise unknown_name(f"{where} option", str(key), cls.model_fields)
        try:
            return cls.model_validate(dict(values))
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"]) or "spec"
            message = first["msg"].removeprefix("Value error, ")
            raise InputError(f"{where}: {place}: {message}") from error

    @classmethod
    def read(cls, path: Path) -> RunSpec:
        """The spec that a YAML file holds as one mapping of fields."""
        return cls.parse(read_yaml_mapping(path), str(path))

    def values(self) -> dict[str, Any]:
        """The fields as plain JSON values."""
        return self.model_dump(mode="json")

    @property
    def parameters(self) -> dict[str, Any]:
        """The generator's settings as a dictionary."""
        return self._thaw_settings(self.settings)

    @property
    def recipe_changes(self) -> dict[str, Any]:
        """The changes of the recipes as a dictionary."""
        return self._thaw_settings(self.recipe)

    @property
    def hash8(self) -> str:
        """First 8 hex digits of the SHA-256 of the fields as canonical JSON, but for
        :data:`LATER_FIELDS` at their default."""
        plain = {
            name: value
            for name, value in self.values().items()
            if name not in LATER_FIELDS
            or getattr(self, name) != type(self).model_fields[name].default
        }
        return hashlib.sha256(canonical_json(plain).encode()).hexdigest()[:8]

    @property
    def folder_name(self) -> str:
        """``<dataset>-<split>-<generator>-<hash8>``."""
        return f"{short_name(self.dataset)}-{self.split}-{short_name(self.generator)}-{self.hash8}"

    def resolved(self) -> RunSpec:
        """The same run with every default written out: what the hash and the stages are made of.

        Raises:
            InputError: a name that no registry holds, or a generator parameter that is unknown or
                ill-typed.
        """
        from generators.registry import check_generator
        from metrics.evaluation.protocols import protocol_named
        from metrics.registry import check_metrics, expanded
        from recognizers.names import RecognizerName
        from recognizers.registry import check_recognizer, parts_of, recipe_for
        from skeletons.datasets import check_protocol, dataset_named
        from skeletons.splits import Split

        data_protocol = check_protocol(dataset_named(self.dataset), self.data_protocol)
        Split.parse(self.split)
        protocol = protocol_named(self.protocol)
        metrics = expanded(self.metrics)
        check_metrics(metrics)
        for name in self.allow:
            if name not in EXCEPTIONS:
                raise unknown_name("exception", name, EXCEPTIONS)
        recognizers = tuple(check_recognizer(name) for name in self.recognizers)
        for place, name in enumerate(recognizers):
            if name in recognizers[:place]:
                raise InputError(f"recognizer '{name}' is asked for twice")
            recipe_for(name, self.profile, self.recipe_changes)
            network = RecognizerName.parse(name).network
            if network == protocol.extractor and "same_architecture" not in self.allow:
                raise InputError(
                    f"recognizer '{name}' has the architecture of the extractor that judges the "
                    "samples, so what it gains can be what the extractor likes: take another, or "
                    "ask for it with --allow same_architecture"
                )
        if self.random_state and protocol.extractor != "gru":
            raise InputError(
                f"random_state is a property of the GRU extractor, protocol {protocol.name} has "
                f"another: take --protocol action2motion-2020"
            )
        trained = {part for name in recognizers for part in parts_of(name)}
        for name, _ in self.weights:
            if name not in trained:
                raise unknown_name("recognizer with weights", name, trained)
        return self.model_copy(
            update={
                "data_protocol": data_protocol,
                "recognizers": recognizers,
                "metrics": metrics,
                "samples": self.samples or DEFAULT_SAMPLES[self.profile],
                "settings": self._freeze_settings(
                    check_generator(self.generator, self.profile, self.parameters)
                ),
            }
        )


def short_name(name: str) -> str:
    """A registry name as it is, ``package.module:Class`` as ``Class``; safe in a file name."""
    return re.sub(r"[^A-Za-z0-9._+-]", "_", name.rpartition(":")[2])


def read_yaml_mapping(path: Path, what: str = "run options") -> dict[str, Any]:
    """A YAML file that holds one mapping of ``what``; :class:`InputError` says why it does not."""
    import yaml

    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(content, dict):
        raise InputError(f"{path} does not hold a mapping of {what}")
    return content


def parse_settings(pairs: tuple[str, ...] | list[str], option: str = "--set") -> dict[str, Any]:
    """``key=value`` texts as a dictionary; values are YAML (``5``, ``true``, ``[1, 2]``)."""
    import yaml

    settings: dict[str, Any] = {}
    for pair in pairs:
        key, equals, text = pair.partition("=")
        key = key.strip()
        if not equals or not key:
            raise InputError(f"{option} takes key=value, '{pair}' is not that")
        if key in settings:
            raise InputError(f"{option} gives '{key}' twice")
        try:
            value = yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise InputError(f"{option} {key}: '{text}' is not a YAML value") from error
        settings[key] = as_meant(value)
    return settings


def as_meant(value: Any) -> Any:
    """A parameter's value from YAML 1.1, which takes ``1e-4`` for text, since it has no point."""
    if isinstance(value, str) and re.fullmatch(r"[-+]?\d+[eE][-+]?\d+", value):
        return float(value)
    return value


def _frozen(value: Any) -> Any:
    """A hashable form: lists become tuples, mappings become marked tuples of sorted pairs."""
    if isinstance(value, Mapping):
        return _Mapping(sorted((str(key), _frozen(item)) for key, item in value.items()))
    if isinstance(value, _Mapping):
        return value
    if isinstance(value, list | tuple):
        return tuple(_frozen(item) for item in value)
    return value


def _thawed(value: Any) -> Any:
    """The JSON form of what :func:`_frozen` made."""
    if isinstance(value, _Mapping):
        return {key: _thawed(item) for key, item in value}
    if isinstance(value, tuple):
        return [_thawed(item) for item in value]
    return value


class _Mapping(tuple[tuple[str, Any], ...]):
    """Sorted pairs that stand for a mapping inside the settings."""

    __slots__ = ()
