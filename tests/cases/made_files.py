"""Files as people bring them, made from stick figures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from skeletons.clips import ClipSet
from skeletons.formats.array_pickles import dump_arrays

Entry = dict[str, Any]


def entries_of(clips: ClipSet) -> list[Entry]:
    """Entries of a PYSKL file, one a clip, which may be changed."""
    return [
        {
            "frame_dir": str(clips.ids[row]),
            "label": int(clips.labels[row]),
            "total_frames": int(clips.lengths[row]),
            "keypoint": clips[row].joints[None].astype(np.float32),
        }
        for row in range(len(clips))
    ]


def changed(entries: list[Entry], change: Callable[[np.ndarray], np.ndarray]) -> list[Entry]:
    """The same entries with other joints, ``[M, T, V, C]``."""
    return [{**one, "keypoint": np.array(change(one["keypoint"]))} for one in entries]


def annotation_file(path: Path, entries: list[Entry], **more: Any) -> Path:
    """A PYSKL file whose last third is tested on, unless ``split`` says otherwise."""
    ids = [entry.get("frame_dir", "") for entry in entries]
    cut = 2 * len(ids) // 3
    content: dict[str, Any] = {"split": {"train": ids[:cut], "test": ids[cut:]}}
    content |= {"annotations": entries, **more}
    path.write_bytes(dump_arrays(content))
    return path


def figure(joints: int, frames: int, seed: int) -> np.ndarray:
    """Somebody ``[T, V, 3]`` about 3 m away whose joints drift; none is at zero."""
    rng = np.random.default_rng(seed)
    body = rng.normal(0, 0.3, (1, joints, 3)) + np.array([0.0, 0.0, 3.0])
    return np.asarray(body + np.cumsum(rng.normal(0, 0.01, (frames, joints, 3)), axis=0))


def humanact12_folder(folder: Path) -> Path:
    """Six people, three fine classes of two coarse ones."""
    folder.mkdir(parents=True)
    for person in range(1, 7):
        for number, code in enumerate(("0101", "0102", "0504")):
            name = f"P{person:02d}G01R01F0001T0020A{code}.npy"
            np.save(folder / name, figure(24, 10 + person, 10 * person + number))
    return folder


def skeleton_text(bodies: list[dict[str, np.ndarray]]) -> str:
    """A ``.skeleton`` file of frames, each a mapping of track ids to joints ``[V, 3]``."""
    lines = [str(len(bodies))]
    for frame in bodies:
        lines.append(str(len(frame)))
        for track, joints in frame.items():
            lines += [f"{track} 0 1 1 1 1 0 0.1 0.2 2", str(len(joints))]
            lines += [f"{x:.5f} {y:.5f} {z:.5f} 0 0 0 0 0 0 0 0 2" for x, y, z in joints]
    return "\n".join(lines) + "\n"


def ntu_folder(folder: Path) -> Path:
    """Three people, two actions, cameras 1 and 2, one setup of odd number."""
    folder.mkdir(parents=True)
    for person in (1, 2, 3):
        for camera in (1, 2):
            for action in (1, 2):
                body = figure(25, 9, 100 * person + 10 * camera + action)
                name = f"S001C{camera:03d}P{person:03d}R001A{action:03d}.skeleton"
                frames = [{"72057594037944738": joints} for joints in body]
                (folder / name).write_text(skeleton_text(frames))
    return folder
