"""A run as frozen data: the command line, a YAML file and Python all make the same object."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from benchmark.arms import Arm
from benchmark.engine.keys import canonical_json
from benchmark.setting import BASE_NOVEL, SETTINGS, STANDARD
from benchmark.spec_checks import CHECKS, NONE, USABLE, plain
from skeletons.errors import InputError, unknown_name

UNTOLD = {"setting": STANDARD, "precision": "32"}
"""Fields that records and keys leave out at these values: they came later."""
DEFAULT_METRICS = ("fid", "accuracy", "diversity", "multimodality")


class RunSpec(BaseModel):
    """Everything that a run's numbers depend on, besides code and data files.

    The command line is made from these fields: a description is the help of its option.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    generator: str = Field(description="Name, or package.module:Class.")
    dataset: str = Field(
        "kinematic12",
        description="Name, pyskl:FILE, humanact12:FOLDER, ntu:FOLDER, pair:FILE.yaml, or "
        "package.module:Class.",
    )
    skeleton: str = Field(
        "",
        description="Name or YAML file of the skeleton of a data set's file; without: its number "
        "of joints decides.",
    )
    data_protocol: str = Field(
        "", description="How the data set chooses train and test clips; without: its first way."
    )
    persons: int = Field(
        1,
        ge=1,
        le=2,
        description="Bodies of a clip of a data set's file: the one or the two of most motion.",
    )
    split: str = Field(
        "full", description="full, <p>pct or <k>shot: training clips that may be seen."
    )
    setting: Literal["standard", "unlabelled", "base-novel"] = Field(
        "standard",
        description="; ".join(f"{name}: {told}" for name, told in SETTINGS.items()) + ".",
    )
    recognizers: tuple[str, ...] = Field(
        ("stgcn++",),
        description="Judged downstream, each in every arm: from `list recognizers`, with @STREAM. "
        "none: metrics only.",
    )
    arms: tuple[str, ...] = Field(
        ("real", "real+synthetic"),
        description="Downstream training sets, with @DOSE: added clips a real one.",
    )
    seeds: int = Field(3, ge=1, description="Trainings of each recognizer and arm.")
    profile: Literal["quick", "paper"] = Field(
        "quick", description="quick (two cores, minutes) or paper (a GPU)."
    )
    settings: dict[str, Any] = Field(
        {}, description="A generator parameter that differs from the profile's."
    )
    metrics: tuple[str, ...] = Field(
        DEFAULT_METRICS, description="Names, groups or all. none: recognizers only, no extractor."
    )
    judges: tuple[str, ...] = Field(
        (),
        description="Networks whose features and labels the metrics use; without: the protocol's.",
    )
    two_sample: tuple[str, ...] = Field(
        (),
        description="Networks that learn to tell the samples from held-out real clips, such as "
        "stgcn++,st_trans.",
    )
    precision: Literal["32", "bf16", "16"] = Field(
        "32",
        description="Bits of the arithmetic in trainings of generators and recognizers, by torch's "
        "autocast; judges keep 32.",
    )
    part: Literal["dev", "test"] = Field(
        "test",
        description="Held-out clips that metrics and recognizers are scored on: dev to choose by, "
        "test once a claim is fixed.",
    )
    protocol: str = Field(
        "skelgen-v2", description="How the metrics draw from the synthetic clips."
    )
    samples: int | None = Field(
        None, ge=2, description="Synthetic clips; without: 600 quick, 3000 paper."
    )
    select: Literal["none", "right", "clear", "new"] = Field(
        "none",
        description="Keep of more drawn clips those that classifiers of the split find right "
        "(right), surest (clear), or right and far from its clips (new).",
    )
    select_from: int = Field(3, ge=2, description="Clips drawn for each one that select keeps.")
    classifiers: tuple[str, ...] = Field(
        ("gru", "stgcn++"), description="Kinds of judges that select asks, trained on the split."
    )
    repetitions: int = Field(20, ge=2, description="Draws of each metric.")
    seed: int = Field(0, ge=0, description="All other seeds derive from it.")
    data_seed: int = Field(0, ge=0, description="Which clips the split takes.")
    generator_seed: int = Field(
        0, ge=0, description="Another training and sampling of the generator, all else alike."
    )
    generator_data: Literal["split", "full", "other"] = Field(
        "split",
        description="full: the generator sees more than the split; other: clips of the other data "
        "set of pair:FILE alone. Rows say so.",
    )
    extractor: str = Field(
        "",
        description="Folder of a judge, or a published checkpoint of a GRU, in place of the data "
        "set's own of its kind.",
    )
    random_state: bool = Field(
        False,
        description="The GRU extractor starts from a random hidden state, as published: noise in "
        "every number.",
    )
    step_budget: Literal["augmented", "real"] = Field(
        "augmented",
        description="Steps of every arm: as for real and synthetic clips (augmented), or as for "
        "the split's real ones.",
    )
    recipe: dict[str, Any] = Field(
        {}, description="An entry of the recognizers' recipes, as run.json shows them."
    )
    weights: dict[str, str] = Field(
        {}, description="Checkpoint that a recognizer's trainings start from, in every arm."
    )
    allow: tuple[str, ...] = Field((), description="Do what is else refused: guide_is_extractor.")
    made_elsewhere: str = Field("", description="Key of clips that `evaluate` took into the store.")

    @field_validator("settings", "recipe", "weights", mode="before")
    @classmethod
    def _plain(cls, value: Any) -> Any:
        if not isinstance(value, Mapping):
            raise ValueError("it is no mapping of names to values")
        try:
            return plain(value)
        except TypeError as error:
            raise ValueError("its names are not all text") from error

    @field_validator("precision", mode="before")
    @classmethod
    def _bits(cls, value: Any) -> Any:
        return str(value) if isinstance(value, int) else value

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

    @field_validator(
        "recognizers", "arms", "metrics", "judges", "two_sample", "allow", "classifiers"
    )
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
        """The fields as plain JSON values; ``setting`` and ``precision`` where they are not the
        usual ones."""
        values = self.model_dump(mode="json")
        for name, usual in UNTOLD.items():
            if values[name] == usual:
                del values[name]
        return values

    @property
    def parsed_arms(self) -> tuple[Arm, ...]:
        """The arms with their doses."""
        return tuple(Arm.parse(name) for name in self.arms)

    @property
    def arithmetic(self) -> str:
        """``precision`` as trainings are told it."""
        return {"32": "float32", "bf16": "bfloat16", "16": "float16"}[self.precision]

    @property
    def recipe_changes(self) -> dict[str, Any]:
        """How recipes differ from the profile's: as ``precision`` and ``recipe`` say."""
        lower = {} if self.precision == "32" else {"precision": self.arithmetic}
        return {**lower, **self.recipe}

    @property
    def seen_split(self) -> str:
        """The labelled training clips as a split; more than ``split`` in ``base-novel``."""
        return f"base+{self.split}" if self.setting == BASE_NOVEL else self.split

    @property
    def hash8(self) -> str:
        """First 8 hex digits of the SHA-256 of all fields as canonical JSON."""
        return hashlib.sha256(canonical_json(self.values()).encode()).hexdigest()[:8]

    @property
    def folder_name(self) -> str:
        """``<dataset>-<split>-<generator>-<hash8>``."""
        return f"{short_name(self.dataset)}-{self.split}-{short_name(self.generator)}-{self.hash8}"

    def resolved(self, *, usable: bool = True) -> RunSpec:
        """The same run with every default written out: what the hash and the stages are made of.

        Args:
            usable: False leaves the generator alone, with its settings as they are given.

        Raises:
            InputError: a name that no registry holds, or a generator parameter that is unknown or
                ill-typed.
            PluginError: somebody's own generator cannot be imported or made.
        """
        values, update = vars(self), dict[str, Any]()
        for check in CHECKS:
            if usable or check is not USABLE:
                update |= check(values)
        return self.model_copy(update=update)


def short_name(name: str) -> str:
    """A registry name as it is, ``package.module:Class`` as ``Class``, ``pyskl:a/b.pkl`` as
    ``b.pkl``; safe in a file name."""
    last = name.rpartition(":")[2].rstrip("/").rpartition("/")[2]
    return re.sub(r"[^A-Za-z0-9._+-]", "_", last)


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
