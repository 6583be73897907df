"""Skeletons: trees of named joints and what derives from them."""

from __future__ import annotations

import numpy as np
import pytest

from skeletons.errors import InputError
from skeletons.layouts import KINECT20, NTU25, SMPL24, skeleton_named
from skeletons.skeleton import Skeleton
from tests.skeletons.random_clips import SKELETONS

every = pytest.mark.parametrize("skeleton", SKELETONS, ids=lambda skeleton: skeleton.name)


def chain(**changes: object) -> Skeleton:
    plain = {
        "name": "chain",
        "joints": ("a", "b", "c"),
        "parents": (-1, 0, 1),
        "centre": 0,
        "pairs": (),
        "facing": (),
    }
    return Skeleton(**{**plain, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(("name", "size"), [("smpl24", 24), ("kinect20", 20), ("ntu25", 25)])
def test_built_in_skeletons_have_the_joints_of_their_sensor(name, size):
    assert len(skeleton_named(name)) == size


def test_an_unknown_skeleton_is_answered_with_the_nearest():
    with pytest.raises(InputError, match="did you mean 'smpl24'"):
        skeleton_named("smpl22")


@every
def test_bones_form_one_tree_and_parents_come_before_children(skeleton):
    assert sorted(skeleton.tree_order) == list(range(len(skeleton)))
    assert len(skeleton.edges) == len(skeleton) - 1
    place = {joint: position for position, joint in enumerate(skeleton.tree_order)}
    assert all(place[parent] < place[child] for parent, child in skeleton.edges)


@every
def test_a_limb_is_a_run_of_neighbours_in_tree_order(skeleton):
    place = {joint: position for position, joint in enumerate(skeleton.tree_order)}
    for chain_of in (("shoulder", "elbow", "wrist", "hand"), ("hip", "knee", "ankle", "foot")):
        for side in ("left", "right"):
            rows = [place[skeleton.index(f"{side}_{part}")] for part in chain_of]
            assert rows == list(range(rows[0], rows[0] + 4))


@every
def test_pairs_name_the_same_joint_left_and_right_and_mirroring_twice_is_nothing(skeleton):
    for left, right in skeleton.pairs:
        assert skeleton.joints[left].removeprefix("left_") == skeleton.joints[right].removeprefix(
            "right_"
        )
    assert set(skeleton.facing) <= set(skeleton.pairs)
    np.testing.assert_array_equal(skeleton.mirror[skeleton.mirror], np.arange(len(skeleton)))
    for parent, child in skeleton.edges:
        assert skeleton.parents[skeleton.mirror[child]] == skeleton.mirror[parent]


@every
def test_adjacency_hands_each_joint_itself_its_inner_and_its_outer_neighbours(skeleton):
    own, inner, outer = skeleton.adjacency()
    np.testing.assert_array_equal(own, np.eye(len(skeleton)))
    neighbours = np.zeros((len(skeleton), len(skeleton)), dtype=bool)
    for parent, child in skeleton.edges:
        neighbours[parent, child] = neighbours[child, parent] = True
    np.testing.assert_array_equal((inner + outer) > 0, neighbours)
    np.testing.assert_array_equal(inner > 0, outer.T > 0)
    # One neighbour of each joint is nearer to the centre, and none of the centre's own.
    inner_neighbours = (np.arange(len(skeleton)) != skeleton.centre).astype(int)
    np.testing.assert_array_equal((inner > 0).sum(axis=0), inner_neighbours)
    for part in (inner, outer):
        sums = part.sum(axis=0)
        np.testing.assert_allclose(sums[sums > 0], 1.0, rtol=1e-6)


def test_bone_lengths_are_distances_along_the_edges():
    joints = np.array([[0.0, 0, 0], [0, 2, 0], [0, 2, 3]])
    np.testing.assert_allclose(
        chain().bone_lengths(np.stack([joints, 2 * joints])), [[2, 3], [4, 6]]
    )


def test_joints_are_found_by_name():
    assert SMPL24.index("pelvis") == SMPL24.centre == 0
    assert KINECT20.joints[KINECT20.index("left_hand")] == "left_hand"
    with pytest.raises(InputError, match="did you mean 'left_hand'"):
        NTU25.index("left_hnd")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"parents": (-1, 0)}, "2 parents for 3 joints"),
        ({"parents": (-1, -1, 0)}, "2 roots"),
        ({"parents": (1, 2, 0)}, "0 roots"),
        ({"parents": (-1, 2, 1)}, "do not form one tree"),
        ({"parents": (-1, 0, 7)}, "do not form one tree"),
    ],
)
def test_a_skeleton_that_is_no_tree_is_refused(changes, message):
    with pytest.raises(InputError, match=message):
        chain(**changes)


@pytest.mark.parametrize("shape", [(5, 19, 3), (5, 20, 2), (20,)])
def test_arrays_of_another_shape_are_named(shape):
    with pytest.raises(InputError, match=r"^'walk\.json' has "):
        KINECT20.check(shape, "'walk.json'")


@every
def test_two_people_are_two_trees_of_one_layout(skeleton: Skeleton) -> None:
    pair, size = skeleton.for_people(2), len(skeleton)
    assert len(pair) == 2 * size
    assert pair.single == skeleton
    assert len(pair.edges) == 2 * (size - 1)
    assert sorted(pair.edges) == sorted(
        [*skeleton.edges, *((parent + size, child + size) for parent, child in skeleton.edges)]
    )
    np.testing.assert_array_equal(pair.adjacency(), skeleton.adjacency())
    np.testing.assert_array_equal(
        pair.towards_centre, [*skeleton.towards_centre, *(skeleton.towards_centre + size)]
    )
    np.testing.assert_array_equal(pair.mirror, [*skeleton.mirror, *(skeleton.mirror + size)])
    assert Skeleton.of(pair.state()) == pair
    with pytest.raises(InputError, match="one or two people"):
        pair.for_people(3)
