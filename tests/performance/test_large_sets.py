"""Time and peak memory of what a run does with clips of a set as large as NTU RGB+D 120."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.performance.large_sets import ALL, OPERATIONS, write_file

ROOT = Path(__file__).parents[2]
SMALL = ALL // 20

MOST_MEMORY = {
    "read": (1.3, 100),
    "write_parts": (1.3, 100),
    "data_stage": (1.3, 150),
    "split": (1.3, 32),
    "fingerprint": (1.3, 64),
    "graph_input": (3.3, 100),
    "image_codec": (2.6, 160),
    "pose_codec": (2.6, 200),
    "bodies": (1.8, 64),
}
"""Peak memory as a multiple of the bytes of the clips in question (float32), and MiB of working
space that do not grow with their number. Pages of a mapped file count, though the system can take
them back."""

ALWAYS = ("data_stage", "split")
"""What is also measured with a twentieth of the clips; all the rest with ``-m slow``."""


def told(operation: str, file: Path, folder: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.performance.large_sets", operation, str(file), str(folder)],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module", params=[SMALL, pytest.param(ALL, marks=pytest.mark.slow)])
def stored(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[int, Path, Path]]:
    """How many clips, their file, and a folder with the parts of the set."""
    folder = tmp_path_factory.mktemp(f"clips-{request.param}")
    file = folder / "large.pkl"
    write_file(file, request.param, np.float32)
    told("write_parts", file, folder)
    yield request.param, file, folder
    for path in folder.rglob("*.*"):
        path.unlink()


@pytest.mark.parametrize("operation", OPERATIONS)
def test_what_is_done_with_many_clips_takes_little_more_memory_than_they(
    benchmark: Any, stored: tuple[int, Path, Path], operation: str, tmp_path: Path
) -> None:
    clips, file, folder = stored
    if clips < ALL and operation not in ALWAYS:
        pytest.skip("measured with all clips, see ALWAYS")
    writes = operation in ("write_parts", "data_stage")
    where = tmp_path if writes else folder
    found = benchmark.pedantic(told, args=(operation, file, where), rounds=1)
    benchmark.extra_info.update(found, what=f"{operation.replace('_', ' ')}, {clips:,} clips")
    multiple, beside = MOST_MEMORY[operation]
    assert found["peak_memory_mb"] < multiple * found["own_mb"] + beside, found
