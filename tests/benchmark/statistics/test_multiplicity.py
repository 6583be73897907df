from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmark.statistics.multiplicity import benjamini_hochberg, holm
from skeletons.errors import InputError

FAMILIES = st.lists(st.floats(0.0, 1.0), min_size=1, max_size=7)


@given(FAMILIES)
def test_holm_is_the_closed_test_of_bonferroni(p_values: list[float]) -> None:
    members = range(len(p_values))
    subsets = [s for size in members for s in combinations(members, size + 1)]
    for member, adjusted in enumerate(holm(p_values)):
        holding = [s for s in subsets if member in s]
        expected = max(min(1.0, len(s) * min(p_values[one] for one in s)) for s in holding)
        assert adjusted == pytest.approx(expected, rel=1e-9)


@given(FAMILIES, st.floats(0.001, 0.999))
def test_benjamini_hochberg_rejects_what_the_step_up_rule_rejects(
    p_values: list[float], level: float
) -> None:
    ordered = sorted(p_values)
    bars = [level * (place + 1) / len(ordered) for place in range(len(ordered))]
    passing = [p for p, bar in zip(ordered, bars, strict=True) if p <= bar * (1 - 1e-9)]
    certain = max(passing, default=-1.0)
    adjusted = benjamini_hochberg(p_values)
    for p, q in zip(p_values, adjusted, strict=True):
        if p <= certain:
            assert q <= level
        if q <= level * (1 - 1e-9):
            assert p <= max(
                (p for p, bar in zip(ordered, bars, strict=True) if p <= bar), default=-1
            )


def test_one_test_is_not_adjusted() -> None:
    assert holm([0.03]).tolist() == [0.03]
    assert benjamini_hochberg([0.03]).tolist() == [0.03]


def test_a_test_that_was_not_done_is_no_member_of_the_family() -> None:
    assert holm([0.02, np.nan, 0.03])[[0, 2]] == pytest.approx([0.04, 0.04])
    found = benjamini_hochberg([0.02, np.nan, 0.03])
    assert np.isnan(found[1])
    assert found[[0, 2]] == pytest.approx([0.03, 0.03])
    assert np.isnan(holm([np.nan])).all()
    assert len(benjamini_hochberg([])) == 0


def test_the_order_of_the_family_changes_nothing() -> None:
    p = np.random.default_rng(0).random(20)
    order = np.random.default_rng(1).permutation(20)
    for adjust in (holm, benjamini_hochberg):
        assert adjust(p[order]) == pytest.approx(adjust(p)[order])


def test_holm_keeps_the_chance_of_any_false_claim() -> None:
    p = np.random.default_rng(2).random((4000, 6))
    false = np.mean([(holm(row) < 0.05).any() for row in p])
    assert 0.035 < false < 0.062


@pytest.mark.parametrize("p", [-0.1, 1.1])
def test_what_is_no_p_value_is_refused(p: float) -> None:
    with pytest.raises(InputError, match="no p value"):
        holm([0.5, p])
    with pytest.raises(InputError, match="one list"):
        benjamini_hochberg([[0.5]])
