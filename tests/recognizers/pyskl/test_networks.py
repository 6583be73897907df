"""Our sizes as PYSKL's settings; against PYSKL's own configs where they are."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from recognizers.networks.catalogue import NETWORKS
from recognizers.pyskl.networks import PYSKL_NETWORKS, layout_of, model_settings, slim_sizes
from skeletons.errors import InputError
from skeletons.layouts import KINECT20, NTU25, SMPL24

CONFIGS = {
    "stgcn++": "stgcn++/stgcn++_ntu60_xsub_3dkp",
    "stgcn": "stgcn/stgcn_pyskl_ntu60_xsub_3dkp",
    "aagcn": "aagcn/aagcn_pyskl_ntu60_xsub_3dkp",
    "ctrgcn": "ctrgcn/ctrgcn_pyskl_ntu60_xsub_3dkp",
    "msg3d": "msg3d/msg3d_pyskl_ntu60_xsub_3dkp",
    "dgstgcn": "dgstgcn/ntu60_xsub_3dkp",
}

PER_PERSON = ("aagcn", "ctrgcn", "msg3d")


def _config_folders() -> Iterator[Path]:
    """Where PYSKL's configs may lie: beside its package, or in PYSKL_ROOT."""
    spec = find_spec("pyskl")
    if spec is not None and spec.origin:
        yield Path(spec.origin).parents[1] / "configs"
    if os.environ.get("PYSKL_ROOT"):
        yield Path(os.environ["PYSKL_ROOT"]) / "configs"


def test_each_network_is_one_of_ours() -> None:
    assert set(PYSKL_NETWORKS) <= set(NETWORKS)
    assert set(CONFIGS) == set(PYSKL_NETWORKS)


@pytest.mark.parametrize("network", PYSKL_NETWORKS)
def test_without_sizes_it_is_the_model_of_pyskls_config(network) -> None:
    folder = next((folder for folder in _config_folders() if folder.is_dir()), None)
    if folder is None:
        pytest.skip("PYSKL's configs are not here: no checkout is importable or in PYSKL_ROOT")
    config: dict = {}
    exec((folder / CONFIGS[network] / "j.py").read_text(), config)
    ours = model_settings(network, 60, "nturgb+d", {})
    assert ours["backbone"].pop("num_person", None) == (1 if network in PER_PERSON else None)
    assert ours == config["model"]


@pytest.mark.parametrize("network", [name for name in PYSKL_NETWORKS if name != "msg3d"])
def test_sizes_get_pyskls_names(network) -> None:
    sizes = {"base_channels": 24, "stages": 6, "inflate": (3, 5), "down": (2, 4), "dropout": 0.5}
    settings = model_settings(network, 7, "smpl24", sizes)
    backbone = settings["backbone"]
    assert backbone["base_channels"] == 24
    assert backbone["num_stages"] == 6
    assert backbone["inflate_stages"] == [3, 5]
    assert backbone["down_stages"] == [2, 4]
    assert backbone["graph_cfg"]["layout"] == "smpl24"
    assert settings["cls_head"] == {
        "type": "GCNHead",
        "num_classes": 7,
        "in_channels": 96,
        "dropout": 0.5,
    }


@pytest.mark.parametrize(
    ("network", "sizes", "expected"),
    [
        ("stgcn", {"temporal_dropout": 0.2}, {"tcn_dropout": 0.2}),
        ("aagcn", {"reduction": 8, "persons": 2}, {"gcn_coff_embedding": 8, "num_person": 2}),
        ("aagcn", {"persons": None}, {"num_person": 1}),
        ("ctrgcn", {"kernel": 3, "dilations": (1, 3)}, {"kernel_size": 3, "dilations": [1, 3]}),
        (
            "msg3d",
            {"spatial_scales": 4, "spacetime_scales": 3},
            {"num_gcn_scales": 4, "num_g3d_scales": 3, "num_person": 1},
        ),
        ("dgstgcn", {"ratio": 0.25}, {"gcn_ratio": 0.25}),
    ],
)
def test_sizes_of_one_network_get_pyskls_names(network, sizes, expected) -> None:
    backbone = model_settings(network, 7, "smpl24", sizes)["backbone"]
    assert {name: backbone[name] for name in expected} == expected


def test_the_groups_of_dgstgcn_belong_to_its_graph() -> None:
    backbone = model_settings("dgstgcn", 7, "smpl24", {"groups": 4})["backbone"]
    assert backbone["graph_cfg"]["num_filter"] == 4
    assert "num_filter" not in backbone


