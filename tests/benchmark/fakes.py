"""A tiny data set, a tiny generator and quick stand-ins for the recognizers: seconds become
milliseconds, and everything between them is the real thing."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, ClassVar

import numpy as np
from pydantic import BaseModel, ConfigDict

from benchmark.records.fingerprint import folder_fingerprint
from recognizers.recipe_table import recipe_of
from skeletons.clips import ClipSet
from skeletons.datasets import Data
from skeletons.errors import InputError
from skeletons.layouts import skeleton_named
from skeletons.seeds import named_rng

HERE = "tests.benchmark.fakes"
DATASET = f"{HERE}:TinyDataset"
GENERATOR = f"{HERE}:Shaker"
SKELETON = skeleton_named("kinect20")
CLASSES = ("wave", "kick", "jump")


def tiny_clips(part: str, per_class: int) -> ClipSet:
    rng = named_rng("tiny", part)
    bases = named_rng("tiny", "bases").normal(size=(len(CLASSES), len(SKELETON), 3))
    labels = np.repeat(np.arange(len(CLASSES)), per_class)
    joints = [
        bases[label] + rng.normal(scale=0.8, size=(int(rng.integers(5, 12)), len(SKELETON), 3))
        for label in labels
    ]
    return ClipSet.of(SKELETON, CLASSES, joints, labels, name=part)


class TinyDataset:
    name = DATASET
    summary = "three actions of noise"
    protocols = ("plain", "shared")

    def identity(self, protocol: str, data_root: Path | None) -> str:
        if data_root is not None and not data_root.exists():
            raise InputError(f"tiny: there is no folder '{data_root}'")
        return "seed 0"

    def load(self, protocol: str, data_root: Path | None) -> Data:
        train, test = tiny_clips("train", 20), tiny_clips("test", 12)
        if protocol == "shared":
            test = ClipSet.concatenate([test, train.select([0])])
        return Data(
            train,
            test,
            protocol,
            ("It is noise.",),
            (("one-frame clips", 0),),
            tiny_clips("dev", 5),
        )


class ShakerParameters(BaseModel):
    model_config = ConfigDict(extra="forbid")

    noise: float = 0.5
    steps: int = 3


class Shaker:
    """Shakes each class's mean pose; its means are a part that other generators may share."""

    parameters_type: ClassVar[type[BaseModel]] = ShakerParameters

    def __init__(self, parameters: Any = None) -> None:
        self.parameters = parameters or ShakerParameters()

    def fit(self, clips: ClipSet, run: Any) -> None:
        poses = clips.resample(4)

        def build(folder: Path) -> None:
            means = np.stack([poses[clips.labels == c].mean(axis=0) for c in range(len(CLASSES))])
            np.save(folder / "means.npy", means)

        for step in range(self.parameters.steps):
            run.progress(step + 1, self.parameters.steps)
        (run.scratch / "checkpoint").write_text("half")
        pause_if_asked("fit")
        self.means = np.load(run.part("means", {"frames": 4}, build) / "means.npy")

    def sample(self, labels: np.ndarray, seed: int) -> ClipSet:
        noise = named_rng("shake", seed).normal(size=(len(labels), *self.means.shape[1:]))
        joints = self.means[labels] + self.parameters.noise * noise
        return ClipSet.of(SKELETON, CLASSES, list(joints), labels, name="anything")

    def save(self, folder: Path) -> None:
        np.save(folder / "means.npy", self.means)
        (folder / "parameters.json").write_text(self.parameters.model_dump_json())

    @classmethod
    def load(cls, folder: Path) -> Shaker:
        content = json.loads((folder / "parameters.json").read_text())
        shaker = cls(ShakerParameters(**content))
        shaker.means = np.load(folder / "means.npy")
        return shaker


class OtherShaker(Shaker):
    pass


class Confesses(Shaker):
    """Says something of itself once it is fitted."""

    length = "variable"

    def fit(self, clips: ClipSet, run: Any) -> None:
        super().fit(clips, run)
        self.caveats = (f"Shaken {self.parameters.steps} times.", "Not stirred.")


