from __future__ import annotations

import pickle

import pytest
import torch
from safetensors.torch import save_file

from recognizers.checkpoints import read_checkpoint
from recognizers.downstream import train_recognizer
from recognizers.networks.catalogue import NETWORKS
from recognizers.recipe_table import recipe_of
from recognizers.training import TrainingRun
from skeletons.errors import InputError
from skeletons.layouts import NTU25, SMPL24
from tests.conftest import moving_clips

GRAPHS = sorted(set(NETWORKS) - {"gru", "posec3d"})


def network(name, skeleton=NTU25, classes=60, profile="quick"):
    torch.manual_seed(1)
    sizes = recipe_of(name, profile).model
    return NETWORKS[name].build(classes, skeleton, sizes)


def started(name, state, profile="quick"):
    """A recognizer for 24 joints and 3 classes after no step at all."""
    return train_recognizer(
        name,
        moving_clips(6),
        recipe=recipe_of(name, profile),
        steps=0,
        seed=0,
        start=state,
        run=TrainingRun(),
    )


@pytest.mark.parametrize("wrapped", ["bare", "mmcv", "parallel", "safetensors"])
def test_a_state_is_read_however_it_was_saved(tmp_path, wrapped):
    state = network("stgcn++").state_dict()
    path = tmp_path / ("weights.safetensors" if wrapped == "safetensors" else "weights.pth")
    match wrapped:
        case "bare":
            torch.save(state, path)
        case "mmcv":
            torch.save({"meta": {"epoch": 16, "time": "now"}, "state_dict": state}, path)
        case "parallel":
            prefixed = {f"module.{name}": values for name, values in state.items()}
            torch.save({"state_dict": prefixed, "optimizer": {}}, path)
        case "safetensors":
            save_file(state, path)
    read = read_checkpoint(path)
    assert read.keys() == state.keys()
    assert all(torch.equal(read[name], state[name]) for name in state)


class Bomb:
    def __reduce__(self):
        return (pytest.fail, ("the file ran",))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (lambda path: path.write_bytes(pickle.dumps(Bomb())), "nothing in it was run"),
        (lambda path: torch.save({"state_dict": {"a": Bomb()}}, path), "nothing in it was run"),
        (lambda path: path.write_bytes(b""), "is no checkpoint"),
        (lambda path: torch.save([1, 2], path), "holds no state"),
        (lambda path: torch.save({"epoch": 3}, path), "holds no tensors"),
        (lambda path: torch.save({"a": torch.tensor([1.0, float("nan")])}, path), "'a' has values"),
        (lambda path: None, "no checkpoint|cannot read"),
    ],
)
def test_a_file_that_holds_no_weights_is_one_clear_line(tmp_path, content, message):
    path = tmp_path / "weights.pth"
    content(path)
    with pytest.raises(InputError, match=message) as caught:
        read_checkpoint(path)
    assert "\n" not in str(caught.value)
    assert "weights.pth" in str(caught.value)


@pytest.mark.parametrize("name", GRAPHS)
def test_what_does_not_hang_on_joints_or_classes_is_taken_over(name):
    state = network(name).state_dict()
    trained = started(name, state)
    ours = trained.model.state_dict()
    assert trained.fit is not None
    assert set(trained.fit.taken) | set(trained.fit.fresh) == set(ours)
    assert all(torch.equal(ours[entry], state[entry]) for entry in trained.fit.taken)
    assert all(ours[entry].shape != state[entry].shape for entry in trained.fit.fresh)
    assert {"cls_head.fc_cls.weight", "backbone.data_bn.weight"} <= set(trained.fit.fresh)
    convolutions = {
        f"{name}.weight"
        for name, part in trained.model.named_modules()
        if isinstance(part, torch.nn.Conv2d)
    }
    assert convolutions <= set(trained.fit.taken)


def test_weights_of_the_same_joints_and_classes_are_taken_over_whole():
    state = network("ctrgcn", SMPL24, 3).state_dict()
    trained = started("ctrgcn", state)
    assert not trained.fit.fresh
    assert all(torch.equal(trained.model.state_dict()[name], state[name]) for name in state)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("stgcn++", network("stgcn").state_dict()),
        ("stgcn++", network("stgcn++", profile="paper").state_dict()),
        ("ctrgcn", {**network("ctrgcn").state_dict(), "backbone.more": torch.zeros(2)}),
        (
            "ctrgcn",
            {
                name: values[:1] if name.endswith("gcn.conv4.weight") else values
                for name, values in network("ctrgcn").state_dict().items()
                if "num_batches" not in name
            }
            | {"backbone.gcn.1.gcn.bn.weight": torch.ones(3)},
        ),
    ],
    ids=["network", "size", "more", "shape"],
)
def test_weights_of_another_network_or_size_are_refused(name, other):
    with pytest.raises(InputError, match="published ones need --profile paper"):
        started(name, other)


def test_a_recognizer_that_has_no_weights_to_start_from_says_so():
    with pytest.raises(InputError, match="cannot start from weights"):
        started("st_trans", {"a": torch.zeros(1)})
