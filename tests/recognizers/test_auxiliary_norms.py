from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from recognizers.auxiliary_norms import AuxiliaryNorms, norms_of
from recognizers.downstream import train_recognizer
from recognizers.inputs import GraphInput
from recognizers.names import RecognizerName
from recognizers.recipes import Augmentation
from recognizers.registry import build_network, recipe_for, recognizer_names
from recognizers.training import TrainingRun
from skeletons.errors import InputError
from skeletons.layouts import SMPL24
from tests.conftest import moving_clips

WITH_NORMS = sorted(set(recognizer_names()) - {"gru"})
ADDED = torch.tensor([False, True, True, False, True, False])


def network_of(name: str) -> nn.Module:
    """A quick network without dropout, in training."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = build_network(
            RecognizerName.parse(name), 3, SMPL24, recipe_for(name, "quick").model
        )
    for layer in network.modules():
        if isinstance(layer, nn.Dropout | nn.Dropout3d):
            layer.p = 0.0
    return network.train()


def sample_for(name: str) -> Tensor:
    rows, rng = np.arange(6), np.random.default_rng(0)
    if name == "st_trans":
        return torch.from_numpy(rng.normal(size=(6, 3, 24, 24)).astype(np.float32))
    return GraphInput.of(moving_clips(6), 24, Augmentation()).batch(rows, rng)


@pytest.mark.parametrize("name", WITH_NORMS)
def test_each_kind_is_normed_as_if_it_were_alone(name: str) -> None:
    network, sample = network_of(name), sample_for(name)
    real, added = copy.deepcopy(network), copy.deepcopy(network)
    apart = AuxiliaryNorms(network, name)
    logits = apart(sample, ADDED)
    torch.testing.assert_close(logits[~ADDED], real(sample[~ADDED]))
    torch.testing.assert_close(logits[ADDED], added(sample[ADDED]))
    second = dict(apart.second_set())
    for entry, remembered in added.named_buffers():
        torch.testing.assert_close(second[entry], remembered)
    for entry, remembered in real.named_buffers():
        torch.testing.assert_close(network.get_buffer(entry), remembered)


@pytest.mark.parametrize(("kind", "moved"), [(True, "added"), (False, "network")])
def test_clips_of_one_kind_alone_move_only_their_own_norms(kind: bool, moved: str) -> None:
    apart = AuxiliaryNorms(network_of("stgcn++"), "stgcn++")
    apart(sample_for("stgcn++"), torch.full((6,), kind)).square().sum().backward()
    sets = {"added": dict(apart.second_set()), "network": apart.network.state_dict(keep_vars=True)}
    for owner, entries in sets.items():
        for norm in norms_of(apart.network):
            assert entries[f"{norm}.num_batches_tracked"] == (owner == moved)
            assert (entries[f"{norm}.weight"].grad is not None) == (owner == moved)
    others = [values.grad for values in apart.network.parameters() if values.ndim > 1]
    assert all(gradient is not None for gradient in others), "all other weights are shared"


def test_a_training_gives_the_network_with_the_norms_of_the_real_clips() -> None:
    clips, added = moving_clips(12, seed=1), np.arange(12) >= 6
    larger = np.where(added[np.repeat(np.arange(12), clips.lengths)][:, None, None], 20.0, 1.0)
    clips = replace(clips, frames=(clips.frames * larger).astype(np.float32))

    def spread(norm: str, synthetic: np.ndarray | None) -> float:
        recipe = recipe_for("stgcn++", "quick", {"synthetic_norm": norm})
        how = {"recipe": recipe, "steps": 2, "seed": 0, "run": TrainingRun()}
        trained = train_recognizer("stgcn++", clips, synthetic=synthetic, **how)
        assert type(trained.model) is type(network_of("stgcn++"))
        first = norms_of(trained.model)[0]
        return float(trained.model.get_buffer(f"{first}.running_var").mean())

    assert spread("own", added) < 1.0 < spread("shared", added), "it starts at 1"
    assert spread("own", None) == spread("shared", None)


@pytest.mark.parametrize(
    ("name", "changes", "message"),
    [
        ("gru", {}, "synthetic_norm = own: gru has no batch norm, leave it shared"),
        ("gru@bone", {}, "gru@bone has no batch norm"),
        ("stgcn++", {"synthetic_share": 1.0}, "no batch holds a real clip"),
        ("stgcn++", {"synthetic_first": 1.0}, "no batch holds a real clip"),
    ],
)
def test_what_cannot_have_norms_of_its_own_is_one_line(
    name: str, changes: dict[str, float], message: str
) -> None:
    with pytest.raises(InputError, match=message) as caught:
        recipe_for(name, "quick", {"synthetic_norm": "own", **changes})
    assert "\n" not in str(caught.value)


def test_a_network_of_ones_own_without_norms_is_told_when_it_is_trained() -> None:
    with pytest.raises(InputError, match="mine has no batch norm"):
        AuxiliaryNorms(nn.Sequential(nn.Flatten(), nn.Linear(4, 2)), "mine")
