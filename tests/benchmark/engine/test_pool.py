from __future__ import annotations

import numpy as np

from benchmark.experiment.stages.generate import pool_labels


def test_what_does_not_divide_evenly_goes_to_the_lower_classes() -> None:
    counts = np.bincount(pool_labels(np.asarray([5, 5, 5, 0]), 11, seed=0), minlength=4)
    assert counts.tolist() == [4, 4, 3, 0]