class SeesAll(Shaker):
    """Is given the clips that the split leaves out and keeps their ids."""

    sees_held_back = True

    def fit(self, clips: ClipSet, run: Any) -> None:
        super().fit(clips, run)
        self.held_back = run.held_back.ids.tolist()

    def save(self, folder: Path) -> None:
        super().save(folder)
        (folder / "held_back.json").write_text(json.dumps(self.held_back))


class SeesFrames(Shaker):
    """Keeps all that it can read of clips whose labels are withheld."""

    sees_unlabelled = True

    def fit(self, clips: ClipSet, run: Any) -> None:
        super().fit(clips, run)
        self.unlabelled = run.unlabelled

    def save(self, folder: Path) -> None:
        super().save(folder)
        clips = self.unlabelled
        np.savez(
            folder / "unlabelled.npz",
            **{name: getattr(clips, name) for name in ("labels", "ids", "subjects", "views")},
            frames=clips.frames,
            starts=clips.starts,
        )


class SeesBoth(SeesFrames):
    sees_held_back = True


class Slow(Shaker):
    """Takes 0.4 s for its part, 0.1 s for the rest of its fit and 0.02 s to sample."""

    def fit(self, clips: ClipSet, run: Any) -> None:
        def build(folder: Path) -> None:
            time.sleep(0.4)
            np.save(folder / "means.npy", np.zeros((len(CLASSES), 4, len(SKELETON), 3)))

        self.means = np.load(run.part("slow means", {}, build) / "means.npy")
        time.sleep(0.1)

    def sample(self, labels: np.ndarray, seed: int) -> ClipSet:
        time.sleep(0.02)
        return super().sample(labels, seed)


class OtherSlow(Slow):
    pass


class Mumbles(Shaker):
    caveats = "one sentence that is no tuple"


class Backwards(Shaker):
    def sample(self, labels: np.ndarray, seed: int) -> ClipSet:
        return super().sample(labels, seed).select(np.arange(len(labels))[::-1])


class Raises(Shaker):
    def fit(self, clips: ClipSet, run: Any) -> None:
        raise RuntimeError("the moon is\nin the wrong place")


class Starves(Shaker):
    def fit(self, clips: ClipSet, run: Any) -> None:
        raise MemoryError


class Complains(Shaker):
    def fit(self, clips: ClipSet, run: Any) -> None:
        raise InputError("shaker: 3 clips are too few, take a larger split")


class Dies(Shaker):
    def fit(self, clips: ClipSet, run: Any) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


class StealsExtractor(Shaker):
    def save(self, folder: Path) -> None:
        super().save(folder)
        (folder / "guide.safetensors").write_bytes(b"extractor of 60 clips")


@dataclass(frozen=True)
class FakeTrainingRun:
    device: str = "cpu"
    checkpoint: Path | None = None
    progress: Any = None
    devices: int = 1


class FakeExtractor:
    def featurise(self, clips: ClipSet) -> tuple[np.ndarray, np.ndarray]:
        pause_if_asked("featurise")
        poses = clips.resample(4).reshape(len(clips), -1).astype(np.float64)
        project = named_rng("projection").normal(size=(poses.shape[1], 6)) / 10
        bases = named_rng("tiny", "bases").normal(size=(len(CLASSES), len(SKELETON), 3))
        centres = np.repeat(bases[:, None], 4, axis=1).reshape(len(CLASSES), -1)
        logits = -np.linalg.norm(poses[:, None] - centres[None], axis=-1)
        return (poses @ project).astype(np.float32), logits.astype(np.float32)


def fake_pretrain(
    train: ClipSet, folder: Path, *, run: Any, profile: str, kind: str = "st_trans"
) -> dict[str, Any]:
    assert profile == "quick"
    run.checkpoint.parent.mkdir(parents=True, exist_ok=True)
    run.checkpoint.write_text("half")
    pause_if_asked("pretrain")
    (folder / "weights.safetensors").write_bytes(f"extractor of {len(train)} clips".encode())
    (folder / "config.json").write_text(json.dumps({"kind": kind}))
    (folder / "recipe.json").write_text("{}")
    return {}


