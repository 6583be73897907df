"""PYSKL's networks as its configs have them, in our sizes. Imports neither PYSKL nor torch.

Source: ``configs/<name>/*ntu60_xsub_3dkp/j.py`` of PYSKL (Duan et al. 2022), the entry ``model``.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from recognizers.networks.catalogue import NETWORKS
from skeletons.errors import InputError, unknown_name
from skeletons.skeleton import Skeleton

PERSONS = 1
"""Our clips have one person. AAGCN, CTR-GCN and MS-G3D normalise each person by itself and take
their number; PYSKL's own configs say 2, of which the second would be zeros."""

FUSION_WEIGHTS = 25
"""Joints that PYSKL's DG-STGCN has fusion weights for, unless told otherwise."""

STAGES = {
    "base_channels": "base_channels",
    "stages": "num_stages",
    "inflate": "inflate_stages",
    "down": "down_stages",
}


@dataclass(frozen=True)
class PysklNetwork:
    """One network of PYSKL.

    Attributes:
        backbone: its type and arguments, but for the graph's layout.
        graph: arguments of the graph beside its layout.
        names: our sizes and PYSKL's arguments of the backbone for them.
        graph_names: the same for arguments of the graph.
        fixed: our sizes that PYSKL cannot change, with the value that it has.
        width: channels at the start where no size says it.
    """

    backbone: Mapping[str, Any]
    graph: Mapping[str, Any]
    names: Mapping[str, str] = field(default_factory=lambda: STAGES)
    graph_names: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, Any] = field(default_factory=dict)
    width: int = 64

    @property
    def sizes(self) -> tuple[str, ...]:
        """Our sizes that can be asked for."""
        return (*self.names, *self.graph_names, *self.fixed, "dropout")


PYSKL_NETWORKS = {
    "stgcn++": PysklNetwork(
        {"type": "STGCN", "gcn_adaptive": "init", "gcn_with_res": True, "tcn_type": "mstcn"},
        {"mode": "spatial"},
    ),
    "stgcn": PysklNetwork(
        {"type": "STGCN"},
        {"mode": "stgcn_spatial"},
        {**STAGES, "temporal_dropout": "tcn_dropout"},
        fixed={"kernel": 9, "centre_hops": 1},
    ),
    "aagcn": PysklNetwork(
        {"type": "AAGCN", "num_person": PERSONS},
        {"mode": "spatial"},
        {
            **STAGES,
            "persons": "num_person",
            "reduction": "gcn_coff_embedding",
            "temporal_dropout": "tcn_dropout",
        },
    ),
    "ctrgcn": PysklNetwork(
        {"type": "CTRGCN", "num_person": PERSONS},
        {"mode": "spatial"},
        {
            **STAGES,
            "persons": "num_person",
            "kernel": "kernel_size",
            "dilations": "dilations",
            "temporal_dropout": "tcn_dropout",
        },
        fixed={"reduction": 8},
    ),
    "msg3d": PysklNetwork(
        {"type": "MSG3D", "num_person": PERSONS},
        {"mode": "binary_adj"},
        {
            "base_channels": "base_channels",
            "spatial_scales": "num_gcn_scales",
            "spacetime_scales": "num_g3d_scales",
            "persons": "num_person",
        },
        fixed={"windows": (3, 5)},
        width=96,
    ),
    "dgstgcn": PysklNetwork(
        {
            "type": "DGSTGCN",
            "gcn_ratio": 0.125,
            "gcn_ctr": "T",
            "gcn_ada": "T",
            "tcn_ms_cfg": [(3, 1), (3, 2), (3, 3), (3, 4), ("max", 3), "1x1"],
        },
        {"mode": "random", "num_filter": 8, "init_off": 0.04, "init_std": 0.02},
        {**STAGES, "ratio": "gcn_ratio"},
        {"groups": "num_filter"},
    ),
}
"""Networks that PYSKL has and we have too, by our names, which are PYSKL's."""


