"""How long the embedded data set takes to make."""

from skeletons.datasets.kinematic12.difficulty import Difficulty
from skeletons.datasets.kinematic12.recording import record


def test_make_kinematic12(benchmark):
    recording = benchmark.pedantic(record, args=(0, Difficulty()), rounds=3, warmup_rounds=1)
    assert len(recording.ids) == 1680
