"""A few clips of a run for its page's player: real, synthetic and the nearest training clip.

Joints are whole numbers of 16 bits in base64, with a scale a clip; the page stays small however
many clips, frames and classes a run has.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np

from benchmark.records.tables import write_text
from benchmark.reports.figures.posing import bones_by_side, heads_of, seen_from_front
from skeletons.arrays import Float64Array, IntArray
from skeletons.clips import ClipSet
from skeletons.placement import upright
from skeletons.skeleton import Skeleton

FRAMES_PER_SECOND = 20
BUDGET = 1_900_000
"""Characters of all clips together."""
PLANS = ((3, 64), (3, 40), (2, 40), (1, 40), (1, 24), (1, 16), (1, 10))
"""Samples of a class and frames of a clip at most, the first that fits the budget."""
NEAREST_FRAMES = 16
"""Moments of two clips that are held against each other."""
CHUNK = 2000
"""Training clips that are looked at together."""
LARGEST = 32767


def write_moving_clips(real: ClipSet, synthetic: ClipSet, path: Path) -> Path:
    """Write what :func:`moving_clips` gives as JSON; equal clips give equal bytes."""
    text = json.dumps(moving_clips(real, synthetic), ensure_ascii=False, separators=(",", ":"))
    write_text(path, text + "\n")
    return path


def moving_clips(real: ClipSet, synthetic: ClipSet, budget: int = BUDGET) -> dict[str, Any]:
    """Clips of each class, chosen by their ranks in length and not by hand.

    Args:
        real: clips that the generator saw; the nearest ones are sought among them.
        synthetic: the generator's clips, of the same skeleton and classes.
        budget: characters of all clips together, as far as one clip a class allows.

    Returns:
        ``skeleton``, ``classes``, ``clips`` (each once) and ``rows``: a class with the places in
        ``clips`` of its real and synthetic ones, of the training clip nearest to each synthetic
        one, and how far that is (root mean square over joints and frames, in the skeleton's unit).
    """
    skeleton = synthetic.skeleton
    values = len(skeleton) * skeleton.dimensions
    held = [label for label in range(len(synthetic.classes)) if (synthetic.labels == label).any()]
    for samples, frames in PLANS:
        size = 3 * len(held) * samples * frames * values * 8 // 3
        if size <= budget:
            break
    else:
        held = held[: max(1, budget * len(held) // size)]
    chosen = {label: _chosen(synthetic, label, samples) for label in held}
    nearest, distance = nearest_clips(real, synthetic, np.concatenate([*chosen.values()]))
    store = _Store(frames)
    rows: list[dict[str, Any]] = []
    place = 0
    for label, own in chosen.items():
        beside = slice(place, place + len(own))
        place += len(own)
        shown = _chosen(real, label, samples)
        rows.append(
            {
                "class": label,
                "real": [store.place(real, row) for row in shown.tolist()],
                "synthetic": [store.place(synthetic, row) for row in own.tolist()],
                "nearest": [store.place(real, row) for row in nearest[beside].tolist()],
                "distance": [float(f"{one:.3g}") for one in distance[beside].tolist()],
            }
        )
    return {
        "skeleton": _skeleton(skeleton),
        "classes": list(synthetic.classes),
        "frames_per_second": FRAMES_PER_SECOND,
        "height": _height(real if len(real) else synthetic),
        "rows": rows,
        "clips": store.clips,
    }


def nearest_clips(
    real: ClipSet, synthetic: ClipSet, rows: IntArray
) -> tuple[IntArray, Float64Array]:
    """For some synthetic clips the row of the real clip that is nearest, and how far it is.

    Clips start at the origin and face the front, and are compared at the same shares of their
    lengths.
    """
    place = np.full(len(rows), -1, dtype=np.int64)
    squared = np.full(len(rows), np.inf)
    if not len(real) or not len(rows):
        return place[:0], squared[:0]
    ours = _moments(synthetic.select(rows))
    for start in range(0, len(real), CHUNK):
        theirs = _moments(real.select(np.arange(start, min(start + CHUNK, len(real)))))
        for row, one in enumerate(ours):
            away = np.square(theirs - one).mean(axis=1)
            best = int(away.argmin())
            if away[best] < squared[row]:
                place[row], squared[row] = start + best, away[best]
    return place, np.sqrt(squared * synthetic.skeleton.dimensions)


class _Store:
    """The clips of a page, each once."""

    def __init__(self, frames: int) -> None:
        self.clips: list[dict[str, Any]] = []
        self._frames = frames
        self._places: dict[tuple[int, int], int] = {}

    def place(self, clips: ClipSet, row: int) -> int:
        key = id(clips), row
        if key not in self._places:
            self._places[key] = len(self.clips)
            self.clips.append(_packed(clips, row, self._frames))
        return self._places[key]


def _chosen(clips: ClipSet, label: int, count: int) -> IntArray:
    """Clips of a class at equal steps in the order of their lengths."""
    order = np.lexsort((clips.ids, clips.lengths))
    rows = order[clips.labels[order] == label]
    count = min(count, len(rows))
    steps = [(2 * place + 1) * len(rows) // (2 * count) for place in range(count)]
    return np.asarray(rows[steps], dtype=np.int64)


def _moments(clips: ClipSet) -> Float64Array:
    """Clips ``[N, NEAREST_FRAMES * V * C]``."""
    frames = upright(clips).resample(NEAREST_FRAMES)
    return np.asarray(frames.reshape(len(clips), -1), dtype=np.float64)


def _packed(clips: ClipSet, row: int, frames: int) -> dict[str, Any]:
    one = clips.select([row])
    length = int(one.lengths[0])
    joints = seen_from_front(one.resample(min(length, frames)), clips.skeleton)[0]
    scale = float(f"{max(float(np.abs(joints).max()), 1e-9):.6g}")
    whole = np.clip(np.rint(joints / scale * LARGEST), -LARGEST, LARGEST).astype("<i2")
    return {
        "id": str(one.ids[0]),
        "class": int(one.labels[0]),
        "length": length,
        "frames": len(joints),
        "scale": scale,
        "data": base64.b64encode(whole.tobytes()).decode("ascii"),
    }


def _height(clips: ClipSet) -> float:
    """Of a typical body: the median over clips of the highest joint in the first frame."""
    seen = seen_from_front(clips.resample(2), clips.skeleton)[:, 0, :, 1]
    return float(f"{max(float(np.median(seen.max(axis=1))), 1e-6):.4g}")


def _skeleton(skeleton: Skeleton) -> dict[str, Any]:
    return {
        "bones": {side: bones.tolist() for side, bones in bones_by_side(skeleton).items()},
        "heads": list(heads_of(skeleton)),
        "centre": skeleton.centre,
        "joints": len(skeleton),
        "people": skeleton.people,
        "dimensions": skeleton.dimensions,
        "unit": skeleton.unit,
    }
