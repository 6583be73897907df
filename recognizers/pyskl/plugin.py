"""What PYSKL lacks for skeletons of any layout: graphs, pipeline steps, an ordered data set.

This file stands alone: it imports PYSKL and what PYSKL imports, and keeps to Python 3.7, since
environments of PYSKL are old. In this project's process it is imported as it is; for a job it is
copied beside the job's config, whose ``custom_imports`` names it, together with ``layout.json``:
the keys name, joints, parents, centre, left, right, up, see
:func:`recognizers.pyskl.networks.layout_of`.

Nothing of PYSKL is edited. On import, classes are registered, and two classes of PYSKL learn about
layouts that were registered here; for PYSKL's own layouts they do what they did.
"""

from __future__ import annotations

import functools
import json
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from pyskl.datasets.builder import DATASETS, PIPELINES
from pyskl.datasets.pose_dataset import PoseDataset
from pyskl.models.gcns.msg3d import MSG3D
from pyskl.utils.graph import Graph
from torch import nn

PYSKL_LAYOUTS = ("openpose", "nturgb+d", "coco", "handmp")
"""Layouts of PYSKL's own (``pyskl/utils/graph.py``)."""

LAYOUT_FILE = "layout.json"

VOTING_FRAMES = 24
VOTES = 6
"""A clip is seen at this many even moments, of which the first ones vote on which way it faces."""

Array = Any


class Layout(NamedTuple):
    """A skeleton.

    Attributes:
        name: as in a config's ``graph_cfg``.
        joints: how many, V.
        centre: the joint that a clip is centred on.
        towards: the neighbour of each joint on the way to the centre, ``[V]``; the centre's own.
        left: joints that with those of ``right`` say which way a body faces, such as hips.
        right: the joints across from ``left``, one each.
        up: the vertical axis, 0 to 2.
        mirror: the joint across from each joint, ``[V]``; those of the midline are their own.
    """

    name: str
    joints: int
    centre: int
    towards: tuple[int, ...]
    left: tuple[int, ...] = ()
    right: tuple[int, ...] = ()
    up: int = 1
    mirror: tuple[int, ...] = ()


def layouts() -> dict[str, Layout]:
    """Registered layouts by name. They hang on PYSKL's ``Graph``, so that a second copy of this
    file in one process knows those of the first."""
    known: dict[str, Layout] = vars(Graph).get("registered_layouts") or {}
    Graph.registered_layouts = known
    return known


def register_layout(
    name: str,
    joints: Sequence[str],
    parents: Sequence[int],
    centre: int,
    left: Sequence[int] = (),
    right: Sequence[int] = (),
    up: Sequence[int] = (1, 1),
    mirror: Sequence[int] = (),
) -> Layout:
    """Make ``Graph(layout=name)`` work in all modes, and the pipeline steps below.

    Args:
        joints: V names.
        parents: of each joint, -1 for the root.
        centre: the joint that edges lead to; it need not be the root.
        left: joints that with those of ``right`` say which way a body faces, such as hips.
        right: the joints across from ``left``, one each.
        up: the vertical axis and its sign.
        mirror: the joint across from each joint; without, none has one.

    Raises:
        ValueError: one of PYSKL's own names, or joints that form no tree.
    """
    if name in PYSKL_LAYOUTS:
        raise ValueError(f"layout '{name}' is one of PYSKL's own: give the skeleton another name")
    if len(parents) != len(joints) or not 0 <= centre < len(joints) or len(left) != len(right):
        raise ValueError(
            f"layout '{name}': {len(joints)} joints, {len(parents)} parents, centre {centre}, "
            f"{len(left)} left and {len(right)} right joints do not go together"
        )
    layout = Layout(
        name,
        len(joints),
        centre,
        _towards(name, parents, centre),
        tuple(left),
        tuple(right),
        int(up[0]),
        tuple(mirror) or tuple(range(len(joints))),
    )
    layouts()[name] = layout
    return layout


def _towards(name: str, parents: Sequence[int], centre: int) -> tuple[int, ...]:
    """The neighbour of each joint on the way to the centre, breadth first from it."""
    neighbours: list[list[int]] = [[] for _ in parents]
    for joint, parent in enumerate(parents):
        if parent >= 0:
            neighbours[joint].append(parent)
            neighbours[parent].append(joint)
    towards = {centre: centre}
    queue: deque[int] = deque([centre])
    while queue:
        joint = queue.popleft()
        for other in neighbours[joint]:
            if other not in towards:
                towards[other] = joint
                queue.append(other)
    bones = sum(parent >= 0 for parent in parents)
    if len(towards) < len(parents) or bones != len(parents) - 1:
        raise ValueError(f"layout '{name}': the parents do not form one tree")
    return tuple(towards[joint] for joint in range(len(parents)))