def model_settings(
    network: str,
    classes: int,
    layout: str,
    sizes: Mapping[str, Any],
    *,
    joints: int = FUSION_WEIGHTS,
) -> dict[str, Any]:
    """The entry ``model`` of a PYSKL config: plain values, for ``pyskl.models.build_model``.

    Args:
        network: one of ``PYSKL_NETWORKS``.
        layout: what the graph's layout is called, PYSKL's or a registered one.
        sizes: as our own network's configuration has them (``recognizers/networks/catalogue.py``);
            those left out are PYSKL's.
        joints: of the layout. DG-STGCN has to be told of more than 25.

    Raises:
        InputError: an unknown network, or a size that PYSKL's network does not have or cannot
            change.
    """
    known = network_named(network)
    backbone, graph = deepcopy(dict(known.backbone)), {"layout": layout, **known.graph}
    for size, value in sizes.items():
        if size not in known.sizes:
            raise unknown_name(f"size of pyskl:{network}", size, known.sizes)
        if size == "persons" and value is None:
            continue  # Ours takes any number then; clips of one person give the same.
        if size in known.names:
            backbone[known.names[size]] = _plain(value)
        elif size in known.graph_names:
            graph[known.graph_names[size]] = value
        elif size in known.fixed and _plain(value) != _plain(known.fixed[size]):
            raise InputError(
                f"pyskl:{network} has {size} {known.fixed[size]}, PYSKL cannot change it to {value}"
            )
    if network == "dgstgcn" and joints > FUSION_WEIGHTS:
        backbone["tcn_num_joints"] = joints
    head = {"type": "GCNHead", "num_classes": classes, "in_channels": _features(known, sizes)}
    if sizes.get("dropout"):
        head["dropout"] = sizes["dropout"]
    return {
        "type": "RecognizerGCN",
        "backbone": {**backbone, "graph_cfg": graph},
        "cls_head": head,
    }


def network_named(network: str) -> PysklNetwork:
    """A network of PYSKL; :class:`InputError` names the nearest one when there is none."""
    if network not in PYSKL_NETWORKS:
        raise unknown_name("network of PYSKL", network, PYSKL_NETWORKS)
    return PYSKL_NETWORKS[network]


def slim_sizes(network: str) -> dict[str, Any]:
    """Our sizes of the quick profile, but for those that PYSKL cannot change: its MS-G3D keeps
    both windows.

    Raises:
        InputError: an unknown network.
    """
    fixed = network_named(network).fixed
    slim = NETWORKS[network].slim
    return {size: value for size, value in slim.items() if size not in fixed}


def layout_of(skeleton: Skeleton) -> dict[str, Any]:
    """A skeleton as the plug-in reads it from ``layout.json``: plain values.

    ``left`` and ``right`` are the joints whose direction, from left to right, says which way a
    body faces; ``up`` is the axis and its sign.
    """
    return {
        "name": skeleton.name,
        "joints": list(skeleton.joints),
        "parents": list(skeleton.parents),
        "centre": skeleton.centre,
        "left": [left for left, _ in skeleton.facing],
        "right": [right for _, right in skeleton.facing],
        "up": list(skeleton.up),
        "mirror": skeleton.mirror.tolist(),
    }


def _features(network: PysklNetwork, sizes: Mapping[str, Any]) -> int:
    """Channels that the backbone hands to the head."""
    width = int(sizes.get("base_channels", network.width))
    if "inflate" not in network.names:
        return 4 * width
    stages, inflate = sizes.get("stages", 10), sizes.get("inflate", (5, 8))
    # PYSKL widens from the second block on.
    wider: int = sum(2 <= block <= stages for block in set(inflate))
    return width << wider


def _plain(value: Any) -> Any:
    """PYSKL takes a tuple with one entry a block for one value a block: lists are not read so."""
    return list(value) if isinstance(value, tuple) else value
