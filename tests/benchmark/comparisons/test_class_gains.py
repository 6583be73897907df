from __future__ import annotations

import numpy as np
import pytest

from benchmark.comparisons.class_gains import GAIN, HARM, NO_CLAIM, class_gains
from benchmark.statistics.crossed import crossed_estimate
from benchmark.statistics.multiplicity import benjamini_hochberg
from benchmark.statistics.paired_test import paired_test
from benchmark.statistics.sign_flip import sign_flip_p_value
from metrics.value import Undefined
from skeletons.arrays import IntArray, StrArray
from skeletons.errors import InputError


def differences(
    rng: np.random.Generator, shift: float, seeds: int = 3, clips: int = 40
) -> IntArray:
    """Two arms' right answers on shared clips, the first right by ``shift`` more often."""
    bar = rng.random((1, clips))
    first = bar + 0.1 * rng.normal(size=(seeds, clips)) < 0.5 + shift
    second = bar + 0.1 * rng.normal(size=(seeds, clips)) < 0.5
    return first.astype(np.int64) - second.astype(np.int64)


def unknown(table: IntArray) -> StrArray:
    """Of clips that nobody knows who made."""
    return np.full(table.shape[-1], "")


def test_gains_and_harms_are_found_class_by_class() -> None:
    rng = np.random.default_rng(0)
    shifts = [0.3, 0.0, -0.3, 0.0]
    table = np.concatenate([differences(rng, shift) for shift in shifts], axis=1)
    labels = np.repeat([3, 5, 7, 9], 40)
    (gains,) = class_gains([(table, labels, unknown(table))])
    assert [gain.label for gain in gains] == [3, 5, 7, 9]
    assert [gain.verdict for gain in gains] == [GAIN, NO_CLAIM, HARM, NO_CLAIM]
    for gain, part in zip(gains, np.split(table, 4, axis=1), strict=True):
        alone = paired_test(part, unknown(part))
        assert not isinstance(gain.test, Undefined)
        assert (gain.test.mean, gain.test.low, gain.test.p_value) == pytest.approx(
            (alone.mean, alone.low, alone.p_value), rel=1e-9
        )
        assert gain.clips == 40


def test_all_comparisons_are_one_family() -> None:
    rng = np.random.default_rng(1)
    labels = np.repeat([0, 1], 30)
    tables = [differences(rng, 0.1, clips=60), differences(rng, 0.0, clips=60)]
    found = class_gains([(table, labels, unknown(table)) for table in tables])
    tests = [gain.test for gains in found for gain in gains]
    p_values = [np.nan if isinstance(test, Undefined) else test.p_value for test in tests]
    expected = benjamini_hochberg(p_values)
    assert [gain.p_adjusted for gains in found for gain in gains] == pytest.approx(expected)


def test_a_bad_training_is_not_taken_for_harm_of_a_class() -> None:
    rng = np.random.default_rng(2)
    claims, exact_claims, trials = 0, 0, 150
    for _ in range(trials):
        # Accuracy of a class hangs on the training: no arm is better, on average over trainings.
        level = 0.5 + 0.2 * rng.normal(size=(2, 3, 1))
        first, second = rng.random((2, 3, 60)) < level
        table = first.astype(np.int64) - second.astype(np.int64)
        ((gain,),) = class_gains([(table, np.zeros(60, np.int64), unknown(table))])
        claims += bool(gain.verdict)
        exact_claims += sign_flip_p_value(table) < 0.05
    assert claims / trials < 0.1
    assert exact_claims / trials > 0.25


def test_a_class_with_one_clip_is_undefined_and_takes_no_place_in_the_family() -> None:
    rng = np.random.default_rng(3)
    table = differences(rng, 0.3, clips=41)
    ((many, one),) = class_gains([(table, np.asarray([0] * 40 + [1]), unknown(table))])
    assert isinstance(one.test, Undefined)
    assert (one.clips, one.verdict) == (1, NO_CLAIM)
    assert np.isnan(one.p_adjusted)
    assert not isinstance(many.test, Undefined)
    assert many.p_adjusted == many.test.p_value
    assert class_gains([]) == []


def test_people_are_the_unit_within_a_class_too() -> None:
    rng = np.random.default_rng(6)
    table = differences(rng, 0.2, clips=60)
    labels = np.repeat([0, 1], [40, 20])
    # Nine people made the clips of the first class, one of them all of the second.
    people = np.asarray([f"s{clip % 9}" for clip in range(40)] + ["s0"] * 20)
    ((many, one),) = class_gains([(table, labels, people)])
    assert (many.people, one.people) == (9, 0)
    assert many.test == paired_test(table[:, :40], people[:40])
    assert isinstance(one.test, Undefined)
    assert "are of one person" in one.test.reason
    # Where nobody else is known at all, its clips are all that there is to sample.
    ((alone,),) = class_gains([(table[:, 40:], labels[40:], people[40:])])
    assert alone.test == paired_test(table[:, 40:], [""] * 20)


def test_the_p_value_is_the_larger_of_the_two_tests() -> None:
    rng = np.random.default_rng(4)
    for shift in (0.0, 0.05, 0.2):
        table = differences(rng, shift)
        test = paired_test(table, unknown(table))
        assert test.exact_p_value == sign_flip_p_value(table)
        crossed = crossed_estimate(table.astype(float)).p_value
        assert test.p_value == max(test.exact_p_value, crossed)
        assert (test.p_value < 0.05) <= (test.low > 0.0 or test.high < 0.0)


@pytest.mark.parametrize(
    ("shape", "varies"),
    [
        ((1, 20), "clips"),
        ((3, 20), "clips and seeds"),
        ((1, 3, 20), "clips and seeds"),
        ((2, 3, 20), "clips, seeds and generator seeds"),
        ((2, 1, 20), "clips and generator seeds"),
    ],
)
def test_a_test_says_what_its_interval_covers(shape: tuple[int, ...], varies: str) -> None:
    table = np.random.default_rng(5).integers(-1, 2, shape)
    assert paired_test(table, unknown(table)).varies == varies


def test_what_does_not_fit_is_refused() -> None:
    table = np.zeros((2, 5), np.int64)
    with pytest.raises(InputError, match="5 clips, labels of 4 and"):
        class_gains([(table, np.zeros(4, np.int64), unknown(table))])
    with pytest.raises(InputError, match="rate of 1"):
        class_gains([], rate=1.0)
    with pytest.raises(InputError, match="two test clips"):
        paired_test(table[:, :1], [""])
