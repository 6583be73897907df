"""A sound generator, and others that break one promise each."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from pydantic import BaseModel, ConfigDict

from skeletons.clips import ClipSet
from skeletons.datasets import Data
from skeletons.errors import InputError
from skeletons.layouts import SMPL24
from skeletons.placement import upright
from skeletons.seeds import named_rng
from tests.conftest import moving_clips

FRAMES = 16


class Moving:
    name = "moving"
    summary = "a body whose arms and legs swing"
    protocols = ("plain",)

    def identity(self, protocol: str, data_root: Path | None) -> str:
        return "seed 0"

    def load(self, protocol: str, data_root: Path | None) -> Data:
        return Data(moving_clips(24), moving_clips(6, seed=1), protocol)


class SoundParameters(BaseModel):
    model_config = ConfigDict(extra="forbid")

    train_steps: int = 4
    noise: float = 0.01


class Sound:
    """Class means, found in steps, with noise and lengths of real clips. It keeps all promises."""

    parameters_type: ClassVar[type[BaseModel]] = SoundParameters

    def __init__(self, parameters: Any = None) -> None:
        self.parameters = parameters or self.parameters_type()

    def fit(self, clips: ClipSet, run: Any) -> None:
        self.classes = clips.classes
        self.labels, self.lengths = clips.labels.copy(), clips.lengths.copy()
        poses = upright(clips).resample(FRAMES)
        start, means = self.resumed(run, np.zeros((len(clips.classes), *poses.shape[1:])))
        for step in range(start, self.parameters.train_steps):
            for label in np.unique(clips.labels):
                chosen = self.rng(run.seed, step, int(label)).choice(
                    np.flatnonzero(clips.labels == label)
                )
                means[label] += (poses[chosen] - means[label]) / (step + 1)
            run.progress(step + 1, self.parameters.train_steps)
            self.checkpoint(run, step + 1, means)
        self.means = means

    def resumed(self, run: Any, means: np.ndarray) -> tuple[int, np.ndarray]:
        path = run.checkpoint("means").with_suffix(".npz")
        if not path.exists():
            return 0, means
        with np.load(path) as stored:
            return int(stored["step"]), stored["means"]

    def checkpoint(self, run: Any, step: int, means: np.ndarray) -> None:
        np.savez(run.checkpoint("means").with_suffix(".npz"), step=step, means=means)

    def rng(self, *names: Any) -> np.random.Generator:
        return named_rng("sound", *names)

    def sample(self, labels: np.ndarray, seed: int) -> ClipSet:
        rng = self.rng("sample", seed)
        lengths = []
        for label in labels:
            known = self.lengths[self.labels == label]
            if len(known) == 0:
                raise InputError(f"label {label} was not among the clips that were fitted")
            lengths.append(int(rng.choice(known)))
        joints = self.means[labels] + self.noise(rng, len(labels))
        clips = ClipSet.of(SMPL24, self.classes, list(joints), labels, name="sound")
        return clips.with_lengths(np.asarray(lengths, dtype=np.int64))

    def noise(self, rng: np.random.Generator, count: int) -> np.ndarray:
        return self.parameters.noise * rng.normal(size=(count, *self.means.shape[1:]))

    def save(self, folder: Path) -> None:
        np.savez(folder / "means.npz", **self.arrays())
        (folder / "sound.json").write_text(json.dumps(self.classes))

    def arrays(self) -> dict[str, np.ndarray]:
        return {"means": self.means, "labels": self.labels, "lengths": self.lengths}

    @classmethod
    def load(cls, folder: Path) -> Sound:
        sound = cls()
        sound.classes = tuple(json.loads((folder / "sound.json").read_text()))
        with np.load(folder / "means.npz") as stored:
            sound.means, sound.labels = stored["means"], stored["labels"]
            sound.lengths = stored["lengths"]
        return sound


class Plain(Sound):
    """Sound, without parameters and without progress."""

    parameters_type = None

    def __init__(self) -> None:
        self.parameters = SoundParameters()

    def fit(self, clips: ClipSet, run: Any) -> None:
        class Quiet:
            seed, checkpoint = run.seed, run.checkpoint

            @staticmethod
            def progress(done: int, total: int) -> None:
                pass

        super().fit(clips, Quiet)


class CannotFit(Sound):
    def fit(self, clips: ClipSet, run: Any) -> None:
        raise RuntimeError("the moon is\nin the wrong place")


class NeedsTwo(Sound):
    def fit(self, clips: ClipSet, run: Any) -> None:
        if min(count for count in clips.class_counts() if count) < 2:
            raise ZeroDivisionError("variance of one clip")
        super().fit(clips, run)


class NeedsALabel(Sound):
    def sample(self, labels: np.ndarray, seed: int) -> ClipSet:
        assert len(labels) > 0, "no labels"
        return super().sample(labels, seed)


class WrongOrder(Sound):
    def sample(self, labels: np.ndarray, seed: int) -> ClipSet:
        return super().sample(np.sort(labels), seed)


class NoClips(Sound):
    def sample(self, labels: np.ndarray, seed: int) -> Any:
        return list(super().sample(labels, seed).frames)


class TwoJointsShort(Sound):
    """Written for another skeleton."""

    def sample(self, labels: np.ndarray, seed: int) -> ClipSet:
        joints = super().sample(labels, seed).resample(FRAMES)[:, :, :22]
        return ClipSet.of(SMPL24, self.classes, list(joints), labels, name="two_joints_short")


class NotANumber(Sound):
    def sample(self, labels: np.ndarray, seed: int) -> ClipSet:
        clips = super().sample(labels, seed)
        clips.frames[:1] = np.nan
        return clips


class SameIds(Sound):
    def sample(self, labels: np.ndarray, seed: int) -> ClipSet:
        clips = super().sample(labels, seed)
        clips.ids[:] = "clip"
        return clips


class Millimetres(Sound):
    def sample(self, labels: np.ndarray, seed: int) -> ClipSet:
        clips = super().sample(labels, seed)
        clips.frames[:] *= 1000
        return clips


class OneLength(Sound):
    def sample(self, labels: np.ndarray, seed: int) -> ClipSet:
        return super().sample(labels, seed).with_lengths(20)


class TooLong(Sound):
    def sample(self, labels: np.ndarray, seed: int) -> ClipSet:
        clips = super().sample(labels, seed)
        return clips.with_lengths(clips.lengths * 2)


class Crops(Sound):
    """Sound, since it says so."""

    length = "variable"

    def sample(self, labels: np.ndarray, seed: int) -> ClipSet:
        clips = super().sample(labels, seed)
        return clips.with_lengths(np.maximum(1, clips.lengths * 3 // 4))


class Unseeded(Sound):
    def rng(self, *names: Any) -> np.random.Generator:
        return np.random.default_rng() if names[0] == "sample" else super().rng(*names)


class FitsUnseeded(Sound):
    fits = 0

    def fit(self, clips: ClipSet, run: Any) -> None:
        super().fit(clips, run)
        FitsUnseeded.fits += 1
        self.means += 1e-6 * FitsUnseeded.fits


KEPT: dict[Any, Any] = {}
"""What generators below keep of earlier fits."""


class RemembersClips(Sound):
    """Under its own name, as a variable of a module."""

    def fit(self, clips: ClipSet, run: Any) -> None:
        super().fit(KEPT.setdefault("clips", clips), run)


class RemembersByShape(Sound):
    """On the class, by all that other clips may have in common with these."""

    kept: ClassVar[dict[Any, ClipSet]] = {}

    def fit(self, clips: ClipSet, run: Any) -> None:
        key = (clips.frames.shape, clips.classes, *clips.ids.tolist(), *clips.labels.tolist())
        super().fit(self.kept.setdefault(key, clips), run)


class RemembersItsMean(Sound):
    """Only where bodies stand is an earlier fit's."""

    def fit(self, clips: ClipSet, run: Any) -> None:
        super().fit(clips, run)
        self.means = self.means - self.means.mean() + KEPT.setdefault("mean", self.means.mean())


