"""A sweep as data: a base run, axes along which it is varied, and the runs that come of it."""

from __future__ import annotations

import bisect
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

from benchmark.experiment.changes import (
    FIELDS,
    SETTINGS,
    Changes,
    as_label,
    as_mapping,
    as_written,
    changed,
    is_number,
    mapping_in,
    read_changes,
)
from benchmark.experiment.grid import GRID, WITHOUT, Grid
from benchmark.experiment.grid_cells import Cell, GridCells
from benchmark.experiment.references import (
    CountClips,
    Filled,
    clip_counter,
    fields_named_in,
)
from benchmark.spec import RunSpec, as_meant, read_yaml_mapping
from skeletons.errors import InputError, unknown_name
from skeletons.plugins import PluginError

BUILT_IN = Path(__file__).parent / "sweeps"
VARIANTS = "variants"
"""The axis that free-form points lie on."""
YAML = (".yaml", ".yml")
_KEYS = ("title", "base", "axes", VARIANTS, GRID, WITHOUT, "trainings")


@dataclass(frozen=True)
class Axis:
    """One thing that is varied: a generator parameter (``kind`` is ``set``) or a ``field`` of
    :class:`~benchmark.spec.RunSpec`, by its name ``key``."""

    name: str
    kind: str
    key: str
    values: tuple[Any, ...]

    def change(self, value: Any) -> Changes:
        """The changes to the base that a value stands for."""
        return {SETTINGS: {self.key: value}} if self.kind == "set" else {self.key: value}

    def value_of(self, spec: RunSpec) -> Any:
        """What a resolved run has in this place."""
        return spec.settings.get(self.key) if self.kind == "set" else getattr(spec, self.key)


@dataclass(frozen=True)
class Point:
    """A run's place in a sweep.

    Attributes:
        axis: name of the axis it lies on.
        value: its value there, as text.
        number: the same where all values of the axis are numbers.
        base: whether it is the base point.
        spec: the resolved run.
        trainings: how many trainings of the generator there are, each with a seed of its own.
        problem: why the generator, somebody's own, cannot be imported or made; then the run's
            settings are those that were given. Empty where it can.
    """

    axis: str
    value: str
    number: float | None
    base: bool
    spec: RunSpec
    trainings: int = 1
    problem: str = ""

    @property
    def specs(self) -> tuple[RunSpec, ...]:
        """The run of each training."""
        first = self.spec.generator_seed
        return tuple(
            self.spec.model_copy(update={"generator_seed": first + number})
            for number in range(self.trainings)
        )

    @property
    def label(self) -> str:
        """Axis and value, unique in its sweep."""
        return f"{self.axis}={self.value}"