def _teach_graph() -> None:
    """``Graph`` looks a layout up among the registered ones first.

    Its constructor refuses unknown names before it asks ``get_layout``, so that it is given one
    that it knows.
    """
    if hasattr(Graph, "registered_layouts"):
        return
    layouts()
    construct, get_layout = Graph.__init__, Graph.get_layout

    @functools.wraps(construct)
    def construct_layout(self: Any, layout: str = "coco", *args: Any, **settings: Any) -> None:
        self.registered_layout = layouts().get(layout)
        construct(self, "coco" if self.registered_layout else layout, *args, **settings)
        self.layout = layout

    @functools.wraps(get_layout)
    def find(self: Any, layout: str) -> None:
        known = self.registered_layout
        if known is None:
            get_layout(self, layout)
            return
        self.num_node, self.center = known.joints, known.centre
        self.inward = [
            (joint, other) for joint, other in enumerate(known.towards) if joint != other
        ]
        self.outward = [(other, joint) for joint, other in self.inward]
        self.self_link = [(joint, joint) for joint in range(known.joints)]
        self.neighbor = self.inward + self.outward

    Graph.__init__, Graph.get_layout = construct_layout, find


def _teach_msg3d() -> None:
    """MS-G3D on a registered layout can be trained with any torch.

    Its space-time graph convolutions add 0 in place to what a ReLU gave, which newer versions of
    torch need for the gradient and therefore refuse. Another ReLU follows, so that the first can go
    without a change of any value.
    """
    construct = MSG3D.__init__
    if hasattr(construct, "__wrapped__"):
        return

    @functools.wraps(construct)
    def construct_once(self: Any, graph_cfg: dict[str, Any], *args: Any, **settings: Any) -> None:
        construct(self, graph_cfg, *args, **settings)
        if graph_cfg.get("layout") not in layouts():
            return
        for module in self.modules():
            if type(module).__name__ == "ST_MSGCN" and isinstance(module.mlp.layers[-1], nn.ReLU):
                # With a way past it the two ReLUs would not be the same as one.
                assert not isinstance(module.residual, nn.Module), "MS-G3D as PYSKL has it"
                module.mlp.layers[-1] = nn.Identity()

    MSG3D.__init__ = construct_once


@PIPELINES.register_module(force=True)
class LayoutPreNormalize:
    """Clips start at the origin and face the front, whatever their layout.

    In place of ``PreNormalize3D``, which centres on the last joint of a layout of other than 25.
    The body stays as upright as it was recorded: only the turn about the vertical axis is undone,
    by the direction from the left to the right joints in the first quarter of the clip, each pair
    and frame with one vote. A person that is not there, all zeros, stays so.

    Args:
        layout: a registered one.
        turn: whether to undo the turn; centring alone without it.
    """

    def __init__(self, layout: str, turn: bool = True) -> None:
        self.layout, self.turn = _layout_named(layout), turn

    def __call__(self, results: dict[str, Any]) -> dict[str, Any]:
        """``keypoint [M, T, V, 3]``, of which the first person counts."""
        keypoint = np.asarray(results["keypoint"], dtype=np.float32)
        there = (keypoint != 0).any(axis=(2, 3), keepdims=True)
        seen = np.flatnonzero(there[0, :, 0, 0])
        if len(seen):
            keypoint = keypoint - keypoint[0, seen[0], self.layout.centre]
            if self.turn and self.layout.left:
                keypoint = self._turned(keypoint, self._yaw(keypoint[0, seen]))
            keypoint = np.where(there, keypoint, np.float32(0.0))
        results["keypoint"] = keypoint
        return results

    def _yaw(self, joints: Array) -> float:
        """Angle of left to right in the horizontal plane, ``joints [T, V, 3]``, in radians."""
        moments = np.linspace(0.0, len(joints) - 1.0, VOTING_FRAMES)[:VOTES]
        below = np.floor(moments + 1e-9).astype(int)
        above = np.minimum(below + 1, len(joints) - 1)
        weight = np.clip(moments - below, 0.0, 1.0)[:, None, None]
        frames = joints[below] + weight * (joints[above] - joints[below])
        across = frames[:, list(self.layout.right)] - frames[:, list(self.layout.left)]
        across = across[..., self._horizontal()]
        length = np.maximum(np.linalg.norm(across, axis=-1, keepdims=True), 1e-6)
        side = (across / length).sum(axis=(0, 1))
        return float(np.arctan2(side[1], side[0]))

    def _turned(self, keypoint: Array, yaw: float) -> Array:
        """The clip turned back by ``yaw``."""
        first, second = self._horizontal()
        cos, sin = np.float32(np.cos(yaw)), np.float32(np.sin(yaw))
        turned = keypoint.copy()
        turned[..., first] = cos * keypoint[..., first] + sin * keypoint[..., second]
        turned[..., second] = cos * keypoint[..., second] - sin * keypoint[..., first]
        return turned

    def _horizontal(self) -> list[int]:
        return [axis for axis in range(3) if axis != self.layout.up]


