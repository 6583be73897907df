"""The script of ``docs/evaluate.md``, as a reader would run it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_script_of_the_docs_judges_clips_in_memory(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "evaluate.md").read_text(encoding="utf-8")
    (script,) = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    assert len([line for line in script.splitlines() if line]) <= 10
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    assert "gru_action2motion" in done.stdout
    assert "fid" in done.stdout
    (folder,) = (tmp_path / "results" / "runs").iterdir()
    assert folder.name in done.stdout
    assert (folder / "summary.csv").exists()
