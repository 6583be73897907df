"""A run folder as reports read it: its record and its tables, nothing recomputed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from benchmark.records.tables import (
    BASE_NOVEL_COLUMNS,
    DOWNSTREAM_COLUMNS,
    NO_JUDGE,
    PREDICTIONS_COLUMNS,
    SUMMARY_COLUMNS,
    TWO_SAMPLE_COLUMNS,
    read_table,
)
from benchmark.setting import STANDARD, setting_of, setting_sentences
from skeletons.errors import InputError

MAIN_REFERENCES = ("test", "dev", "all", "split")
"""What a table that shows one reference shows: the first of these that a metric has."""


@dataclass(frozen=True)
class RunFolder:
    """One run: ``record`` is what ``run.json`` holds."""

    path: Path
    record: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The folder's name, by which tables point to the run."""
        return self.path.name

    @property
    def status(self) -> str:
        """``ok``, or what the first stage that is not ok came to."""
        return str(self.record.get("status", "unfinished"))

    @property
    def spec(self) -> Mapping[str, Any]:
        """The run's specification."""
        return self._part("spec")

    @property
    def data(self) -> Mapping[str, Any]:
        """Protocol, caveats and counts of the data; empty where the run ended before them."""
        return self._part("data")

    @property
    def judges(self) -> tuple[Mapping[str, Any], ...]:
        """Each judge's ``kind``, ``name`` and accuracies on real clips, the first first."""
        found = self.record.get("judges", ())
        return tuple(judge for judge in found if isinstance(judge, Mapping))

    @property
    def part(self) -> str:
        """The held-out part that the run was scored on."""
        return str(self.spec.get("part", "test"))

    @property
    def generator(self) -> Mapping[str, Any]:
        """What the fitted generator says of itself: ``length`` and ``caveats``."""
        return self._part("generator")

    @property
    def cost(self) -> Mapping[str, Any]:
        """Seconds and memory of fit and sampling; empty where no fit was made."""
        return self._part("cost")

    @property
    def data_protocol(self) -> str:
        """How training and test clips were chosen."""
        return str(self.data.get("protocol", ""))

    @property
    def measured_on(self) -> str:
        """Data set, data protocol, split and, unless it is the standard one, setting, such as
        ``kinematic12 · cross-subject · 10pct``."""
        setting = setting_of(self.spec)
        told = "" if setting == STANDARD else f"setting {setting}"
        place = str(self.spec.get("dataset")), self.data_protocol, str(self.spec.get("split"))
        parts = (*place, told)
        return " · ".join(part for part in parts if part)

    @property
    def n_samples(self) -> int | None:
        """Synthetic clips in the pool that the metrics draw from."""
        count = self.spec.get("samples")
        return None if count is None else int(count)

    @property
    def caveats(self) -> tuple[str, ...]:
        """Sentences that every table and picture of this run must carry."""
        return (*self.data_caveats, *self.generator_caveats)

    @property
    def data_caveats(self) -> tuple[str, ...]:
        """Those that hold for whatever generator is measured on these data."""
        sentences = [str(sentence) for sentence in self.data.get("caveats", ())]
        if self.part != "test":
            sentences.append(f"Scored on the part {self.part}, to choose by, not on test clips.")
        if self.spec.get("generator_data", "split") == "full":
            sentences.append(
                "The generator was fitted on the full training part, the recognizers' real clips "
                f"are the split {self.spec.get('split')} only."
            )
        if self.spec.get("generator_data") == "other":
            sentences.append(
                "The generator was fitted on training clips of another data set alone, those of "
                f"the shared classes ({self.data_protocol}); it has seen no clip of the set that "
                "recognizers and metrics are of."
            )
        sentences += setting_sentences(self.spec)
        return tuple(sentences)

    @property
    def generator_caveats(self) -> tuple[str, ...]:
        """Those that hold for this generator's samples, or for what a judge says of them."""
        told = (self.generator, *self.judges)
        return tuple(str(sentence) for part in told for sentence in part.get("caveats", ()))

    @property
    def problems(self) -> tuple[str, ...]:
        """One sentence for each stage that did not end well."""
        return tuple(
            " ".join(
                part
                for part in (
                    f"{stage.get('stage')}: {stage.get('status')}",
                    f"in {stage['phase']}" if stage.get("phase") else "",
                    f"({stage['reason']})" if stage.get("reason") else "",
                )
                if part
            )
            for stage in self.record.get("stages", ())
            if stage.get("status") not in ("ok", "cached")
        )

    @cached_property
    def summary(self) -> pd.DataFrame:
        """``summary.csv``."""
        return read_table(self.path / "summary.csv", SUMMARY_COLUMNS)

    @cached_property
    def main_rows(self) -> pd.DataFrame:
        """One row of the summary a metric, by the first judge; see :meth:`rows_of`."""
        return self.rows_of(str(self.judges[0].get("name", "")) if self.judges else "")

    def rows_of(self, judge: str) -> pd.DataFrame:
        """One row of the summary a metric, as a judge of this name sees it, metrics of the body
        among them: against the held-out clips; where a metric is not measured against them, against
        all real clips or against what the generator saw."""
        rank = {name: rank for rank, name in enumerate(MAIN_REFERENCES)}
        seen = self.summary[self.summary["extractor"].isin((judge, NO_JUDGE))]
        ranked = seen.assign(rank=seen["reference"].map(rank))
        found = ranked.dropna(subset=["rank"]).sort_values("rank", kind="stable")
        return found.drop_duplicates("metric").drop(columns="rank").sort_index()

    @cached_property
    def two_sample(self) -> pd.DataFrame:
        """``two_sample.csv``."""
        return read_table(self.path / "two_sample.csv", TWO_SAMPLE_COLUMNS)

    @cached_property
    def downstream(self) -> pd.DataFrame:
        """``downstream.csv``."""
        return read_table(self.path / "downstream.csv", DOWNSTREAM_COLUMNS)

    @cached_property
    def base_novel(self) -> pd.DataFrame:
        """``base_novel.csv``; without rows in another setting."""
        return read_table(self.path / "base_novel.csv", BASE_NOVEL_COLUMNS)

    @cached_property
    def predictions(self) -> pd.DataFrame:
        """``predictions.csv``."""
        return read_table(self.path / "predictions.csv", PREDICTIONS_COLUMNS)

    def _part(self, name: str) -> Mapping[str, Any]:
        part = self.record.get(name)
        return part if isinstance(part, Mapping) else {}


def read_run(folder: Path) -> RunFolder:
    """The run in a folder; :class:`InputError` where ``run.json`` is missing or broken."""
    path = folder / "run.json"
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as a run's record: {error}") from error
    if not isinstance(record, dict):
        raise InputError(f"{path} holds a {type(record).__name__}, a run's record is an object")
    return RunFolder(folder, record)
