"""Statistics of a draw or a reference, made once for all metrics that need them."""

from __future__ import annotations

from metrics.features import FeatureSet
from metrics.reference import Clips, Draw, Reference

REAL = FeatureSet.of([[0.0], [1.0]], [0, 1], [0, 4])


def test_a_statistic_is_computed_once_for_each_of_its_arguments():
    calls = []

    def size(part: Clips, factor: int) -> int:
        calls.append(factor)
        return factor * len(part.clips)

    reference = Reference("test", REAL)
    assert [reference.once(size, factor) for factor in (2, 3, 2, 3)] == [4, 6, 4, 6]
    assert calls == [2, 3]
    assert Draw(REAL.select([0]), reference).once(size, 2) == 2
    assert calls == [2, 3, 2], "a draw does not know what is known of its reference"


def test_equal_arguments_of_two_statistics_are_not_taken_for_each_other():
    reference = Reference("test", REAL)
    assert reference.once(lambda part: len(part.clips)) == 2
    assert reference.once(lambda part: part.clips.features.shape[1]) == 1


def test_classes_are_counted_on_both_sides_in_labels_and_predictions():
    drawn = FeatureSet.of([[0.0]], [2], [1])
    assert Draw(drawn, Reference("test", REAL)).classes == 5
    assert Draw(drawn, Reference("test", REAL.select([0]))).classes == 3
