from __future__ import annotations

import numpy as np
import pytest

from benchmark.statistics.crossed import MeanSquare, crossed_estimate, effects
from benchmark.statistics.power import detectable_difference, power_of, seeds_needed
from benchmark.statistics.variance import (
    GENERATOR_SEED,
    RECOGNIZER_SEED,
    TEST_CLIP,
    TEST_PERSON,
    Components,
    crossed_components,
)
from metrics.value import Undefined
from skeletons.errors import InputError


def components(
    seed: float, clip: float, rest: float, seeds: int = 3, clips: int = 100
) -> Components:
    variances = dict(zip(effects(2), (seed, clip, rest), strict=True))
    squares = {effect: MeanSquare(0.0, 1) for effect in effects(2)}
    return Components({RECOGNIZER_SEED: seeds, TEST_CLIP: clips}, variances, squares)


def simulated(parts: Components, difference: float, seeds: int, trials: int = 1500) -> float:
    """How often the t test of a table with these variances rejects no difference."""
    rng = np.random.default_rng(seeds)
    clips = parts.levels[TEST_CLIP]
    spreads = np.sqrt(list(parts.variances.values()))
    found = 0
    for _ in range(trials):
        table = (
            difference
            + spreads[0] * rng.normal(size=(seeds, 1))
            + spreads[1] * rng.normal(size=clips)
            + spreads[2] * rng.normal(size=(seeds, clips))
        )
        found += crossed_estimate(table).p_value < 0.05
    return found / trials


@pytest.mark.parametrize(
    ("parts", "seeds"),
    [
        (components(2.0, 20.0, 100.0), 3),
        (components(4.0, 1.0, 1.0), 5),
        (components(0.5, 100.0, 50.0), 4),
    ],
)
def test_the_power_is_how_often_the_comparison_sees_the_difference(
    parts: Components, seeds: int
) -> None:
    size = detectable_difference(parts, {RECOGNIZER_SEED: seeds})
    assert power_of(parts, size, {RECOGNIZER_SEED: seeds}) == pytest.approx(0.8, abs=1e-6)
    assert simulated(parts, size, seeds) == pytest.approx(0.8, abs=0.05)


def test_the_number_of_seeds_is_the_smallest_that_reaches_the_power() -> None:
    parts = components(4.0, 20.0, 100.0)
    seeds = seeds_needed(parts, 2.0)
    assert isinstance(seeds, int)
    assert power_of(parts, 2.0, {RECOGNIZER_SEED: seeds}) >= 0.8
    assert power_of(parts, 2.0, {RECOGNIZER_SEED: seeds - 1}) < 0.8
    assert simulated(parts, 2.0, seeds) == pytest.approx(0.8, abs=0.05)


def test_no_difference_is_seen_as_often_as_the_level_says() -> None:
    assert power_of(components(1.0, 1.0, 1.0), 0.0) == pytest.approx(0.05)


def test_one_factor_has_the_power_of_a_t_test_known_from_tables() -> None:
    # Cohen 1988, one-sample t: d = 0.5 needs 34 for power 0.8 at two-sided 0.05.
    rng = np.random.default_rng(0)
    values = rng.normal(size=34)
    values = (values - values.mean()) / values.std(ddof=1)
    one = crossed_components(values[None], (RECOGNIZER_SEED, TEST_CLIP))
    assert power_of(one, 0.5) == pytest.approx(0.808, abs=0.001)
    assert power_of(one, 0.5, {TEST_CLIP: 33}) < 0.8


def test_clips_that_are_too_few_are_named_with_their_interval() -> None:
    parts = components(1.0, 100.0, 10.0)
    reason = seeds_needed(parts, 2.0)
    assert isinstance(reason, Undefined)
    # t(0.975, 99) sqrt(100 / 100) = 1.98
    assert "the test clips alone give an interval of ±2.0" in reason.reason
    assert isinstance(seeds_needed(parts, 2.0, levels={TEST_CLIP: 1000}), int)


def test_a_factor_that_was_not_repeated_has_no_answer() -> None:
    once = crossed_components(np.random.default_rng(1).normal(size=(1, 40)), ("a", TEST_CLIP))
    reason = seeds_needed(once, 2.0)
    assert isinstance(reason, Undefined)
    assert "one recognizer seed shows no variance" in reason.reason


def test_more_people_help_where_more_seeds_do_not() -> None:
    rng = np.random.default_rng(3)
    table = 4.0 * rng.normal(size=(1, 9)) + rng.normal(size=(3, 9))
    parts = crossed_components(table, (RECOGNIZER_SEED, TEST_PERSON), 6.0)
    assert "the test persons alone" in str(seeds_needed(parts, 2.0))
    people = seeds_needed(parts, 2.0, TEST_PERSON)
    assert isinstance(people, int)
    assert people > 9
    assert power_of(parts, 2.0, {TEST_PERSON: people}) >= 0.8
    assert power_of(parts, 2.0, {TEST_PERSON: people - 1}) < 0.8
    # People with unequal numbers of clips leave fewer degrees of freedom and less power.
    equal = crossed_components(table, (RECOGNIZER_SEED, TEST_PERSON))
    assert power_of(parts, 4.0) < power_of(equal, 4.0)


def test_generator_seeds_have_a_power_of_their_own() -> None:
    rng = np.random.default_rng(2)
    table = 3.0 * rng.normal(size=(4, 1, 1)) + rng.normal(size=(4, 3, 200))
    parts = crossed_components(table, (GENERATOR_SEED, RECOGNIZER_SEED, TEST_CLIP))
    more_generators = seeds_needed(parts, 2.0, GENERATOR_SEED)
    assert isinstance(more_generators, int)
    assert more_generators > 4
    more_recognizers = seeds_needed(parts, 2.0, RECOGNIZER_SEED)
    assert isinstance(more_recognizers, Undefined)
    assert "the generator seeds and the test clips alone" in more_recognizers.reason


def test_where_nothing_varies_any_difference_is_seen() -> None:
    nothing = components(0.0, 0.0, 0.0)
    assert power_of(nothing, 0.1) == 1.0
    assert detectable_difference(nothing) == 0.0
    assert seeds_needed(nothing, 0.1) == 2


def test_a_huge_difference_has_a_power_of_one_and_not_nan() -> None:
    assert power_of(components(1e-6, 1e-6, 1e-6), 1e6) == 1.0


def test_senseless_questions_are_refused() -> None:
    parts = components(1.0, 1.0, 1.0)
    with pytest.raises(InputError, match="other than 0"):
        seeds_needed(parts, 0.0)
    with pytest.raises(InputError, match="power between 0 and 1"):
        seeds_needed(parts, 1.0, power=1.0)
    with pytest.raises(InputError, match="'moon' was not repeated"):
        power_of(parts, 1.0, {"moon": 3})
