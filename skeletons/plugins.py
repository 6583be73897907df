"""What is found by name: built in, an entry point of ``skelgenbench.<kinds>``, or
``package.module:Name``, in this order. All registries look here."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from importlib.metadata import entry_points
from pathlib import Path
from traceback import walk_tb
from typing import Any, TypeVar

from skeletons.errors import InputError, unknown_name

Made = TypeVar("Made")


class PluginError(InputError):
    """A plug-in's own code does not let itself be used: one line with its name, what it raised,
    and the last place of its own where that happened."""


def offered(kind: str) -> dict[str, str]:
    """Name and place of what installed packages offer of a kind (``generator``, ``dataset``,
    ``metric``, ``recognizer``) as entry points; imports none of them."""
    points = entry_points(group=f"skelgenbench.{kind}s")
    return {point.name: f"{point.module}:{point.attr}" for point in points}


def lines_about(kind: str, built_in: Mapping[str, str]) -> dict[str, str]:
    """Name and one line of all that can be found by name alone."""
    own = offered(kind).items()
    return {
        **built_in,
        **{name: f"entry point {place}" for name, place in own if name not in built_in},
    }


def target_of(
    kind: str, name: str, built_in: Mapping[str, str], also_known: Iterable[str] = ()
) -> str:
    """Where something stands, ``package.module:Name``.

    Args:
        built_in: place of each name that comes with the benchmark.
        also_known: other names that an error may offer.

    Raises:
        InputError: no such name; it tells the nearest.
    """
    if name in built_in:
        return built_in[name]
    if ":" in name:  # a place: nothing installed has to be read
        return name
    own = offered(kind)
    if name not in own:
        raise unknown_name(kind, name, {*built_in, *own, *also_known})
    return own[name]


def imported(kind: str, name: str, target: str) -> Any:
    """What stands at ``package.module:Name``.

    Raises:
        PluginError: its module is not there, or raises while it is imported, whatever it raises.
        InputError: the module has no such name; it tells the nearest.
    """
    module_name, _, attribute = target.partition(":")
    found = guarded(f"{kind} '{name}' cannot be imported", module_name, _module, module_name)
    for part in attribute.split("."):
        if not hasattr(found, part):
            near = get_close_matches(part, [one for one in dir(found) if one[:1] != "_"], n=1)
            hint = f", did you mean '{near[0]}'?" if near else ""
            raise InputError(
                f"{kind} '{name}' cannot be imported: no {part} in {module_name}{hint}"
            )
        found = getattr(found, part)
    return found


def guarded(what: str, module: str, call: Callable[..., Made], *arguments: Any) -> Made:
    """Call a plug-in's code; whatever it raises but Ctrl-C becomes one line.

    Args:
        what: how the line begins, such as ``generator 'x' cannot be imported``.
        module: of the plug-in; the place told is the last one in its top-level package.

    Raises:
        PluginError: the call raised something.
    """
    try:
        return call(*arguments)
    except KeyboardInterrupt:
        raise
    except InputError as error:
        raise PluginError(f"{what}: {error}") from error
    except BaseException as error:  # SystemExit, too: a module may end the program that imports it
        raise PluginError(f"{what}: {_told(error)}{_place(error, module)}") from error


def _module(name: str) -> Any:
    if not name:
        raise InputError("no module is named")
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and f"{name}.".startswith(f"{error.name}."):
            raise InputError(f"there is no module {error.name}") from error
        raise


def _told(error: BaseException) -> str:
    """Kind and text of an exception in one line."""
    told = error.msg if isinstance(error, SyntaxError) else str(error)
    text = " ".join(str(told).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _place(error: BaseException, module: str) -> str:
    """Where in a plug-in's own files an exception came from; empty where it was not there."""
    if isinstance(error, SyntaxError) and error.filename:
        return f" ({Path(error.filename).name}, line {error.lineno})"
    top = module.partition(".")[0]
    places = [
        (frame.f_code.co_filename, line)
        for frame, line in walk_tb(error.__traceback__)
        if str(frame.f_globals.get("__name__", "")).partition(".")[0] == top
    ]
    return f" ({Path(places[-1][0]).name}, line {places[-1][1]})" if places else ""
