"""Splits: stratified, nested, seeded, and blind to the order of the clips."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skeletons.clips import ClipSet
from skeletons.errors import InputError
from skeletons.layouts import SMPL24
from skeletons.splits import KINDS, Split, base_labels
from tests.conftest import moving_clips

FRAME = np.zeros((1, 24, 3), np.float32)
names = st.one_of(
    st.just("full"),
    st.integers(1, 100).map(lambda percent: f"{percent}pct"),
    st.floats(0.1, 100).map(lambda percent: f"{percent:.1f}pct"),
    st.integers(1, 30).map(lambda shots: f"{shots}shot"),
)
sizes = st.lists(st.integers(0, 40), min_size=1, max_size=5).filter(any)


def clips_of(counts: list[int]) -> ClipSet:
    labels = np.repeat(np.arange(len(counts)), counts)
    classes = [f"class {label}" for label in range(len(counts))]
    return ClipSet.of(SMPL24, classes, [FRAME] * len(labels), labels, name="part")


@settings(max_examples=60, deadline=None)
@given(counts=sizes, name=names, seed=st.integers(0, 100))
def test_each_class_gives_its_share_and_at_least_one_clip(counts, name, seed):
    split, clips = Split.parse(name), clips_of(counts)
    chosen = clips.select(split.rows(clips, seed))
    for label, (count, got) in enumerate(zip(counts, chosen.class_counts(), strict=True)):
        if split.shots is not None:
            assert got == min(split.shots, count), label
        else:
            assert got >= min(1, count)
            assert abs(got - max(count * (split.percent or 0) / 100, min(1, count))) <= 0.5


@settings(max_examples=60, deadline=None)
@given(counts=sizes, seed=st.integers(0, 100), data=st.data())
def test_a_smaller_split_lies_inside_every_larger_one(counts, seed, data):
    clips = clips_of(counts)
    for kind, largest in (("pct", 100), ("shot", 40)):
        small, large = sorted(data.draw(st.integers(1, largest)) for _ in range(2))
        inner, outer = (
            set(Split.parse(f"{size}{kind}").rows(clips, seed).tolist()) for size in (small, large)
        )
        assert inner <= outer
    assert Split.parse("full").rows(clips, seed).tolist() == list(range(len(clips)))


@settings(max_examples=40, deadline=None)
@given(counts=sizes, name=names, seed=st.integers(0, 100), order_seed=st.integers(0, 100))
def test_the_order_of_the_clips_does_not_matter(counts, name, seed, order_seed):
    clips = clips_of(counts)
    shuffled = clips.select(np.random.default_rng(order_seed).permutation(len(clips)))
    split = Split.parse(name)
    chosen, other = (part.select(split.rows(part, seed)) for part in (clips, shuffled))
    assert sorted(chosen.ids) == sorted(other.ids)
    position = {clip_id: row for row, clip_id in enumerate(shuffled.ids)}
    rows = [position[clip_id] for clip_id in other.ids]
    assert rows == sorted(rows)


def test_another_class_does_not_change_which_clips_of_a_class_are_seen():
    alone, together = clips_of([20]), clips_of([20, 30])
    split = Split.parse("25pct")
    chosen = set(split.select(together, 3).ids)
    assert set(split.select(alone, 3).ids) == chosen & set(alone.ids)


def test_the_seed_chooses_the_clips():
    clips = clips_of([50, 50])
    split = Split.parse("10pct")
    chosen = [frozenset(split.select(clips, seed).ids) for seed in range(20)]
    assert chosen == [frozenset(split.select(clips, seed).ids) for seed in range(20)]
    assert len(set(chosen)) == 20
    assert len(frozenset().union(*chosen)) > 70


def test_the_selection_is_named_after_the_split():
    assert Split.parse("5shot").select(clips_of([9])).name == "part-5shot"
    assert len(Split.parse("5shot").select(clips_of([9]))) == 5


@pytest.mark.parametrize("kind", KINDS)
def test_the_kinds_that_the_command_line_lists_are_splits(kind):
    name = kind.replace("<p>", "5").replace("<k>", "5")
    assert Split.parse(name).name == name


def test_a_split_that_asks_every_class_for_more_than_it_has_is_refused():
    clips = clips_of([3, 9, 0])
    assert Split.parse("9shot").select(clips).class_counts().tolist() == [3, 9, 0]
    with pytest.raises(InputError, match=r"no class has 10 clips, the largest has 9; take full"):
        Split.parse("10shot").select(clips)


def test_a_split_without_a_clip_of_any_class_is_refused():
    clips = clips_of([40, 100])
    assert Split.parse("1pct").select(clips).class_counts().tolist() == [1, 1]
    with pytest.raises(InputError, match=r"no clip in any class, the largest has 100; take 1shot"):
        Split.parse("0.5pct").select(clips)


@pytest.mark.parametrize(
    "name",
    [
        *("", "half", "pct", "shot", "10%", "10 pct", "10PCT", "10pctx", "x10pct", "10pct\n"),
        *("0pct", "0.0pct", "101pct", "-5pct", "nanpct", "1e1pct", "0shot", "-1shot", "1.5shot"),
    ],
)
def test_other_names_are_answered_with_what_a_name_looks_like(name):
    with pytest.raises(InputError, match="known are full, <p>pct such as 10pct, <k>shot"):
        Split.parse(name)


def test_base_classes_are_half_of_the_classes_whatever_their_order() -> None:
    names = [f"class {number}" for number in range(7)]
    base = {names[label] for label in base_labels(names)}
    assert len(base) == 3
    assert base == {names[::-1][label] for label in base_labels(names[::-1])}
    assert len({tuple(base_labels(names, seed)) for seed in range(5)}) > 1


def test_a_split_before_which_base_stands_holds_all_clips_of_base_classes() -> None:
    clips = moving_clips(24, classes=4)
    split = Split.parse("base+2shot").select(clips)
    base = base_labels(clips.classes)
    assert [split.class_counts()[label] for label in range(4)] == [
        6 if label in base else 2 for label in range(4)
    ]
    inside = Split.parse("2shot").select(clips)
    assert set(inside.ids) < set(split.ids)
    with pytest.raises(InputError, match="no class has 7 clips"):
        Split.parse("base+7shot").select(clips)
    with pytest.raises(InputError, match="unknown split"):
        Split.parse("base+few")
