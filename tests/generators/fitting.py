"""Small fits that tests of all generators can use."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from generators.protocol import FitContext, Generator
from generators.registry import make_generator
from skeletons.clips import ClipSet
from tests.conftest import moving_clips


def fitted(
    name: str, clips: ClipSet | None = None, run: FitContext | None = None, **settings: Any
) -> Any:
    """A generator with the profile for tests, fitted on twelve clips of three classes."""
    generator: Generator = make_generator(name, "smoke", settings)
    generator.fit(moving_clips(12) if clips is None else clips, run or FitContext(seed=0))
    return generator


def drawn(generator: Any, labels: Any, seed: int = 7, **settings: Any) -> Any:
    """Frames of samples of the same fit with other sampling parameters."""
    kept = generator.parameters
    generator.parameters = kept.model_copy(update=settings)
    frames = generator.sample(labels, seed).frames
    generator.parameters = kept
    return frames


class KeptParts:
    """Parts of fits by name and recipe, and in ``asked`` what was asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[tuple[str, str]] = []

    def __call__(self, name, recipe, write, modules=()) -> Path:
        """The folder of the part, written where it is not there yet."""
        identity = (name, repr(sorted(recipe.items())))
        self.asked.append(identity)
        folder = self.folder / str(self.asked.index(identity))
        if not folder.exists():
            folder.mkdir()
            write(folder)
        return folder
