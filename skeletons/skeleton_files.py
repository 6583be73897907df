"""A skeleton from a YAML file: each joint, in the order of the data, with its parent.

What else a skeleton needs is found by the joints' names where the file does not say it; see
:data:`EXAMPLE` for how one is written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from skeletons.errors import InputError, unknown_name
from skeletons.layouts import SKELETONS
from skeletons.skeleton import Skeleton, axis_name
from skeletons.yaml_files import read_mapping

MOST_JOINTS = 1024

EXAMPLE = "joints: {pelvis: null, left_hip: pelvis, right_hip: pelvis, ...}"
"""How the one required entry looks, for messages."""

CENTRES = ("pelvis", "hip_centre", "hip_center", "mid_hip", "spine_base", "root", "hips", "torso")
"""Names of a joint in the middle of the body, the likeliest first."""

KEYS = ("name", "joints", "centre", "pairs", "facing", "up", "unit", "dimensions")

_AXES = "xyz"
_LEFT_RIGHT = (
    (r"^left(?=[_\-. ]|[A-Z]|[a-z])", "right"),
    (r"^Left", "Right"),
    (r"^l(?=[_\-. ])", "r"),
    (r"^L(?=[_\-. ]|[A-Z])", "R"),
    (r"(?<=[_\-. ])left$", "right"),
    (r"(?<=[a-z_\-. ])Left$", "Right"),
    (r"(?<=[_\-. ])l$", "r"),
    (r"(?<=[_\-. ])L$", "R"),
)
"""What marks a left joint, and what stands there in its right counterpart."""


def read_skeleton(named: str | Path) -> Skeleton:
    """A built-in skeleton by its name, or that of a YAML file.

    Raises:
        InputError: neither of them; an unreadable or oversized file; no tree of joints. The message
            shows how a skeleton is written.
    """
    text = str(named)
    if text in SKELETONS:
        return SKELETONS[text]
    path = Path(text)
    if path.suffix.lower() not in (".yaml", ".yml"):
        if path.exists():
            raise InputError(f"skeleton: {path} is not a .yaml file")
        raise unknown_name("skeleton", text, SKELETONS)
    content = read_mapping(path, f"a skeleton, which is written {EXAMPLE}")
    return skeleton_of(content, str(path), path.stem)


def skeleton_of(content: Mapping[str, Any], where: str, name: str) -> Skeleton:
    """The skeleton of a file's content; errors are those of :func:`read_skeleton`.

    Args:
        where: what messages call the source.
        name: of the skeleton, unless the content has one.
    """
    for key in content:
        if key not in KEYS:
            raise unknown_name(f"key of skeleton {where}", str(key), KEYS)
    joints, parents = _tree(content.get("joints"), where)
    size = {joint: index for index, joint in enumerate(joints)}

    def index(joint: Any, what: str) -> int:
        if joint not in size:
            raise InputError(
                f"{where}: {what} '{joint}' is none of the {len(joints)} joints, such as "
                f"'{joints[0]}'"
            )
        return size[joint]

    def pairs(key: str, found: Sequence[tuple[str, str]]) -> tuple[tuple[int, int], ...]:
        given = content.get(key, found)
        if not isinstance(given, list | tuple) or not all(
            isinstance(pair, list | tuple) and len(pair) == 2 for pair in given
        ):
            raise InputError(
                f"{where}: '{key}' is a list of pairs, such as [[left_hip, right_hip]]"
            )
        return tuple((index(left, key), index(right, key)) for left, right in given)

    sides = left_right_pairs(joints)
    dimensions = content.get("dimensions", 3)
    if dimensions not in (2, 3):
        raise InputError(f"{where}: 'dimensions' is 2 or 3, not {dimensions!r}")
    centre = content.get("centre", _centre(joints, parents))
    return Skeleton(
        name=str(content.get("name", name)),
        joints=joints,
        parents=tuple(-1 if parent is None else size[parent] for parent in parents),
        centre=index(centre, "centre"),
        pairs=pairs("pairs", sides),
        facing=pairs("facing", facing_pairs(sides)),
        up=_up(content.get("up", "+y"), int(dimensions), where),
        unit=str(content.get("unit", "m")),
        dimensions=int(dimensions),
    )


def skeleton_yaml(skeleton: Skeleton) -> str:
    """The text of a YAML file that :func:`read_skeleton` reads this skeleton from."""
    names = skeleton.joints
    content: dict[str, Any] = {
        "name": skeleton.name,
        "unit": skeleton.unit,
        "up": axis_name(skeleton.up),
        "dimensions": skeleton.dimensions,
        "centre": names[skeleton.centre],
        "pairs": [[names[left], names[right]] for left, right in skeleton.pairs],
        "facing": [[names[left], names[right]] for left, right in skeleton.facing],
        "joints": {
            joint: None if parent < 0 else names[parent]
            for joint, parent in zip(names, skeleton.parents, strict=True)
        },
    }
    return str(yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=96))


def left_right_pairs(joints: Sequence[str]) -> list[tuple[str, str]]:
    """(left, right) names that differ in the mark of their side alone, in the joints' order."""
    pairs = []
    for joint in joints:
        for left, right in _LEFT_RIGHT:
            other, count = re.subn(left, right, joint)
            if count and other in joints:
                pairs.append((joint, other))
                break
    return pairs


