"""Body metrics of skeletons without feet, sides or a third coordinate."""

from __future__ import annotations

import numpy as np
import pytest

from metrics.body.measuring import measure_bodies
from tests.any_skeleton import UNUSUAL, swaying_clips


@pytest.mark.parametrize("kind", UNUSUAL)
def test_body_measures_of_any_skeleton_are_finite(kind: str) -> None:
    clips = swaying_clips(UNUSUAL[kind])
    bodies = measure_bodies(clips)
    for name in ("bone_means", "positions", "speeds", "jerks", "angles"):
        assert np.isfinite(getattr(bodies, name)).all(), name
