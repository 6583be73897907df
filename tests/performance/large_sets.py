"""A set as large as NTU RGB+D 120, and what the stages of a run do with its clips, each measured in
a process of its own: ``python -m tests.performance.large_sets OPERATION FILE FOLDER``."""

from __future__ import annotations

import json
import pickle
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmark.engine.job import Job
from benchmark.engine.peak_memory import peak_memory_mb, reset_peak_memory
from benchmark.engine.store import Store
from skeletons.clips import ClipSet
from skeletons.datasets import Data, dataset_named, load_data

ALL = 114_480
CLASSES = 120
MUTUAL = {*range(49, 60), *range(105, 120)}
"""Labels, from 0, of two people."""


def write_file(path: Path, clips: int, dtype: type) -> None:
    """A PYSKL annotation file of so many clips of 40 to 120 frames of 25 joints, with a second body
    in the mutual classes, streamed to disk; no two frames are equal."""
    rng = np.random.default_rng(0)
    head, key, empty = b"\x80\x03}", pickle.dumps("annotations", 3)[2:-1], b"]"
    train: list[str] = []
    test: list[str] = []
    with path.open("wb") as stream:
        stream.write(head + key + empty)
        for number in range(clips):
            label, trial = number % CLASSES, number // CLASSES
            person, camera = trial % 106 + 1, trial // 106 % 3 + 1
            name = f"S{trial // 318 + 1:03d}C{camera:03d}P{person:03d}R001A{label + 1:03d}"
            (train if person % 2 else test).append(name)
            frames = int(rng.integers(40, 121))
            shape = (1 + (label in MUTUAL), frames, 25, 3)
            joints = rng.standard_normal(shape, dtype=np.float32).cumsum(axis=1) * 0.01
            joints += rng.normal(0, 0.3, (shape[0], 1, 25, 3)) + np.array([0.0, 0.0, 3.0])
            stream.write(_item({
                "frame_dir": name, "label": label, "total_frames": frames,
                "keypoint": joints.astype(dtype),
            }))  # fmt: skip
        splits = pickle.dumps({"xsub_train": train, "xsub_val": test}, 3)[2:-1]
        stream.write(b"s" + pickle.dumps("split", 3)[2:-1] + splits + b"s.")


def _item(entry: dict[str, Any]) -> bytes:
    """What appends an entry to the list under way, without references to what stands before it."""
    from io import BytesIO

    stream = BytesIO()
    pickler = pickle.Pickler(stream, protocol=3)
    pickler.fast = True
    pickler.dump(entry)
    return stream.getvalue()[2:-1] + b"a"


def _loaded(file: Path) -> Data:
    return load_data(dataset_named(f"pyskl:{file}"), "xsub", None)


def _bytes(*parts: ClipSet) -> int:
    """Of the coordinates of some clips in float32."""
    return sum(4 * int(part.lengths.sum()) * part.frames[0].size for part in parts)


def read(file: Path, folder: Path) -> int:
    """``pyskl:FILE`` as a data set."""
    return _bytes(*_loaded(file).parts.values())


def write_parts(file: Path, folder: Path) -> int:
    """Read the file and write the parts as the data stage does."""
    parts = _loaded(file).parts
    for name, part in parts.items():
        part.save(folder / f"{name}.npz")
    return _bytes(*parts.values())


def data_stage(file: Path, folder: Path) -> int:
    """The whole stage, with its search for copies."""
    from benchmark.experiment.artefacts.clips import stored_part
    from benchmark.experiment.stages.data import load

    parameters = {"dataset": f"pyskl:{file}", "protocol": "xsub", "identity": "large"}
    load(Job("data", parameters, {}, folder, folder, "", Store(folder)))
    return _bytes(*(stored_part(folder, part) for part in ("train", "dev", "test")))


def split(file: Path, folder: Path) -> int:
    """What every training stage begins with."""
    from benchmark.experiment.artefacts.clips import stored_split

    return _bytes(stored_split(folder, "full", 0))


def fingerprint(file: Path, folder: Path) -> int:
    """The hash of half of the training clips, whose frames lie scattered in the file."""
    from benchmark.experiment.artefacts.clips import stored_part
    from skeletons.splits import Split

    train = stored_part(folder, "train")
    assert Split.parse("50pct").select(train).fingerprint
    return _bytes(train)


def graph_input(file: Path, folder: Path) -> int:
    """Clips as graph networks train on them."""
    from benchmark.experiment.artefacts.clips import stored_part
    from recognizers.inputs import GraphInput
    from recognizers.recipes import Augmentation

    train = stored_part(folder, "train")
    GraphInput.of(train, 64, Augmentation(), stream="bone_motion")
    return _bytes(train)


def image_codec(file: Path, folder: Path) -> int:
    """Clips as diffusion on skeleton images trains on them."""
    from benchmark.experiment.artefacts.clips import stored_part
    from skeletons.image import SkeletonImageCodec
    from skeletons.placement import upright

    train = stored_part(folder, "train")
    SkeletonImageCodec.fit(train, 32).images_of(upright(train))
    return _bytes(train)


def pose_codec(file: Path, folder: Path) -> int:
    """Clips as generators of pose sequences train on them."""
    from benchmark.experiment.artefacts.clips import stored_part
    from generators.sequences.poses import PoseCodec

    train = stored_part(folder, "train")
    PoseCodec.fit(train, 60).encode(train)
    return _bytes(train)


def bodies(file: Path, folder: Path) -> int:
    """What is measured on the joints."""
    from benchmark.experiment.artefacts.clips import stored_part
    from metrics.body.measuring import measure_bodies

    train = stored_part(folder, "train")
    measure_bodies(train).arrays()
    return _bytes(train)


OPERATIONS: dict[str, Callable[[Path, Path], int]] = {
    one.__name__: one
    for one in (
        *(read, write_parts, data_stage, split, fingerprint),
        *(graph_input, image_codec, pose_codec, bodies),
    )
}


def main(operation: str, file: Path, folder: Path) -> None:
    """Print what an operation took as one JSON object; libraries are loaded before."""
    import sklearn.neighbors  # noqa: F401
    import torch

    import recognizers.inputs  # noqa: F401

    torch.set_num_threads(1)
    reset_peak_memory()
    before, start = peak_memory_mb(), time.perf_counter()
    own = OPERATIONS[operation](file, folder) / 2**20
    told = {
        "seconds": time.perf_counter() - start,
        "peak_memory_mb": peak_memory_mb() - before,
        "own_mb": own,
    }
    print(json.dumps({**told, "ratio": told["peak_memory_mb"] / own}))


if __name__ == "__main__":
    main(sys.argv[1], *map(Path, sys.argv[2:]))
