"""Sets of features, joined."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from metrics.body.measuring import measure_bodies
from metrics.features import FeatureSet
from skeletons.errors import InputError
from tests.skeletons.random_clips import random_clips

WHOLE = FeatureSet.of(np.arange(15.0).reshape(5, 3), [0, 1, 2, 1, 0], [0, 1, 1, 1, 2])


def test_parts_make_up_the_whole_again():
    joined = FeatureSet.concatenate(
        [WHOLE.select([0, 1]), WHOLE.select([]), WHOLE.select([2, 3, 4])]
    )
    np.testing.assert_array_equal(joined.features, WHOLE.features)
    np.testing.assert_array_equal(joined.labels, WHOLE.labels)
    np.testing.assert_array_equal(joined.predicted, WHOLE.predicted)
    assert joined.bodies is None


def test_body_measures_are_joined_where_every_part_has_them():
    bodies = measure_bodies(random_clips(lengths=(9, 40, 3, 24, 11)))
    measured = replace(WHOLE, bodies=bodies)
    joined = FeatureSet.concatenate([measured.select([3, 0]), measured.select([4])])
    assert joined.bodies is not None
    np.testing.assert_array_equal(joined.bodies.jerks, bodies.jerks[[3, 0, 4]])
    assert joined.bodies.skeleton == bodies.skeleton
    assert FeatureSet.concatenate([measured, WHOLE]).bodies is None


def test_features_of_different_widths_and_no_features_at_all_are_refused():
    narrow = replace(WHOLE, features=WHOLE.features[:, :2])
    with pytest.raises(InputError, match=r"widths \[2, 3\]"):
        FeatureSet.concatenate([WHOLE, narrow])
    with pytest.raises(InputError, match="no features"):
        FeatureSet.concatenate([])
