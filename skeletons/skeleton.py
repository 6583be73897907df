"""What a skeleton is: named joints in a tree, a value that every clip set and codec carries whole.

The built-in ones stand in :mod:`skeletons.layouts`, a user's comes from a file, see
:mod:`skeletons.skeleton_files`; no other module writes a joint index.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
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
        dimensions: coordinates of a joint, 3 or 2 (an image's x and y).
        people: bodies in a clip. The joints of two people are those of the first, then as many of
            the second, whose root hangs on the first's without a bone, see :meth:`for_people`.
    """

    name: str
    joints: tuple[str, ...]
    parents: tuple[int, ...]
    centre: int
    pairs: tuple[tuple[int, int], ...]
    facing: tuple[tuple[int, int], ...]
    up: tuple[int, int] = (1, 1)
    unit: str = "m"
    dimensions: int = 3
    people: int = 1

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
        size = len(self.joints)
        named = (self.centre, *sum(self.pairs, ()), *sum(self.facing, ()))
        if not all(0 <= joint < size for joint in named) or max(self.parents) >= size:
            raise InputError(f"skeleton {self.name}: an index is not one of its {size} joints")
        if self.people not in (1, 2) or size % self.people:
            raise InputError(f"skeleton {self.name}: {size} joints of {self.people} people")
        if self.dimensions not in (2, 3) or self.up[0] not in range(self.dimensions):
            raise InputError(
                f"skeleton {self.name}: {self.dimensions} coordinates with axis {self.up[0]} up"
            )

    def __len__(self) -> int:
        return len(self.joints)

    def for_people(self, people: int) -> Skeleton:
        """The skeleton of clips that show so many people, side by side in the axis of joints.

        Raises:
            InputError: other than one or two people, or a skeleton that is of two already.
        """
        if people == self.people:
            return self
        if self.people != 1 or people != 2:
            raise InputError(f"skeleton {self.name}: clips show one or two people, not {people}")
        size = len(self)
        root = self.parents.index(-1)
        second = [root if parent < 0 else parent + size for parent in self.parents]
        return replace(
            self,
            joints=(*self.joints, *(f"{joint} of the second" for joint in self.joints)),
            parents=(*self.parents, *second),
            pairs=(*self.pairs, *((left + size, right + size) for left, right in self.pairs)),
            people=2,
        )

    @cached_property
    def single(self) -> Skeleton:
        """That of one of the people."""
        if self.people == 1:
            return self
        size = len(self) // self.people
        return replace(
            self,
            joints=self.joints[:size],
            parents=self.parents[:size],
            pairs=tuple(pair for pair in self.pairs if max(pair) < size),
            people=1,
        )

    def state(self) -> dict[str, Any]:
        """Plain values that :meth:`of` makes the skeleton from."""
        return asdict(self)

    @classmethod
    def of(cls, state: Mapping[str, Any]) -> Skeleton:
        """The skeleton of :meth:`state`, also where it went through JSON.

        Raises:
            InputError: values of the wrong kind, or that make no tree.
        """
        try:
            return cls(
                name=str(state["name"]),
                joints=tuple(str(joint) for joint in state["joints"]),
                parents=tuple(int(parent) for parent in state["parents"]),
                centre=int(state["centre"]),
                pairs=tuple((int(left), int(right)) for left, right in state["pairs"]),
                facing=tuple((int(left), int(right)) for left, right in state["facing"]),
                up=(int(state["up"][0]), int(state["up"][1])),
                unit=str(state["unit"]),
                dimensions=int(state["dimensions"]),
                people=int(state["people"]),
            )
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise InputError(f"these are not a skeleton's values: {error!r}") from error

    @cached_property
    def edges(self) -> tuple[tuple[int, int], ...]:
        """(parent, child) of each bone, in tree order: one fewer than joints a body."""
        size = len(self) // self.people
        return tuple(
            (self.parents[joint], joint)
            for joint in self.tree_order
            if self.parents[joint] >= 0 and self.parents[joint] // size == joint // size
        )

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
        """Spatial partition of the graph of one body, ``[3, V, V]``: self, from the centre, towards
        it. Networks see people side by side, each as a body of its own.

        Entry ``[k, v, w]`` weighs joint v in the sum for joint w, each column sums to 1 or 0:
        ``[1]`` hands a joint its neighbour on the way to the centre, ``[2]`` those further out.
        Graph convolution of ST-GCN (Yan et al. 2018, section 3.3) in the order of CTR-GCN and
        PYSKL, so that their learnt graphs fit.
        """
        size = len(self.single)
        outward = np.zeros((size, size))
        for parent, child in self.single._edges_from_centre():
            outward[parent, child] = 1.0
        stack = np.stack([np.eye(size), outward, outward.T])
        degree = stack.sum(axis=1, keepdims=True)
        return np.asarray(stack / np.maximum(degree, 1.0), dtype=np.float32)

    def bone_lengths(self, joints: NDArray[Any]) -> NDArray[Any]:
        """Length of each bone of ``edges`` in ``joints [..., V, C]``: ``[..., V - 1]``."""
        parents, children = (list(side) for side in zip(*self.edges, strict=True))
        offsets = joints[..., children, :] - joints[..., parents, :]
        return np.asarray(np.linalg.norm(offsets, axis=-1))

    def check(self, shape: Sequence[int], where: str) -> None:
        """Raise :class:`InputError` unless ``shape`` ends in ``[V, C]`` of this skeleton."""
        if len(shape) < 2 or shape[-1] != self.dimensions:
            raise InputError(
                f"{where} has shape {tuple(shape)}, joints need [..., V, {self.dimensions}]"
            )
        if shape[-2] != len(self):
            raise InputError(
                f"{where} has {shape[-2]} joints, the skeleton {self.name} has {len(self)}"
            )

    def _edges_from_centre(self) -> list[tuple[int, int]]:
        """Edges directed away from the ``centre`` of each body, which need not be its root."""
        neighbours: dict[int, list[int]] = {joint: [] for joint in range(len(self))}
        for parent, child in self.edges:
            neighbours[parent].append(child)
            neighbours[child].append(parent)
        directed: list[tuple[int, int]] = []
        queue = [self.centre + body * len(self) // self.people for body in range(self.people)]
        seen = set(queue)
        for joint in queue:
            for other in neighbours[joint]:
                if other not in seen:
                    seen.add(other)
                    queue.append(other)
                    directed.append((joint, other))
        return directed


def axis_name(up: tuple[int, int]) -> str:
    """An axis with its sign as it is written, ``+y`` for ``(1, 1)``."""
    return f"{'+' if up[1] > 0 else '-'}{'xyz'[up[0]]}"


def chain(joints: int) -> Skeleton:
    """So many joints in a row from the centre: the plainest skeleton of a given size."""
    names = tuple(f"joint{number}" for number in range(joints))
    return Skeleton(f"chain{joints}", names, tuple(range(-1, joints - 1)), 0, (), ())
