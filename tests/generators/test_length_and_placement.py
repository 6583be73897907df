from __future__ import annotations

import numpy as np
import pytest

from generators.length_and_placement import LengthAndPlacement
from skeletons.errors import InputError
from skeletons.placement import Placement

KNOWN = LengthAndPlacement(
    np.asarray([0, 0, 1]),
    np.asarray([10, 20, 30]),
    Placement(np.zeros((3, 3), np.float32), np.float32([0.1, 0.2, 0.3])),
)


def test_length_and_placement_come_together_from_a_clip_of_the_same_class():
    lengths, placement = KNOWN.draw(np.asarray([1, *[0] * 20]), 0)
    pairs = set(zip(lengths.tolist(), (placement.yaw * 100).round(), strict=True))
    assert pairs == {(30, 30), (10, 10), (20, 20)}
    assert lengths[0] == 30


def test_a_class_that_was_not_fitted_is_refused():
    with pytest.raises(InputError, match="label 2 was not among"):
        KNOWN.draw(np.asarray([2]), 0)


def test_what_is_stored_draws_the_same(tmp_path):
    KNOWN.save(tmp_path)
    labels = np.asarray([0, 1, 0, 0])
    (lengths, placement), (again, there) = (
        known.draw(labels, 5) for known in (KNOWN, LengthAndPlacement.load(tmp_path))
    )
    assert np.array_equal(lengths, again)
    assert np.array_equal(placement.yaw, there.yaw)
