from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmark.statistics.worth import Worth, equivalent_real_clips, read_backwards
from metrics.value import Undefined
from skeletons.arrays import Float64Array
from skeletons.errors import InputError
from skeletons.seeds import named_rng

COUNTS = [100, 200, 400]
UNKNOWN = [""] * 600


def answers(
    accuracy: float, clips: int = 600, seeds: int = 3, shift: Float64Array | None = None
) -> Float64Array:
    """Right or wrong ``[S, C]`` of evenly spread difficulties, the same clips in each call."""
    bars = (np.arange(clips) * 0.618) % 1.0
    levels = accuracy + (np.zeros(seeds) if shift is None else shift)
    return (bars < levels[:, None]).astype(np.float64)


def worth(arm: float, own: int = 100, curve: tuple[float, ...] = (0.6, 0.7, 0.8)) -> Worth:
    points = np.stack([answers(accuracy) for accuracy in curve])
    # Other clips are hard for the arm than for the curve.
    right = answers(arm)[None, :, ::-1]
    found = equivalent_real_clips(
        COUNTS, points, right, UNKNOWN, own, named_rng("worth"), resamples=300
    )
    assert isinstance(found, Worth)
    return found


def test_between_two_points_the_curve_is_a_line_in_the_logarithm() -> None:
    counts = np.asarray([100.0, 400.0])
    heights = np.asarray([0.6, 0.8])
    assert read_backwards(counts, heights, 0.7) == pytest.approx(200.0, rel=1e-9)
    assert read_backwards(counts, heights, 0.6) == pytest.approx(100.0)
    assert read_backwards(counts, heights, 0.8) == pytest.approx(400.0)


def test_points_of_a_line_in_the_logarithm_are_read_exactly() -> None:
    counts = np.asarray([50.0, 100.0, 200.0, 400.0])
    heights = np.asarray([0.5, 0.6, 0.7, 0.8])
    for real in (60.0, 130.0, 390.0):
        height = 0.5 + 0.1 * np.log2(real / 50.0)
        assert read_backwards(counts, heights, height) == pytest.approx(real, rel=1e-6)


@given(st.lists(st.floats(0, 1), min_size=3, max_size=6), st.floats(0, 1), st.floats(0, 1))
def test_more_accuracy_is_never_worth_fewer_clips(
    heights: list[float], first: float, second: float
) -> None:
    counts = np.asarray([50.0 * 2.0**place for place in range(len(heights))])
    low, high = sorted((first, second))
    values = [read_backwards(counts, np.asarray(heights), accuracy) for accuracy in (low, high)]
    assert values[0] <= values[1] * (1 + 1e-9) or values[1] == np.inf


def test_a_dip_in_the_curve_is_levelled_and_a_plateau_read_at_its_first_point() -> None:
    counts = np.asarray([100.0, 200.0, 400.0, 800.0])
    dip = np.asarray([0.5, 0.7, 0.68, 0.9])
    assert read_backwards(counts, dip, 0.69) == pytest.approx(200.0)
    flat_top = np.asarray([0.5, 0.7, 0.7, 0.7])
    assert read_backwards(counts, flat_top, 0.7) == pytest.approx(200.0)
    assert read_backwards(counts, flat_top, 0.71) == np.inf


def test_an_arm_as_good_as_a_point_is_worth_that_points_clips() -> None:
    found = worth(0.7)
    assert found.clips == pytest.approx(100.0, rel=0.02)
    assert found.low < 100.0 < found.high
    assert found.varies == "test clips and recognizer seeds"
    same = worth(0.6)
    assert same.clips == pytest.approx(0.0, abs=1e-9)


def test_beyond_the_curve_words_stand_in_place_of_numbers() -> None:
    best, worst = worth(0.95), worth(0.4)
    assert (best.clips, worst.clips) == (np.inf, -np.inf)
    assert best.words().startswith("more than 300 [")
    assert worst.words() == "less than none [less than none, less than none]"
    assert worth(0.4, own=0).words().startswith("fewer than 100 [")
    assert worth(0.7, own=0).clips == pytest.approx(200.0, rel=0.02)


def test_the_same_generator_gives_the_same_interval() -> None:
    assert worth(0.72) == worth(0.72)


