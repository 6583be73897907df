"""Two data sets in common terms."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from skeletons.datasets import dataset_named, source_modules
from skeletons.errors import InputError
from skeletons.layouts import KINECT20, SMPL24
from tests.skeletons.pairs import CONTENT, KINECT, SMPL, Kinect, Smpl, write_pair


def changed(dataset: str, **change: Any) -> dict[str, Any]:
    content: dict[str, Any] = copy.deepcopy(CONTENT)
    content["datasets"][dataset].update(change)
    return content


def test_the_tested_set_is_told_in_common_terms_and_loses_classes_alone(tmp_path: Path) -> None:
    pair = dataset_named(write_pair(tmp_path))
    assert pair.protocols == (f"{SMPL} to {KINECT}", f"{KINECT} to {SMPL}")
    data, own = pair.load(pair.protocols[0], None), Kinect().load("plain", None)
    assert data.train.skeleton == KINECT20
    assert data.train.classes == ("wave", "kick")
    for name, clips in data.parts.items():
        kept = own.parts[name].select(own.parts[name].labels < 2)
        assert clips.ids.tolist() == kept.ids.tolist()
        assert np.array_equal(clips.frames, kept.packed().frames)
        assert clips.labels.tolist() == kept.labels.tolist()
    assert data.caveats[0] == "It is noise."
    assert f"Of {KINECT} 2 of 3 classes (waving, kick) and 20 joints" in data.caveats[1]


def test_the_set_that_is_learnt_from_gives_its_training_clips_joint_by_joint(
    tmp_path: Path,
) -> None:
    pair = dataset_named(write_pair(tmp_path))
    data, theirs = pair.load(pair.protocols[0], None), Smpl().load("plain", None).train
    assert data.other is not None
    assert data.other.skeleton == KINECT20
    assert data.other.class_counts().tolist() == [4, 8], "two of their classes are one of ours"
    spine = data.other.frames[:, KINECT20.index("spine")]
    shared = theirs.select(theirs.labels > 0).packed()
    assert np.array_equal(spine, shared.frames[:, SMPL24.index("spine2")])
    wrist = data.other.frames[:, KINECT20.index("left_wrist")]
    assert np.array_equal(wrist, shared.frames[:, SMPL24.index("left_wrist")])
    ids, subjects = set(data.other.ids.tolist()), set(data.other.subjects.tolist())
    assert all(one.startswith(f"{SMPL}/train-") for one in ids)
    assert not subjects & set(data.train.subjects.tolist())
    assert "kick and hop as kick" in data.notes[-1]
    assert "spine2 as spine" in data.notes[-1]


def test_either_set_can_be_the_one_that_is_tested(tmp_path: Path) -> None:
    pair = dataset_named(write_pair(tmp_path))
    back = pair.load(pair.protocols[1], None)
    assert back.test.class_counts().tolist() == [3, 6]
    assert back.other is not None
    assert len(back.other) == 8
    assert pair.identity(pair.protocols[0], None) != pair.identity(pair.protocols[1], None)


def test_what_the_pair_says_and_what_reads_its_sets_is_part_of_it(tmp_path: Path) -> None:
    pair = dataset_named(write_pair(tmp_path))
    before = pair.identity(pair.protocols[0], None)
    write_pair(tmp_path, changed(SMPL, classes={"wave": "greet", "kick": "kick"}))
    assert dataset_named(pair.name).identity(pair.protocols[0], None) != before
    assert source_modules(pair) == ["skeletons.datasets.pair", *["tests.skeletons.pairs"] * 2]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (changed(SMPL, classes={}), "'kick' is a class of one of the two only"),
        ({"skeleton": "kinect20", "datasets": {SMPL: None, KINECT: None}}, "0 shared classes"),
        ({"skeleton": "kinect20", "datasets": {SMPL: None}}, "two data sets make a pair"),
        ({"skeleton": "kinect21", "datasets": {}}, "did you mean 'kinect20'"),
        ({"skeletons": "kinect20"}, "did you mean 'skeleton'"),
        (changed(SMPL, joint={}), "did you mean 'joints'"),
        (changed(SMPL, joints={"hip_center": "pelvis"}), "did you mean 'hip_centre'"),
        (changed(SMPL, joints={"spine": "pelvis", "hip_centre": "pelvis"}), "stands for two"),
        (changed(KINECT, classes={"wave": "kick", "kick": "kick"}), "'kick' stands for two"),
        (changed(SMPL, joints=["pelvis"]), "datasets: {NAME: "),
        ([1], "does not hold a pair"),
        ({"skeleton": "kinect20", "datasets": 3}, "two data sets make a pair"),
    ],
)
def test_a_file_that_states_no_pair_is_refused_before_anything_is_read(
    content: object, said: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=said) as refused:
        dataset_named(write_pair(tmp_path, content))
    assert "\n" not in str(refused.value)


def test_a_class_that_is_named_twice_and_references_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "pair.yaml"
    for text, said in (
        ("skeleton: kinect20\nskeleton: smpl24\n", "'skeleton' stands twice"),
        ("skeleton: &a kinect20\ndatasets: *a\n", "references"),
        (f"skeleton: {'k' * 2**19}\n", "256 KiB"),
    ):
        path.write_text(text)
        with pytest.raises(InputError, match=said):
            dataset_named(f"pair:{path}")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (changed(SMPL, joints={}), "joint of .*Smpl .smpl24. 'hip_centre'"),
        (changed(KINECT, classes={"wave": "wavin", "kick": "kick"}), "did you mean 'waving'"),
    ],
)
def test_names_that_a_set_does_not_have_are_refused(
    content: object, said: str, tmp_path: Path
) -> None:
    pair = dataset_named(write_pair(tmp_path, content))
    with pytest.raises(InputError, match=said):
        pair.load(pair.protocols[0], None)


def test_a_held_out_clip_that_the_other_set_would_teach_is_refused(tmp_path: Path) -> None:
    same = f"{Kinect.__module__}:Same"
    classes = {"wave": "waving", "kick": "kick"}
    content = {"skeleton": "kinect20", "datasets": {same: {"classes": classes}}}
    content["datasets"][KINECT] = {"classes": classes}  # type: ignore[index]
    pair = dataset_named(write_pair(tmp_path, content))
    with pytest.raises(InputError, match=r"6 test clips of .*Kinect are, frame for frame,"):
        pair.load(pair.protocols[0], None)


def test_a_skeleton_of_another_kind_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    monkeypatch.setattr(Smpl, "skeleton", replace(SMPL24, unit="mm"))
    pair = dataset_named(write_pair(tmp_path))
    with pytest.raises(InputError, match="unit, vertical, coordinates or people of smpl24"):
        pair.load(pair.protocols[0], None)
