"""Files of clips that a model made somewhere else, as they are: nothing is judged or changed here.

Known are ``.npz`` (``joints``, ``labels``, ``lengths``, ``fps``), PYSKL's annotation pickles,
folders of HumanAct12-named ``.npy``, MDM's ``results.npy``, and a ``.zip`` of one of these. What
the numbers mean is found by :mod:`skeletons.foreign`.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skeletons.errors import InputError
from skeletons.formats.archives import files_of, is_archive
from skeletons.formats.array_pickles import UNREADABLE, load_arrays
from skeletons.formats.humanact12 import FILE_NAME
from skeletons.formats.plain_arrays import MOST_BYTES, read_header, read_npy, read_npz
from skeletons.skeleton import Skeleton

LAYOUTS = (
    "[N, T, V, C] or [N, V, C, T] under 'joints' of a .npz (with 'labels', and 'lengths' where "
    "clips differ), a PYSKL annotation pickle, a folder of P..G..R..F..T..A....npy, MDM's "
    "results.npy"
)
"""For messages: N clips, T frames, V joints, C coordinates; of two people also [N, M, T, V, C]."""

MOST_CLIPS = 1_000_000

Label = int | str


@dataclass(frozen=True, eq=False)
class SampleFile:
    """Clips as a file has them.

    Attributes:
        joints: of each clip, ``[T, V, C]`` in an unknown unit, order and orientation.
        labels: of each clip, a number or a class's name.
        fps: frames a second, where the file says.
        joint_names: in the file's order, where it says.
        said: how the file was read.
    """

    joints: tuple[NDArray[Any], ...]
    labels: tuple[Label, ...]
    fps: float | None = None
    joint_names: tuple[str, ...] | None = None
    said: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.joints)


@dataclass(frozen=True)
class BodySize:
    """What a clip of the data set holds, which tells axes apart.

    Attributes:
        joints: V of one body.
        coordinates: C.
        people: M; the joints of two lie side by side, ``[T, M V, C]``.
    """

    joints: int
    coordinates: int
    people: int = 1

    @classmethod
    def of(cls, skeleton: Skeleton) -> BodySize:
        """That of a skeleton's clips."""
        return cls(len(skeleton.single), skeleton.dimensions, skeleton.people)

    @property
    def frame(self) -> tuple[int, int]:
        """Shape of a frame."""
        return self.joints * self.people, self.coordinates


def read_samples(path: Path, size: BodySize) -> SampleFile:
    """The clips of a file or folder, ``size`` those of the data set.

    Raises:
        InputError: nothing there, an unknown layout (with its shape and the known ones), a damaged
            file, or one whose reading could run code.
    """
    if path.is_dir() or is_archive(path):
        return _of_files(_files(path), str(path), size)
    try:
        bytes_there = path.stat().st_size
        if bytes_there > MOST_BYTES:
            raise InputError(
                f"{path} has {bytes_there / 2**20:,.0f} MiB, at most {MOST_BYTES // 2**20} are read"
            )
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}") from error
    return _of_content(content, path.name, str(path), size)


def of_arrays(
    joints: Any, labels: Any, lengths: Any = None, fps: Any = None, *, size: BodySize
) -> SampleFile:
    """Clips of arrays in memory, read as those of a ``.npz``; ``joints`` may also be a list of one
    ``[T, V, C]`` a clip. ``size``: that of the data set's clips."""
    if isinstance(joints, list | tuple):
        clips = [np.asarray(one) for one in joints]
        _check_clips(clips, "joints")
        return SampleFile(tuple(clips), _labels(labels, len(clips), "labels"), _fps(fps))
    arrays = {"joints": np.asarray(joints), "labels": np.asarray(labels)}
    given = {"lengths": lengths, "fps": fps}
    arrays |= {name: np.asarray(value) for name, value in given.items() if value is not None}
    return _of_arrays(arrays, "the arrays", size)


def _of_content(content: bytes, name: str, where: str, size: BodySize) -> SampleFile:
    suffix = PurePosixPath(name).suffix.lower()
    if content[:6] == b"\x93NUMPY":
        return _of_npy(content, where, size)
    if suffix in (".pkl", ".pickle"):
        return _of_pickle(content, where, size)
    if content[:2] == b"PK" and suffix != ".zip":
        return _of_arrays(read_npz(content, where), where, size)
    if suffix == ".zip":
        raise InputError(f"{where} is an archive in an archive")
    if suffix in (".npz", ".npy"):
        raise InputError(f"{where} is not a {suffix} file: it is cut, damaged or something else")
    raise InputError(f"{where}: files of samples are {LAYOUTS}")


