"""The plug-in that a job's config imports: it stands alone, and does for any layout what PYSKL does
for its own."""

from __future__ import annotations

import ast
import importlib.util
import json
import pickle
import sys
from pathlib import Path

import numpy as np
import pytest

import recognizers.pyskl
from recognizers.pyskl.networks import layout_of
from recognizers.streams import show
from skeletons.clips import ClipSet
from skeletons.layouts import KINECT20, NTU25, SMPL24
from skeletons.placement import mirror, rotate, upright
from skeletons.skeleton import Skeleton

FILE = Path(recognizers.pyskl.__file__).with_name("plugin.py")
WHY = "PYSKL is not installed: the plug-in is checked as text only"

CHAIN = Skeleton("chain", ("a", "b", "c", "d"), (-1, 0, 1, 2), 2, (), (), (2, 1))
"""A skeleton whose centre is not its root, and that has no sides."""


@pytest.fixture
def plugin():
    pytest.importorskip("pyskl.datasets", reason=WHY)
    from recognizers.pyskl import plugin

    plugin.layouts().clear()
    yield plugin
    plugin.layouts().clear()


def copy_of_the_plugin(folder: Path):
    """The file imported from another place, as a job does it."""
    path = folder / "skelgenbench_plugin.py"
    path.write_bytes(FILE.read_bytes())
    spec = importlib.util.spec_from_file_location("skelgenbench_plugin", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class TestText:
    def test_python_3_7_can_read_it(self) -> None:
        ast.parse(FILE.read_text(encoding="utf-8"), feature_version=(3, 7))

    def test_it_imports_only_what_an_environment_of_pyskl_has(self) -> None:
        modules = set()
        for node in ast.walk(ast.parse(FILE.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                modules |= {name.name.split(".")[0] for name in node.names}
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, "a copy has no package around it"
                modules.add(str(node.module).split(".")[0])
        own = {module for module in modules if module not in sys.stdlib_module_names}
        assert own <= {"numpy", "torch", "mmcv", "pyskl"}

    def test_nothing_of_newer_pythons_is_evaluated_in_annotations(self) -> None:
        tree = ast.parse(FILE.read_text(encoding="utf-8"))
        assert any(
            isinstance(node, ast.ImportFrom) and node.module == "__future__" for node in tree.body
        )


class TestGraph:
    @pytest.mark.parametrize("skeleton", [SMPL24, KINECT20, NTU25, CHAIN], ids=lambda s: s.name)
    def test_spatial_is_the_skeletons_adjacency(self, plugin, skeleton) -> None:
        plugin.register_layout(**layout_of(skeleton))
        graph = plugin.Graph(layout=skeleton.name, mode="spatial")
        np.testing.assert_allclose(graph.A, skeleton.adjacency(), atol=1e-7)
        assert (graph.layout, graph.center) == (skeleton.name, skeleton.centre)

    @pytest.mark.parametrize("mode", ["spatial", "stgcn_spatial", "binary_adj"])
    def test_ntu_as_ours_is_ntu_as_pyskls(self, plugin, mode) -> None:
        plugin.register_layout(**layout_of(NTU25))
        ours, theirs = (plugin.Graph(layout=name, mode=mode) for name in ("ntu25", "nturgb+d"))
        np.testing.assert_array_equal(ours.A, theirs.A)
        np.testing.assert_array_equal(ours.hop_dis, theirs.hop_dis)
        assert set(ours.inward) == set(theirs.inward)
        assert set(ours.neighbor) == set(theirs.neighbor)
        assert set(ours.self_link) == set(theirs.self_link)

    def test_random_has_the_shape_of_the_layout(self, plugin) -> None:
        plugin.register_layout(**layout_of(SMPL24))
        graph = plugin.Graph(layout="smpl24", mode="random", num_filter=8)
        assert graph.A.shape == (8, 24, 24)

    def test_further_arguments_are_handed_on(self, plugin) -> None:
        plugin.register_layout(**layout_of(SMPL24))
        graph = plugin.Graph("smpl24", "stgcn_spatial", 2)
        assert graph.A.shape == (5, 24, 24)

    def test_pyskls_own_layouts_stay_as_they_are(self, plugin) -> None:
        assert [plugin.Graph(name).num_node for name in plugin.PYSKL_LAYOUTS] == [18, 25, 17, 21]
        assert plugin.Graph().layout == "coco"
        with pytest.raises(AssertionError):
            plugin.Graph(layout="smpl24")

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"name": "coco"}, "one of PYSKL's own"),
            ({"parents": [-1, 0, 1]}, "do not go together"),
            ({"centre": 4}, "do not go together"),
            ({"centre": -1}, "do not go together"),
            ({"left": [0]}, "do not go together"),
            ({"parents": [-1, 0, -1, 2]}, "do not form one tree"),
            ({"parents": [1, 2, 0, 0]}, "do not form one tree"),
            ({"parents": [-1, 2, 3, 1]}, "do not form one tree"),
        ],
    )
    def test_a_layout_that_is_none_is_refused(self, plugin, change, message) -> None:
        with pytest.raises(ValueError, match=message):
            plugin.register_layout(**{**layout_of(CHAIN), **change})
        assert plugin.layouts() == {}


