"""Seeds by name."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from skeletons.seeds import derive_seed, named_rng

names = st.lists(st.one_of(st.text(max_size=8), st.integers(), st.booleans(), st.floats()))


@settings(max_examples=200, deadline=None)
@given(one=names, two=names)
def test_other_names_give_other_seeds(one, two):
    if list(map(repr, one)) != list(map(repr, two)):
        assert derive_seed(*one) != derive_seed(*two)
    else:
        assert derive_seed(*one) == derive_seed(*two)


def test_names_do_not_run_into_each_other():
    cases = [("ab", "c"), ("a", "bc"), ("abc",), ("a", "b", "c"), ("a\x1fstr:b",), ("a", "b"), ()]
    cases += [("a\x1f", "b"), ("a", "\x1fb"), (1,), ("1",), (True,), (1.0,)]
    assert len({derive_seed(*case) for case in cases}) == len(cases)


def test_a_numpy_number_is_the_number_that_it_holds():
    assert derive_seed("fit", np.int64(3)) == derive_seed("fit", 3)
    assert derive_seed("fit", np.float32(0.5)) == derive_seed("fit", 0.5)
    assert derive_seed(np.str_("fit")) == derive_seed("fit")


def test_seeds_are_the_same_in_every_process_and_fit_torch():
    """The number is part of every published result: it may not change between releases."""
    assert derive_seed("ddpm", "10pct", "fit", 0) == 5060806649833600914
    code = "from skeletons.seeds import derive_seed; print(derive_seed('ddpm', '10pct', 'fit', 0))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(found.stdout) == derive_seed("ddpm", "10pct", "fit", 0)
    assert 0 <= derive_seed("x") < 2**63


def test_generators_of_other_names_are_unrelated_and_leave_the_global_state_alone():
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    draws = np.array([named_rng("draw", number).normal(size=2000) for number in range(4)])
    correlation = np.corrcoef(draws) - np.eye(4)
    assert np.abs(correlation).max() < 0.1
    np.testing.assert_array_equal(named_rng("draw", 2).normal(size=2000), draws[2])
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002
