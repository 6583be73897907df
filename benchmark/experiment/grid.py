"""The part ``grid`` of a sweep's file: fields with lists of values, whose product are runs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, get_origin

from benchmark.experiment.changes import Changes, as_label, as_mapping, is_number
from benchmark.experiment.references import DATA_FIELDS, fields_named_in, place_of
from benchmark.spec import RunSpec, as_meant
from skeletons.errors import InputError, nearest

GRID = "grid"
"""The axis of cells where all data are the same."""
WITHOUT = "without"
_OF_DATA = (*DATA_FIELDS, "part")
"""Fields whose values are measured apart: a table each."""

Digits = tuple[int, ...]
"""A cell: the place of its value in each dimension."""


@dataclass(frozen=True)
class Dimension:
    """One line of a grid.

    Attributes:
        name: as the file has it: ``split``, ``set.KEY``, ``recipe.KEY``.
        field: of a run that it sets, or sets an entry of.
        entry: the entry, empty for the field itself.
    """

    name: str
    field: str
    entry: str
    values: tuple[Any, ...]

    def told(self, value: Any) -> str:
        """A value in the name of a cell: names speak for themselves, numbers do not."""
        label = as_label(value)
        return label if isinstance(value, str | list) else f"{self.entry or self.field} {label}"


@dataclass(frozen=True)
class Grid:
    """Dimensions, and cells that are left out: those that have one of the values that one of
    ``without`` gives, in each dimension that it names."""

    dimensions: tuple[Dimension, ...] = ()
    without: tuple[Mapping[str, tuple[Any, ...]], ...] = ()

    @classmethod
    def parse(cls, content: Mapping[str, Any], without: Any, where: str) -> Grid:
        """The grid of a file's content.

        Raises:
            InputError: a field that is unknown (the nearest known one) or given twice, no list of
                values, or a rule of ``without`` that leaves nothing out.
        """
        place = f"{where}, grid"
        dimensions = tuple(_dimension(str(key), values, place) for key, values in content.items())
        names = [dimension.name for dimension in dimensions]
        if "recipe" in names and any(name.startswith("recipe.") for name in names):
            raise InputError(f"{place}: `recipe` and its entries cannot both vary")
        rules = () if without is None else without
        if not isinstance(rules, list | tuple) or (rules and not dimensions):
            raise InputError(f"{where}: `without` is a list of cells that a grid leaves out")
        return cls(dimensions, tuple(_rule(rule, dimensions, where) for rule in rules))

    def __len__(self) -> int:
        """Cells before any is left out."""
        return math.prod(len(one.values) for one in self.dimensions) if self.dimensions else 0

    def cells(self) -> Iterator[Digits]:
        """All cells but those that are left out, the last dimension the fastest."""
        if not self.dimensions:
            return
        rules = [self._digits(rule) for rule in self.without]
        for digits in product(*(range(len(one.values)) for one in self.dimensions)):
            if not any(all(digits[at] in found for at, found in rule.items()) for rule in rules):
                yield digits

    def fields(self, base: Changes, digits: Digits) -> dict[str, Any]:
        """What a file says of the run of a cell."""
        fields = dict(base)
        for dimension, digit in zip(self.dimensions, digits, strict=True):
            value = dimension.values[digit]
            if dimension.entry:
                fields[dimension.field] = {
                    **fields.get(dimension.field, {}),
                    dimension.entry: value,
                }
            else:
                fields[dimension.field] = value
        return fields

    def place(self, digits: Digits) -> tuple[str, str, float | None]:
        """Axis and value of a cell: the data it is measured on, and what else varies; and the
        value as a number where it is one."""
        told = [
            (dimension, dimension.values[digit])
            for dimension, digit in zip(self.dimensions, digits, strict=True)
        ]
        data = [one for one in told if one[0].field in _OF_DATA]
        others = [one for one in told if one[0].field not in _OF_DATA]
        if not others:
            data, others = [], data
        axis = ", ".join(dimension.told(value) for dimension, value in data) or GRID
        if len(others) == 1:
            dimension, value = others[0]
            number = float(value) if all(map(is_number, dimension.values)) else None
            name = f"{axis}: {dimension.name}" if data else dimension.name
            return name, as_label(value), number
        return axis, ", ".join(dimension.told(value) for dimension, value in others), None

    def name(self, digits: Digits) -> str:
        """A cell in words: ``split=10pct, set.noise=2``."""
        return ", ".join(
            f"{one.name}={as_label(one.values[digit])}"
            for one, digit in zip(self.dimensions, digits, strict=True)
        )

    def values(self) -> dict[str, Any]:
        """What :meth:`parse` reads."""
        if not self.dimensions:
            return {}
        rules = [{name: list(values) for name, values in rule.items()} for rule in self.without]
        return {
            GRID: {one.name: list(one.values) for one in self.dimensions},
            **({WITHOUT: rules} if rules else {}),
        }

    def _digits(self, rule: Mapping[str, tuple[Any, ...]]) -> dict[int, set[int]]:
        """The places in each dimension that a rule names."""
        return {
            at: {digit for digit, value in enumerate(one.values) if value in rule[one.name]}
            for at, one in enumerate(self.dimensions)
            if one.name in rule
        }


def _dimension(name: str, values: Any, where: str) -> Dimension:
    field, entry = place_of(name, where)
    if not isinstance(values, list) or not values:
        raise InputError(f"{where}, '{name}' needs a list of values: it says {values!r}")
    several = not entry and get_origin(RunSpec.model_fields[field].annotation) is tuple
    meant = tuple(_names(value) if several else as_meant(value) for value in values)
    for value in meant:
        tuple(fields_named_in(field, value))
    return Dimension(name, field, entry, meant)


def _names(value: Any) -> Any:
    """A field of several names may be given as on the command line."""
    if not isinstance(value, str):
        return value
    return [name for part in value.split(",") if (name := part.strip())]


def _rule(rule: Any, dimensions: Sequence[Dimension], where: str) -> Mapping[str, tuple[Any, ...]]:
    where = f"{where}, `without`"
    known = {one.name: one for one in dimensions}
    read: dict[str, tuple[Any, ...]] = {}
    for key, values in as_mapping(rule, where).items():
        name = str(key)
        if name not in known:
            near = nearest(name, known)
            hint = f"did you mean '{near}'? " if near else ""
            raise InputError(f"{where}: '{name}' does not vary: {hint}{', '.join(known)} do")
        asked = values if isinstance(values, list) else [values]
        several = get_origin(RunSpec.model_fields[known[name].field].annotation) is tuple
        meant = tuple(_names(one) if several else as_meant(one) for one in asked)
        for value in meant:
            if value not in known[name].values:
                raise InputError(f"{where}: {name} is nowhere {as_label(value)}")
        read[name] = meant
    if not read:
        raise InputError(f"{where}: an empty rule would leave out every cell")
    return read