class TestCopy:
    def test_registers_the_layout_beside_it(self, plugin, tmp_path) -> None:
        layout = layout_of(KINECT20)
        (tmp_path / "layout.json").write_text(json.dumps(layout))
        copy = copy_of_the_plugin(tmp_path)
        assert list(plugin.layouts()) == ["kinect20"], "both copies know it"
        assert copy.Graph(layout="kinect20", mode="binary_adj").A.shape == (1, 20, 20)

    def test_changes_nothing_twice(self, plugin, tmp_path) -> None:
        construct = plugin.Graph.__init__, plugin.MSG3D.__init__
        copy = copy_of_the_plugin(tmp_path)
        assert (copy.Graph.__init__, copy.MSG3D.__init__) == construct

    def test_steps_and_data_set_are_found_by_pyskls_builders(self, plugin) -> None:
        assert plugin.PIPELINES.get("LayoutPreNormalize") is not None
        assert plugin.PIPELINES.get("LayoutSkeFeat") is not None
        assert plugin.DATASETS.get("OrderedPoseDataset") is not None


@pytest.mark.parametrize("skeleton", [SMPL24, KINECT20], ids=lambda one: one.name)
@pytest.mark.parametrize("frames", [1, 2, 7, 60])
def test_clips_are_placed_as_our_own_input_places_them(plugin, skeleton, frames) -> None:
    rng = np.random.default_rng(frames)
    joints = rng.normal(size=(frames, len(skeleton), 3)).astype(np.float32) + 2.0
    plugin.register_layout(**layout_of(skeleton))
    placed = plugin.LayoutPreNormalize(skeleton.name)({"keypoint": joints[None].copy()})
    ours = upright(ClipSet.of(skeleton, ["x"], [joints], [0]))
    np.testing.assert_allclose(placed["keypoint"][0], ours.frames, atol=1e-5)
    np.testing.assert_allclose(placed["keypoint"][0, 0, skeleton.centre], 0.0, atol=1e-6)
    assert placed["keypoint"].dtype == np.float32


def test_where_a_clip_stood_and_faced_is_gone(plugin) -> None:
    rng = np.random.default_rng(0)
    joints = rng.normal(size=(1, 30, 24, 3)).astype(np.float32)
    plugin.register_layout(**layout_of(SMPL24))
    step = plugin.LayoutPreNormalize("smpl24")
    moved = rotate(joints, np.asarray([2.0]), SMPL24) + np.asarray([1.0, 2.0, 3.0])
    expected = step({"keypoint": joints})["keypoint"]
    np.testing.assert_allclose(step({"keypoint": moved})["keypoint"], expected, atol=1e-5)


def test_centring_alone_leaves_the_turn(plugin) -> None:
    joints = np.random.default_rng(0).normal(size=(1, 9, 24, 3)).astype(np.float32)
    plugin.register_layout(**layout_of(SMPL24))
    placed = plugin.LayoutPreNormalize("smpl24", turn=False)({"keypoint": joints})["keypoint"]
    np.testing.assert_allclose(placed, joints - joints[0, 0, SMPL24.centre], atol=1e-6)


