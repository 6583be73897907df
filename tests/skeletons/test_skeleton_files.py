"""A skeleton from a YAML file: what is found by names, and what is refused in one line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skeletons.clips import ClipSet
from skeletons.errors import InputError
from skeletons.layouts import SKELETONS, SMPL24
from skeletons.skeleton import Skeleton
from skeletons.skeleton_files import left_right_pairs, read_skeleton, skeleton_of, skeleton_yaml

LAB = """
name: lab7
joints:
  left_hand: neck
  right_hand: neck
  neck: pelvis
  left_hip: pelvis
  right_hip: pelvis
  head: neck
  pelvis: null
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "body.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("skeleton", SKELETONS.values(), ids=lambda one: one.name)
def test_a_written_skeleton_is_read_back_whole(skeleton: Skeleton, tmp_path: Path) -> None:
    assert read_skeleton(written(tmp_path, skeleton_yaml(skeleton))) == skeleton


def test_parents_may_stand_behind_their_children(tmp_path: Path) -> None:
    lab = read_skeleton(written(tmp_path, LAB))
    assert lab.parents == (2, 2, 6, 6, 6, 2, -1)
    assert lab.joints[lab.centre] == "pelvis"
    assert lab.pairs == ((0, 1), (3, 4))
    assert lab.facing == ((3, 4),)
    assert (lab.up, lab.unit, lab.dimensions) == ((1, 1), "m", 3)


def test_what_the_file_says_wins_over_what_names_suggest(tmp_path: Path) -> None:
    text = LAB + "centre: neck\nup: -z\nunit: mm\npairs: [[left_hip, right_hip]]\nfacing: []\n"
    lab = read_skeleton(written(tmp_path, text))
    assert (lab.joints[lab.centre], lab.up, lab.unit) == ("neck", (2, -1), "mm")
    assert (lab.pairs, lab.facing) == (((3, 4),), ())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("joints: {a: b, b: a, c: null}", "in a circle, a -> b -> a"),
        ("joints: {a: null, b: null}", "2 joints without parent ('a' and 'b')"),
        ("joints: {a: b, b: a}", "0 joints without parent"),
        ("joints: {a: null, b: hips}", "parent 'hips', which is no joint"),
        ("joints: {a: null, a: b, b: a}", "'a' stands twice"),
        ("joints: [a, b]", "names each joint's parent"),
        ("parts: {a: null}", "unknown key of skeleton"),
        ("joints: {a: null}\nup: w", "'up' is an axis"),
        ("joints: {a: null}\nup: z\ndimensions: 2", "'up' is an axis"),
        ("joints: {a: null}\ndimensions: 4", "'dimensions' is 2 or 3"),
        ("joints: {a: null}\ncentre: b", "centre 'b' is none of the 1 joints"),
        ("joints: {a: null}\npairs: [a]", "list of pairs"),
        ("joints: {a: null}\npairs: [[a, b]]", "pairs 'b' is none"),
        ("joints: &x {a: null}\npairs: *x", "references"),
        ("joints: !!python/object/apply:os.getcwd []", "not YAML"),
        ("- joints", "does not hold a skeleton"),
        ("joints: {", "not YAML"),
    ],
)
def test_what_is_no_tree_is_refused_in_one_line(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_skeleton(written(tmp_path, text))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_too_large_for_a_skeleton_is_not_parsed(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="256 KiB"):
        read_skeleton(written(tmp_path, "a: " + "x" * 2**18))


def test_an_unknown_name_gets_the_nearest_known_one() -> None:
    with pytest.raises(InputError, match="smpl24"):
        read_skeleton("smpl42")


@given(st.text(max_size=200))
def test_no_text_ends_in_anything_but_a_skeleton_or_an_input_error(text: str) -> None:
    import yaml

    try:
        content = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError):
        return
    if isinstance(content, dict):
        with pytest.raises(InputError):
            skeleton_of(content, "text", "text")


@given(st.lists(st.integers(0, 60), min_size=1, max_size=60), st.randoms())
def test_any_tree_in_any_order_of_its_joints_is_a_skeleton(choices: list[int], rng) -> None:  # type: ignore[no-untyped-def]
    parents = {0: None} | {child: up % child for child, up in enumerate(choices, 1)}
    order = list(parents)
    rng.shuffle(order)
    content = {
        "joints": {f"j{one}": None if parents[one] is None else f"j{parents[one]}" for one in order}
    }
    skeleton = skeleton_of(content, "tree", "tree")
    assert len(skeleton.tree_order) == len(order)
    for joint, parent in zip(skeleton.joints, skeleton.parents, strict=True):
        above = parents[int(joint[1:])]
        assert (skeleton.joints[parent] if parent >= 0 else None) == (
            None if above is None else f"j{above}"
        )


def test_names_of_sides_in_their_usual_spellings() -> None:
    names = ["LeftHip", "RightHip", "l_foot", "r_foot", "Hand.L", "Hand.R", "LKnee", "RKnee", "lip"]
    assert left_right_pairs(names) == list(zip(names[:8:2], names[1:8:2], strict=True))


def test_clips_of_a_skeleton_that_is_not_built_in_are_stored_whole(tmp_path: Path) -> None:
    lab = read_skeleton(written(tmp_path, LAB))
    clips = ClipSet.of(lab, ("wave",), [np.zeros((3, 7, 3), np.float32)], [0])
    clips.save(tmp_path / "clips.npz")
    loaded = ClipSet.load(tmp_path / "clips.npz")
    assert loaded.skeleton == lab
    assert loaded.fingerprint == clips.fingerprint


def test_a_state_with_a_joint_that_there_is_not_is_refused() -> None:
    state = SMPL24.state()
    for changed in ({"centre": 24}, {"pairs": [[0, 99]]}, {"up": [3, 1]}, {"joints": 5}):
        with pytest.raises(InputError):
            Skeleton.of(state | changed)
