from __future__ import annotations

import json
import os
import pickle
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from recognizers.networks.gru import GRUConfig, read_published
from skeletons.errors import InputError
from tests.recognizers.extractors.published_gru import published_state, write


@pytest.mark.parametrize("zipped", [False, True])
def test_a_published_file_is_read_as_it_is(tmp_path, zipped):
    path = write(tmp_path / "model.tar", published_state(), zipped=zipped, epoch=3, notes=["a"])
    model, facts = read_published(path)
    assert model.config == GRUConfig(input_size=72, classes=12)
    assert facts == {"iteration": 30_000, "learning_rate": 0.001}
    assert not model.training
    for name, value in published_state().items():
        assert torch.equal(model.state_dict()[name], value), name


def test_a_file_with_nothing_but_the_state_is_read(tmp_path):
    torch.save({"model": published_state()}, tmp_path / "model.tar")
    assert read_published(tmp_path / "model.tar")[1] == {}


@pytest.mark.parametrize("zipped", [False, True])
def test_tensors_saved_on_a_gpu_land_on_the_cpu(tmp_path, monkeypatch, zipped):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with monkeypatch.context() as patch:
        patch.setattr(torch.serialization, "location_tag", lambda storage: "cuda:0")
        path = write(tmp_path / "model.tar", published_state(), zipped=zipped)
    with pytest.raises(RuntimeError, match="CUDA"):
        torch.load(path, weights_only=True)
    model, _ = read_published(path)
    assert {value.device.type for value in model.state_dict().values()} == {"cpu"}


class RunsCode:
    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(self.mark),)


@pytest.mark.parametrize("form", ["zipped", "old", "bare"])
def test_a_file_that_would_run_code_is_refused_and_nothing_runs(tmp_path, form):
    path, mark = tmp_path / "model.tar", tmp_path / "it-ran"
    if form == "bare":
        path.write_bytes(pickle.dumps({"model": RunsCode(mark)}))
    else:
        write(path, published_state(), zipped=form == "zipped", extra=RunsCode(mark))
    with pytest.raises(InputError, match=r"model.tar is refused, nothing in it was run") as caught:
        read_published(path)
    assert not mark.exists()
    assert "\n" not in str(caught.value)
    torch.load(path, weights_only=False) if form != "bare" else pickle.loads(path.read_bytes())
    assert mark.exists(), "the file is a real threat"


def _without(name: str) -> OrderedDict[str, torch.Tensor]:
    state = published_state()
    del state[name]
    return state


@pytest.mark.parametrize(
    ("state", "line"),
    [
        ([1, 2], "no state under 'model'"),
        ({}, "no matrix 'recurrent.weight_ih_l0'"),
        (_without("linear2.weight"), "no matrix 'linear2.weight'"),
        (_without("recurrent.bias_hh_l1"), r"Missing key.*recurrent\.bias_hh_l1"),
        (published_state() | {"linear3.bias": torch.ones(2)}, r"Unexpected key.*linear3\.bias"),
        (published_state(**{"recurrent.bias_ih_l1": (99,)}), r"size mismatch.*bias_ih_l1"),
        (published_state(**{"linear1.weight": (0, 128)}), "no matrix 'linear1.weight'"),
        (published_state() | {"linear1.bias": torch.full((30,), np.nan)}, "NaN or infinite"),
    ],
)
def test_a_file_of_another_network_is_one_clear_line(tmp_path, state, line):
    path = write(tmp_path / "model.tar", state)
    with pytest.raises(InputError, match=line) as caught:
        read_published(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_missing_or_no_checkpoint_is_one_clear_line(tmp_path):
    with pytest.raises(InputError, match=r"no checkpoint: .*No such file"):
        read_published(tmp_path / "none.tar")
    for content in (b"", b"hello", b"\x80\x02", bytes(512), json.dumps({"model": {}}).encode()):
        (tmp_path / "model.tar").write_bytes(content)
        with pytest.raises(InputError):
            read_published(tmp_path / "model.tar")


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory) -> bytes:
    folder = tmp_path_factory.mktemp("checkpoint")
    return write(folder / "model.tar", published_state()).read_bytes()


@settings(max_examples=60, deadline=None)
@given(
    kept=st.floats(0.01, 1.0),
    changes=st.lists(st.tuples(st.integers(0, 5999), st.integers(0, 255)), max_size=5),
)
def test_a_mangled_file_is_read_or_refused_but_never_crashes(
    checkpoint, tmp_path_factory, kept, changes
):
    content = bytearray(checkpoint[: round(kept * len(checkpoint))])
    for place, byte in changes:
        content[place % len(content)] = byte
    path = tmp_path_factory.getbasetemp() / "mangled.tar"
    path.write_bytes(content)
    try:
        model, _ = read_published(path)
    except InputError as error:
        assert "\n" not in str(error)
    else:
        assert model.config.layers == 2
