"""Which judges a validation asks, and what their names are in its tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmark.records.tables import NO_JUDGE
from skeletons.errors import InputError, unknown_name

ALL = "all"


@dataclass(frozen=True)
class Judge:
    """A frozen extractor.

    Attributes:
        name: with the hash of its weights, see :func:`recognizers.extractors.kinds.extractor_id`.
        kind: its architecture.
    """

    name: str
    kind: str
    folder: Path


def judges_named(texts: Sequence[str], dataset: str) -> tuple[Judge, ...]:
    """The judges asked for, each once: ``all`` bundled ones of a data set, those of a kind, and
    those in folders.

    Raises:
        InputError: a kind of which none is bundled, or what is neither a kind nor a judge's folder.
    """
    from recognizers.extractors.kinds import KINDS, bundled_extractor, extractor_id, extractor_kind

    folders: list[Path] = []
    for text in texts:
        kinds = KINDS if text == ALL else [text] if text in KINDS else []
        bundled = [bundled_extractor(dataset, kind) for kind in kinds]
        found = [folder for folder in bundled if folder is not None]
        if kinds and not found:
            raise InputError(
                f"{dataset} has no bundled extractor{'' if text == ALL else f' {text}'}: make one "
                f"with `pretrain --dataset {dataset}` and give its folder as --judge"
            )
        if not kinds:
            if not Path(text).is_dir():
                raise unknown_name("judge", text, [*KINDS, ALL])
            found = [Path(text)]
        folders += found
    judges = [Judge(extractor_id(folder), extractor_kind(folder), folder) for folder in folders]
    return tuple({judge.name: judge for judge in judges}.values())


def short_names(judges: Sequence[Judge]) -> dict[str, str]:
    """What each judge is called in tables, by its name: its kind, or, where two are of one kind,
    its name."""
    kinds = [judge.kind for judge in judges]
    return {
        judge.name: judge.kind if kinds.count(judge.kind) == 1 else judge.name for judge in judges
    } | {NO_JUDGE: ""}
