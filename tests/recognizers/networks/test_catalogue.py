from __future__ import annotations

import dataclasses
import importlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from recognizers.networks.catalogue import NETWORKS
from recognizers.recipe_table import RECIPES, recipe_of
from recognizers.recipes import PROFILES
from recognizers.registry import recognizer_names
from skeletons.errors import InputError
from skeletons.layouts import KINECT20

ROOT = Path(__file__).parents[3]


def test_every_recognizer_has_a_summary_and_a_recipe_in_each_profile():
    assert set(NETWORKS) < set(recognizer_names())
    assert set(RECIPES) == {(name, profile) for name in recognizer_names() for profile in PROFILES}
    assert all(summary and "\n" not in summary for summary in recognizer_names().values())


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_is_built_with_the_sizes_of_its_quick_recipe(name):
    network = NETWORKS[name]
    sizes = recipe_of(name, "quick").model
    model = network.build(5, KINECT20, sizes).eval()
    clips = torch.randn(2, 1, 8, 20, 3)
    logits = model(clips)
    assert logits.shape == (2, 5)
    assert torch.equal(model.classify(model.features(clips)), logits)
    assert type(model).__name__ == network.network
    built = dataclasses.asdict(model.config)
    assert {key: built[key] for key in sizes} == sizes


def test_a_size_that_a_network_does_not_have_is_an_error_that_names_the_nearest():
    with pytest.raises(InputError, match="did you mean 'base_channels'"):
        NETWORKS["ctrgcn"].build(5, KINECT20, {"base_channel": 3})


@pytest.mark.parametrize("name", sorted(set(NETWORKS) - {"gru"}))
def test_a_slim_network_is_far_smaller_than_the_papers(name):
    def size(profile):
        model = NETWORKS[name].build(12, KINECT20, recipe_of(name, profile).model)
        return sum(values.numel() for values in model.parameters())

    assert size("quick") < 0.4e6
    assert 1.2e6 < size("paper") < 4e6


@pytest.mark.parametrize("name", ["stgcn", "aagcn", "ctrgcn", "msg3d", "stgcn++"])
def test_the_paper_recipe_is_that_of_pyskls_configurations(name):
    recipe = recipe_of(name, "paper")
    assert recipe.model == {}
    assert (recipe.frames, recipe.batch, recipe.steps(12_800)) == (100, 128, 8000)
    assert recipe.optimisation.schedule == "cosine"
    assert (recipe.optimisation.learning_rate, recipe.optimisation.weight_decay) == (0.1, 5e-4)
    assert not any(dataclasses.asdict(recipe.augmentation).values())


def test_networks_that_are_trained_otherwise_say_so():
    dgstgcn, blockgcn = (recipe_of(name, "paper") for name in ("dgstgcn", "blockgcn"))
    assert dgstgcn.steps(12_800) == 150 * 100
    assert (dgstgcn.augmentation.yaw, dgstgcn.augmentation.tilt) == (0.2, 0.2)
    assert (blockgcn.frames, blockgcn.batch, blockgcn.steps(6_400)) == (64, 64, 14_000)
    assert blockgcn.optimisation.rate(0, 14_000) == pytest.approx(0.05 / 501)
    assert blockgcn.optimisation.rate(500, 14_000) == pytest.approx(0.05)


def test_posec3d_is_trained_and_tested_as_its_configuration_says():
    recipe = recipe_of("posec3d", "paper")
    assert (recipe.frames, recipe.batch, recipe.steps(25_600)) == (48, 256, 24_000)
    assert not recipe.optimisation.nesterov
    assert (recipe.optimisation.learning_rate, recipe.optimisation.clip) == (0.4, 40.0)
    assert recipe.augmentation.mirror == 0.5
    assert recipe.test_mirrored


def test_the_names_are_listed_without_torch():
    code = (
        "import sys, recognizers.registry as registry; registry.recognizer_names();"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_the_table_of_the_documentation_has_each_recognizer():
    page = (ROOT / "docs" / "recognizers.md").read_text(encoding="utf-8")
    rows = {line.split("|")[1].strip(" `") for line in page.splitlines() if line.startswith("| `")}
    assert rows == set(recognizer_names())


@pytest.mark.parametrize("name", NETWORKS)
def test_the_same_seed_builds_the_same_weights(name):
    states = []
    for _ in range(2):
        torch.manual_seed(3)
        model = NETWORKS[name].build(5, KINECT20, recipe_of(name, "quick").model)
        states.append(model.state_dict())
    assert all(np.array_equal(states[0][key], states[1][key]) for key in states[0])


@pytest.mark.parametrize("name", NETWORKS)
def test_each_module_documents_its_paper(name):
    module = importlib.import_module(f"recognizers.networks.{NETWORKS[name].module}")
    assert "et al. 20" in (module.__doc__ or "")
