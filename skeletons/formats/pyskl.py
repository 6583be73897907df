"""PYSKL annotation files: a pickle of ``{'split': ..., 'annotations': [...]}``.

The format is described in PYSKL's ``tools/data/README.md``. A pickle can run code when it is
loaded, so reading goes through an unpickler that builds arrays and plain containers only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from skeletons.arrays import Float32Array
from skeletons.clips import ClipSet
from skeletons.errors import InputError
from skeletons.formats.array_pickles import UNREADABLE, dump_arrays, load_arrays
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
    """Clips (first person only) and splits of a PYSKL annotation file.

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
