"""How often the intervals hold the truth where a few people made all test clips.

``pytest -m slow -s tests/benchmark/statistics/test_coverage.py`` prints the table of
docs/statistics.md.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from benchmark.statistics.accuracy import accuracy_estimate
from benchmark.statistics.crossed import CrossedMean, MeanSquare, variance_from
from benchmark.statistics.paired_test import PairedTest, paired_test
from benchmark.statistics.people import Units, clustered_estimate
from skeletons.arrays import StrArray
from tests.benchmark.statistics.simulated_people import LAYOUTS, PERSON_BY_ARM, People

NOMINAL = 0.95
SEED_SHARE = 0.01
BASES = (0.7, 0.9, 0.98)
GAINS = ((0.7, 0.0), (0.9, 0.0), (0.98, 0.0), (0.7, 0.05), (0.9, 0.05), (0.93, 0.05))


def slack(trials: int) -> float:
    """Three standard errors of a coverage that was counted in so many trials."""
    return 3.0 * float(np.sqrt(NOMINAL * (1.0 - NOMINAL) / trials))


def coverage_of_accuracy(
    people: People, accuracy: float, ratio: float, seed: float, trials: int
) -> float:
    rng, subjects = np.random.default_rng(11), people.subjects
    # In a class of few clips, people are as unlike as in a test set of many.
    full = People(np.full(9, 51), people.seeds) if people.clips.max() < 10 else people
    person = full.person_share(accuracy, ratio)
    hits = 0
    for _ in range(trials):
        told = accuracy_estimate(people.right(rng, accuracy, person, seed), subjects)
        assert 0.0 <= told.low <= told.mean <= told.high <= 1.0
        hits += told.low <= accuracy <= told.high
    return hits / trials


def gain_tests(
    people: People,
    case: tuple[float, float],
    person: float,
    seed: float,
    trials: int,
    subjects: StrArray | None = None,
) -> list[PairedTest]:
    rng = np.random.default_rng(12)
    names = people.subjects if subjects is None else subjects
    return [paired_test(people.difference(rng, *case, person, seed), names) for _ in range(trials)]


def holds(tests: list[PairedTest], gain: float) -> float:
    return float(np.mean([test.low <= gain <= test.high for test in tests]))


@pytest.mark.parametrize(
    ("layout", "seeds", "accuracy", "ratio", "seed"),
    [
        ("9 people, 48 to 54 clips each", 3, 0.9, 2.5, SEED_SHARE),
        ("9 people, 48 to 54 clips each", 3, 0.9, 1.0, 0.0),
        ("10 people, 48 to 54 clips each", 1, 0.7, 2.5, 0.0),
        ("9 people, 5 to 80 clips each", 3, 0.98, 2.5, 0.0),
        ("9 people, 4 clips each (a class)", 5, 0.9, 2.5, SEED_SHARE),
    ],
)
def test_the_interval_of_an_accuracy_covers_as_often_as_it_says(
    layout: str, seeds: int, accuracy: float, ratio: float, seed: float
) -> None:
    trials = 300
    found = coverage_of_accuracy(People(LAYOUTS[layout], seeds), accuracy, ratio, seed, trials)
    assert 0.93 - slack(trials) <= found <= 0.985 + slack(trials)


@pytest.mark.parametrize(
    ("layout", "seeds", "case", "person", "seed"),
    [
        ("9 people, 48 to 54 clips each", 3, (0.9, 0.05), PERSON_BY_ARM, 0.0),
        ("9 people, 48 to 54 clips each", 3, (0.7, 0.0), 0.0, SEED_SHARE),
        ("10 people, 48 to 54 clips each", 5, (0.9, 0.0), PERSON_BY_ARM, SEED_SHARE),
        ("9 people, 5 to 80 clips each", 1, (0.7, 0.05), PERSON_BY_ARM, 0.0),
        ("9 people, 4 clips each (a class)", 3, (0.9, 0.05), 0.0, SEED_SHARE),
    ],
)
def test_the_interval_of_a_gain_covers_as_often_as_it_says(
    layout: str, seeds: int, case: tuple[float, float], person: float, seed: float
) -> None:
    trials = 300
    tests = gain_tests(People(LAYOUTS[layout], seeds), case, person, seed, trials)
    assert 0.93 - slack(trials) <= holds(tests, case[1]) <= 0.985 + slack(trials)


def test_clips_as_units_cover_too_seldom_where_people_take_to_an_arm() -> None:
    trials = 300
    people = People(LAYOUTS["9 people, 48 to 54 clips each"], 3)
    unknown = np.full(int(people.clips.sum()), "")
    case = (0.7, 0.0)
    by_clip = gain_tests(people, case, PERSON_BY_ARM, 0.0, trials, unknown)
    by_person = gain_tests(people, case, PERSON_BY_ARM, 0.0, trials)
    assert holds(by_clip, 0.0) < 0.9 < holds(by_person, 0.0)
    # The gain is 0: a test at 5 % should find one in 5 % of the trials at most.
    assert np.mean([test.exact_p_value < 0.05 for test in by_clip]) > 0.1
    assert np.mean([test.exact_p_value < 0.05 for test in by_person]) < 0.05 + slack(trials)


def test_the_plain_t_interval_of_a_share_near_all_misses_it_in_half_of_all_cases() -> None:
    trials, people = 300, People(LAYOUTS["9 people, 4 clips each (a class)"], 1)
    rng, units = np.random.default_rng(13), Units.of(people.subjects)
    plain, in_log_odds = 0, 0
    for _ in range(trials):
        right = people.right(rng, 0.98, 0.0, 0.0)
        found, told = clustered_estimate(right, units), accuracy_estimate(right, people.subjects)
        plain += found.low <= 0.98 <= found.high
        in_log_odds += told.low <= 0.98 <= told.high
    assert plain / trials < 0.6
    assert in_log_odds / trials > 0.93 - slack(trials)


@pytest.mark.parametrize("seeds", [2, 3, 5])
@pytest.mark.parametrize(
    ("of_seed", "of_person"), [(0.0, 0.0), (3.0, 0.0), (10.0, 0.0), (0.0, 1.0), (3.0, 5.0)]
)
def test_few_seeds_are_enough_whatever_share_they_have(
    seeds: int, of_seed: float, of_person: float
) -> None:
    # Normal tables have chi-squared mean squares; variances in units of the interaction's.
    rng, trials, people = np.random.default_rng(4), 2000, 9
    expected = {(0,): of_seed + 1.0, (1,): of_person + 1.0, (0, 1): 1.0}
    freedom = {(0,): seeds - 1, (1,): people - 1, (0, 1): (seeds - 1) * (people - 1)}
    drawn = {
        effect: mean * rng.chisquare(freedom[effect], trials) / freedom[effect]
        for effect, mean in expected.items()
    }
    off = np.sqrt(of_seed + of_person + 1.0) * rng.normal(size=trials)
    hits = 0
    for trial in range(trials):
        squares = {e: MeanSquare(float(drawn[e][trial]), freedom[e]) for e in expected}
        variance, of_mean = variance_from(squares, 1)
        found = CrossedMean(float(off[trial]), float(np.sqrt(variance)), of_mean)
        hits += found.low <= 0.0 <= found.high
    assert 0.935 - slack(trials) <= hits / trials <= 0.985 + slack(trials)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seeds", [1, 3, 5])
@pytest.mark.parametrize("layout", list(LAYOUTS))
def test_coverage_and_size_over_the_whole_grid(layout: str, seeds: int) -> None:
    trials, people = 1000, People(LAYOUTS[layout], seeds)
    spread = (0.0, SEED_SHARE) if seeds > 1 else (0.0,)
    accuracies = [
        coverage_of_accuracy(people, base, ratio, seed, trials)
        for base, ratio, seed in product(BASES, (1.0, 2.5), spread)
    ]
    gains, flips, claims = [], [], []
    for case, person, seed in product(GAINS, (0.0, PERSON_BY_ARM), spread):
        tests = gain_tests(people, case, person, seed, trials)
        gains.append(holds(tests, case[1]))
        if case[1] == 0.0:
            claims.append(float(np.mean([test.p_value < 0.05 for test in tests])))
            if seed == 0.0:
                flips.append(float(np.mean([test.exact_p_value < 0.05 for test in tests])))
    ranges = [
        f"{100 * min(found):.1f} to {100 * max(found):.1f}"
        for found in (accuracies, gains, flips, claims)
    ]
    print(f"\n| {layout} | {seeds} | {' | '.join(ranges)} |")
    assert min(accuracies) >= 0.93 - slack(trials)
    assert min(gains) >= 0.92 - slack(trials)
    assert max(*flips, *claims) <= 0.06 + slack(trials)
