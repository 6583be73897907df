"""The cells of a grid, checked and told apart one after the other, without making their runs.

A field's value hangs on few dimensions, and so does each check of a run: each is worked out once
for what it hangs on, and a cell puts the answers together. So a hundred thousand cells cost
seconds, and no memory but a hash each.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from benchmark.engine.keys import canonical_json
from benchmark.experiment.changes import Changes
from benchmark.experiment.grid import Digits, Grid
from benchmark.experiment.references import CountClips, Filled, fields_named_in
from benchmark.spec import UNTOLD, RunSpec
from benchmark.spec_checks import CHECKS, USABLE, Check
from skeletons.errors import InputError
from skeletons.plugins import PluginError

FIELDS = tuple(sorted(RunSpec.model_fields))
"""In the order of canonical JSON."""
_PLACE = {name: place for place, name in enumerate(FIELDS)}


@dataclass(frozen=True)
class Cell:
    """A cell of a grid.

    Attributes:
        digits: its values.
        run: SHA-256 of its resolved run, which begins with the run's ``hash8``: equal cells are
            one run. Empty where there can be none.
        problem: why there can be none; or, with a ``run``, why the generator, somebody's own,
            cannot be imported or made.
    """

    digits: Digits
    run: str
    problem: str = ""


@dataclass(frozen=True)
class GridCount:
    """What a grid comes to: cells, runs that differ, and a line for each cell that cannot be; for
    some of these the rest of the sweep goes on without them."""

    cells: int
    runs: int
    problems: tuple[str, ...]
    refused: int


@dataclass(frozen=True)
class _Answer:
    """Fields as JSON, by their place; or why there can be no such run."""

    texts: tuple[tuple[int, str], ...] = ()
    problem: str = ""
    refused: bool = False


@dataclass(frozen=True)
class _Question:
    """Something to be worked out once for each value of the dimensions that it hangs on."""

    dimensions: tuple[int, ...]
    work_out: Callable[[Digits], _Answer]
    answers: dict[Digits, _Answer] = field(default_factory=dict)

    def __call__(self, digits: Digits) -> _Answer:
        key = tuple([digits[one] for one in self.dimensions])
        found = self.answers.get(key)
        if found is None:
            found = self.answers[key] = self.work_out(digits)
        return found


class GridCells:
    """Walks over the cells of a grid.

    Args:
        base: what the runs of all cells have.
        where: the sweep, for errors.
    """

    def __init__(self, grid: Grid, base: Changes, count_clips: CountClips, where: str) -> None:
        self._grid, self._base, self._where = grid, base, where
        self._count_clips = count_clips
        hangs_on = {name: self._dimensions_of(name) for name in FIELDS}
        self._hangs_on = hangs_on
        self._values: dict[tuple[str, Digits], Any] = {}
        fields = [_Question(hangs_on[name], self._field(name)) for name in FIELDS]
        checks = [
            _Question(_together(hangs_on[name] for name in check.fields), self._check(check))
            for check in CHECKS
        ]
        self._questions = [*fields, *checks]

    def __iter__(self) -> Iterator[Cell]:
        parts = [""] * len(FIELDS)
        asked = self._questions
        for digits in self._grid.cells():
            problem, refused = "", False
            for question in asked:
                answer = question(digits)
                for place, text in answer.texts:
                    parts[place] = text
                problem = answer.problem or problem
                if answer.refused:
                    refused = True
                    break
            if refused:
                yield Cell(digits, "", problem)
                continue
            # what hangs on no dimension stands in its place from now on
            asked = [one for one in asked if one.dimensions] if asked is self._questions else asked
            text = f"{{{','.join(filter(None, parts))}}}"
            yield Cell(digits, hashlib.sha256(text.encode()).hexdigest(), problem)

    def count(self) -> GridCount:
        """Walk over all cells once."""
        runs: set[bytes] = set()
        cells, problems, refused = 0, [], 0
        for cell in self:
            cells += 1
            if cell.problem:
                problems.append(f"{self.where(cell.digits)}: {cell.problem}")
            if cell.run:
                runs.add(bytes.fromhex(cell.run)[:16])
            else:
                refused += 1
        return GridCount(cells, len(runs), tuple(problems), refused)

    def where(self, digits: Digits) -> str:
        """Sweep and cell, for errors."""
        return f"{self._where}, cell {self._grid.name(digits)}"

    def said(self, digits: Digits) -> Filled:
        """What the file says of a cell's run, with references put in."""
        return Filled(self._grid.fields(self._base, digits), self._count_clips)

    def _dimensions_of(self, name: str, seen: tuple[str, ...] = ()) -> tuple[int, ...]:
        """The dimensions that a field hangs on, through what it says of other fields."""
        own = [at for at, one in enumerate(self._grid.dimensions) if one.field == name]
        values = [self._base.get(name)]
        values += [value for at in own for value in self._grid.dimensions[at].values]
        others = {other for value in values for other in fields_named_in(name, value)}
        through = (self._dimensions_of(other, (*seen, name)) for other in others - {name, *seen})
        return _together([tuple(own), *through])

    def _value(self, name: str, digits: Digits) -> Any:
        """A field of a cell as a run has it before its defaults are written out."""
        key = (name, tuple([digits[one] for one in self._hangs_on[name]]))
        if key not in self._values:
            said = self.said(digits)
            if name == "generator" and name not in said:
                raise InputError("no generator, neither here nor in the base")
            given = {name: said[name]} if name in said else {}
            self._values[key] = getattr(RunSpec.parse({"generator": "", **given}), name)
        return self._values[key]

    def _field(self, name: str) -> Callable[[Digits], _Answer]:
        def work_out(digits: Digits) -> _Answer:
            try:
                return _Answer((_written(name, self._value(name, digits)),))
            except InputError as error:
                return _Answer(problem=str(error), refused=True)

        return work_out

    def _check(self, check: Check) -> Callable[[Digits], _Answer]:
        def work_out(digits: Digits) -> _Answer:
            values = {name: self._value(name, digits) for name in check.fields}
            try:
                update = check(values)
            except InputError as error:
                if check is USABLE and isinstance(error, PluginError):
                    kept = _written("settings", values["settings"])
                    return _Answer((kept,), str(error))
                return _Answer(problem=str(error), refused=True)
            return _Answer(tuple(_written(*one) for one in update.items()))

        return work_out


def _together(several: Iterable[tuple[int, ...]]) -> tuple[int, ...]:
    return tuple(sorted({one for dimensions in several for one in dimensions}))


def _written(name: str, value: Any) -> tuple[int, str]:
    """A field as it stands in the canonical JSON of a run; nothing where it is left out there."""
    if name in UNTOLD and UNTOLD[name] == value:
        return _PLACE[name], ""
    return _PLACE[name], f"{canonical_json(name)}:{canonical_json(value)}"