class RemembersLengths(Sound):
    def fit(self, clips: ClipSet, run: Any) -> None:
        super().fit(clips, run)
        known = KEPT.setdefault(("lengths", *self.labels.tolist()), self.lengths)
        self.lengths = known


class RemembersInAFile(Sound):
    """Another process finds it as well."""

    folder: ClassVar[Path]

    def fit(self, clips: ClipSet, run: Any) -> None:
        path = self.folder / f"clips-{len(clips)}.npz"
        if not path.exists():
            clips.save(path)
        super().fit(ClipSet.load(path), run)


class RemembersByContent(Sound):
    """Sound: the same clips are the same clips."""

    def fit(self, clips: ClipSet, run: Any) -> None:
        super().fit(KEPT.setdefault(clips.fingerprint, clips), run)


class IgnoresSeed(Sound):
    def sample(self, labels: np.ndarray, seed: int) -> ClipSet:
        return super().sample(labels, 0)


class Constant(Sound):
    """Length and placement are drawn, the motion never."""

    def noise(self, rng: np.random.Generator, count: int) -> np.ndarray:
        return rng.normal(size=(count, 1, 1, 3))


class Lossy(Sound):
    def arrays(self) -> dict[str, np.ndarray]:
        arrays = super().arrays()
        return arrays | {"means": arrays["means"].astype(np.float16)}