def facing_pairs(sides: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The pairs that tell which way a body faces: hips and shoulders, by name."""
    found = []
    for part in ("hip", "shoulder"):
        named = [pair for pair in sides if part in pair[0].lower()]
        found += named[:1]
    return found


def _tree(given: Any, where: str) -> tuple[tuple[str, ...], tuple[str | None, ...]]:
    """Names and parents' names, in the file's order; unordered parents are fine."""
    if not isinstance(given, Mapping) or not given:
        raise InputError(f"{where}: 'joints' names each joint's parent, {EXAMPLE}")
    if len(given) > MOST_JOINTS:
        raise InputError(f"{where}: {len(given)} joints, at most {MOST_JOINTS} are read")
    joints = tuple(str(joint) for joint in given)
    parents = tuple(None if parent is None else str(parent) for parent in given.values())
    roots = [joint for joint, parent in zip(joints, parents, strict=True) if parent is None]
    if len(roots) != 1:
        named = " and ".join(f"'{root}'" for root in roots[:3]) or "none"
        raise InputError(
            f"{where}: {len(roots)} joints without parent ({named}), a tree has one root: {EXAMPLE}"
        )
    above = dict(zip(joints, parents, strict=True))
    for joint, parent in above.items():
        if parent is not None and parent not in above:
            raise InputError(
                f"{where}: joint '{joint}' has the parent '{parent}', which is no joint: {EXAMPLE}"
            )
    safe: set[str] = {roots[0]}
    for joint in joints:
        way: list[str] = []
        at: str | None = joint
        while at is not None and at not in safe:
            if at in way:
                circle = " -> ".join([*way[way.index(at) :], at])
                raise InputError(f"{where}: parents in a circle, {circle}: {EXAMPLE}")
            way.append(at)
            at = above[at]
        safe.update(way)
    return joints, parents


def _centre(joints: Sequence[str], parents: Sequence[str | None]) -> str:
    """A joint named as a body's middle, else the root."""
    plain = {joint.lower().replace(" ", "_"): joint for joint in reversed(joints)}
    for name in CENTRES:
        if name in plain:
            return plain[name]
    return joints[parents.index(None)]


def _up(given: Any, dimensions: int, where: str) -> tuple[int, int]:
    text = str(given).strip().lower()
    sign, axis = (text[0], text[1:]) if text[:1] in "+-" and text else ("+", text)
    if axis not in _AXES[:dimensions] or len(axis) != 1:
        known = ", ".join(f"+{one}" for one in _AXES[:dimensions])
        raise InputError(f"{where}: 'up' is an axis with its sign ({known}, -y ...), not {given!r}")
    return _AXES.index(axis), 1 if sign == "+" else -1
