"""The engine by itself: another project could lift it out."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import benchmark.engine

SCRIPT = """
import sys
from pathlib import Path

class Nobody:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("skeletons", "recognizers", "generators", "metrics"):
            raise ImportError(f"the engine imports {name}")

sys.meta_path.insert(0, Nobody())

from benchmark.engine.executors.local import LocalPool
from benchmark.engine.graph import Plan, Stage
from benchmark.engine.keys import CodeBase
from benchmark.engine.scheduler import Scheduler
from benchmark.engine.store import Store
from benchmark.engine.task import Surroundings

code = CodeBase(("cooking",)).version(["cooking"])
stages = (
    Stage("egg", "boil", "cooking:boil", {"minutes": 4}, code=code),
    Stage("eggs", "serve", "cooking:serve", {}, {"one": "egg", "other": "egg"}, code=code),
)
root = Path(sys.argv[1])
pool = lambda count: LocalPool(1)
results = Scheduler(Plan(stages, ("eggs",)), Surroundings(root)).run(pool)
plate = Store(root).folder("serve", results["eggs"].key) / "plate"
print(results["eggs"].status, plate.read_text())
ours = (name for name in sys.modules if name.startswith("benchmark."))
print([name for name in ours if not name.startswith("benchmark.engine")])
"""
COOKING = """
def boil(job):
    (job.folder / "egg").write_text(f"{job.parameters['minutes']} minutes")
    return {}

def serve(job):
    eggs = [(folder / "egg").read_text() for folder in job.inputs.values()]
    (job.folder / "plate").write_text(" and ".join(eggs))
    return {}
"""


def test_another_project_could_use_it_without_the_rest(tmp_path: Path) -> None:
    home = Path(benchmark.engine.__file__).parent
    shutil.copytree(home, tmp_path / "benchmark" / "engine")
    (tmp_path / "benchmark" / "__init__.py").touch()
    (tmp_path / "cooking.py").write_text(COOKING)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path / "store")],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["ok 4 minutes and 4 minutes", "[]"]
