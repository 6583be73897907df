"""What an edit of the code makes anew, as a table: exactly the stages whose code it can reach.

The rooms are copied, each edit is made in the copy, and the stages of three runs are planned
before and after. What follows from other *bytes* of an input is the engine's part
(``tests/benchmark/engine/test_scheduler.py``): an edit that gives the same bytes stops there.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
ROOMS = ("skeletons", "recognizers", "generators", "metrics", "benchmark")
ALL = "every stage"

SCRIPT = """
import json, sys
from pathlib import Path
from benchmark.engine import keys
from benchmark.experiment.plan import plan
from benchmark.spec import RunSpec

specs = {name: RunSpec.parse(values).resolved() for name, values in json.loads(sys.argv[1]).items()}

def keys_without_inputs():
    keys.read_sources_again()
    return {
        f"{name}: {stage.name}": stage.key({})
        for name, spec in specs.items()
        for stage in plan(spec, Path("data"))
    }

before, again = keys_without_inputs(), {}
for edit, (path, old, new) in json.loads(sys.argv[2]).items():
    path = Path(path)
    text = path.read_text()
    assert old in text, (edit, old)
    path.write_text(text.replace(old, new, 1) if old else text + new)
    after = keys_without_inputs()
    again[edit] = sorted(name for name in before if before[name] != after[name])
    path.write_text(text)
