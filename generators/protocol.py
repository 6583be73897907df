"""What a generator is, and what a fit is handed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, Protocol, Self

from skeletons.arrays import IntArray
from skeletons.clips import ClipSet

Progress = Callable[[int, int], None]
"""Called with (steps done, steps in all)."""


def silent(done: int, total: int) -> None:
    """Progress that nobody watches."""


class Parts(Protocol):
    """Pieces of fits that other fits may share."""

    def __call__(
        self,
        name: str,
        recipe: Mapping[str, Any],
        write: Callable[[Path], None],
        modules: Sequence[str] = (),
    ) -> Path:
        """The folder of what ``write(folder)`` wrote for this name, recipe, clips and seed.

        Args:
            modules: that the piece depends on, with all that they import; those of the whole
                generator where there are none. Two generators share a piece of the same modules.
        """
        ...


@dataclass(frozen=True)
class FitContext:
    """What a fit may use beside the clips.

    Attributes:
        seed: every random number of the fit derives from it.
        device: torch device.
        scratch: folder for checkpoints; it survives a kill, so the same fit goes on from there.
            None where nothing needs to survive.
        progress: called with (steps done, steps in all).
        part: where pieces of fits are shared. None where nothing is.
        held_back: training clips that the split leaves out, for a class that ``sees_held_back``.
        devices: how many the fit may use at once, from ``device`` on.
        precision: of the arithmetic of a network's passes; ``float32`` unless the run says so.
        unlabelled: the frames of these clips, for a class that ``sees_unlabelled`` in a run of the
            setting of that name; see :func:`skeletons.unlabelled.without_labels`. None elsewhere.
    """

    seed: int
    device: str = "cpu"
    scratch: Path | None = None
    progress: Progress = silent
    part: Parts | None = None
    held_back: ClipSet | None = None
    unlabelled: ClipSet | None = None
    devices: int = 1
    precision: Literal["float32", "bfloat16", "float16"] = "float32"

    def checkpoint(self, name: str) -> Path | None:
        """File for the checkpoint of one training inside this fit."""
        return None if self.scratch is None else self.scratch / f"{name}.checkpoint"

    def within(self, start: int, stop: int, total: int) -> FitContext:
        """The same context for the steps from ``start`` to ``stop`` of a fit of ``total`` steps."""

        def progress(done: int, steps: int) -> None:
            self.progress(start + round(done / steps * (stop - start)), total)

        return replace(self, progress=progress)


class Generator(Protocol):
    """Makes labelled clips after it has seen some. A user's class imports nothing of ours.

    Some attributes are read where a class has them: ``length``, ``"fixed"`` (clips of one length
    that are resampled to real lengths; what is assumed) or ``"variable"``; ``caveats``, sentences
    that every table of its samples must carry; ``sees_held_back`` and ``sees_unlabelled``
    (:class:`FitContext`); ``evaluations``, forward passes of networks for one sample, which
    ``frontier`` counts by. A fitted generator whose attribute ``guided_by`` names a kind of judge
    has that kind's architecture and input in its guide, and tables say so. A method
    ``represent(clips)`` encodes and decodes real clips: tables then tell what is lost in the
    representation alone. A method ``on_devices(device, devices)`` is called before samples are
    asked for: it takes the networks there, and says how many devices may be used at once.
    """

    def fit(self, clips: ClipSet, run: FitContext) -> None:
        """Learn from the training clips of a split."""
        ...

    def sample(self, labels: IntArray, seed: int) -> ClipSet:
        """One new clip for each label ``[N]``, in that order; the same seed, the same clips."""
        ...

    def save(self, folder: Path) -> None:
        """Write all that :meth:`load` needs into an existing folder."""
        ...

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The fitted generator that :meth:`save` wrote; no code in the files is run."""
        ...