def test_a_layout_without_sides_is_only_centred(plugin) -> None:
    joints = np.random.default_rng(0).normal(size=(1, 9, 4, 3)).astype(np.float32)
    plugin.register_layout(**layout_of(CHAIN))
    placed = plugin.LayoutPreNormalize("chain")({"keypoint": joints})["keypoint"]
    np.testing.assert_allclose(placed, joints - joints[0, 0, 2], atol=1e-6)


def test_persons_and_frames_that_are_not_there_stay_zeros(plugin) -> None:
    joints = np.random.default_rng(0).normal(size=(2, 9, 24, 3)).astype(np.float32)
    joints[1, 4:] = 0.0
    joints[0, :2] = 0.0
    plugin.register_layout(**layout_of(SMPL24))
    step = plugin.LayoutPreNormalize("smpl24")
    placed = step({"keypoint": joints.copy()})["keypoint"]
    assert not placed[1, 4:].any()
    assert not placed[0, :2].any()
    assert placed[1, :4].all()
    np.testing.assert_allclose(placed[0, 2, SMPL24.centre], 0.0, atol=1e-6)
    nothing = np.zeros_like(joints)
    assert not step({"keypoint": nothing})["keypoint"].any()


@pytest.mark.parametrize(
    ("feat", "stream"),
    [("j", "joint"), ("b", "bone"), ("jm", "joint_motion"), ("bm", "bone_motion")],
)
@pytest.mark.parametrize("skeleton", [SMPL24, KINECT20], ids=lambda one: one.name)
def test_features_are_our_streams(plugin, skeleton, feat, stream) -> None:
    joints = np.random.default_rng(0).normal(size=(12, len(skeleton), 3)).astype(np.float32)
    plugin.register_layout(**layout_of(skeleton))
    shown = plugin.LayoutSkeFeat(skeleton.name, [feat])({"keypoint": joints[None]})["keypoint"]
    ours = show(ClipSet.of(skeleton, ["x"], [joints], [0]), stream)
    np.testing.assert_allclose(shown[0], ours.frames, atol=1e-6)


@pytest.mark.parametrize("feats", [["j"], ["jm"], ["j", "jm"]])
def test_features_without_bones_are_pyskls(plugin, feats) -> None:
    joints = np.random.default_rng(0).normal(size=(2, 12, 25, 3)).astype(np.float32)
    plugin.register_layout(**layout_of(NTU25))
    ours = plugin.LayoutSkeFeat("ntu25", feats)({"keypoint": joints.copy()})["keypoint"]
    step = plugin.PIPELINES.get("GenSkeFeat")(dataset="nturgb+d", feats=feats)
    np.testing.assert_array_equal(ours, step({"keypoint": joints.copy()})["keypoint"])


def test_bones_are_pyskls_but_for_the_hand_tips_that_it_hangs_on_the_thumbs(plugin) -> None:
    joints = np.random.default_rng(0).normal(size=(1, 5, 25, 3)).astype(np.float32)
    plugin.register_layout(**layout_of(NTU25))
    ours = plugin.LayoutSkeFeat("ntu25", ["b"])({"keypoint": joints.copy()})["keypoint"]
    step = plugin.PIPELINES.get("GenSkeFeat")(dataset="nturgb+d", feats=["b"])
    theirs = step({"keypoint": joints.copy()})["keypoint"]
    differ = np.flatnonzero((np.abs(ours - theirs) > 1e-6).any(axis=(0, 1, 3)))
    assert [NTU25.joints[joint] for joint in differ] == ["left_hand_tip", "right_hand_tip"]


def test_features_stand_side_by_side(plugin) -> None:
    joints = np.random.default_rng(0).normal(size=(1, 5, 24, 3)).astype(np.float32)
    plugin.register_layout(**layout_of(SMPL24))
    both = plugin.LayoutSkeFeat("smpl24", ["b", "j"])({"keypoint": joints})["keypoint"]
    assert both.shape == (1, 5, 24, 6)
    np.testing.assert_array_equal(both[..., 3:], joints)


