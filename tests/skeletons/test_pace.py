from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from skeletons.pace import CURVE, along, warped_time


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 99), st.floats(0.0, 2.0), st.integers(1, 8))
def test_a_warp_runs_from_start_to_end_and_never_back(seed, warp, knots):
    passed = warped_time(5, warp, knots, np.random.default_rng(seed))
    np.testing.assert_array_equal(passed[:, 0], 0.0)
    np.testing.assert_array_equal(passed[:, -1], 1.0)
    assert (np.diff(passed, axis=1) > 0.0).all()


def test_the_logarithm_of_the_pace_has_about_the_asked_deviation_and_clips_keep_their_length():
    passed = warped_time(4000, 0.3, 4, np.random.default_rng(0))
    pace = np.diff(passed, axis=1) * (CURVE - 1)
    np.testing.assert_allclose(np.log(pace[:, 0]).std(), 0.3, rtol=0.05)
    np.testing.assert_allclose(pace.mean(axis=1), 1.0)


def test_a_curve_is_read_linearly_between_its_values():
    curve = np.asarray([[0.0, 1.0, 4.0], [0.0, 2.0, 2.0]])
    read = along(curve, np.asarray([[0], [1]]), np.asarray([[0.0, 0.25, 0.75, 1.0]] * 2))
    np.testing.assert_allclose(read, [[0.0, 0.5, 2.5, 4.0], [0.0, 1.0, 2.0, 2.0]])
