from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.elastic.alignment import align

PAIR = np.array([0]), np.array([1])


def motion(phase: np.ndarray) -> np.ndarray:
    """Places on a spiral, which passes none of them twice."""
    return np.stack([phase * np.cos(4 * phase), phase * np.sin(4 * phase), phase], axis=-1)


def warped(even: np.ndarray, bend: float) -> np.ndarray:
    return even + bend * even * (1.0 - even)


def test_a_motion_goes_with_itself_moment_by_moment():
    features = np.stack([motion(np.linspace(0, 1, 32))] * 2).astype(np.float32)
    cost, phase = align(features, *PAIR, band=0.25, smoothing=1.5)
    assert cost[0] == pytest.approx(0.0, abs=1e-3)
    np.testing.assert_allclose(phase[0], np.linspace(0, 1, 32), atol=1e-6)


@pytest.mark.parametrize("bend", [-0.5, 0.3, 0.6])
def test_a_change_of_pace_is_found(bend):
    even = np.linspace(0, 1, 64)
    features = np.stack([motion(warped(even, bend)), motion(even)]).astype(np.float32)
    _, phase = align(features, *PAIR, band=0.25, smoothing=1.5)
    np.testing.assert_allclose(phase[0], warped(even, bend), atol=0.03)


def test_the_two_ways_of_an_alignment_undo_each_other():
    even = np.linspace(0, 1, 64)
    features = np.stack([motion(warped(even, 0.5)), motion(even)]).astype(np.float32)
    there, back = (align(features, *pair, 0.25, 1.5) for pair in (PAIR, PAIR[::-1]))
    assert there.cost == pytest.approx(back.cost)
    np.testing.assert_allclose(np.interp(there.phase[0], even, back.phase[0]), even, atol=0.03)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 99), st.integers(4, 24), st.floats(0.05, 1.0), st.floats(0.0, 4.0))
def test_a_phase_never_falls_and_leads_from_end_to_end_within_its_band(seed, moments, band, wide):
    features = np.random.default_rng(seed).normal(size=(6, moments, 5)).astype(np.float32)
    first, second = np.arange(5), np.arange(1, 6)
    cost, phase = align(features, first, second, band, wide)
    assert (np.diff(phase, axis=1) >= 0).all()
    np.testing.assert_allclose(phase[:, [0, -1]], [[0.0, 1.0]] * 5, atol=1e-9)
    reach = max(1, round(band * moments)) / (moments - 1)
    assert np.abs(phase - np.linspace(0, 1, moments)).max() <= reach + 1e-9
    straight = np.linalg.norm(features[first] - features[second], axis=-1).mean(axis=1)
    assert (cost <= straight + 1e-5).all()
