"""Checks that seeds and files are all that samples depend on."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np

from benchmark.analyses.conformance.candidate import (
    SAMPLE_SEED,
    BrokenPromiseError,
    Candidate,
    NotApplicableError,
    equal,
)
from generators.registry import load_generator
from skeletons.clips import ClipSet

SAME_POSE = 1e-4
"""Poses whose joints' distances differ by this share are the same but for rounding."""

CODE = frozenset((".py", ".pyc", ".so", ".pkl", ".pickle", ".pt", ".pth", ".ckpt", ".joblib"))
"""Names of files that run code when they are read."""

PICKLE_STARTS = tuple(bytes((0x80, protocol)) for protocol in range(2, 6))


def check_deterministic(candidate: Candidate) -> None:
    """The same samples of one fit, twice; a second fit and its samples, bit for bit."""
    if not candidate.samples_repeat:
        raise BrokenPromiseError("sampled twice with the same seed, it gives other clips")
    if not candidate.fits_repeat:
        raise BrokenPromiseError("fitted twice with the same seed, it gives other clips")


def check_seeds_differ(candidate: Candidate) -> None:
    """Another sampling seed; and the poses of one class among themselves."""
    other = candidate.sample(candidate.reference.generator, candidate.few_labels, SAMPLE_SEED + 1)
    if equal(other, candidate.few_samples):
        raise BrokenPromiseError("another seed gives the same clips")
    samples = candidate.samples
    spreads = [pose_spread(samples.select(samples.labels == c)) for c in np.unique(samples.labels)]
    if max(spreads) < SAME_POSE:
        raise BrokenPromiseError("all clips of a class have the same poses")


def pose_spread(clips: ClipSet) -> float:
    """How far clips differ in their first and last poses, wherever they stand and face.

    The largest standard deviation, over clips, of a distance between two joints, as a share of
    that distance's mean over all joints. It is 0 for a motion that is only moved and resampled.
    Clips of one frame have no last pose of their own and do not count.
    """
    packed = clips.select(clips.lengths > 1).packed()
    if len(packed) == 0:
        return 0.0
    ends = packed.starts + packed.lengths - 1
    poses = packed.frames[np.stack([packed.starts, ends])].astype(np.float64)
    distances = np.linalg.norm(poses[:, :, :, None] - poses[:, :, None], axis=-1)
    return float(distances.std(axis=1).max() / max(distances.mean(), 1e-12))


def check_saves(candidate: Candidate) -> None:
    """Save, move the folder away, load, sample."""
    if not candidate.samples_repeat:
        raise NotApplicableError("its samples are others each time")
    folder = candidate.new_folder("saved")
    candidate.reference.generator.save(folder)
    moved = folder.rename(folder.with_name(folder.name + "-moved"))
    samples = candidate.sample(load_generator(candidate.name, moved), candidate.few_labels)
    if not equal(samples, candidate.few_samples):
        raise BrokenPromiseError("a saved and loaded one gives other clips")


def check_files(candidate: Candidate) -> None:
    """What ``save`` writes, file by file."""
    folder = candidate.new_folder("files")
    candidate.reference.generator.save(folder)
    for path in sorted(folder.rglob("*")):
        reason = why_not_data(path) if path.is_file() else ""
        if reason:
            raise BrokenPromiseError(f"{path.relative_to(folder)} {reason}")


def why_not_data(path: Path) -> str:
    """Why reading a file could run code; empty if it could not."""
    instead = "write safetensors, npz or json"
    if path.suffix in CODE:
        return f"may run code when it is read: {instead}"
    with path.open("rb") as file:
        start = file.read(2)
    if start in PICKLE_STARTS:
        return f"is a pickle: {instead}"
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            if any(Path(name).suffix in CODE for name in archive.namelist()):
                return f"holds a pickle: {instead}"
    if path.suffix in (".npz", ".npy"):
        return _why_not_arrays(path)
    if path.suffix == ".json":
        try:
            json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            return f"is no JSON: {error}"
    return ""


def _why_not_arrays(path: Path) -> str:
    try:
        # Opened here: np.load leaves a file that is no archive open.
        with path.open("rb") as stream:
            stored = np.load(stream, allow_pickle=False)
            for name in getattr(stored, "files", ()):
                stored[name]
    except (ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        return f"cannot be read without pickles: {error}"
    return ""