@dataclass(frozen=True)
class Sweep:
    """What a sweep file says: each axis is varied alone around the base.

    Attributes:
        name: of its folder.
        title: what is compared, in words.
        base: without a ``generator`` there is no base point and every axis or variant must give
            one.
        axes: what is varied.
        variants: further points by name.
        grid: fields whose values are combined, around the base too.
        count_clips: of a split, for ``5 per real clip``.
        trainings: of the generator at every point, so that points are compared as generators and
            not as draws of one training.
    """

    name: str
    title: str
    base: Changes
    axes: tuple[Axis, ...] = ()
    variants: Mapping[str, Changes] = field(default_factory=dict)
    trainings: int = 1
    grid: Grid = field(default_factory=Grid)
    count_clips: CountClips = field(default=clip_counter(None), compare=False, repr=False)

    @classmethod
    def parse(cls, values: Mapping[str, Any], name: str) -> Sweep:
        """The sweep of a YAML file's content.

        Raises:
            InputError: a key that is unknown (with the nearest known one) or ill-typed.
        """
        where = f"sweep '{name}'"
        for key in values:
            if key not in _KEYS:
                raise unknown_name(f"key of {where}", str(key), _KEYS)
        axes = tuple(
            _axis(str(axis), content, where)
            for axis, content in mapping_in(values, "axes", where).items()
        )
        variants = {
            str(label): read_changes(as_mapping(content, f"{where}, variant '{label}'"), where)
            for label, content in mapping_in(values, VARIANTS, where).items()
        }
        grid = Grid.parse(mapping_in(values, GRID, where), values.get(WITHOUT), where)
        if not axes and not variants and not len(grid):
            raise InputError(
                f"{where} has neither axes nor variants nor a grid: there is nothing to vary"
            )
        base = read_changes(mapping_in(values, "base", where), where)
        trainings = values.get("trainings", 1)
        if not isinstance(trainings, int) or isinstance(trainings, bool) or trainings < 1:
            raise InputError(f"{where}: trainings is {trainings!r}, a whole number from 1")
        title = str(values.get("title", name))
        return cls(name, title, base, axes, variants, trainings, grid)

    def around(self, changes: Changes) -> Sweep:
        """The same sweep around another base."""
        return replace(self, base=changed(self.base, changes))

    def with_data(self, data_root: Path | None) -> Sweep:
        """The same sweep where data sets lie elsewhere."""
        return replace(self, count_clips=clip_counter(data_root))

    @property
    def cells(self) -> GridCells:
        """The cells of the grid."""
        return GridCells(self.grid, self.base, self.count_clips, f"sweep '{self.name}'")

    def points(self, most: int | None = None) -> tuple[Point, ...]:
        """Every point, axis by axis; equal runs may lie on several axes. Of a grid, cells that are
        equal are one point.

        A generator of somebody's own that cannot be imported or made costs its own points only,
        each with its ``problem``, unless all are its points.

        Args:
            most: runs of the grid; of more, so many that are spread evenly over it.

        Raises:
            InputError: a run that cannot be, or one that an axis holds twice; it names the point.
        """
        around = bool(self.axes or self.variants) and "generator" in self.base
        base, problem = self._tried("base", {}) if around else (None, "")
        points = [point for axis in self.axes for point in self._line(axis, base)]
        others = [
            self._point(VARIANTS, label, None, change, base)
            for label, change in self.variants.items()
        ]
        if others and base is not None and not any(point.base for point in others):
            others.insert(0, Point(VARIANTS, "base", None, True, base))
        points += [*others, *self._cells(most)]
        points = [replace(point, problem=problem) if point.base else point for point in points]
        self._check_once(points)
        if all(point.problem for point in points):
            raise InputError(f"sweep '{self.name}', {points[0].label}: {points[0].problem}")
        return tuple(replace(point, trainings=self.trainings) for point in points)

    def values(self) -> dict[str, Any]:
        """The sweep with the base's defaults written out; :meth:`parse` reads it again."""
        plain = {k: v for k, v in self.base.items() if not any(fields_named_in(k, v))}
        fields = RunSpec.parse({"generator": "", **plain}, f"sweep '{self.name}'").values()
        fields |= {name: value for name, value in self.base.items() if name not in plain}
        for name in ("generator", "samples"):
            if not fields[name]:
                del fields[name]
        return {
            "title": self.title,
            "trainings": self.trainings,
            "base": as_written(fields),
            "axes": {
                axis.name: {axis.kind: axis.key, "values": list(axis.values)} for axis in self.axes
            },
            "variants": {label: as_written(change) for label, change in self.variants.items()},
            **self.grid.values(),
        }

    def _line(self, axis: Axis, base: RunSpec | None) -> Iterator[Point]:
        """The points of one axis, the base among them."""
        numeric = all(is_number(value) for value in axis.values)
        line = [
            self._point(axis.name, as_label(value), value, axis.change(value), base)
            for value in axis.values
        ]
        if base is not None and not any(point.base for point in line):
            value = axis.value_of(base)
            numeric = numeric and is_number(value)
            ascending = numeric and list(axis.values) == sorted(axis.values)
            place = bisect.bisect(axis.values, value) if ascending else 0
            number = float(value) if numeric else None
            line.insert(place, Point(axis.name, as_label(value), number, True, base))
        return (point if numeric else replace(point, number=None) for point in line)

    def _cells(self, most: int | None) -> list[Point]:
        """A point for each run of the grid, or for some of them."""
        cells, runs = self.cells, dict[str, Cell]()
        refused: list[str] = []
        for cell in cells:
            if not cell.run:
                refused.append(f"{cells.where(cell.digits)}: {cell.problem}")
            runs.setdefault(cell.run, cell)
        if refused:
            more = f" ({len(refused) - 1} other cells cannot be either)" if refused[1:] else ""
            raise InputError(f"{refused[0]}{more}")
        points = []
        every = math.ceil(len(runs) / most) if most and runs else 1
        for cell in islice(runs.values(), None, None, every):
            axis, value, number = self.grid.place(cell.digits)
            spec = RunSpec.parse(dict(cells.said(cell.digits))).resolved(usable=not cell.problem)
            points.append(Point(axis, value, number, False, spec, problem=cell.problem))
        if len({point.spec.folder_name for point in points}) < len(points):
            raise InputError(f"sweep '{self.name}': two runs share a folder: take another seed")
        return points

    def _point(
        self, axis: str, label: str, value: Any, change: Changes, base: RunSpec | None
    ) -> Point:
        spec, problem = self._tried(f"{axis} = {label}", change)
        number = float(value) if is_number(value) else None
        return Point(axis, label, number, spec == base, spec, problem=problem)

    def _tried(self, where: str, change: Changes) -> tuple[RunSpec, str]:
        """A run, and why its generator cannot be used."""
        try:
            return self._spec(where, change), ""
        except PluginError as error:
            return self._spec(where, change, usable=False), str(error)

    def _spec(self, where: str, change: Changes, *, usable: bool = True) -> RunSpec:
        place, fields = f"sweep '{self.name}', {where}", changed(self.base, change)
        if "generator" not in fields:
            raise InputError(f"{place}: no generator, neither here nor in the base")
        try:
            filled = dict(Filled(fields, self.count_clips))
            return RunSpec.parse(filled).resolved(usable=usable)
        except InputError as error:
            if usable and isinstance(error, PluginError):
                raise
            raise InputError(f"{place}: {error}") from error

    def _check_once(self, points: list[Point]) -> None:
        seen: dict[tuple[str, str], str] = {}
        for point in points:
            for key in ((point.axis, point.spec.hash8), (point.axis, point.label)):
                if key in seen:
                    raise InputError(
                        f"sweep '{self.name}', {point.axis}: {seen[key]} and {point.value} are the "
                        "same run"
                    )
                seen[key] = point.value