def test_dgstgcn_is_told_of_more_joints_than_it_expects() -> None:
    def told(joints: int) -> int | None:
        settings = model_settings("dgstgcn", 7, "x", {}, joints=joints)
        return settings["backbone"].get("tcn_num_joints")

    assert [told(joints) for joints in (20, 25, 26)] == [None, None, 26]
    assert "tcn_num_joints" not in model_settings("stgcn", 7, "x", {}, joints=26)["backbone"]


@pytest.mark.parametrize(
    ("sizes", "features"),
    [
        ({}, 256),
        ({"base_channels": 32}, 128),
        ({"inflate": (1, 2, 12)}, 128),
        ({"stages": 7}, 128),
        ({"stages": 8, "inflate": (8, 8)}, 128),
    ],
)
def test_the_head_takes_what_the_last_block_gives(sizes, features) -> None:
    settings = model_settings("ctrgcn", 7, "smpl24", sizes)
    assert settings["cls_head"]["in_channels"] == features


@pytest.mark.parametrize(
    ("network", "size", "value"),
    [
        ("stgcn", "kernel", 5),
        ("stgcn", "centre_hops", None),
        ("ctrgcn", "reduction", 4),
        ("msg3d", "windows", (3,)),
    ],
)
def test_a_size_that_pyskl_cannot_change_is_told(network, size, value) -> None:
    with pytest.raises(InputError, match=rf"pyskl:{network} has {size} .*cannot change it"):
        model_settings(network, 7, "smpl24", {size: value})


def test_a_size_that_pyskl_has_anyway_is_none_of_its_arguments() -> None:
    with_sizes = model_settings("msg3d", 7, "smpl24", {"windows": (3, 5)})
    assert with_sizes == model_settings("msg3d", 7, "smpl24", {})


def test_unknown_networks_and_sizes_name_the_nearest() -> None:
    with pytest.raises(InputError, match=r"unknown network of PYSKL 'stgcnpp': did you mean"):
        model_settings("stgcnpp", 7, "smpl24", {})
    with pytest.raises(InputError, match="size of pyskl:stgcn 'stage': did you mean 'stages'"):
        model_settings("stgcn", 7, "smpl24", {"stage": 3})
    with pytest.raises(InputError, match="unknown size of pyskl:stgcn 'persons'"):
        model_settings("stgcn", 7, "smpl24", {"persons": 1})
    with pytest.raises(InputError, match="unknown network of PYSKL 'blockgcn'"):
        slim_sizes("blockgcn")


def test_settings_are_fresh_each_time() -> None:
    first = model_settings("dgstgcn", 7, "smpl24", {"groups": 4})
    first["backbone"]["graph_cfg"]["mode"] = "spatial"
    first["backbone"]["tcn_ms_cfg"].clear()
    again = model_settings("dgstgcn", 7, "smpl24", {})
    assert again["backbone"]["graph_cfg"]["mode"] == "random"
    assert again["backbone"]["graph_cfg"]["num_filter"] == 8
    assert len(again["backbone"]["tcn_ms_cfg"]) == 6


@pytest.mark.parametrize("network", PYSKL_NETWORKS)
def test_the_slim_sizes_are_ours_where_pyskl_can_have_them(network) -> None:
    slim = slim_sizes(network)
    model_settings(network, 7, "smpl24", slim)
    left_out = set(NETWORKS[network].slim) - set(slim)
    assert left_out == ({"windows"} if network == "msg3d" else set())


@pytest.mark.parametrize("skeleton", [SMPL24, KINECT20, NTU25], ids=lambda one: one.name)
def test_a_layout_is_plain_values_of_the_skeleton(skeleton) -> None:
    layout = layout_of(skeleton)
    names = {"name", "joints", "parents", "centre", "left", "right", "up", "mirror"}
    assert set(layout) == names
    assert layout["mirror"] == skeleton.mirror.tolist()
    assert (layout["name"], layout["centre"]) == (skeleton.name, skeleton.centre)
    assert layout["joints"] == list(skeleton.joints)
    assert layout["parents"] == list(skeleton.parents)
    assert [skeleton.joints[joint] for joint in layout["left"]] == ["left_hip", "left_shoulder"]
    assert [skeleton.joints[joint] for joint in layout["right"]] == ["right_hip", "right_shoulder"]
    assert layout["up"] == [1, 1]