class RemembersItsFolder(Sound):
    def save(self, folder: Path) -> None:
        super().save(folder)
        (folder / "where.json").write_text(json.dumps(str(folder)))

    @classmethod
    def load(cls, folder: Path) -> Sound:
        return super().load(Path(json.loads((folder / "where.json").read_text())))


class Pickles(Sound):
    def save(self, folder: Path) -> None:
        super().save(folder)
        import pickle

        (folder / "state.bin").write_bytes(pickle.dumps(self.parameters))


class TorchSaves(Sound):
    def save(self, folder: Path) -> None:
        super().save(folder)
        import torch

        torch.save({"means": torch.from_numpy(self.means)}, folder / "weights")


class PicklesInArrays(Sound):
    def arrays(self) -> dict[str, np.ndarray]:
        return super().arrays() | {"names": np.asarray([{"a": 1}], dtype=object)}


class StartsAgain(Sound):
    def checkpoint(self, run: Any, step: int, means: np.ndarray) -> None:
        pass


class ResumesWrongly(Sound):
    def checkpoint(self, run: Any, step: int, means: np.ndarray) -> None:
        super().checkpoint(run, step, means.astype(np.float16).astype(np.float64))


class CannotBeStopped(Sound):
    def fit(self, clips: ClipSet, run: Any) -> None:
        class Deaf:
            seed, checkpoint = run.seed, run.checkpoint

            @staticmethod
            def progress(done: int, total: int) -> None:
                try:
                    run.progress(done, total)
                except BaseException:
                    return

        super().fit(clips, Deaf)


class NumpyHog(Sound):
    def noise(self, rng: np.random.Generator, count: int) -> np.ndarray:
        drawn = super().noise(rng, count)
        for_all_at_once = np.empty((70, *drawn.shape))  # counted, though no page of it is touched
        for_all_at_once[0] = drawn
        return for_all_at_once[0].copy()


class TorchHog(Sound):
    def noise(self, rng: np.random.Generator, count: int) -> np.ndarray:
        import torch

        drawn = torch.from_numpy(super().noise(rng, count))
        for_all_at_once = torch.empty(70, *drawn.shape, dtype=drawn.dtype)
        for_all_at_once[0] = drawn
        return for_all_at_once[0].clone().numpy()


class LayerWithoutBatches(Sound):
    """Its layer's memory is small beside the clips': only that it grows gives it away."""

    def noise(self, rng: np.random.Generator, count: int) -> np.ndarray:
        import torch

        drawn = torch.from_numpy(super().noise(rng, count))
        return torch.nn.Identity()(drawn).numpy()


class TakesAnyName(Sound):
    class Parameters(BaseModel):
        train_steps: int = 4
        noise: float = 0.01

    parameters_type = Parameters


class TakesAnyValue(Sound):
    class Parameters(BaseModel):
        model_config = ConfigDict(extra="forbid")

        noise: Any = 0.01
        train_steps: Any = 4

    parameters_type = Parameters


class MovesClips(Sound):
    def fit(self, clips: ClipSet, run: Any) -> None:
        super().fit(clips, run)
        clips.frames[:] += 1.0


class SortsLabels(Sound):
    def sample(self, labels: np.ndarray, seed: int) -> ClipSet:
        clips = super().sample(labels.copy(), seed)
        labels.sort()
        return clips


class SeedsNumpy(Sound):
    def sample(self, labels: np.ndarray, seed: int) -> ClipSet:
        np.random.seed(seed)  # noqa: NPY002
        return super().sample(labels, seed)


class SeedsTorch(Sound):
    def fit(self, clips: ClipSet, run: Any) -> None:
        import torch

        torch.manual_seed(run.seed)
        torch.rand(run.seed)
        super().fit(clips, run)


class SeedsPython(Sound):
    def sample(self, labels: np.ndarray, seed: int) -> ClipSet:
        random.seed(seed)
        return super().sample(labels, seed)


class TripsOverUnknownLabel(Sound):
    def sample(self, labels: np.ndarray, seed: int) -> ClipSet:
        for label in labels:
            self.lengths[self.labels == label][0]
        return super().sample(labels, seed)
