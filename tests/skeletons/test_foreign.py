"""Clips made elsewhere beside a data set's: what is put right, what is said, what is refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skeletons.clips import ClipSet
from skeletons.errors import InputError
from skeletons.findings import CHANGED, REFUSED, SAID
from skeletons.foreign import Foreign, NameMapping, conform
from skeletons.formats.sample_files import SampleFile
from skeletons.layouts import HUMANML22, SMPL24
from tests.conftest import moving_clips

REAL = moving_clips(60, seed=1)
MADE = moving_clips(12, seed=2)


def sample_file(
    clips: ClipSet = MADE,
    change: Callable[[np.ndarray], np.ndarray] = lambda clip: clip,
    **more: Any,
) -> SampleFile:
    joints = tuple(change(clips[row].joints.copy()) for row in range(len(clips)))
    return SampleFile(joints, tuple(clips.labels.tolist()), **more)


def findings(foreign: Foreign, level: str) -> list[str]:
    return [one.what for one in foreign.findings if one.level == level]


def frames(clips: ClipSet | None) -> np.ndarray:
    assert clips is not None
    return clips.packed().frames


PLAIN = frames(conform(sample_file(), REAL).clips)


def test_clips_in_the_data_sets_terms_are_left_as_they_are() -> None:
    got = conform(sample_file(), REAL)
    assert not findings(got, CHANGED)
    assert not findings(got, REFUSED)
    assert sorted(frames(got.clips).ravel()) == sorted(frames(MADE).ravel())
    assert got.clips is not None
    assert set(got.clips.ids) == {f"samples-{number:05d}" for number in range(12)}


@given(st.permutations(range(12)))
@settings(max_examples=20, deadline=None)
def test_the_order_of_the_file_changes_nothing(order: Sequence[int]) -> None:
    again = conform(sample_file(MADE.select(np.asarray(order))), REAL)
    np.testing.assert_array_equal(frames(again.clips), PLAIN)


@pytest.mark.parametrize(("factor", "unit"), [(1000.0, "millimetres"), (100.0, "centimetres")])
def test_the_bones_tell_the_unit(factor: float, unit: str) -> None:
    got = conform(sample_file(change=lambda clip: clip * factor), REAL)
    assert findings(got, CHANGED) == ["unit"]
    assert unit in got.sentences[0]
    np.testing.assert_allclose(frames(got.clips), PLAIN, atol=1e-6)


def test_bodies_of_another_size_are_no_other_unit() -> None:
    got = conform(sample_file(change=lambda clip: clip * 1.5), REAL)
    assert not findings(got, CHANGED)
    odd = conform(sample_file(change=lambda clip: clip * 4.0), REAL)
    assert "unit" in findings(odd, SAID)


TURNS = {
    "z up": lambda clip: np.stack([clip[..., 0], -clip[..., 2], clip[..., 1]], -1),
    "x up": lambda clip: np.stack([clip[..., 1], -clip[..., 0], clip[..., 2]], -1),
    "y down": lambda clip: clip * np.float32([1, -1, -1]),
}


@pytest.mark.parametrize("turn", TURNS)
def test_bodies_that_stand_along_another_axis_are_turned_and_not_mirrored(turn: str) -> None:
    got = conform(sample_file(change=TURNS[turn]), REAL)
    (found,) = [one for one in got.findings if one.level == CHANGED]
    assert (found.what, found.facts["determinant"]) == ("up", 1)
    heights = frames(got.clips)[..., 1]
    np.testing.assert_array_equal(np.sort(heights.ravel()), np.sort(PLAIN[..., 1].ravel()))


def test_z_up_comes_back_to_the_digit() -> None:
    np.testing.assert_array_equal(
        frames(conform(sample_file(change=TURNS["z up"]), REAL).clips), PLAIN
    )


def test_joints_in_the_order_of_their_names_are_put_right_by_a_mapping() -> None:
    order = np.argsort(SMPL24.joints)
    names = tuple(np.asarray(SMPL24.joints)[order].tolist())
    shuffled = sample_file(change=lambda clip: clip[:, order])
    assert findings(conform(shuffled, REAL), REFUSED) == ["skeleton"]
    for got in (
        conform(shuffled, REAL, mapping=NameMapping(names)),
        conform(replace(shuffled, joint_names=names), REAL),
    ):
        assert findings(got, CHANGED) == ["order"]
        np.testing.assert_array_equal(frames(got.clips), PLAIN)


def test_joints_that_nobody_generated_are_named_and_not_filled_in() -> None:
    fewer = sample_file(change=lambda clip: clip[:, :22])
    (found,) = [one for one in conform(fewer, REAL).findings if one.level == REFUSED]
    assert found.facts["missing"] == ["left_hand", "right_hand"]
    assert "22 joints, the skeleton smpl24 has 24" in found.text
    named = conform(replace(fewer, joint_names=HUMANML22.joints), REAL)
    assert findings(named, REFUSED) == ["skeleton"]


def test_outputs_that_are_still_normalised_are_refused() -> None:
    flat = np.concatenate([MADE[row].joints for row in range(len(MADE))])
    mean, spread = flat.mean(axis=0), np.maximum(flat.std(axis=0), 1e-4)
    got = conform(sample_file(change=lambda clip: (clip - mean) / spread), REAL)
    assert findings(got, REFUSED) == ["unit"]
    assert "before its mean and spread are put back" in got.findings[-1].text


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e30])
def test_clips_that_are_not_finite_are_counted_and_none_is_dropped(value: float) -> None:
    spoilt = [MADE[row].joints.copy() for row in range(len(MADE))]
    spoilt[4][7:, 3] = spoilt[9][0, 0] = value
    got = conform(SampleFile(tuple(spoilt), tuple(MADE.labels.tolist())), REAL)
    (found,) = [one for one in got.findings if one.level == REFUSED]
    assert found.facts == {"bad_clips": 2, "first_clip": 4, "first_frame": 7}
    with pytest.raises(InputError, match="2 of 12 clips have NaN"):
        got.checked("samples.npz")


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ((MADE.labels + 1).tolist(), "from 1 to 3, those of the data set from 0 to 2: they seem"),
        ((MADE.labels - 1).tolist(), "from -1 to 1"),
        ((MADE.labels + 7).tolist(), "from 7 to 9"),
        ([f"clas{label}" for label in MADE.labels], "the nearest is 'class0'"),
    ],
)
def test_labels_of_another_count_are_refused(labels: list[Any], said: str) -> None:
    got = conform(replace(sample_file(), labels=tuple(labels)), REAL)
    assert findings(got, REFUSED) == ["labels"]
    assert said in got.findings[-1].text


def test_names_of_classes_are_labels_and_a_mapping_translates_them() -> None:
    named = replace(sample_file(), labels=tuple(f"class{label}" for label in MADE.labels))
    np.testing.assert_array_equal(frames(conform(named, REAL).clips), PLAIN)
    theirs = replace(sample_file(), labels=tuple("xyz"[label] for label in MADE.labels))
    mapping = NameMapping.of({"classes": {"x": "class0", "y": "class1", "z": "class2"}}, "map")
    np.testing.assert_array_equal(frames(conform(theirs, REAL, mapping=mapping).clips), PLAIN)
    wrong = NameMapping.of({"classes": {"x": "class9"}}, "map")
    assert "names the class 'class9'" in conform(theirs, REAL, mapping=wrong).findings[-1].text


@pytest.mark.parametrize("content", [{"joint": []}, {"joints": 5}, {"classes": ["a"]}])
def test_a_mapping_that_says_something_else_is_refused(content: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=r"map\.yaml"):
        NameMapping.of(content, "map.yaml")


def test_frame_rates_that_are_known_and_differ_are_made_alike() -> None:
    got = conform(sample_file(fps=60.0), REAL, real_fps=30.0)
    assert "rate" in findings(got, CHANGED)
    assert got.clips is not None
    assert sorted(got.clips.lengths) == sorted(
        round((length - 1) / 2) + 1 for length in MADE.lengths
    )
    np.testing.assert_array_equal(frames(conform(sample_file(fps=60.0), REAL).clips), PLAIN)


def test_what_changes_nothing_is_said() -> None:
    one = MADE.select([0] * 6)
    same = conform(sample_file(one), REAL)
    found = {finding.what: finding.facts for finding in same.findings}
    assert found["copies"] == {"distinct_clips": 1}
    assert found["classes"] == {"classes_without_clip": [1, 2]}
    short = conform(sample_file(change=lambda clip: clip[:1]), REAL)
    assert {"length", "rate"} <= set(findings(short, SAID))


def test_several_faults_are_all_found_and_the_first_is_the_error() -> None:
    bad = sample_file(change=lambda clip: clip * np.nan)
    got = conform(replace(bad, labels=(9,) * 12), REAL)
    assert findings(got, REFUSED) == ["labels", "not finite"]
    with pytest.raises(InputError, match=r"and 1 more: see --check"):
        got.checked("it")


def test_no_clip_at_all_is_refused() -> None:
    with pytest.raises(InputError, match="there is no clip in it"):
        conform(SampleFile((), ()), REAL).checked("empty.npz")


@given(st.integers(0, 2**32 - 1), st.sampled_from((1e-6, 1.0, 1e6)), st.booleans())
@settings(max_examples=60, deadline=None)
def test_noise_is_accepted_or_refused_and_never_a_crash(
    seed: int, scale: float, constant: bool
) -> None:
    rng = np.random.default_rng(seed)
    clips = [
        (scale * rng.normal(size=(int(rng.integers(1, 9)), 24, 3)) * (not constant)).astype("f4")
        for _ in range(5)
    ]
    got = conform(SampleFile(tuple(clips), (0, 1, 2, 0, 1)), REAL)
    if got.clips is None:
        assert findings(got, REFUSED)
    else:
        got.clips.check()
