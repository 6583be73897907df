"""PYSKL annotation files: a pickle of ``{'split': ..., 'annotations': [...]}``.

The format is described in PYSKL's ``tools/data/README.md``. A pickle can run code when it is
loaded, so reading goes through an unpickler that builds arrays and plain containers only.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skeletons.arrays import Float32Array
from skeletons.clips import ClipSet
from skeletons.errors import InputError
from skeletons.formats.annotations import Annotations
from skeletons.formats.archives import files_of, is_archive
from skeletons.formats.array_pickles import UNREADABLE, dump_arrays, load_arrays
from skeletons.formats.packing import packed_frames, starts_of
from skeletons.formats.people import subjects_of, views_of
from skeletons.formats.persons import Person, Tally
from skeletons.formats.reading import Reading, skeleton_for
from skeletons.skeleton import Skeleton


def write_annotations(path: Path, clips: ClipSet, splits: Mapping[str, Sequence[str]]) -> None:
    """Write clips as a PYSKL annotation file, ``keypoint`` float32 ``[M, T, V, C]``.

    Args:
        splits: ids of the clips of each named split.
    """
    annotations = [
        {
            "frame_dir": clip.id,
            "total_frames": len(clip.joints),
            "label": clip.label,
            "keypoint": _by_person(clip.joints, clips.skeleton.people),
        }
        for clip in (clips[row] for row in range(len(clips)))
    ]
    content = {
        "split": {name: list(ids) for name, ids in splits.items()},
        "annotations": annotations,
    }
    path.write_bytes(dump_arrays(content))


def _by_person(joints: Float32Array, people: int) -> Float32Array:
    """``[T, M V, C]`` of people side by side as ``[M, T, V, C]``."""
    split = joints.reshape(len(joints), people, -1, joints.shape[-1])
    return np.ascontiguousarray(split.swapaxes(0, 1))


def read_annotations(
    path: Path, skeleton: Skeleton, classes: Sequence[str]
) -> tuple[ClipSet, dict[str, list[str]]]:
    """Clips (first person only) and splits of a PYSKL annotation file that we wrote.

    Raises:
        InputError: not such a file, truncated, or one that asks for anything but arrays.
    """
    try:
        content = load_arrays(path.read_bytes())
        annotations: list[dict[str, Any]] = content["annotations"]
        clips = ClipSet.of(
            skeleton,
            classes,
            [np.asarray(entry["keypoint"][0], dtype=np.float32) for entry in annotations],
            [entry["label"] for entry in annotations],
            ids=[entry["frame_dir"] for entry in annotations],
            name=path.name,
        )
        return clips, {name: list(ids) for name, ids in content["split"].items()}
    except UNREADABLE as error:
        raise InputError(f"{path} is not a PYSKL annotation file: {error}") from error


def open_annotations(path: Path) -> Annotations:
    """What an annotation file, or an archive with one, holds; nothing of it is executed.

    Raises:
        InputError: no such file, truncated, hostile, or of another kind.
    """
    where = f"pyskl: {path.name}"
    try:
        if is_archive(path):
            found = list(files_of(path, ".pkl", "pyskl"))
            if len(found) != 1:
                raise InputError(f"{where} holds {len(found)} .pkl files, one is read")
            content, size = load_arrays(io.BytesIO(found[0][1])), len(found[0][1])
        else:
            with path.open("rb") as stream:
                content, size = load_arrays(stream), path.stat().st_size
    except UNREADABLE as error:
        told = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise InputError(
            f"{where} is not a PYSKL annotation file: {' '.join(told.split())[:200]}"
        ) from error
    return Annotations.of(content, size, where)


def read(
    annotations: Annotations,
    given: Skeleton | None,
    names: Sequence[str] | None,
    persons: int = 1,
) -> Reading:
    """The clips of an annotation file, in its order; the annotations are emptied.

    One person a clip, or two, by the rules of :mod:`skeletons.formats.persons`. ``keypoint`` is
    ``[M, T, V, C]``, or ``[T, V, C]`` of one person; C is 3, or 2 with scores ``[M, T, V]``.

    Args:
        given: a skeleton in place of the one that the number of joints tells.
        names: class names of the labels, in place of the file's own.
        persons: bodies that are kept of each clip.

    Raises:
        InputError: an entry that is broken or of another kind, by its id.
    """
    where, ids = annotations.where, annotations.ids
    first = annotations.shape(0)
    annotations.check_third()
    skeleton = skeleton_for(first[-2], first[-1], given, f"{where}: clip '{ids[0]}'")
    labels, classes = annotations.numbered_labels(names)
    tally = Tally(persons)
    joints: list[NDArray[Any]] = []
    unseen: list[NDArray[Any]] = []
    rows: list[int] = []
    for row, bodies, scores in annotations.take():
        person = tally.choose(bodies)
        if person is None:
            continue
        if scores is not None:
            unseen.append(_part(scores, person) <= 0)
        joints.append(person.joints)
        rows.append(row)
    if not joints:
        raise InputError(f"{where}: no clip shows a body")
    frames, lengths = packed_frames(joints, annotations.size)
    kept = [ids[row] for row in rows]
    clips = ClipSet(
        skeleton=skeleton.for_people(persons),
        classes=classes,
        frames=frames,
        starts=starts_of(lengths),
        lengths=lengths,
        labels=labels[rows],
        subjects=np.asarray(subjects_of(kept, [annotations.subjects[row] for row in rows])),
        views=np.asarray(views_of(kept)),
        ids=np.asarray(kept),
        name=where.removeprefix("pyskl: "),
    )
    counts = {
        "one_frame_clips": int((lengths == 1).sum()),
        **annotations.counts,
        **tally.counts,
    }
    return Reading(
        clips,
        splits=annotations.splits,
        counts=tuple(counts.items()),
        notes=(*annotations.notes(), *tally.notes()),
        facts={**annotations.facts(), **tally.facts()},
        unseen=np.concatenate(unseen) if unseen else None,
    )


def _part(scores: NDArray[Any], person: Person) -> NDArray[Any]:
    """Scores ``[T, M V]`` of the frames and the bodies that were chosen; of one that is not there
    they are 1, since nothing is to be filled."""
    frames = slice(person.start, person.start + len(person.joints))
    size = person.joints.shape[1] // (1 + len(person.others))
    seen = np.ones((len(person.joints), size), scores.dtype)
    rows = (person.number, *person.others)
    return np.concatenate([seen if one is None else scores[one, frames] for one in rows], axis=1)