def test_the_order_of_the_points_changes_nothing() -> None:
    curve = np.stack([answers(accuracy) for accuracy in (0.6, 0.7, 0.8)])
    arm = answers(0.75)[None]
    turned = equivalent_real_clips(
        COUNTS[::-1], curve[::-1], arm, UNKNOWN, 100, named_rng("worth"), resamples=300
    )
    assert turned == equivalent_real_clips(
        COUNTS, curve, arm, UNKNOWN, 100, named_rng("worth"), resamples=300
    )


def test_seeds_that_scatter_widen_the_interval() -> None:
    shift = np.asarray([-0.06, 0.0, 0.06])
    curve = np.stack([answers(accuracy) for accuracy in (0.6, 0.7, 0.8)])
    still, moving = (
        equivalent_real_clips(
            COUNTS,
            curve,
            answers(0.7, shift=by)[None],
            UNKNOWN,
            100,
            named_rng("worth"),
            resamples=300,
        )
        for by in (None, shift)
    )
    assert isinstance(still, Worth)
    assert isinstance(moving, Worth)
    assert moving.high - moving.low > 1.3 * (still.high - still.low)
    generators = np.stack([answers(0.7 + by) for by in shift])
    repeated = equivalent_real_clips(
        COUNTS, curve, generators, UNKNOWN, 100, named_rng("worth"), resamples=300
    )
    assert isinstance(repeated, Worth)
    assert repeated.high - repeated.low > 1.3 * (still.high - still.low)
    assert repeated.varies == "test clips, recognizer seeds and generator seeds"


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    truth = (0.6, 0.7, 0.8, 0.7)  # of the curve and, last, of the arm: worth 200 - 100
    hits, trials = 0, 60
    for trial in range(trials):
        bars = rng.random(250)
        shift = 0.01 * rng.normal(size=(4, 3, 1))
        levels = np.asarray(truth)[:, None, None] + shift
        table = (bars + 0.1 * rng.normal(size=(4, 3, 250)) < levels).astype(float)
        found = equivalent_real_clips(
            COUNTS, table[:3], table[3:], [""] * 250, 100, named_rng("trial", trial), resamples=120
        )
        hits += isinstance(found, Worth) and found.low <= 100.0 <= found.high
    assert 0.88 <= hits / trials <= 1.0


def test_people_who_differ_widen_the_interval() -> None:
    curve = np.stack([answers(accuracy) for accuracy in (0.6, 0.7, 0.8)])
    arm = answers(0.7)[None]
    people = np.asarray([f"s{clip // 60}" for clip in range(600)])
    alike, unlike = (
        equivalent_real_clips(COUNTS, curve, right, names, 100, named_rng("worth"), resamples=300)
        for right, names in ((arm, UNKNOWN), (np.sort(arm, axis=-1), people))
    )
    assert isinstance(alike, Worth)
    assert isinstance(unlike, Worth)
    assert unlike.varies == "test people and recognizer seeds"
    assert unlike.clips == alike.clips
    assert unlike.high - unlike.low > 1.3 * (alike.high - alike.low)


def test_no_curve_no_worth() -> None:
    one = equivalent_real_clips(
        [100], answers(0.6)[None], answers(0.7)[None], UNKNOWN, 100, named_rng("")
    )
    assert isinstance(one, Undefined)
    assert "two or more numbers of real clips" in one.reason
    falling = np.stack([answers(accuracy) for accuracy in (0.8, 0.7, 0.6)])
    none = equivalent_real_clips(COUNTS, falling, answers(0.7)[None], UNKNOWN, 100, named_rng(""))
    assert isinstance(none, Undefined)
    assert "do not raise" in none.reason


def test_what_does_not_fit_is_refused() -> None:
    curve = np.stack([answers(accuracy) for accuracy in (0.6, 0.7, 0.8)])
    arm, rng = answers(0.7)[None], named_rng("")
    with pytest.raises(InputError, match="3 numbers of real clips needs"):
        equivalent_real_clips(COUNTS, curve[:2], arm, UNKNOWN, 100, rng)
    with pytest.raises(InputError, match="both need the same"):
        equivalent_real_clips(COUNTS, curve, arm[..., :-1], UNKNOWN, 100, rng)
    with pytest.raises(InputError, match="same number of real clips"):
        equivalent_real_clips([100, 100, 400], curve, arm, UNKNOWN, 100, rng)
    with pytest.raises(InputError, match="has 0 real clips"):
        equivalent_real_clips([0, 100, 400], curve, arm, UNKNOWN, 100, rng)
    with pytest.raises(InputError, match="two test clips"):
        equivalent_real_clips(COUNTS, curve[..., :1], arm[..., :1], UNKNOWN, 100, rng)
