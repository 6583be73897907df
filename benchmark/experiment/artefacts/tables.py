"""The tables of a run in the store, and the facts that ``run.json`` tells."""

from __future__ import annotations

import json
from pathlib import Path

FACTS = "facts.json"


def stored_caveats(tables: Path) -> tuple[str, ...]:
    """Every sentence that a picture of a run must carry: of its data, generator and judges."""
    facts = json.loads((tables / FACTS).read_text(encoding="utf-8"))
    told = (facts["data"], facts["generator"], *facts["judges"])
    return tuple(sentence for part in told for sentence in part.get("caveats", ()))
