from __future__ import annotations

import ast
import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from recognizers.names import STREAMS
from recognizers.pyskl import config as config_module
from recognizers.pyskl.annotations import write_clips
from recognizers.pyskl.config import PLUGINS, config_of, config_text
from recognizers.pyskl.networks import PYSKL_NETWORKS, layout_of, slim_sizes
from recognizers.recipe_table import RECIPES
from recognizers.recipes import Augmentation, Optimisation, Recipe
from skeletons.clips import ClipSet
from skeletons.errors import InputError
from skeletons.layouts import KINECT20, NTU25, SMPL24
from skeletons.skeleton import Skeleton
from tests.conftest import moving_clips

RECIPE = replace(RECIPES["stgcn++", "quick"], batch=4)

Load = Callable[..., Any]


def entries(
    recipe: Recipe = RECIPE, skeleton: Skeleton = SMPL24, stream: str = "joint", **changes: Any
) -> dict[str, Any]:
    settings = {"steps": 20, "gpus": 1, **changes}
    return config_of("stgcn++", stream, skeleton, 3, recipe, **settings)


def values(text: str) -> dict[str, Any]:
    """The assignments of a config; none of them needs to be run."""
    return {
        statement.targets[0].id: ast.literal_eval(statement.value)
        for statement in ast.parse(text).body
    }


def steps_of(config: dict[str, Any], part: str) -> dict[str, dict[str, Any]]:
    return {step["type"]: step for step in config["data"][part]["pipeline"]}


def test_the_text_says_what_the_entries_say_in_plain_values() -> None:
    for network in PYSKL_NETWORKS:
        made = config_of(
            network, "bone", NTU25, 60, RECIPES["stgcn++", "paper"], steps=9, gpus=8, weights=True
        )
        assert values(config_text(made)) == made


def test_the_test_set_is_looked_at_in_the_end_only() -> None:
    config = entries()

    assert "evaluation" not in config
    assert set(config["data"]) >= {"train", "test"}
    assert "val" not in config["data"]
    assert (config["data"]["train"]["split"], config["data"]["test"]["split"]) == ("train", "test")
    assert "order" not in config["data"]["test"]
    assert not config["auto_resume"]


def test_training_is_one_epoch_of_the_given_rows() -> None:
    config = entries(gpus=2)

    assert config["total_epochs"] == 1
    assert config["data"]["train"]["type"] == "OrderedPoseDataset"
    assert config["data"]["train_dataloader"] == {"shuffle": False}
    assert config["data"]["videos_per_gpu"] == 2


def test_gpus_that_cannot_share_a_batch_are_refused() -> None:
    with pytest.raises(InputError, match="3 GPUs cannot share batches of 4 clips evenly"):
        entries(gpus=3)


@pytest.mark.parametrize(("steps", "interval"), [(1, 1), (150, 1), (2000, 10)])
def test_some_two_hundred_lines_of_progress_are_logged(steps: int, interval: int) -> None:
    log = entries(steps=steps)["log_config"]

    assert log["interval"] == interval
    assert log["hooks"] == [{"type": "TextLoggerHook", "ignore_last": False}]


@pytest.mark.parametrize(("stream", "feature"), zip(STREAMS, ("j", "b", "jm", "bm"), strict=True))
def test_a_stream_goes_by_pyskls_name_in_training_and_testing(stream: str, feature: str) -> None:
    config = entries(stream=stream)

    for part in ("train", "test"):
        assert steps_of(config, part)["LayoutSkeFeat"]["feats"] == [feature]
        assert steps_of(config, part)["LayoutSkeFeat"]["layout"] == "smpl24"


def test_an_unknown_stream_is_refused() -> None:
    with pytest.raises(InputError, match="did you mean 'bone'"):
        entries(stream="bones")


def test_frames_samplings_and_optimiser_are_the_recipes() -> None:
    optimisation = Optimisation("sgd", learning_rate=0.3, weight_decay=0.02, warm_up=0.0, clip=None)
    config = entries(replace(RECIPE, frames=31, test_samplings=7, optimisation=optimisation))

    assert steps_of(config, "train")["UniformSample"] == {"type": "UniformSample", "clip_len": 31}
    assert steps_of(config, "test")["UniformSample"] == {
        "type": "UniformSample",
        "clip_len": 31,
        "num_clips": 7,
    }
    assert config["optimizer"] == {
        "type": "SGD",
        "lr": 0.3,
        "momentum": 0.9,
        "weight_decay": 0.02,
        "nesterov": True,
    }
    assert config["lr_config"] == {"policy": "CosineAnnealing", "min_lr": 0, "by_epoch": False}
    assert config["optimizer_config"] == {"grad_clip": None}


