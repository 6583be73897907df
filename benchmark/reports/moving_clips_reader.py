"""``clips.json`` read back, from a run folder that anybody may have sent."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from benchmark.reports.moving_clips import LARGEST
from skeletons.arrays import Float64Array
from skeletons.errors import InputError

LARGEST_FILE = 32_000_000
"""Bytes; what is written is a tenth of it at most."""
LONGEST = 1_000_000
"""Frames of a clip."""

Place = Annotated[int, Field(ge=0)]
Length = Annotated[int, Field(ge=1, le=LONGEST)]
Size = Annotated[float, Field(gt=0.0, lt=1e9, allow_inf_nan=False)]


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)


class DrawnSkeleton(_Part):
    """What is drawn of a skeleton; indices are of its joints."""

    bones: dict[Literal["left", "right", "trunk"], list[Annotated[list[Place], Field(
        min_length=2, max_length=2)]]]  # fmt: skip
    heads: list[Place]
    centre: Place
    joints: Annotated[int, Field(ge=1, le=10_000)]
    people: Annotated[int, Field(ge=1, le=2)]
    dimensions: Annotated[int, Field(ge=2, le=3)]
    unit: str


class MovingRow(_Part):
    """The clips of a class, as places in the list of clips.

    Attributes:
        label: number of the class.
        nearest: of each synthetic clip, the training clip that is nearest to it.
        distance: how far that is, in the skeleton's unit.
    """

    label: Annotated[Place, Field(alias="class")]
    real: list[Place]
    synthetic: list[Place]
    nearest: list[Place]
    distance: list[Annotated[float, Field(ge=0.0, allow_inf_nan=False)]]


class _Clip(_Part):
    length: Length
    frames: Length
    scale: Size
    data: str


class _File(_Part):
    skeleton: DrawnSkeleton
    classes: list[str]
    rows: list[MovingRow]
    clips: list[_Clip]


@dataclass(frozen=True)
class MovingClip:
    """A clip as a viewer in front of the body sees it.

    Attributes:
        length: its frames.
        joints: some of them at equal steps, ``[F, V, C]``, F <= length: right, up, and towards the
            viewer where bodies are not flat.
    """

    length: int
    joints: Float64Array

    def at(self, times: Float64Array) -> Float64Array:
        """Poses ``[T, V, C]`` at times ``[T]`` in frames of the clip, between those that are
        stored; the first and last pose stand before and after it."""
        last = len(self.joints) - 1
        place = np.clip(times / max(self.length - 1, 1), 0.0, 1.0) * last
        below = np.minimum(place.astype(np.int64), max(last - 1, 0))
        weight = (place - below)[:, None, None]
        above = np.minimum(below + 1, last)
        return np.asarray((1.0 - weight) * self.joints[below] + weight * self.joints[above])


@dataclass(frozen=True)
class MovingClips:
    """The clips of a run's page: skeleton, names of classes, a row for each class with clips."""

    skeleton: DrawnSkeleton
    classes: tuple[str, ...]
    rows: tuple[MovingRow, ...]
    clips: tuple[MovingClip, ...]

    def named(self) -> dict[str, MovingRow]:
        """Rows by the names of their classes."""
        return {self.classes[row.label]: row for row in self.rows}


def read_moving_clips(path: Path) -> MovingClips:
    """Read and check what :func:`benchmark.reports.moving_clips.write_moving_clips` wrote.

    Raises:
        InputError: no such file, one that is cut off or too large, or values that do not fit each
            other; one line that says where.
    """
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise InputError(f"{path} is larger than any file of moving clips")
        text = path.read_bytes()
    except FileNotFoundError as error:
        raise InputError(
            f"{path.parent} has no {path.name}: only a run that made its pictures has moving clips"
        ) from error
    except OSError as error:
        raise InputError(f"cannot read {path} ({error.strerror or error})") from error
    try:
        file = _File.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = " -> ".join(map(str, first["loc"]))
        place = f", at {where}" if where else ""
        raise InputError(f"{path} is not a file of moving clips{place}: {first['msg']}") from error
    problem = _problem(file)
    if problem:
        raise InputError(f"{path} is not a file of moving clips: {problem}")
    clips = [_unpacked(path, place, clip, file.skeleton) for place, clip in enumerate(file.clips)]
    return MovingClips(file.skeleton, tuple(file.classes), tuple(file.rows), tuple(clips))


def _problem(file: _File) -> str:
    """What does not fit in places and indices; empty where all does."""
    skeleton = file.skeleton
    joints = [joint for bones in skeleton.bones.values() for bone in bones for joint in bone]
    if max([*joints, *skeleton.heads, skeleton.centre]) >= skeleton.joints:
        return f"an index is not one of the {skeleton.joints} joints"
    if skeleton.joints % skeleton.people:
        return f"{skeleton.joints} joints of {skeleton.people} people"
    for row in file.rows:
        if row.label >= len(file.classes):
            return f"class {row.label} is not one of {len(file.classes)}"
        if max([*row.real, *row.synthetic, *row.nearest], default=-1) >= len(file.clips):
            return f"class {row.label} has a clip that is not one of {len(file.clips)}"
        if len(row.nearest) != len(row.distance):
            return f"class {row.label} has {len(row.nearest)} nearest clips, not as many distances"
    return ""


def _unpacked(path: Path, place: int, clip: _Clip, skeleton: DrawnSkeleton) -> MovingClip:
    values = clip.frames * skeleton.joints * skeleton.dimensions
    try:
        data = base64.b64decode(clip.data, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InputError(f"{path}, clip {place}: its data is not base64 ({error})") from error
    if len(data) != 2 * values or clip.frames > clip.length:
        raise InputError(
            f"{path}, clip {place}: {len(data)} bytes for {clip.frames} of {clip.length} frames of "
            f"{skeleton.joints} joints"
        )
    joints = np.frombuffer(data, dtype="<i2").astype(np.float64) / LARGEST * clip.scale
    shape = (clip.frames, skeleton.joints, skeleton.dimensions)
    return MovingClip(clip.length, joints.reshape(shape))
