"""A fitted generator: its own files, and what a run must know of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FACTS = "fitted.json"


def generator_folder(fit: Path) -> Path:
    """The folder that the generator's ``save`` fills and its ``load`` reads."""
    return fit / "generator"


def write_facts(fit: Path, facts: Mapping[str, Any]) -> None:
    """Keep what a fit was given and what came of it."""
    (fit / FACTS).write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")


def stored_facts(fit: Path) -> dict[str, Any]:
    """``fitted_on`` and, where clips were given beyond the split, ``held_back``, or ``unlabelled``
    where that was without their labels (as
    :func:`~benchmark.experiment.lineage.clips_lineage` has them), ``weights`` by file, and what
    the generator ``says`` of itself."""
    facts: dict[str, Any] = json.loads((fit / FACTS).read_text(encoding="utf-8"))
    return facts