def find_sweep(name: str) -> Sweep:
    """A built-in sweep by its name, or the one in a YAML file.

    Raises:
        InputError: neither is there, or it cannot be read.
    """
    names = sweep_names()
    path = Path(name)
    if name in names:
        path = BUILT_IN / f"{name}.yaml"
    elif path.suffix not in YAML and not path.is_file():
        raise unknown_name("sweep", name, names)
    content = read_yaml_mapping(path, "a sweep's keys")
    return Sweep.parse(content, sweep_name(path))


def sweep_name(path: Path) -> str:
    """The name of the sweep in a YAML file, and of its folder."""
    return re.sub(r"[^A-Za-z0-9._+-]", "_", path.stem if path.suffix in YAML else path.name)


def sweep_names() -> dict[str, str]:
    """Name and title of each built-in sweep."""
    paths = sorted(BUILT_IN.glob("*.yaml"))
    return {path.stem: str(read_yaml_mapping(path, "a sweep")["title"]) for path in paths}


def _axis(name: str, content: Any, where: str) -> Axis:
    where = f"{where}, axis '{name}'"
    content = as_mapping(content, where)
    for key in content:
        if key not in ("set", "field", "values"):
            raise unknown_name(f"key of {where}", str(key), ("set", "field", "values"))
    kinds = [kind for kind in ("set", "field") if kind in content]
    if len(kinds) != 1:
        raise InputError(
            f"{where} needs either `set`, a generator parameter, or `field`, a run option"
        )
    key = str(content[kinds[0]])
    if kinds == ["field"] and key not in FIELDS:
        raise unknown_name(f"run option of {where}", key, FIELDS)
    values = content.get("values")
    if not isinstance(values, list) or not values:
        raise InputError(f"{where} needs `values`, a list of one or more")
    return Axis(name, kinds[0], key, tuple(as_meant(value) for value in values))