def _files(path: Path) -> dict[str, bytes]:
    """All files of a folder or archive, by name."""
    files: dict[str, bytes] = {}
    size = 0
    for name, content in files_of(path, "", "samples", MOST_BYTES):
        if name in files:
            raise InputError(f"{path} holds several files called '{name}'")
        files[name], size = content, size + len(content)
        if size > MOST_BYTES:
            raise InputError(f"{path} holds more than {MOST_BYTES // 2**20} MiB")
    return files


def _of_files(files: Mapping[str, bytes], where: str, size: BodySize) -> SampleFile:
    """One file of any layout, or a clip a ``.npy``."""
    if not files:
        raise InputError(f"{where} holds no files: files of samples are {LAYOUTS}")
    if len(files) == 1 and not FILE_NAME.fullmatch(next(iter(files))):
        ((name, content),) = files.items()
        return _of_content(content, name, f"{where}: {name}", size)
    joints, labels = [], []
    for name in sorted(files):
        match = FILE_NAME.fullmatch(name)
        if match is None:
            raise InputError(
                f"{where}: '{name}' has no action code: names are P01G01R01F0001T0017A0101.npy, "
                "whose A01 is the first class"
            )
        if match[2] == "00":
            raise InputError(f"{where}: '{name}' says action 00, codes begin at 01")
        clip = read_npy(files[name], f"{where}: '{name}'")
        joints.append(clip)
        labels.append(int(match[2]) - 1)
    _check_clips(joints, where)
    said = (f"a folder of {len(joints)} clips, the action code of a name minus 1 as its label",)
    return SampleFile(tuple(joints), tuple(labels), said=said)


def _of_npy(content: bytes, where: str, size: BodySize) -> SampleFile:
    stream = io.BytesIO(content)
    shape, _, dtype = read_header(stream, where)
    if not dtype.hasobject:
        raise InputError(f"{where} is one array {shape} without labels: files are {LAYOUTS}")
    try:
        held = load_arrays(content[stream.tell() :])
    except UNREADABLE as error:
        raise InputError(f"{where} is not MDM's results.npy: {error}") from error
    if isinstance(held, np.ndarray) and held.shape == ():
        held = held.item()
    if not isinstance(held, Mapping) or "motion" not in held:
        raise InputError(f"{where} is not MDM's results.npy: it holds no 'motion'")
    labels = held.get("labels", held.get("text"))
    if labels is None:
        raise InputError(f"{where} has neither 'text' nor 'labels': which class is each clip of?")
    arrays = {"joints": np.asarray(held["motion"]), "labels": np.asarray(labels)}
    if held.get("lengths") is not None:
        arrays["lengths"] = np.asarray(held["lengths"])
    read = _of_arrays(arrays, where, size)
    return SampleFile(read.joints, read.labels, read.fps, said=("MDM's results.npy", *read.said))


def _of_pickle(content: bytes, where: str, size: BodySize) -> SampleFile:
    try:
        held = load_arrays(content)
    except UNREADABLE as error:
        raise InputError(f"{where} is not a PYSKL annotation file: {error}") from error
    entries = held.get("annotations") if isinstance(held, Mapping) else held
    if not isinstance(entries, list) or not all(isinstance(one, Mapping) for one in entries):
        raise InputError(f"{where} is not a PYSKL annotation file: it holds no 'annotations'")
    joints, labels, others = [], [], 0
    for number, entry in enumerate(entries):
        who = f"{where}: clip {number}"
        for key in ("keypoint", "label"):
            if key not in entry:
                raise InputError(f"{who} has no '{key}'")
        try:
            clip = np.asarray(entry["keypoint"])
        except (ValueError, TypeError) as error:
            raise InputError(f"{who}: its keypoint is no array: {error}") from error
        if clip.ndim == 4:
            shown = [person for person in clip if np.any(person)] or list(clip[:1])
            others += len(shown) > size.people
            people = [*shown, *(np.zeros_like(clip[0]) for _ in range(size.people - len(shown)))]
            clip = np.concatenate(people[: size.people], axis=1) if len(clip) else clip
        joints.append(clip)
        labels.append(entry["label"])
    _check_clips(joints, where)
    if others:
        raise InputError(
            f"{where}: {others} clips show more than the data set's {size.people} a clip"
        )
    said = ("a PYSKL annotation file",)
    return SampleFile(tuple(joints), _labels(labels, len(joints), where), said=said)


