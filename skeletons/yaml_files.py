"""YAML files that somebody brings with data: read without running or repeating anything."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import yaml

from skeletons.errors import InputError

MOST_BYTES = 256 * 2**10
"""A file of joints or classes has kilobytes; a larger one is something else."""


def read_mapping(path: Path, what: str) -> Mapping[str, Any]:
    """The one mapping that a file holds.

    Args:
        what: it should hold, for messages.

    Raises:
        InputError: an unreadable or oversized file, no YAML, a key that stands twice, a reference,
            or no mapping.
    """
    try:
        with path.open("rb") as stream:
            text = stream.read(MOST_BYTES + 1)
        if len(text) > MOST_BYTES:
            raise InputError(
                f"{path} has more than {MOST_BYTES // 2**10} KiB: it should hold {what}"
            )
        content = yaml.load(text.decode("utf-8"), _OnceLoader)
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}") from error
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise InputError(f"{path} is not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(content, Mapping):
        raise InputError(f"{path} does not hold {what}")
    return content


class _OnceLoader(yaml.SafeLoader):
    """Refuses a key that stands twice, of which YAML would keep the last, and references, which can
    make a small file huge."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.events.AliasEvent):
            raise yaml.YAMLError("references (*name) are not read")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = [key for number, key in enumerate(keys) if key in keys[:number]]
        if twice:
            raise yaml.YAMLError(f"'{twice[0]}' stands twice")
        return super().construct_mapping(node, deep)