def test_clipped_gradients_and_a_constant_rate_are_asked_for() -> None:
    optimisation = replace(
        RECIPE.optimisation, clip=2.0, schedule="constant", warm_up=0.25, nesterov=False
    )
    config = entries(replace(RECIPE, optimisation=optimisation))

    assert config["optimizer"]["nesterov"] is False

    assert config["optimizer_config"] == {"grad_clip": {"max_norm": 2.0, "norm_type": 2}}
    rate = config["lr_config"]
    assert (rate["policy"], rate["warmup"], rate["warmup_iters"]) == ("fixed", "linear", 5)


def test_turns_and_crops_change_training_clips_alone() -> None:
    augmentation = Augmentation(yaw=0.2, tilt=0.2, crop=0.3)
    config = entries(replace(RECIPE, augmentation=augmentation))
    train, test = steps_of(config, "train"), steps_of(config, "test")

    assert train["RandomRot"] == {"type": "RandomRot", "theta": 0.2}
    # Bones and motion are of the turned joints, as in PYSKL's own configs.
    assert list(train).index("RandomRot") < list(train).index("LayoutSkeFeat")
    assert train["UniformSample"]["p_interval"] == (0.7, 1.0)
    assert "RandomRot" not in test
    assert "p_interval" not in test["UniformSample"]


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"label_smoothing": 0.1}, "label smoothing"),
        ({"test_mirrored": True}, "test clips shown mirrored"),
        ({"precision": "bfloat16"}, "precision bfloat16"),
        ({"optimisation": Optimisation()}, "optimiser adamw"),
        ({"optimisation": replace(RECIPE.optimisation, ema=0.9)}, "moving average of weights"),
        ({"augmentation": Augmentation(noise=0.01)}, "augmentation .*noise=0.01"),
        ({"augmentation": Augmentation(noise=0.1)}, "augmentation .*noise=0.1"),
        ({"augmentation": Augmentation(yaw=0.2, tilt=0.1)}, "augmentation .*tilt=0.1"),
    ],
)
def test_what_pyskls_training_does_not_have_is_refused_by_name(
    changes: dict[str, Any], what: str
) -> None:
    with pytest.raises(InputError, match=f"has no {what}.*PYSKL_WAY=in_process"):
        entries(replace(RECIPE, **changes))


def test_weights_are_loaded_only_where_there_are_some() -> None:
    assert entries()["load_from"] is None
    assert entries(weights=True)["load_from"] == "{{ fileDirname }}/weights.pth"


# From here on with a real PYSKL.


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Writes a job's folder and reads its config as PYSKL's tools/train.py does."""
    pytest.importorskip("pyskl.models", reason="PYSKL is not installed here")
    from mmcv import Config

    def call(network: str, clips: ClipSet, recipe: Recipe, order: Any, **changes: Any) -> Any:
        for name, file in PLUGINS.items():
            shutil.copy(Path(config_module.__file__).with_name(file), tmp_path / f"{name}.py")
            monkeypatch.delitem(sys.modules, name, raising=False)
        (tmp_path / "layout.json").write_text(json.dumps(layout_of(clips.skeleton)))
        write_clips(tmp_path / "annotations.pkl", clips, clips.select(np.arange(5)))
        np.save(tmp_path / "order.npy", np.asarray(order))
        settings = {"steps": 20, "gpus": 1, **changes}
        made = config_of(network, "joint", clips.skeleton, len(clips.classes), recipe, **settings)
        (tmp_path / "config.py").write_text(config_text(made))
        monkeypatch.syspath_prepend(str(tmp_path))
        return Config.fromfile(str(tmp_path / "config.py"))

    return call


def clips_of(skeleton: Skeleton) -> ClipSet:
    moving = moving_clips(12)
    if skeleton is SMPL24:
        return moving
    joints = [moving[row].joints[:, : len(skeleton)] for row in range(len(moving))]
    return ClipSet.of(skeleton, moving.classes, joints, moving.labels, name="few")


pyskl_warns = pytest.mark.filterwarnings("ignore")
"""What PYSKL and mmcv 1 warn of in today's torch is not ours."""


