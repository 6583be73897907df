"""What a field of a sweep's file may say of others: ``${split}``, and ``5 per real clip``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from benchmark.experiment.changes import FIELDS, SETTINGS, as_label
from benchmark.spec import RunSpec
from skeletons.errors import InputError, unknown_name

SAMPLES = "samples"
_REFERENCE = re.compile(r"\$\{([^{}]*)\}")
_PER_CLIP = re.compile(r"(\d+(?:\.\d+)?) per real clips?")
DATA_FIELDS = ("dataset", "skeleton", "persons", "data_protocol", "split", "data_seed")
"""Fields that the number of a split's clips hangs on."""
ENTRIES = {"set": SETTINGS, "recipe": "recipe"}
"""First word of ``set.KEY`` and ``recipe.KEY``, and the field of a run that it is an entry of."""

CountClips = Callable[[Mapping[str, Any]], int]
"""How many clips the split of a run has, by :data:`DATA_FIELDS`."""


def place_of(name: str, where: str) -> tuple[str, str]:
    """Field and entry of ``split``, ``set.KEY`` or ``recipe.KEY``; the entry of a field is empty.

    Raises:
        InputError: an unknown field; the nearest known one.
    """
    first, dot, entry = name.partition(".")
    if dot and entry and first in ENTRIES:
        return ENTRIES[first], entry
    if name not in FIELDS:
        raise unknown_name(f"run option of {where}", name, (*FIELDS, "set.KEY", "recipe.KEY"))
    return name, ""


def fields_named_in(field: str, value: Any) -> Iterator[str]:
    """The fields of a run that a field's value speaks of."""
    if isinstance(value, str):
        if field == SAMPLES and _PER_CLIP.fullmatch(value):
            yield from DATA_FIELDS
        for match in _REFERENCE.finditer(value):
            yield place_of(match[1], f"'{value}'")[0]
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from fields_named_in("", one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from fields_named_in("", one)


class Filled(Mapping[str, Any]):
    """Fields of a run with what they say of others put in, each when it is asked for."""

    def __init__(self, fields: Mapping[str, Any], count_clips: CountClips) -> None:
        self._fields = fields
        self._count_clips = count_clips
        self._asked: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __getitem__(self, name: str) -> Any:
        """The value of a field.

        Raises:
            InputError: a reference to an unknown field, or to itself.
        """
        value = self._fields[name]
        if next(fields_named_in(name, value), None) is None:
            return value
        return self._filled(name, value)

    def _filled(self, name: str, value: Any) -> Any:
        """A field's value, or an entry's, with references put in."""
        if name in self._asked:
            round_about = " -> ".join(f"${{{one}}}" for one in (*self._asked, name))
            raise InputError(f"{round_about}: a field cannot refer to itself")
        self._asked.append(name)
        try:
            if name == SAMPLES and (match := _PER_CLIP.fullmatch(str(value))):
                clips = self._count_clips({one: self._value_of(one) for one in DATA_FIELDS})
                return max(round(float(match[1]) * clips), 2)
            return self._put_in(value)
        finally:
            self._asked.pop()

    def _put_in(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: self._put_in(one) for key, one in value.items()}
        if isinstance(value, list | tuple):
            return [self._put_in(one) for one in value]
        if not isinstance(value, str):
            return value
        if match := _REFERENCE.fullmatch(value):
            return self._referred(match[1], value)
        return _REFERENCE.sub(lambda match: as_label(self._referred(match[1], value)), value)

    def _referred(self, name: str, where: str) -> Any:
        field, entry = place_of(name, f"'{where}'")
        if not entry:
            return self._value_of(field)
        entries = self._fields.get(field, {})
        if entry not in entries:
            raise InputError(f"'{where}' refers to {name}, which the sweep does not give")
        return self._filled(name, entries[entry])

    def _value_of(self, field: str) -> Any:
        """A field's value, or its default."""
        if field in self._fields:
            return self[field]
        default = RunSpec.model_fields[field]
        if default.is_required():
            raise InputError(f"{field} is referred to and not given")
        return default.default


def clip_counter(data_root: Path | None) -> CountClips:
    """Counts clips of splits by reading the data set, once each."""

    @cache
    def train(dataset: str, skeleton: str, persons: int, protocol: str) -> Any:
        from skeletons.datasets import check_protocol, dataset_named, load_data

        source = dataset_named(dataset, skeleton, persons)
        return load_data(source, check_protocol(source, protocol), data_root).train

    def count(fields: Mapping[str, Any]) -> int:
        from skeletons.splits import Split

        names = ("dataset", "skeleton", "persons", "data_protocol")
        clips = train(*(fields[name] for name in names))
        return len(Split.parse(fields["split"]).select(clips, fields["data_seed"]))

    return count
