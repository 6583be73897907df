"""The options of ``run``, made from the documented fields of ``RunSpec``, and what was given.

Pydantic is imported for a command that has such options when it is asked for, not before.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any, get_origin

import typer

from benchmark.commands.options import names_given
from skeletons.errors import InputError

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

NAMES = {"recognizers": "--recognizer", "settings": "--set"}
"""Options that are not called as their fields are."""
HIDDEN = ("made_elsewhere",)
"""Fields without an option: a command fills them in."""
PAIRS = {"settings": "KEY=VALUE", "recipe": "KEY=VALUE", "weights": "[NAME=]FILE"}
"""What is typed for a mapping."""


def run_fields() -> tuple[str, ...]:
    """Fields of ``RunSpec`` that have an option."""
    from benchmark.spec import RunSpec

    return tuple(name for name in RunSpec.model_fields if name not in HIDDEN)


def option_name(field: str) -> str:
    """``--data-protocol`` for ``data_protocol``."""
    return NAMES.get(field, "--" + field.replace("_", "-"))


def with_run_options(
    command: Callable[..., int], fields: Sequence[str], panel: str | None = None
) -> Callable[..., int]:
    """A command for typer out of one whose first parameter is a mapping of run fields.

    Args:
        command: is called with the fields that were given, and with its own options.
        fields: of ``RunSpec``, each an option of the result.
        panel: of the help, where these options are about another run's; without, they are the
            run's own, and their defaults are shown.
    """
    _, *own = inspect.signature(command, eval_str=True).parameters.values()
    options = [_option(name, panel) for name in fields]

    @wraps(command)
    def called(**values: Any) -> int:
        given = {name: values.pop(name) for name in fields}
        return command(_fields_of(given), **values)

    kind = inspect.Parameter.KEYWORD_ONLY
    called.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [*options, *(parameter.replace(kind=kind) for parameter in own)]
    )
    return called


def _option(name: str, panel: str | None) -> inspect.Parameter:
    from benchmark.spec import RunSpec

    field = RunSpec.model_fields[name]
    kind = _kind(field)
    text = field.description or ""
    if kind == list[str]:
        text += " Repeatable." if name in PAIRS else " Repeatable or with commas."
    option = typer.Option(
        option_name(name),
        help=text,
        metavar=PAIRS.get(name, "NAME[,NAME...]" if kind == list[str] else None),
        show_default=False if panel else _default(field) or False,
        rich_help_panel=panel,
    )
    return inspect.Parameter(
        name,
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[kind | None, option],
    )


def _kind(field: FieldInfo) -> Any:
    """What typer makes of a text: a list where names or pairs are repeated."""
    if get_origin(field.annotation) in (tuple, dict):
        return list[str]
    if field.annotation is bool:
        return bool
    return int if field.annotation in (int, int | None) else str


def _default(field: FieldInfo) -> str:
    """A default as it would be typed; empty for none."""
    default = field.default
    if isinstance(default, tuple):
        return ", ".join(default)
    return str(default) if type(default) in (int, str) else ""


def _fields_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """Values of the fields that were given, out of the texts of their options."""
    from benchmark.spec import RunSpec, parse_settings

    fields: dict[str, Any] = {}
    for name, value in given.items():
        if value is None or value == []:
            continue
        kind = get_origin(RunSpec.model_fields[name].annotation)
        if name == "weights":
            fields[name] = _files_given(value, names_given(given.get("recognizers")))
        elif kind is dict:
            fields[name] = parse_settings(value, option_name(name))
        else:
            fields[name] = names_given(value) if kind is tuple else value
    return fields


def _files_given(texts: list[str], recognizers: tuple[str, ...] | None) -> dict[str, str]:
    """Recognizer -> file; a file without a name is for the one recognizer that was asked for."""
    files: dict[str, str] = {}
    for text in texts:
        name, equals, path = text.partition("=")
        if not equals:
            if recognizers is None or len(recognizers) != 1:
                raise InputError(f"--weights {text}: say whose they are, as in stgcn++={text}")
            name, path = recognizers[0], text
        if name in files:
            raise InputError(f"--weights names {name} twice")
        files[name] = path
    return files
