"""The networks over clips ``[N, M, T, V, C]`` by name: one row each says where it is and how it is
trained. Imports no torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

from recognizers.names import STREAMS
from skeletons.errors import unknown_name
from skeletons.skeleton import Skeleton

if TYPE_CHECKING:
    from torch import nn

SLIM = {"base_channels": 24, "stages": 6, "inflate": (3, 5), "down": (2, 4)}
"""Sizes for two CPU cores, the quick profile."""


@dataclass(frozen=True)
class Training:
    """What the paper profile does: SGD with Nesterov momentum on a cosine, as PYSKL's
    ``configs/*/*_pyskl_ntu60_xsub_3dkp/j.py`` (8 GPUs of 16 clips each).

    Attributes:
        passes: times that each clip is seen; PYSKL has 16 epochs of a data set repeated 5 times.
        frames: sampled from each clip.
        batch: clips a step, over all GPUs.
        warm_up: part of the steps spent warming up.
        turn: largest random turn about the vertical and the left-right axis, in radians.
        crop: largest part of the clip cut from its two ends together.
        mirror: probability of swapping left and right.
        nesterov: whether the momentum looks ahead.
        clip: largest norm of the gradient; None for no limit.
        test_mirrored: test clips are also shown mirrored.
    """

    passes: int = 80
    frames: int = 100
    batch: int = 128
    learning_rate: float = 0.1
    weight_decay: float = 5e-4
    warm_up: float = 0.0
    turn: float = 0.0
    crop: float = 0.0
    mirror: float = 0.0
    nesterov: bool = True
    clip: float | None = None
    test_mirrored: bool = False


@dataclass(frozen=True)
class Network:
    """One network.

    Attributes:
        name: after ``--recognizer``.
        summary: one line for ``list recognizers``.
        module: in this room, with the class ``network`` and its configuration ``network``Config.
        slim: sizes of the quick profile; the paper profile has the network's own.
        training: the paper profile's.
        streams: those that the network can be shown.
        stream_sizes: for a network that makes a stream itself, its sizes for each; the others are
            handed clips that :func:`recognizers.streams.show` has changed.
        from_the_front: the network draws the clips, and is told which axes to draw.
    """

    name: str
    summary: str
    module: str
    network: str
    slim: Mapping[str, Any] = field(default_factory=lambda: SLIM)
    training: Training = Training()
    streams: tuple[str, ...] = tuple(STREAMS)
    stream_sizes: Mapping[str, Mapping[str, Any]] | None = None
    from_the_front: bool = False

    def config(self, classes: int, sizes: Mapping[str, Any]) -> Any:
        """The configuration with ``sizes`` in place of its defaults; imports torch.

        Raises:
            InputError: a size that the network does not have; the nearest is named.
        """
        module = import_module(f"recognizers.networks.{self.module}")
        kind = getattr(module, f"{self.network}Config")
        known = [one.name for one in fields(kind) if one.name != "classes"]
        for size in sizes:
            if size not in known:
                raise unknown_name(f"size of {self.name}", size, known)
        return kind(classes, **sizes)

    def sizes_of(self, stream: str) -> dict[str, Any]:
        """The sizes that a stream asks for."""
        return dict((self.stream_sizes or {}).get(stream, {}))

    def build(self, classes: int, skeleton: Skeleton, sizes: Mapping[str, Any]) -> nn.Module:
        """A fresh network for clips ``[N, M, T, V, C]`` of a skeleton, with room for its people;
        errors as :meth:`config`."""
        if self.from_the_front:
            from recognizers.networks.heatmaps import frontal_axes

            sizes = {"axes": frontal_axes(skeleton), **sizes}
        config = self.config(classes, sizes)
        if getattr(config, "persons", None) is not None and config.persons < skeleton.people:
            config = replace(config, persons=skeleton.people)
        module = import_module(f"recognizers.networks.{self.module}")
        network: nn.Module = getattr(module, self.network)(config, skeleton.adjacency())
        return network


NETWORKS = {
    network.name: network
    for network in (
        Network(
            "stgcn++",
            "ST-GCN++ (Duan et al. 2022) with PYSKL's recipe; slim in the quick profile",
            "stgcn_pp",
            "STGCNPP",
        ),
        Network(
            "stgcn",
            "ST-GCN (Yan et al. 2018): fixed graph, learnt weight of each edge",
            "stgcn",
            "STGCN",
        ),
        Network(
            "aagcn",
            "AAGCN (Shi et al. 2020, after 2s-AGCN): learnt graphs, one more for each clip",
            "aagcn",
            "AAGCN",
        ),
        Network(
            "ctrgcn",
            "CTR-GCN (Chen et al. 2021): a graph for each clip and channel",
            "ctrgcn",
            "CTRGCN",
            slim={**SLIM, "base_channels": 16},
        ),
        Network(
            "msg3d",
            "MS-G3D (Liu et al. 2020): many hops, graphs over windows of frames",
            "msg3d",
            "MSG3D",
            slim={
                "base_channels": 12,
                "spatial_scales": 4,
                "spacetime_scales": 3,
                "windows": (3,),
            },
        ),
        Network(
            "dgstgcn",
            "DG-STGCN (Duan et al. 2022): graphs from nothing, no skeleton needed",
            "dgstgcn",
            "DGSTGCN",
            # PYSKL configs/dgstgcn/ntu60_xsub_3dkp/j.py: 150 epochs, turns about every axis.
            training=Training(passes=150, turn=0.2),
        ),
        Network(
            "blockgcn",
            "BlockGCN (Zhou et al. 2024): hop distances and persistent homology; not in PYSKL",
            "blockgcn",
            "BlockGCN",
            # ZhouYuxuanYX/BlockGCN config/nturgbd-cross-subject/default.yaml, but for its schedule
            # (a tenth after 110 and 120 epochs), in place of which the rate falls on a cosine.
            training=Training(
                passes=140,
                frames=64,
                batch=64,
                learning_rate=0.05,
                weight_decay=4e-4,
                warm_up=5 / 140,
                turn=0.3,
                crop=0.5,
            ),
        ),
        Network(
            "posec3d",
            "PoseC3D (Duan et al. 2022): 3D convolutions on heat maps of the body seen from behind",
            "posec3d",
            "PoseC3D",
            slim={
                "base_channels": 16,
                "stage_blocks": (1, 1, 1),
                "size": 28,
                "test_size": 28,
                "stem_kernel": 5,
                "stem_stride": 2,
                "sigma": 1.0,
                "crop": 1.0,
                "dropout": 0.0,
            },
            # PYSKL configs/posec3d/slowonly_r50_ntu60_xsub/joint.py: 24 epochs of a data set
            # repeated 10 times, 8 GPUs of 32 clips.
            training=Training(
                passes=240,
                frames=48,
                batch=256,
                learning_rate=0.4,
                weight_decay=3e-4,
                mirror=0.5,
                nesterov=False,
                clip=40.0,
                test_mirrored=True,
            ),
            streams=("joint", "bone"),
            stream_sizes={"joint": {"maps": "joint"}, "bone": {"maps": "limb"}},
            from_the_front=True,
        ),
        Network(
            "gru",
            "GRU of Action2Motion's evaluation (Guo et al. 2020): no graph, the plain baseline",
            "gru_recognizer",
            "GRURecognizer",
            slim={},
        ),
    )
}
