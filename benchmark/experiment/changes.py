"""What a sweep's file says of a run: fields by name, and how one mapping changes another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmark.engine.keys import canonical_json
from benchmark.spec import RunSpec, as_meant
from benchmark.spec_checks import NONE
from skeletons.errors import InputError, unknown_name

SETTINGS = "settings"
"""The field of a run that a sweep's file calls ``set``, as the command line does."""
FIELDS = tuple(name for name in RunSpec.model_fields if name != SETTINGS)

Changes = Mapping[str, Any]
"""Fields of a run by name; ``settings`` are added to those of the base, other fields replace."""


def read_changes(content: Mapping[str, Any], where: str) -> Changes:
    """What a file says of a run, checked by name.

    Raises:
        InputError: an unknown field; the nearest known one.
    """
    for key in content:
        if key != "set" and key not in FIELDS:
            raise unknown_name(f"run option of {where}", str(key), ("set", *FIELDS))
    fields = {key: value for key, value in content.items() if key != "set"}
    settings = {
        str(key): as_meant(value) for key, value in mapping_in(content, "set", where).items()
    }
    return {**fields, SETTINGS: settings} if settings else fields


def as_written(changes: Changes) -> dict[str, Any]:
    """What :func:`read_changes` reads."""
    fields = {key: value for key, value in changes.items() if key != SETTINGS}
    return {**fields, "set": changes[SETTINGS]} if changes.get(SETTINGS) else fields


def changed(base: Changes, changes: Changes) -> dict[str, Any]:
    """The base with changes."""
    settings = {**base.get(SETTINGS, {}), **changes.get(SETTINGS, {})}
    return {**base, **changes, **({SETTINGS: settings} if settings else {})}


def mapping_in(content: Mapping[str, Any], key: str, where: str) -> Mapping[str, Any]:
    """The mapping under a key, empty where there is none."""
    value = content.get(key)
    return {} if value is None else as_mapping(value, f"{where}, `{key}`")


def as_mapping(value: Any, where: str) -> Mapping[str, Any]:
    """The value, if it is a mapping; :class:`InputError` otherwise."""
    if not isinstance(value, Mapping):
        raise InputError(f"{where} is no mapping: it says {value!r}")
    return value


def as_label(value: Any) -> str:
    """A value as a table shows it: ``4`` for 4.0, ``true``, ``none`` for no name."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
        return ", ".join(value) or NONE
    return str(value) if isinstance(value, str | int) else canonical_json(value)


def is_number(value: Any) -> bool:
    """Whether it is a number, which truth values are not."""
    return isinstance(value, int | float) and not isinstance(value, bool)
