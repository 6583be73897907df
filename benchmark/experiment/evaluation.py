"""Clips made elsewhere, judged: what the command ``evaluate`` and Python both call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmark.engine.scheduler import Watcher
from benchmark.experiment.api import RunResult, Workplace, run
from benchmark.experiment.foreign_clips import (
    foreign_spec,
    held_against,
    keep,
    read_and_conform,
    safe_name,
)
from benchmark.spec import RunSpec
from skeletons.foreign import Foreign, NameMapping
from skeletons.formats.sample_files import BodySize, SampleFile, of_arrays, read_samples

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Evaluation:
    """What came of it.

    Attributes:
        foreign: the clips as the data set has them, and what was found in the file.
        run: folder, status and stages, as of any run.
    """

    foreign: Foreign
    run: RunResult

    @cached_property
    def summary(self) -> pd.DataFrame:
        """A row a metric, judge and reference: ``summary.csv``."""
        return self._table("summary.csv")

    @cached_property
    def metrics(self) -> pd.DataFrame:
        """A row a draw: ``metrics.csv``."""
        return self._table("metrics.csv")

    @cached_property
    def downstream(self) -> pd.DataFrame:
        """A row a training: ``downstream.csv``; empty without recognizers."""
        return self._table("downstream.csv")

    @property
    def beyond_the_floor(self) -> list[str]:
        """Numbers that are worse than real clips' for certain, in words. For real clips sent
        through the same path, there should be none."""
        from benchmark.comparisons.likeness import beyond_floor

        records = self.summary.to_dict("records")
        return beyond_floor({str(key): cell for key, cell in row.items()} for row in records)

    def _table(self, name: str) -> pd.DataFrame:
        import pandas as pd

        path = self.run.folder / name
        return pd.read_csv(path) if path.exists() else pd.DataFrame()


def check_samples(
    path: Path,
    fields: Mapping[str, Any],
    workplace: Workplace,
    *,
    mapping: NameMapping | None = None,
    fps: float | None = None,
) -> Foreign:
    """All that is found in a file; nothing is computed or written.

    Raises:
        InputError: the file cannot be read at all, or the data set cannot.
    """
    spec = RunSpec.parse({**fields, "generator": "samples"}, "evaluate")
    real = held_against(spec, workplace.store, workplace.data_folder())
    samples = read_samples(path, BodySize.of(real.clips.skeleton))
    return read_and_conform(samples, real, "samples", mapping, fps)


def evaluate_samples(
    source: Path | SampleSource,
    fields: Mapping[str, Any],
    workplace: Workplace | None = None,
    watcher: Watcher | None = None,
    *,
    name: str = "",
    mapping: NameMapping | None = None,
    fps: float | None = None,
) -> Evaluation:
    """Judge a file of clips, or arrays, like the samples of any generator.

    Args:
        fields: of :class:`~benchmark.spec.RunSpec`, such as ``dataset`` and ``split``.
        name: what tables call the clips; without, the file's name.

    Raises:
        InputError: the file is refused, with what is wrong with it; or a field is.
    """
    workplace = workplace or Workplace()
    called = safe_name(name or (source.stem if isinstance(source, Path) else "samples"))
    asked = RunSpec.parse({**fields, "generator": called}, "evaluate")
    real = held_against(asked, workplace.store, workplace.data_folder())
    size = BodySize.of(real.clips.skeleton)
    samples = read_samples(source, size) if isinstance(source, Path) else source.read(size)
    foreign = read_and_conform(samples, real, called, mapping, fps)
    clips = foreign.checked(str(source) if isinstance(source, Path) else called)
    workplace.check()
    # The run is checked before anything is kept.
    foreign_spec(fields, called, max(2, len(clips)), "0" * 64).resolved()
    key = keep(foreign, clips, workplace)
    spec = foreign_spec(fields, called, len(clips), key)
    return Evaluation(foreign, run(spec, workplace, watcher))


@dataclass(frozen=True, eq=False)
class SampleSource:
    """Arrays in memory: ``joints [N, T, V, C]`` or ``[N, V, C, T]``, or a list of ``[T, V, C]``;
    ``labels`` as numbers or names; ``lengths`` of clips shorter than T."""

    joints: Any
    labels: Any
    lengths: Any = None
    fps: Any = None

    def read(self, size: BodySize) -> SampleFile:
        """As a file of such arrays is read; errors are those of a file."""
        return of_arrays(self.joints, self.labels, self.lengths, self.fps, size=size)
