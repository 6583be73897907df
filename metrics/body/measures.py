"""What body metrics see: a few arrays a clip, taken once from the joints themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from skeletons.arrays import Float32Array, Float64Array, IntArray
from skeletons.errors import InputError

NAMES = ("skeleton", "unit")


@dataclass(frozen=True, eq=False)
class BodyMeasures:
    """Measures of N clips of one skeleton; lengths are in the unit of the data.

    A step is 1/23 of a clip. Poses are the 12 frames nearest to evenly spaced moments.

    Attributes:
        skeleton: name of the skeleton.
        unit: unit of the coordinates.
        labels: int64 ``[N]``, the class that the clip shows or was asked to show.
        lengths: int64 ``[N]``, frames of the clip.
        bone_means: float64 ``[N, V - 1]``, mean length of each bone over the clip.
        bone_spreads: float64 ``[N, V - 1]``, its standard deviation over the clip.
        positions: float32 ``[N, 12, V - 1, 3]``, the joints of the poses but the centre, seen from
            the centre of the same frame, the body turned to the front.
        speeds: float32 ``[N, 23, V]``, way of each joint in each step, unit a step.
        jerks: float64 ``[N]``, mean size of the third differences, unit a step cubed.
        angles: float32 ``[N, 12, A]``, radians in [0, pi], at each joint between two bones.
        slid: float64 ``[N]``, horizontal way of feet while they were near the floor.
        stood: int64 ``[N]``, steps of a foot that was near the floor before and after.
        foot_steps: int64 ``[N]``, steps of feet that were looked at; 0 where there are no feet or
            the unit is none of length.
        feet_below: float64 ``[N]``, share of the moments with both feet lower than the centre.
        swaps: int64 ``[N]``, steps in which a left and a right joint seem to change places.
        steps: int64 ``[N]``, steps looked at for them; 0 where there are no pairs of joints.
        leaning: float64 ``[N, S]``, how far each joint or pair of joints is ahead of the centre;
            S is 0 where the skeleton does not tell what "ahead" is.
    """

    skeleton: str
    unit: str
    labels: IntArray
    lengths: IntArray
    bone_means: Float64Array
    bone_spreads: Float64Array
    positions: Float32Array
    speeds: Float32Array
    jerks: Float64Array
    angles: Float32Array
    slid: Float64Array
    stood: IntArray
    foot_steps: IntArray
    feet_below: Float64Array
    swaps: IntArray
    steps: IntArray
    leaning: Float64Array

    def __post_init__(self) -> None:
        for name, array in self._clip_arrays().items():
            if array.shape[:1] != self.labels.shape:
                raise InputError(
                    f"body measures: '{name}' has shape {array.shape} for {len(self)} clips"
                )

    def __len__(self) -> int:
        return len(self.labels)

    def select(self, rows: ArrayLike) -> BodyMeasures:
        """The clips of an index array or a mask."""
        chosen = np.asarray(rows)
        chosen = chosen if chosen.dtype == bool else chosen.astype(np.int64)
        arrays = {name: array[chosen] for name, array in self._clip_arrays().items()}
        return BodyMeasures(skeleton=self.skeleton, unit=self.unit, **arrays)

    @classmethod
    def concatenate(cls, parts: Sequence[BodyMeasures]) -> BodyMeasures:
        """All clips of one or more parts.

        Raises:
            InputError: no parts; parts of different skeletons, units or sizes of a clip's arrays.
        """
        if not parts:
            raise InputError("nothing to concatenate: no body measures were given")
        first = parts[0]
        for part in parts[1:]:
            _check_alike(part, first, "the next part", "the first part")
        clips = [part._clip_arrays() for part in parts]
        arrays = {name: np.concatenate([each[name] for each in clips]) for name in clips[0]}
        return cls(skeleton=first.skeleton, unit=first.unit, **arrays)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """All of it as named arrays, which ``numpy.savez`` writes without pickles."""
        names: dict[str, NDArray[Any]] = {name: np.asarray(getattr(self, name)) for name in NAMES}
        return names | self._clip_arrays()

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> BodyMeasures:
        """What :meth:`arrays` gave.

        Raises:
            InputError: an array is missing, or not of the clips of the others.
        """
        missing = [field.name for field in fields(cls) if field.name not in arrays]
        if missing:
            raise InputError(f"body measures: '{missing[0]}' is missing, measure the clips again")
        given = {field.name: arrays[field.name] for field in fields(cls) if field.name not in NAMES}
        return cls(skeleton=str(arrays["skeleton"]), unit=str(arrays["unit"]), **given)

    def _clip_arrays(self) -> dict[str, NDArray[Any]]:
        names = (field.name for field in fields(self) if field.name not in NAMES)
        return {name: getattr(self, name) for name in names}


def check_comparable(drawn: BodyMeasures, reference: BodyMeasures) -> None:
    """Raise :class:`InputError` where two sets are not of the same skeleton and unit."""
    _check_alike(drawn, reference, "the drawn clips", "the real")


def _check_alike(one: BodyMeasures, other: BodyMeasures, this: str, that: str) -> None:
    for name in NAMES:
        mine, theirs = getattr(one, name), getattr(other, name)
        if mine != theirs:
            raise InputError(f"the {name} is '{mine}' in {this}, '{theirs}' in {that}")
    others = other._clip_arrays()
    for name, array in one._clip_arrays().items():
        mine, theirs = array.shape[1:], others[name].shape[1:]
        if mine != theirs:
            raise InputError(f"'{name}' of a clip is {mine} in {this}, {theirs} in {that}")
