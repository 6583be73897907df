"""Time and peak memory of reading a large annotation file."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
MOST_MEMORY = {4800: 2.5, 114_480: 1.3}
"""Peak memory while reading, as a multiple of the clips' own bytes (float32). Of few clips, those
that findings are read from are a large part, and so are the libraries."""

CHILD = """
import json, resource, sys, time
from pathlib import Path
from skeletons.datasets import dataset_named
import skeletons.datasets.recordings
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
before, start = peak(), time.perf_counter()
data = dataset_named("pyskl:" + sys.argv[1]).load("", None)
print(json.dumps({"seconds": time.perf_counter() - start, "peak": peak() - before,
                  "bytes": data.train.frames.nbytes, "clips": len(data.train) + len(data.test)}))
"""


def large_file(path: Path, clips: int, dtype: type) -> None:
    """Clips of 50 to 100 frames of NTU's 25 joints, streamed to disk."""
    rng = np.random.default_rng(0)
    long = (rng.normal(0, 0.3, (1, 100, 25, 3)) + np.array([0.0, 0.0, 3.0])).astype(dtype)
    entries = [
        {
            "frame_dir": f"S001C001P{number % 40 + 1:03d}R{number // 4800 + 1:03d}"
            f"A{number // 40 % 120 + 1:03d}",
            "label": number // 40 % 120,
            "total_frames": 50 + number % 51,
            "keypoint": long[:, : 50 + number % 51],
        }
        for number in range(clips)
    ]
    with path.open("wb") as stream:
        pickle.dump({"split": None, "annotations": entries}, stream, protocol=4)


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
@pytest.mark.parametrize("clips", [4800, pytest.param(114_480, marks=pytest.mark.slow)])
def test_reading_takes_little_more_memory_than_the_clips(benchmark, tmp_path, clips, dtype):
    path = tmp_path / "large.pkl"
    large_file(path, clips, dtype)

    def read() -> dict[str, float]:
        done = subprocess.run(
            [sys.executable, "-c", CHILD, str(path)],
            cwd=ROOT, capture_output=True, text=True, check=True,
        )  # fmt: skip
        return dict(json.loads(done.stdout))

    told = benchmark.pedantic(read, rounds=1)
    benchmark.extra_info.update(told)
    assert told["clips"] == clips
    assert told["peak"] < MOST_MEMORY[clips] * told["bytes"]
