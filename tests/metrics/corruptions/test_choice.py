"""Which clips a dose changes."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.corruptions.choice import share_of_clips
from tests.metrics.corruptions.changed import rng


@settings(max_examples=60, deadline=None)
@given(
    labels=st.lists(st.integers(0, 5), max_size=40),
    small=st.floats(0.0, 1.0),
    large=st.floats(0.0, 1.0),
)
def test_a_share_is_exact_even_over_classes_and_nested(
    labels: list[int], small: float, large: float
) -> None:
    small, large = sorted((small, large))
    array = np.asarray(labels, dtype=np.int64)
    few, many = (share_of_clips(array, dose, rng()) for dose in (small, large))
    assert few.sum() == round(small * len(array))
    assert not (few & ~many).any()
    for label in set(labels):
        share = (array == label).mean()
        # Each class may be one clip off; the exact total shares such errors out by size.
        assert abs(few[array == label].sum() - share * few.sum()) <= 1.0 + 6.0 * share
