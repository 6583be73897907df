"""Which test clips each training labelled right, and how two arms are paired by clip and seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from skeletons.arrays import IntArray, StrArray
from skeletons.errors import InputError


@dataclass(frozen=True, eq=False)
class Outcomes:
    """Right (1) or wrong (0) of one recognizer in one arm.

    Attributes:
        name: of what, for errors.
        right: int64 ``[S, C]``, by training seed and test clip.
        seeds: the ``S`` training seeds, ascending.
        clips: the ``C`` test clips, each an id, its label and its subject (``""`` where unknown),
            ascending.
    """

    name: str
    right: IntArray
    seeds: tuple[int, ...]
    clips: tuple[tuple[str, int, str], ...]

    @property
    def labels(self) -> IntArray:
        """Label of each test clip, ``[C]``."""
        return np.asarray([label for _, label, _ in self.clips], dtype=np.int64)

    @property
    def subjects(self) -> StrArray:
        """Who made each test clip, ``[C]``."""
        return np.asarray([subject for _, _, subject in self.clips], dtype=np.str_)


def arms_of(predictions: pd.DataFrame) -> list[tuple[str, str]]:
    """Recognizers and arms of ``predictions.csv``, each pair once, in their order."""
    pairs = predictions[["recognizer", "arm"]].drop_duplicates()
    return [(str(recognizer), str(arm)) for recognizer, arm in pairs.itertuples(index=False)]


def rows_of_arm(table: pd.DataFrame, recognizer: str, arm: str) -> pd.DataFrame:
    """Rows of one recognizer and arm, of any table with columns of these names."""
    return table[(table["recognizer"] == recognizer) & (table["arm"] == arm)]


def outcomes(predictions: pd.DataFrame, recognizer: str, arm: str, run: str = "") -> Outcomes:
    """The outcomes of a recognizer and arm.

    Args:
        predictions: rows as in ``predictions.csv``.
        run: name of the run, for errors.

    Raises:
        InputError: no such rows, a clip that was labelled twice by one training, or seeds that were
            tested on different clips.
    """
    name = f"{f'{run}: ' if run else ''}recognizer '{recognizer}', arm '{arm}'"
    rows = rows_of_arm(predictions, recognizer, arm)
    if rows.empty:
        raise InputError(f"{name}: there are no predictions")
    twice = rows.duplicated(["seed", "clip_id"])
    if twice.any():
        clip, seed = rows.loc[twice, ["clip_id", "seed"]].iloc[0]
        raise InputError(f"{name}, seed {seed}: clip '{clip}' was labelled twice")
    ordered = rows.sort_values(["seed", "clip_id"])
    seeds, counts = np.unique(ordered["seed"].to_numpy(), return_counts=True)
    told = ", ".join(f"seed {seed}: {count}" for seed, count in zip(seeds, counts, strict=True))
    if len(set(counts.tolist())) > 1:
        raise InputError(f"{name}: the seeds were tested on different clips ({told})")
    shape = (len(seeds), int(counts[0]))
    ids = ordered["clip_id"].to_numpy(dtype=object).reshape(shape)
    labels = ordered["label"].to_numpy(dtype=np.int64).reshape(shape)
    subjects = ordered["subject"].to_numpy(dtype=object).reshape(shape)
    if any((of_seed != of_seed[0]).any() for of_seed in (ids, labels, subjects)):
        raise InputError(
            f"{name}: the seeds were tested on different clips, labels or subjects ({told})"
        )
    right = (ordered["label"] == ordered["predicted"]).to_numpy().astype(np.int64)
    clips = zip(map(str, ids[0]), labels[0].tolist(), map(str, subjects[0]), strict=True)
    return Outcomes(name, right.reshape(shape), tuple(seeds.tolist()), tuple(clips))


def paired_difference(treated: Outcomes, untreated: Outcomes) -> IntArray:
    """``treated - untreated``, in {-1, 0, 1}, ``[S, C]``.

    Raises:
        InputError: other training seeds, other test clips, or clips with another label or subject.
    """
    where = f"{treated.name} against {untreated.name}"
    if treated.seeds != untreated.seeds:
        raise InputError(
            f"{where}: trained with seeds {list(treated.seeds)} and {list(untreated.seeds)}; "
            "a paired comparison needs the same seeds"
        )
    if treated.clips != untreated.clips:
        shared = len(set(treated.clips) & set(untreated.clips))
        raise InputError(
            f"{where}: tested on {len(treated.clips)} and {len(untreated.clips)} clips, {shared} "
            "of them shared; a paired comparison needs the same test clips, with the same labels "
            "and subjects"
        )
    return treated.right - untreated.right


def check_alike(tables: Sequence[Outcomes]) -> None:
    """Generator seeds are averaged only where all were judged by the same trainings and clips.

    Raises:
        InputError: other training seeds or other test clips.
    """
    for table in tables[1:]:
        if (table.seeds, table.clips) != (tables[0].seeds, tables[0].clips):
            raise InputError(
                f"{tables[0].name} and {table.name}: the generator seeds were judged with other "
                "training seeds or on other test clips"
            )


def without_copies(table: IntArray) -> IntArray:
    """One level in place of generator seeds ``[G, S, C]`` that are all equal: an arm that does not
    depend on the generator was not repeated by other generator seeds."""
    return table[:1] if (table == table[:1]).all() else table
