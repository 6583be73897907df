"""Results folders for verification to read, and ways to spoil them."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmark.analyses.verification.finding import Finding
from benchmark.analyses.verification.verify import verify
from benchmark.engine.executors.inline import InlineExecutor
from benchmark.engine.keys import artefact_key, content_of, file_sha256
from benchmark.experiment.api import Workplace

METRICS = ["fid", "accuracy", "diversity", "multimodality", "class_accuracy", "jerk"]


CSVS = ("metrics", "summary", "classes", "confusion", "downstream", "predictions")


def inline(out: Path) -> Workplace:
    return Workplace(out=out, device="cpu", executor=lambda stages: InlineExecutor())


def the_run(out: Path) -> Path:
    (folder,) = out.glob("runs/*")
    return folder


def findings(out: Path, quick: bool = True) -> tuple[Finding, ...]:
    return verify(inline(out), quick=quick).findings


def stored(out: Path, kind: str, holding: str = "") -> Path:
    """An artefact's folder; the one whose ``meta.json`` holds some text, where there are more."""
    (folder,) = [
        path.parent for path in out.glob(f"store/{kind}/*/meta.json") if holding in path.read_text()
    ]
    return folder


def hash_again(folder: Path) -> None:
    """Make ``meta.json`` agree with files that were changed, as a forger would."""
    meta = json.loads((folder / "meta.json").read_text())
    meta["files"] = {
        name: [(folder / name).stat().st_size, file_sha256(folder / name)] for name in meta["files"]
    }
    meta["content"] = content_of(meta["files"])
    (folder / "meta.json").write_text(json.dumps(meta))
    noted = folder.parents[1] / "contents" / folder.parent.name / folder.name
    noted.write_text(meta["content"])


def hash_chain_again(out: Path, folder: Path) -> None:
    """Make hashes, keys and records agree with changed files, as a thorough forger would."""
    store = folder.parents[1]
    before = json.loads((folder / "meta.json").read_text())["content"]
    hash_again(folder)
    after = json.loads((folder / "meta.json").read_text())["content"]
    for path in store.glob("*/*/meta.json"):
        text = path.read_text()
        meta = json.loads(text.replace(before, after))
        if path.parent == folder or before not in text:
            continue
        path.write_text(json.dumps(meta))
        kind, old = path.parent.parent.name, path.parent.name
        new = artefact_key(kind, meta["code"], meta["parameters"], meta["contents"])
        path.parent.rename(store / kind / new)
        (store / "contents" / kind / old).rename(store / "contents" / kind / new)
        for naming in (*store.glob("*/*/meta.json"), *out.glob("runs/*/run.json")):
            naming.write_text(naming.read_text().replace(old, new))
    for page in out.glob("runs/*/report.html"):
        page.unlink()  # it would tell of the record as it was


def edit_json(path: Path, change: Callable[[Any], None]) -> None:
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def edit_arrays(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    with np.load(path) as content:
        arrays = dict(content)
    change(arrays)
    np.savez(path, **arrays)


def flip_a_digit(path: Path, rng: np.random.Generator) -> tuple[int, str, str, str]:
    """Change one digit of one cell; its row, column, and the cell after and before."""
    with path.open(newline="") as file:
        header, *rows = list(csv.reader(file))
    cells = [
        (row, column)
        for row, line in enumerate(rows)
        for column, cell in enumerate(line)
        if any(letter in "0123456789" for letter in cell)
    ]
    row, column = cells[rng.integers(len(cells))]
    before = rows[row][column]
    places = [place for place, letter in enumerate(before) if letter in "0123456789"]
    place = places[rng.integers(len(places))]
    digit = str((int(before[place]) + int(rng.integers(1, 10))) % 10)
    rows[row][column] = before[:place] + digit + before[place + 1 :]
    with path.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])
    return row + 1, header[column], rows[row][column], before
