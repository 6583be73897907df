"""What a skeleton is: named joints in a tree. The only place where joint indices are written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skeletons.arrays import Float32Array, IntArray
from skeletons.errors import InputError, unknown_name


@dataclass(frozen=True)
class Skeleton:
    """Joint names and their tree.

    Attributes:
        name: how the skeleton is called in specs and errors.
        joints: V joint names.
        parents: parent index of each joint, -1 for the root.
        centre: index of the joint that a clip is centred on.
        pairs: (left, right) indices of mirrored joints; joints on the midline are in no pair.
        facing: two pairs from ``pairs`` whose left-to-right direction tells which way a body faces
            (hips and shoulders).
        up: axis (0, 1, 2) and sign of "up" in the data, such as ``(1, 1)`` for +y.
        unit: unit of the coordinates.
    """

    name: str
    joints: tuple[str, ...]
    parents: tuple[int, ...]
    centre: int
    pairs: tuple[tuple[int, int], ...]
    facing: tuple[tuple[int, int], ...]
    up: tuple[int, int] = (1, 1)
    unit: str = "m"

    def __post_init__(self) -> None:
        if len(self.parents) != len(self.joints):
            raise InputError(
                f"skeleton {self.name}: {len(self.parents)} parents for {len(self.joints)} joints"
            )
        roots = [joint for joint, parent in enumerate(self.parents) if parent < 0]
        if len(roots) != 1:
            raise InputError(f"skeleton {self.name}: {len(roots)} roots, a tree has one")
        if len(self.tree_order) != len(self.joints):
            raise InputError(f"skeleton {self.name}: the parents do not form one tree")

    def __len__(self) -> int:
        return len(self.joints)

    @cached_property
    def edges(self) -> tuple[tuple[int, int], ...]:
        """(parent, child) of each bone, V - 1 of them, in tree order."""
        return tuple((self.parents[j], j) for j in self.tree_order if self.parents[j] >= 0)

    @cached_property
    def tree_order(self) -> tuple[int, ...]:
        """Joints depth first from the root, so that each limb is a run of neighbours."""
        children: dict[int, list[int]] = {}
        for joint, parent in enumerate(self.parents):
            children.setdefault(parent, []).append(joint)
        order: list[int] = []
        stack = list(children.get(-1, []))
        while stack:
            joint = stack.pop()
            order.append(joint)
            stack.extend(reversed(children.get(joint, [])))
        return tuple(order)

    @cached_property
    def mirror(self) -> IntArray:
        """Permutation ``[V]`` that swaps left and right joints."""
        order = np.arange(len(self))
        for left, right in self.pairs:
            order[left], order[right] = right, left
        return order

    @cached_property
    def towards_centre(self) -> IntArray:
        """The neighbour of each joint on the way to the centre, ``[V]``; the centre is its own."""
        neighbour = np.arange(len(self))
        for near, far in self._edges_from_centre():
            neighbour[far] = near
        return neighbour

    def index(self, joint: str) -> int:
        """Index of a joint by its name."""
        if joint not in self.joints:
            raise unknown_name(f"joint of skeleton {self.name}", joint, self.joints)
        return self.joints.index(joint)

    def adjacency(self) -> Float32Array:
        """Spatial partition of the graph, ``[3, V, V]``: self, from the centre, towards it.

        Entry ``[k, v, w]`` weighs joint v in the sum for joint w, each column sums to 1 or 0:
        ``[1]`` hands a joint its neighbour on the way to the centre, ``[2]`` those further out.
        Graph convolution of ST-GCN (Yan et al. 2018, section 3.3) in the order of CTR-GCN and
        PYSKL, so that their learnt graphs fit.
        """
        size = len(self)
        outward = np.zeros((size, size))
        for parent, child in self._edges_from_centre():
            outward[parent, child] = 1.0
        stack = np.stack([np.eye(size), outward, outward.T])
        degree = stack.sum(axis=1, keepdims=True)
        return np.asarray(stack / np.maximum(degree, 1.0), dtype=np.float32)

    def bone_lengths(self, joints: NDArray[Any]) -> NDArray[Any]:
        """Length of each bone of ``edges`` in ``joints [..., V, 3]``: ``[..., V - 1]``."""
        parents, children = (list(side) for side in zip(*self.edges, strict=True))
        offsets = joints[..., children, :] - joints[..., parents, :]
        return np.asarray(np.linalg.norm(offsets, axis=-1))

    def check(self, shape: Sequence[int], where: str) -> None:
        """Raise :class:`InputError` unless ``shape`` ends in ``[V, 3]`` of this skeleton."""
        if len(shape) < 2 or shape[-1] != 3:
            raise InputError(f"{where} has shape {tuple(shape)}, joints need [..., V, 3]")
        if shape[-2] != len(self):
            raise InputError(
                f"{where} has {shape[-2]} joints, the skeleton {self.name} has {len(self)}"
            )

    def _edges_from_centre(self) -> list[tuple[int, int]]:
        """Edges directed away from ``centre``, which need not be the root of the tree."""
        neighbours: dict[int, list[int]] = {joint: [] for joint in range(len(self))}
        for parent, child in self.edges:
            neighbours[parent].append(child)
            neighbours[child].append(parent)
        directed: list[tuple[int, int]] = []
        queue, seen = [self.centre], {self.centre}
        for joint in queue:
            for other in neighbours[joint]:
                if other not in seen:
                    seen.add(other)
                    queue.append(other)
                    directed.append((joint, other))
        return directed


def _named(
    name: str,
    tree: Sequence[tuple[str, str]],
    centre: str,
    facing: tuple[str, str],
) -> Skeleton:
    """A skeleton from (joint, parent) names; ``left_x`` and ``right_x`` are a pair."""
    joints = tuple(joint for joint, _ in tree)
    where = {joint: index for index, joint in enumerate(joints)}
    where[""] = -1
    pairs = tuple(
        (where[joint], where[joint.replace("left_", "right_", 1)])
        for joint in joints
        if joint.startswith("left_")
    )
    return Skeleton(
        name=name,
        joints=joints,
        parents=tuple(where[parent] for _, parent in tree),
        centre=where[centre],
        pairs=pairs,
        facing=tuple((where[f"left_{part}"], where[f"right_{part}"]) for part in facing),
    )


SMPL24 = _named(
    "smpl24",
    [
        ("pelvis", ""),
        ("left_hip", "pelvis"),
        ("right_hip", "pelvis"),
        ("spine1", "pelvis"),
        ("left_knee", "left_hip"),
        ("right_knee", "right_hip"),
        ("spine2", "spine1"),
        ("left_ankle", "left_knee"),
        ("right_ankle", "right_knee"),
        ("spine3", "spine2"),
        ("left_foot", "left_ankle"),
        ("right_foot", "right_ankle"),
        ("neck", "spine3"),
        ("left_collar", "spine3"),
        ("right_collar", "spine3"),
        ("head", "neck"),
        ("left_shoulder", "left_collar"),
        ("right_shoulder", "right_collar"),
        ("left_elbow", "left_shoulder"),
        ("right_elbow", "right_shoulder"),
        ("left_wrist", "left_elbow"),
        ("right_wrist", "right_elbow"),
        ("left_hand", "left_wrist"),
        ("right_hand", "right_wrist"),
    ],
    centre="pelvis",
    facing=("hip", "shoulder"),
)
"""The 24 joints of SMPL (Loper et al. 2015), the layout of HumanAct12."""

KINECT20 = _named(
    "kinect20",
    [
        ("hip_centre", ""),
        ("spine", "hip_centre"),
        ("shoulder_centre", "spine"),
        ("head", "shoulder_centre"),
        ("left_shoulder", "shoulder_centre"),
        ("left_elbow", "left_shoulder"),
        ("left_wrist", "left_elbow"),
        ("left_hand", "left_wrist"),
        ("right_shoulder", "shoulder_centre"),
        ("right_elbow", "right_shoulder"),
        ("right_wrist", "right_elbow"),
        ("right_hand", "right_wrist"),
        ("left_hip", "hip_centre"),
        ("left_knee", "left_hip"),
        ("left_ankle", "left_knee"),
        ("left_foot", "left_ankle"),
        ("right_hip", "hip_centre"),
        ("right_knee", "right_hip"),
        ("right_ankle", "right_knee"),
        ("right_foot", "right_ankle"),
    ],
    centre="hip_centre",
    facing=("hip", "shoulder"),
)
"""Kinect v1 (Shotton et al. 2011), the layout of NW-UCLA."""

NTU25 = _named(
    "ntu25",
    [
        ("spine_base", "spine_mid"),
        ("spine_mid", "spine_shoulder"),
        ("neck", "spine_shoulder"),
        ("head", "neck"),
        ("left_shoulder", "spine_shoulder"),
        ("left_elbow", "left_shoulder"),
        ("left_wrist", "left_elbow"),
        ("left_hand", "left_wrist"),
        ("right_shoulder", "spine_shoulder"),
        ("right_elbow", "right_shoulder"),
        ("right_wrist", "right_elbow"),
        ("right_hand", "right_wrist"),
        ("left_hip", "spine_base"),
        ("left_knee", "left_hip"),
        ("left_ankle", "left_knee"),
        ("left_foot", "left_ankle"),
        ("right_hip", "spine_base"),
        ("right_knee", "right_hip"),
        ("right_ankle", "right_knee"),
        ("right_foot", "right_ankle"),
        ("spine_shoulder", ""),
        ("left_hand_tip", "left_hand"),
        ("left_thumb", "left_hand"),
        ("right_hand_tip", "right_hand"),
        ("right_thumb", "right_hand"),
    ],
    centre="spine_shoulder",
    facing=("hip", "shoulder"),
)
"""Kinect v2, the layout of NTU RGB+D (Shahroudy et al. 2016, figure 2)."""

SKELETONS = {skeleton.name: skeleton for skeleton in (SMPL24, KINECT20, NTU25)}


def skeleton_named(name: str) -> Skeleton:
    """A built-in skeleton; :class:`InputError` names the nearest one when there is none."""
    if name not in SKELETONS:
        raise unknown_name("skeleton", name, SKELETONS)
    return SKELETONS[name]


def chain(joints: int) -> Skeleton:
    """So many joints in a row from the centre: the plainest skeleton of a given size."""
    names = tuple(f"joint{number}" for number in range(joints))
    return Skeleton(f"chain{joints}", names, tuple(range(-1, joints - 1)), 0, (), ())