def fake_train_and_score(
    name: str, train: ClipSet, test: ClipSet, *, steps: int, seed: int, run: Any, **others: Any
) -> tuple[np.ndarray, None]:
    """Nearest class mean, with a seeded slip now and then."""
    run.progress(steps, steps)
    run.checkpoint.parent.mkdir(parents=True, exist_ok=True)
    run.checkpoint.write_text("half")
    pause_if_asked("downstream")
    poses = train.resample(4).reshape(len(train), -1)
    means = np.stack([poses[train.labels == c].mean(axis=0) for c in range(len(CLASSES))])
    distance = np.linalg.norm(test.resample(4).reshape(len(test), 1, -1) - means[None], axis=-1)
    predicted = distance.argmin(axis=1)
    slips = named_rng("slips", seed).random(len(test)) < 0.2
    chosen = np.where(slips, (predicted + 1) % len(CLASSES), predicted)
    sure = named_rng("sure", seed).uniform(0.4, 0.9, len(test))[:, None]
    scores = sure * np.eye(len(CLASSES))[chosen] + (1.0 - sure) / len(CLASSES)
    return scores.astype(np.float32), None


def fake_two_sample_scores(real: ClipSet, synthetic: ClipSet, network: str, **others: Any) -> Any:
    """A network that tells nine of ten clips right."""
    labels = np.concatenate([real.labels, synthetic.labels])
    kinds = np.repeat([False, True], [len(real), len(synthetic)])
    right = np.arange(len(labels)) % 10 > 0
    return SimpleNamespace(
        ids=np.concatenate([real.ids, synthetic.ids]),
        synthetic=kinds,
        labels=labels,
        groups=np.arange(len(labels)).astype(str),
        half=np.arange(len(labels)) % 2,
        p_synthetic=np.where(right == kinds, 0.9, 0.1),
        correct=right,
    )


def fake_write_report(tables: Path, *, out: Path, **facts: Any) -> list[Path]:
    pause_if_asked("pictures")
    (out / "plots").mkdir()
    digest = hashlib.sha256((tables / "summary.csv").read_bytes()).hexdigest()
    (out / "plots" / "metrics.png").write_text(digest)
    return []


def fake_write_run_page(folder: Path) -> Path:
    path = folder / "report.html"
    path.write_text(f"<!doctype html><title>{folder_fingerprint(folder)}</title>")
    return path


def modules() -> dict[str, ModuleType]:
    """Stand-ins for the modules that import torch or matplotlib."""
    contents: dict[str, dict[str, Any]] = {
        "recognizers.training": {"TrainingRun": FakeTrainingRun},
        "recognizers.downstream": {"train_and_score": fake_train_and_score},
        "recognizers.two_sample": {
            "STEPS": 4,
            "two_sample_recipe": lambda network: recipe_of(network, "quick"),
            "two_sample_scores": fake_two_sample_scores,
        },
        "benchmark.reports.pictures": {"write_report": fake_write_report},
        "benchmark.reports.html.run_page": {"write_run_page": fake_write_run_page},
    }
    made = {}
    for name, content in contents.items():
        made[name] = ModuleType(name)
        vars(made[name]).update(content)
    return made


def attributes() -> dict[str, Any]:
    """Stand-ins for single functions."""
    return {
        "recognizers.extractors.kinds.load_extractor": lambda folder: FakeExtractor(),
        "recognizers.extractors.kinds.pretrain_extractor": fake_pretrain,
    }


def pause_if_asked(kind: str) -> None:
    """Where the environment asks for it, say that a stage is half done and wait to be killed."""
    if os.environ.get("PAUSE_IN") == kind:
        Path(os.environ["PAUSE_NOTE"]).write_text(str(os.getpid()))
        time.sleep(60)


def put_in_place() -> None:
    """Use the stand-ins in this process, for good; a worker's preloaded module calls it."""
    import recognizers.extractors.kinds

    sys.modules.update(modules())
    for name, value in attributes().items():
        setattr(recognizers.extractors.kinds, name.rpartition(".")[2], value)