@PIPELINES.register_module(force=True)
class LayoutMirror:
    """Left and right swapped, joints and space alike, in some of the clips.

    After :class:`LayoutPreNormalize`, which leaves the left-right direction along the first axis
    that is not up.

    Args:
        layout: a registered one.
        ratio: part of the clips that are mirrored.
    """

    def __init__(self, layout: str, ratio: float = 0.5) -> None:
        self.layout, self.ratio = _layout_named(layout), ratio

    def __call__(self, results: dict[str, Any]) -> dict[str, Any]:
        """``keypoint [M, T, V, 3]``; one draw a clip, from numpy's generator as PYSKL's own."""
        if np.random.rand() < self.ratio:  # noqa: NPY002, what PYSKL seeds its workers by
            seen = np.asarray(results["keypoint"])[:, :, list(self.layout.mirror)].copy()
            seen[..., 0 if self.layout.up != 0 else 1] *= -1.0
            results["keypoint"] = seen
        return results


@PIPELINES.register_module(force=True)
class LayoutSkeFeat:
    """Joints, bones or the motion of either, side by side in the last axis.

    In place of ``GenSkeFeat``, which knows the bones of PYSKL's layouts alone. A bone is a joint
    minus its neighbour on the way to the centre, zero at the centre; motion is the difference to
    the next frame, zero in the last one.

    Args:
        layout: a registered one.
        feats: of ``j``, ``b``, ``jm``, ``bm``.
    """

    def __init__(self, layout: str, feats: Sequence[str] = ("j",)) -> None:
        self.layout, self.feats = _layout_named(layout), tuple(feats)
        unknown = [feat for feat in self.feats if feat not in ("j", "b", "jm", "bm")]
        if unknown or not self.feats:
            raise ValueError(f"feats are j, b, jm and bm, not {list(feats)}")

    def __call__(self, results: dict[str, Any]) -> dict[str, Any]:
        """``keypoint [M, T, V, 3]`` -> ``[M, T, V, 3 * len(feats)]``."""
        joints = results["keypoint"]
        results["keypoint"] = np.concatenate(
            [self._feature(joints, feat) for feat in self.feats], -1
        )
        return results

    def _feature(self, joints: Array, feat: str) -> Array:
        shown = joints
        if feat.startswith("b"):
            shown = joints - joints[:, :, list(self.layout.towards)]
        if feat.endswith("m"):
            still = np.zeros_like(shown)
            still[:, :-1] = np.diff(shown, axis=1)
            shown = still
        return shown


@DATASETS.register_module(force=True)
class OrderedPoseDataset(PoseDataset):  # type: ignore[misc]  # PYSKL has no types
    """A ``PoseDataset`` whose items are given one by one, so that batches are the caller's.

    Args:
        ann_file: the annotation file.
        pipeline: steps.
        order: an ``.npy`` file of row numbers ``[items]`` among the clips of the split, in the
            order of the annotation file; a row may come more than once.

    Raises:
        ValueError: an order that is no list of rows of this split.
    """

    def __init__(self, ann_file: str, pipeline: list[Any], order: str, **settings: Any) -> None:
        # Before the base class, which asks for the length when it is done.
        self.order = np.load(order, allow_pickle=False)
        if self.order.ndim != 1 or self.order.dtype.kind not in "iu" or not len(self.order):
            raise ValueError(
                f"'{order}' holds {self.order.dtype} of shape {self.order.shape}, not one row "
                "number an item"
            )
        super().__init__(ann_file, pipeline, **settings)
        clips = len(self.video_infos)
        if self.order.min() < 0 or self.order.max() >= clips:
            raise ValueError(
                f"'{order}' names the rows {self.order.min()} to {self.order.max()}, '{ann_file}' "
                f"has {clips} clips in this split"
            )

    def __len__(self) -> int:
        return len(self.order)

    def __getitem__(self, idx: int) -> Any:
        return super().__getitem__(int(self.order[idx]))


def _layout_named(name: str) -> Layout:
    known = layouts()
    if name not in known:
        raise ValueError(
            "layout '{}' is not registered, only {} are".format(name, ", ".join(known) or "none")
        )
    return known[name]


def _read_layout(path: Path) -> Layout | None:
    """Register what the file describes, if there is one."""
    if not path.exists():
        return None
    with path.open(encoding="utf-8") as stream:
        return register_layout(**json.load(stream))


_teach_graph()
_teach_msg3d()
_read_layout(Path(__file__).with_name(LAYOUT_FILE))