assert keys_without_inputs() == before
print(json.dumps({"stages": sorted(before), "again": again}))
"""

SPECS: dict[str, dict[str, Any]] = {
    "ours": {
        "generator": "st_guided_ddpm",
        "split": "10pct",
        "recognizers": ["stgcn++", "dgstgcn"],
        "arms": ["real", "real+synthetic", "classical"],
        "seeds": 1,
        "samples": 300,
        "metrics": ["fid", "kid", "bone_change"],
    },
    "theirs": {
        "generator": "mine.generator:Mine",
        "dataset": "nw_ucla",
        "recognizers": ["stgcn++"],
        "arms": ["real"],
        "seeds": 1,
        "samples": 20,
        "metrics": ["fid"],
    },
}
EDITS: dict[str, tuple[str, str, str]] = {
    # a file, a text in it (or its end), and what stands there afterwards
    "a comment in the training loop": ("recognizers/training.py", "", "\n# why\n"),
    "a comment in a stage": ("benchmark/experiment/stages/fit.py", "", "\n# why\n"),
    "the docstring of clips": ("skeletons/clips.py", '"""', '"""As told elsewhere. '),
    "a metric's file": ("metrics/measures/kid.py", "", "\nSPARE = 1\n"),
    "a body metric's file": ("metrics/body/bones.py", "", "\nSPARE = 1\n"),
    "the list of metrics": ("metrics/registry.py", "", "\nSPARE = 1\n"),
    "one network's file": ("recognizers/networks/dgstgcn.py", "", "\nSPARE = 1\n"),
    "the guide's network": ("recognizers/networks/st_trans.py", "", "\nSPARE = 1\n"),
    "another generator's network": ("generators/mdm/network.py", "", "\nSPARE = 1\n"),
    "the list of networks": ("recognizers/networks/catalogue.py", "", "\nSPARE = 1\n"),
    "the table of recipes": ("recognizers/recipe_table.py", "", "\nSPARE = 1\n"),
    "one kind of judge": ("recognizers/extractors/gru.py", "", "\nSPARE = 1\n"),
    "the list of generators": ("generators/registry.py", "", "\nSPARE = 1\n"),
    "a classical operation": ("generators/classical/operations.py", "", "\nSPARE = 1\n"),
    "a log reader of PYSKL": ("recognizers/pyskl/log.py", "", "\nSPARE = 1\n"),
    "an action of kinematic12": (
        "skeletons/datasets/kinematic12/actions/jumping.py",
        "",
        "\nSPARE = 1\n",
    ),
    "an interval's formula, of metrics": ("metrics/evaluation/intervals.py", "", "\nSPARE = 1\n"),
    "an interval's formula, of accuracy": ("benchmark/statistics/crossed.py", "", "\nSPARE = 1\n"),
    "a module that a user's generator imports": ("beside.py", "", "\nSPARE = 1\n"),
    "a module of a user's package": ("mine/unused.py", "", "\nSPARE = 1\n"),
    "the scheduler": ("benchmark/engine/scheduler.py", "", "\nSPARE = 1\n"),
    "how checkpoints are saved": ("recognizers/resuming.py", "", "\nSPARE = 1\n"),
    "a command": ("benchmark/commands/run.py", "", "\nSPARE = 1\n"),
    "the leaderboard": ("benchmark/reports/leaderboard.py", "", "\nSPARE = 1\n"),
    "the arrays of every room": ("skeletons/arrays.py", "", "\nSPARE = 1\n"),
}
THEIR_GENERATOR = ("theirs: fit", "theirs: sample/", "theirs: represented")
AGAIN: dict[str, tuple[str, ...] | str] = {
    "a comment in the training loop": (),
    "a comment in a stage": (),
    "the docstring of clips": (),
    "a metric's file": (
        *(f"ours: score/{judge}/kid" for judge in ("st_trans", "stgcn++", "gru")),
        "ours: tables",
        "ours: pictures",
    ),
    "a body metric's file": (
        "ours: bodies/",
        "ours: score/none/body",
        "ours: tables",
        "ours: pictures",
    ),
    "the list of metrics": (),
    "one network's file": ("ours: downstream/dgstgcn/",),
    "the guide's network": (
        "ours: fit",
        "ours: sample/",
        "ours: represented",
        "ours: features/st_trans/",
        "theirs: features/st_trans/",
        "theirs: judges/st_trans",
    ),
    "another generator's network": (),
    "the list of networks": (),
    # the guide's recipe is looked up there
    "the table of recipes": ("ours: fit", "ours: sample/", "ours: represented"),
    "one kind of judge": ("ours: features/gru/", "theirs: features/gru/", "theirs: judges/gru"),
    "the list of generators": (),
    "a classical operation": ("ours: classical/",),
    "a log reader of PYSKL": (),
    "an action of kinematic12": ("ours: data",),
    "an interval's formula, of metrics": ("ours: tables", "theirs: tables"),
    "an interval's formula, of accuracy": ("ours: pictures", "theirs: pictures"),
    "a module that a user's generator imports": (
        "theirs: fit",
        "theirs: sample/",
        "theirs: represented",
    ),
    "a module of a user's package": THEIR_GENERATOR,
    "the scheduler": (),
    "how checkpoints are saved": (),
    "a command": (),
    "the leaderboard": (),
    "the arrays of every room": ALL,
}


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """All stages, and by edit those that are other ones afterwards, by code or parameters."""
    copy = tmp_path_factory.mktemp("copy")
    for room in ROOMS:
        shutil.copytree(ROOT / room, copy / room, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "mine").mkdir()
    (copy / "mine" / "__init__.py").touch()
    (copy / "mine" / "unused.py").touch()
    (copy / "mine" / "generator.py").write_text(
        "import beside\nfrom generators.controls.generator import Copy\nclass Mine(Copy): ...\n"
    )
    (copy / "beside.py").touch()
    clips = copy / "data" / "nw_ucla" / "all_sqe"
    clips.mkdir(parents=True)
    (clips / "a01_s01_e00_v01.json").write_text("{}")
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, json.dumps(SPECS), json.dumps(EDITS)],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": str(copy)},
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_makes_anew_exactly_what_can_reach_it(planned: dict[str, Any], edit: str) -> None:
    stages, beginnings = planned["stages"], AGAIN[edit]
    expected = [
        name
        for name in stages
        if beginnings == ALL
        or any(name == one or (one[-1] == "/" and name.startswith(one)) for one in beginnings)
    ]
    if beginnings != ALL:
        assert all(any(name.startswith(one) for name in stages) for one in beginnings)
    assert planned["again"][edit] == expected
