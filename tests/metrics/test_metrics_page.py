"""The page on metrics and the catalogue tell the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from metrics.registry import BUILT_IN, built_in_metrics

PAGE = Path(__file__).parents[2] / "docs" / "metrics.md"
WORDS = {"low": "lower", "high": "higher", "like real": "real"}
FLOORS = {"own": "reference", "other": "other part", "test clips": "other part"}


def rows() -> dict[str, tuple[str, str]]:
    found = {}
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        for name in re.findall(r"`(\w+)`", cells[0]) if len(cells) == 5 else ():
            found[name] = (WORDS[cells[2].split(" (")[0]], FLOORS[cells[3]])
    return found


def test_every_metric_stands_on_the_page_with_its_direction_and_floor() -> None:
    told = {name: (metric.direction, metric.floor) for name, metric in built_in_metrics().items()}
    assert rows() == told


def test_the_number_of_metrics_in_the_docs_is_true() -> None:
    protocol = (PAGE.parent / "protocol.md").read_text(encoding="utf-8")
    assert f"{len(BUILT_IN)} with those of memory" in protocol


def test_the_example_on_the_page_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    exec(compile(code, str(PAGE), "exec"), {})
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines] == [
        [metric, reference]
        for reference in ("train", "test")
        for metric in ("fid", "kid", "recall")
    ]
