"""Where the shared cases lie: beside the checkout, as the shared data do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

CASES = Path(__file__).parents[2] / ".." / "shared" / "cases"


def cases_of(*uses: str) -> list[Any]:
    """A parameter for each case of a use; a skipped one where the cases are not there."""
    found = [
        path.parent
        for path in sorted(CASES.glob("*/expected.json"))
        if json.loads(path.read_text(encoding="utf-8"))["use"] in uses
    ]
    if not found:
        skip = pytest.mark.skip(reason="the shared cases are not beside this checkout")
        return [pytest.param(None, marks=skip, id="none")]
    return [pytest.param(folder, id=folder.name) for folder in found]


def expected(folder: Path) -> dict[str, Any]:
    """What the case says of the right answer."""
    content = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    assert isinstance(content, dict)
    return content