@pytest.mark.parametrize("feats", [[], ["j", "bone"]])
def test_unknown_features_are_refused(plugin, feats) -> None:
    plugin.register_layout(**layout_of(SMPL24))
    with pytest.raises(ValueError, match="feats are j, b, jm and bm"):
        plugin.LayoutSkeFeat("smpl24", feats)


def test_steps_name_the_layouts_that_there_are(plugin) -> None:
    plugin.register_layout(**layout_of(SMPL24))
    with pytest.raises(ValueError, match="layout 'smpl' is not registered, only smpl24 are"):
        plugin.LayoutSkeFeat("smpl")


@pytest.fixture
def annotations(tmp_path) -> Path:
    """Five clips, of which the split has four."""
    clips = [
        {
            "frame_dir": name,
            "total_frames": 6,
            "label": label,
            "keypoint": np.full((1, 6, 24, 3), label, np.float32),
        }
        for label, name in enumerate("abcde")
    ]
    path = tmp_path / "clips.pkl"
    path.write_bytes(pickle.dumps({"split": {"train": ["e", "a", "c", "d"]}, "annotations": clips}))
    return path


def ordered(plugin, annotations: Path, order):
    path = annotations.with_name("order.npy")
    np.save(path, order)
    return plugin.DATASETS.get("OrderedPoseDataset")(
        ann_file=str(annotations),
        pipeline=[{"type": "Collect", "keys": ["keypoint", "label"], "meta_keys": []}],
        split="train",
        order=str(path),
    )


def test_items_are_the_rows_that_were_asked_for(plugin, annotations) -> None:
    dataset = ordered(plugin, annotations, np.asarray([3, 0, 0, 2, 1]))
    assert len(dataset) == 5
    labels = [dataset[item]["label"] for item in range(5)]
    assert labels == [4, 0, 0, 3, 2], "rows count the split's clips in the file's order"
    assert dataset[4]["keypoint"][0, 0, 0, 0] == 2.0


def test_pyskls_loader_gives_the_order_in_batches(plugin, annotations) -> None:
    from pyskl.datasets import build_dataloader

    dataset = ordered(plugin, annotations, np.asarray([3, 0, 0, 2, 1, 3]))
    loader = build_dataloader(dataset, 2, 0, shuffle=False, pin_memory=False)
    assert [batch["label"].tolist() for batch in loader] == [[4, 0], [0, 3], [2, 4]]


@pytest.mark.parametrize(
    ("order", "message"),
    [
        ([0, 4], "names the rows 0 to 4, .* has 4 clips in this split"),
        ([-1, 2], "names the rows -1 to 2"),
        ([0.0, 1.0], "not one row number an item"),
        ([[0, 1]], "not one row number an item"),
        (np.zeros(0, int), "not one row number an item"),
    ],
)
def test_an_order_that_is_none_is_refused(plugin, annotations, order, message) -> None:
    with pytest.raises(ValueError, match=message):
        ordered(plugin, annotations, np.asarray(order))


def test_an_order_that_would_run_code_is_not_loaded(plugin, annotations) -> None:
    with pytest.raises(ValueError, match="allow_pickle=False"):
        ordered(plugin, annotations, np.asarray([print, 0], dtype=object))


@pytest.mark.parametrize("skeleton", [SMPL24, KINECT20], ids=lambda one: one.name)
def test_clips_are_mirrored_as_our_own_input_mirrors_them(plugin, skeleton) -> None:
    joints = np.random.default_rng(0).normal(size=(5, len(skeleton), 3)).astype(np.float32)
    plugin.register_layout(**layout_of(skeleton))
    always, never = (plugin.LayoutMirror(skeleton.name, ratio) for ratio in (1.0, 0.0))
    mirrored = always({"keypoint": joints[None].copy()})["keypoint"][0]
    np.testing.assert_array_equal(mirrored, mirror(joints[None], skeleton)[0])
    np.testing.assert_array_equal(never({"keypoint": joints[None]})["keypoint"][0], joints)
