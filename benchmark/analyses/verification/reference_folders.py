"""The file that says how each folder of reference results was made: ``reproduce.yaml``."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmark.reports.markdown import markdown_table
from benchmark.spec import read_yaml_mapping
from skeletons.errors import InputError, unknown_name

FILE = "reproduce.yaml"
OUT = "{out}"
"""In a command: the folder of results that it works in."""
ROWS_OF = "rows of"
PROGRAM = "python -m benchmark "
KEYS = ("part", "hours", "of", "about", "commands", "files", "not compared")


@dataclass(frozen=True)
class Source:
    """Where the content of a reference file comes from.

    Attributes:
        pattern: of paths in the results of the commands.
        rows: the file holds some of the rows of all tables that are found, in its own order; else
            it is the one file that is found.
    """

    pattern: str
    rows: bool = False


@dataclass(frozen=True)
class ReferenceFolder:
    """A folder of reference results.

    Attributes:
        name: relative to the folder of all.
        part: that its numbers were scored on.
        commands: that made it, in order, :data:`OUT` in them for the folder of results.
        files: name -> where its content comes from.
        not_compared: name -> why it is not.
        hours: that the commands took, of what ``of`` says; None where nobody knows.
        about: said beside the commands.
    """

    name: str
    part: str
    commands: tuple[str, ...]
    files: Mapping[str, Source] = field(default_factory=dict)
    not_compared: Mapping[str, str] = field(default_factory=dict)
    hours: float | None = None
    of: str = ""
    about: str = ""

    def words(self, out: Path) -> list[list[str]]:
        """The arguments of each command, its results below ``out``; patterns are found when it is
        carried out."""
        told = [shlex.split(command.removeprefix(PROGRAM)) for command in self.commands]
        return [[word.replace(OUT, str(out)) for word in (*one, "--out", OUT)] for one in told]

    @property
    def cost(self) -> str:
        """Hours in words."""
        return "not known" if self.hours is None else f"{self.hours:g} of {self.of}"


def read_reference(folder: Path) -> dict[str, ReferenceFolder]:
    """All folders that ``reproduce.yaml`` tells of, in its order.

    Raises:
        InputError: no such file, an unknown key, or a value of another kind.
    """
    path = folder / FILE
    content = read_yaml_mapping(path, "folders")
    return {
        str(name): _folder(str(name), given, f"{path}, {name}") for name, given in content.items()
    }


def _folder(name: str, given: Any, where: str) -> ReferenceFolder:
    if not isinstance(given, Mapping):
        raise InputError(f"{where}: not a mapping of {', '.join(KEYS)}")
    for key in given:
        if key not in KEYS:
            raise unknown_name(f"key of {where}", str(key), KEYS)
    commands = given.get("commands")
    if not isinstance(commands, list) or not commands:
        raise InputError(f"{where}: 'commands' is a list of command lines")
    for command in commands:
        if not str(command).startswith(PROGRAM):
            raise InputError(f"{where}: '{command}' does not begin with '{PROGRAM.strip()}'")
    hours = given.get("hours")
    if hours is not None and not isinstance(hours, int | float):
        raise InputError(f"{where}: 'hours' is a number, not {hours!r}")
    files, apart = given.get("files", {}), given.get("not compared", {})
    if not isinstance(files, Mapping) or not isinstance(apart, Mapping):
        raise InputError(f"{where}: 'files' and 'not compared' are mappings of file names")
    return ReferenceFolder(
        name=name,
        part=str(given.get("part", "")),
        commands=tuple(map(str, commands)),
        files={str(file): _source(source, f"{where}, {file}") for file, source in files.items()},
        not_compared={str(file): str(why) for file, why in apart.items()},
        hours=None if hours is None else float(hours),
        of=str(given.get("of", "two cores")),
        about=str(given.get("about", "")),
    )


def _source(given: Any, where: str) -> Source:
    if isinstance(given, str):
        return Source(given)
    if isinstance(given, Mapping) and list(given) == [ROWS_OF]:
        return Source(str(given[ROWS_OF]), rows=True)
    raise InputError(f"{where}: give a path, or '{ROWS_OF}: PATH'")


def reference_table(folders: Mapping[str, ReferenceFolder]) -> str:
    """The table of the folders' README in Markdown."""
    rows = []
    for one in folders.values():
        told = f"`{one.commands[0]}`"
        if len(one.commands) > 1:
            told = f"[commands]({one.name}/README.md)"
        said = f"; {one.about}" if one.about else ""
        rows.append((f"`{one.name}/`", f"{told}{said}", one.part, one.cost))
    return markdown_table([("folder", "command", "part", "hours"), *rows])