def _of_arrays(arrays: Mapping[str, NDArray[Any]], where: str, size: BodySize) -> SampleFile:
    for needed in ("joints", "labels"):
        if needed not in arrays:
            there = ", ".join(f"'{name}'" for name in arrays) or "none"
            raise InputError(f"{where} has no '{needed}' ({there} instead): it needs {LAYOUTS}")
    joints = arrays["joints"]
    if joints.ndim == 5 and size.people > 1 and joints.shape[1] == size.people:
        joints = np.concatenate(list(np.moveaxis(joints, 1, 0)), axis=2)  # [N, M, T, V, C]
    if joints.dtype.kind not in "fiu":
        raise InputError(f"{where}: 'joints' holds {joints.dtype} and not numbers")
    if joints.ndim != 4 or 0 in joints.shape[1:] or len(joints) > MOST_CLIPS:
        raise InputError(f"{where}: 'joints' has the shape {joints.shape}; known are {LAYOUTS}")
    moved, layout = _time_second(joints, size, where)
    lengths = _lengths(arrays.get("lengths"), moved, where)
    clips = tuple(clip[:length] for clip, length in zip(moved, lengths, strict=True))
    names = arrays.get("joint_names")
    return SampleFile(
        clips,
        _labels(arrays["labels"], len(clips), where),
        _fps(arrays.get("fps")),
        None if names is None else tuple(str(one) for one in names.ravel()),
        (f"axes {layout}",),
    )


def _time_second(joints: NDArray[Any], size: BodySize, where: str) -> tuple[NDArray[Any], str]:
    """The clips as ``[N, T, V, C]``, and which layout they had."""
    _, first, second, third = joints.shape
    plain, time_last = (second, third) == size.frame, (first, second) == size.frame
    if not plain and not time_last:  # another number of joints, which is told of elsewhere
        plain, time_last = third in (2, 3), second in (2, 3)
    if plain:
        return joints, "[N, T, V, C]"
    if time_last:
        return np.moveaxis(joints, 3, 1), "[N, V, C, T]"
    raise InputError(f"{where}: 'joints' has the shape {joints.shape}; known are {LAYOUTS}")


def _lengths(given: NDArray[Any] | None, joints: NDArray[Any], where: str) -> list[int]:
    count, frames = joints.shape[:2]
    if given is None:
        return [frames] * count
    lengths = given.ravel()
    if lengths.dtype.kind not in "iu" or len(lengths) != count:
        raise InputError(f"{where}: 'lengths' holds {given.shape} values, there are {count} clips")
    wrong = np.flatnonzero((lengths < 1) | (lengths > frames))
    if len(wrong):
        raise InputError(
            f"{where}: clip {wrong[0]} says {lengths[wrong[0]]} frames, its array has {frames}"
        )
    return [int(length) for length in lengths]


def _labels(given: Any, count: int, where: str) -> tuple[Label, ...]:
    """Numbers or names, one a clip."""
    try:
        labels = np.asarray(given).ravel()
    except (ValueError, TypeError) as error:
        raise InputError(f"{where}: its labels are no list: {error}") from error
    if len(labels) != count:
        raise InputError(f"{where}: {len(labels)} labels for {count} clips")
    if labels.dtype.kind == "f" and np.array_equal(labels, np.round(labels)):
        labels = labels.astype(np.int64)
    if labels.dtype.kind in "iu":
        return tuple(int(label) for label in labels)
    if labels.dtype.kind == "S":
        return tuple(label.decode("utf-8", "replace") for label in labels.tolist())
    if labels.dtype.kind == "U" or all(isinstance(label, str) for label in labels.tolist()):
        return tuple(str(label) for label in labels.tolist())
    raise InputError(f"{where}: labels are numbers of classes or their names, not {labels.dtype}")


def _fps(given: Any) -> float | None:
    if given is None:
        return None
    values = np.asarray(given).ravel()
    if len(values) != 1 or values.dtype.kind not in "fiu" or not 0 < float(values[0]) < 10_000:
        raise InputError("'fps' is one number of frames a second")
    return float(values[0])


def _check_clips(clips: Iterable[NDArray[Any]], where: str) -> None:
    """Each clip is ``[T > 0, V, C]`` of numbers."""
    for number, clip in enumerate(clips):
        if clip.dtype.kind not in "fiu" or clip.ndim != 3 or 0 in clip.shape:
            raise InputError(
                f"{where}: clip {number} is {_shape(clip.shape)} of {clip.dtype}, a clip is "
                "[T > 0, V, C] of numbers"
            )


def _shape(shape: Sequence[int]) -> str:
    return f"[{', '.join(str(size) for size in shape)}]"