@pyskl_warns
@pytest.mark.parametrize(
    ("network", "skeleton"),
    [
        *((network, SMPL24) for network in PYSKL_NETWORKS),
        ("stgcn++", KINECT20),
        ("dgstgcn", KINECT20),
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_pyskl_builds_the_model_and_the_data_and_takes_a_step(
    load: Load, network: str, skeleton: Skeleton
) -> None:
    from mmcv.parallel import collate
    from mmcv.runner import build_optimizer
    from pyskl.datasets import build_dataset
    from pyskl.models import build_model

    clips = clips_of(skeleton)
    recipe = replace(RECIPE, model=slim_sizes(network))
    config = load(network, clips, recipe, [7, 7, 0, 11])
    torch.manual_seed(0)
    model = build_model(config.model)
    train = build_dataset(config.data.train)
    test = build_dataset(config.data.test, {"test_mode": True})
    optimiser = build_optimizer(model, config.optimizer)

    items = [train[row] for row in range(len(train))]
    batch = collate(items, samples_per_gpu=4)
    assert batch["label"].tolist() == clips.labels[[7, 7, 0, 11]].tolist()
    assert batch["keypoint"].shape == (4, 1, 1, 24, len(skeleton), 3)
    before = {name: values.clone() for name, values in model.named_parameters()}
    outputs = model.train_step(batch, optimiser)
    optimiser.zero_grad()
    outputs["loss"].backward()
    optimiser.step()
    moved = [not torch.equal(before[name], values) for name, values in model.named_parameters()]
    assert np.isfinite(float(outputs["loss"].detach()))
    assert np.mean(moved) > 0.75  # Some parts start at zero and wake others later.

    model.eval()
    tested = collate([test[row] for row in range(5)], samples_per_gpu=5)
    assert tested["keypoint"].shape == (5, 4, 1, 24, len(skeleton), 3)
    with torch.no_grad():
        scores = model(return_loss=False, **tested)
    assert scores.shape == (5, 3)
    np.testing.assert_allclose(scores.sum(axis=1), 1.0, rtol=1e-5)
    assert tested["label"].tolist() == clips.labels[:5].tolist()


@pyskl_warns
@pytest.mark.parametrize("gpus", [1, 2, 4])
def test_the_gpus_together_see_our_batches_in_our_order(
    load: Load, monkeypatch: pytest.MonkeyPatch, gpus: int
) -> None:
    from pyskl.datasets import build_dataloader, build_dataset, builder

    steps, clips = 5, clips_of(SMPL24)
    order = np.random.default_rng(0).integers(0, len(clips), steps * RECIPE.batch)
    config = load("stgcn++", clips, RECIPE, order, gpus=gpus)
    # An item is its place in the order.
    items = SimpleNamespace(dataset=build_dataset(config.data.train))
    seen: list[list[list[int]]] = []
    for rank in range(gpus):
        monkeypatch.setattr(builder, "get_dist_info", lambda rank=rank: (rank, gpus))
        loader = build_dataloader(
            items.dataset,
            config.data.videos_per_gpu,
            workers_per_gpu=0,
            seed=3,
            **config.data.train_dataloader,
        )
        assert len(loader) == steps
        assert loader.sampler.shuffle is False
        seen.append([items.dataset.order[rows].tolist() for rows in loader.batch_sampler])

    for step in range(steps):
        together = sorted(row for rank in seen for row in rank[step])
        ours = order[step * RECIPE.batch : (step + 1) * RECIPE.batch]
        assert together == sorted(ours.tolist())


@pyskl_warns
def test_the_learning_rate_is_the_recipes_and_warms_up_under_the_cosine(load: Load) -> None:
    from mmcv.runner.hooks import HOOKS

    optimisation = replace(RECIPE.optimisation, warm_up=0.25)
    steps = 20
    for warm_up in (0.0, 0.25):
        optimisation = replace(RECIPE.optimisation, warm_up=warm_up)
        settings = dict(entries(replace(RECIPE, optimisation=optimisation))["lr_config"])
        hook = HOOKS.get(settings.pop("policy") + "LrUpdaterHook")(**settings)
        weights = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.05)
        runner = SimpleNamespace(optimizer=weights, max_iters=steps, iter=0)
        hook.before_run(runner)
        for step in range(steps):
            runner.iter = step
            hook.before_train_iter(runner)
            cosine = replace(optimisation, warm_up=0.0).rate(step, steps)
            warm = min(1.0, (step + 1) / (warm_up * steps + 1))
            assert weights.param_groups[0]["lr"] == pytest.approx(warm * cosine)


@pyskl_warns
def test_mmcv_tests_a_network_with_todays_torch(load: Load) -> None:
    from mmcv.parallel import MMDistributedDataParallel

    config = load("stgcn++", clips_of(SMPL24), RECIPE, [0])

    # What tools/train.py writes to its folder and to its log.
    assert "total_epochs = 1" in config.pretty_text
    model = MMDistributedDataParallel.__new__(MMDistributedDataParallel)
    torch.nn.Module.__init__(model)
    model.module, model.device_ids = torch.nn.Identity(), None
    assert model._run_ddp_forward(3) == 3


def test_mirroring_is_a_step_of_the_training_alone() -> None:
    recipe = RECIPES["stgcn++", "quick"]
    assert recipe.augmentation == Augmentation(mirror=0.5)
    steps = [
        [
            step["type"]
            for step in config_module._pipeline(SMPL24, "joint", recipe, training=training)
        ]
        for training in (True, False)
    ]
    assert steps[0].index("LayoutMirror") == steps[0].index("LayoutPreNormalize") + 1
    assert "LayoutMirror" not in steps[1]
