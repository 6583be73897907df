"""The config of a PYSKL job, as text that mmcv's ``Config.fromfile`` reads.

After ``configs/stgcn++/stgcn++_ntu60_xsub_3dkp/j.py`` of PYSKL (Duan et al. 2022), but for:

- the batches are ours. The training set is a list of rows of ``steps * batch`` items in one epoch,
  unshuffled (``data.train_dataloader``). PYSKL's ``DistributedSampler`` hands item i to GPU
  ``i mod gpus``, so that the GPUs together see rows ``[k * batch, (k + 1) * batch)`` in step k.
  More epochs would be the same rows again;
- the graph, the bones and the pre-normalisation are those of our skeleton, by the plug-in;
- the test set is not looked at before the end: no ``evaluation``, no validation;
- one person, as our clips have.
"""

from __future__ import annotations

from collections.abc import Mapping
from pprint import pformat
from typing import Any

from recognizers.names import STREAMS
from recognizers.pyskl.annotations import TEST, TRAIN
from recognizers.pyskl.networks import PERSONS, model_settings
from recognizers.recipes import Augmentation, Optimisation, Recipe
from skeletons.errors import InputError, unknown_name
from skeletons.skeleton import Skeleton

ANNOTATIONS, ORDER, WEIGHTS, WORK = "annotations.pkl", "order.npy", "weights.pth", "work"
"""Names in the job's folder."""

PLUGINS = {"skelgenbench_layout": "plugin.py", "skelgenbench_newer": "newer.py"}
"""Modules that a config imports, and the files here that they are copies of."""

FEATURES = dict(zip(STREAMS, ("j", "b", "jm", "bm"), strict=True))
"""What PYSKL calls the streams."""

WORKERS = 2
"""Processes that load clips, for each GPU. Random numbers hang on it: each has a seed."""

TEST_BATCH = 8
"""Clips tested at once on a GPU; PYSKL takes 1, which gives the same scores more slowly."""

LOG_LINES = 200
"""Lines of progress in a whole training."""


def config_of(
    network: str,
    stream: str,
    skeleton: Skeleton,
    classes: int,
    recipe: Recipe,
    *,
    steps: int,
    gpus: int,
    weights: bool = False,
) -> dict[str, Any]:
    """The entries of the config: plain values. Files are named relative to the job's folder, which
    may be moved.

    Args:
        network: one of PYSKL's, see ``networks.py``.
        stream: one of ``recognizers.names.STREAMS``.
        classes: how many.
        steps: optimiser steps in all.
        gpus: that the batch is shared by.
        weights: whether to start from ``weights.pth``.

    Raises:
        InputError: an unknown network or stream, a batch that the GPUs cannot share evenly, or
            something in the recipe that PYSKL does not have.
    """
    if stream not in STREAMS:
        raise unknown_name("stream", stream, STREAMS)
    if recipe.batch % gpus:
        raise InputError(
            f"{gpus} GPUs cannot share batches of {recipe.batch} clips evenly: set PYSKL_GPUS to "
            f"a divisor of {recipe.batch}"
        )
    _check_recipe(network, recipe)
    model = model_settings(network, classes, skeleton.name, recipe.model, joints=len(skeleton))
    train = _pipeline(skeleton, stream, recipe, training=True)
    test = _pipeline(skeleton, stream, recipe, training=False)
    own = {"ann_file": _here(ANNOTATIONS)}
    return {
        "custom_imports": {"imports": list(PLUGINS), "allow_failed_imports": False},
        "model": {**model, "test_cfg": {"average_clips": "prob"}},
        "data": {
            "videos_per_gpu": recipe.batch // gpus,
            "workers_per_gpu": WORKERS,
            "train_dataloader": {"shuffle": False},
            "test_dataloader": {"videos_per_gpu": TEST_BATCH},
            "train": {
                "type": "OrderedPoseDataset",
                **own,
                "split": TRAIN,
                "order": _here(ORDER),
                "pipeline": train,
            },
            "test": {"type": "PoseDataset", **own, "split": TEST, "pipeline": test},
        },
        **_optimisation(recipe.optimisation, steps),
        "total_epochs": 1,
        # One epoch: its end is the only state worth keeping. A later job never goes on from it.
        "checkpoint_config": {"interval": 1, "max_keep_ckpts": 1},
        "auto_resume": False,
        "load_from": _here(WEIGHTS) if weights else None,
        "log_config": {
            "interval": max(1, steps // LOG_LINES),
            "hooks": [{"type": "TextLoggerHook", "ignore_last": False}],
        },
        "log_level": "INFO",
        "work_dir": _here(WORK),
    }


def config_text(entries: Mapping[str, Any]) -> str:
    """The entries as a Python file of assignments, the same for the same entries."""
    return (
        "\n".join(
            f"{name} = {pformat(value, width=100, sort_dicts=False)}"
            for name, value in entries.items()
        )
        + "\n"
    )


def _pipeline(
    skeleton: Skeleton, stream: str, recipe: Recipe, *, training: bool
) -> list[dict[str, Any]]:
    """From an annotation to ``keypoint [samplings, M, T, V, C]`` and its label."""
    sampling: dict[str, Any] = {"type": "UniformSample", "clip_len": recipe.frames}
    changes: list[dict[str, Any]] = []
    if training:
        augmentation = recipe.augmentation
        if augmentation.crop:
            sampling["p_interval"] = (1.0 - augmentation.crop, 1.0)
        if augmentation.yaw:
            changes = [{"type": "RandomRot", "theta": augmentation.yaw}]
        if augmentation.mirror:
            mirror = {"type": "LayoutMirror", "layout": skeleton.name, "ratio": augmentation.mirror}
            changes.append(mirror)
    else:
        sampling["num_clips"] = recipe.test_samplings
    return [
        {"type": "LayoutPreNormalize", "layout": skeleton.name},
        *changes,
        {"type": "LayoutSkeFeat", "layout": skeleton.name, "feats": [FEATURES[stream]]},
        sampling,
        {"type": "PoseDecode"},
        {"type": "FormatGCNInput", "num_person": PERSONS},
        {"type": "Collect", "keys": ["keypoint", "label"], "meta_keys": []},
        {"type": "ToTensor", "keys": ["keypoint"]},
    ]


def _optimisation(optimisation: Optimisation, steps: int) -> dict[str, Any]:
    """Optimiser, gradient clipping and learning rate.

    mmcv's warm-up multiplies the cosine that runs from the first step on, ours comes before it.
    """
    rate: dict[str, Any] = (
        {"policy": "CosineAnnealing", "min_lr": 0, "by_epoch": False}
        if optimisation.schedule == "cosine"
        else {"policy": "fixed", "by_epoch": False}
    )
    if warm := round(optimisation.warm_up * steps):
        # From 1/(warm + 1) of the rate up, as Optimisation.rate does.
        rate |= {"warmup": "linear", "warmup_iters": warm, "warmup_ratio": 1.0 / (warm + 1)}
    clip = optimisation.clip
    return {
        "optimizer": {
            "type": "SGD",
            "lr": optimisation.learning_rate,
            "momentum": 0.9,
            "weight_decay": optimisation.weight_decay,
            "nesterov": optimisation.nesterov,
        },
        "optimizer_config": {
            "grad_clip": None if clip is None else {"max_norm": clip, "norm_type": 2}
        },
        "lr_config": rate,
    }


def _check_recipe(network: str, recipe: Recipe) -> None:
    """What PYSKL's own training cannot do is refused, not left out in silence."""
    changes = recipe.augmentation
    # PYSKL's RandomRot turns about all three axes by up to one angle.
    known = Augmentation(
        yaw=changes.yaw, tilt=changes.yaw, crop=changes.crop, mirror=changes.mirror
    )
    unable = {
        f"optimiser {recipe.optimisation.name}": recipe.optimisation.name != "sgd",
        "moving average of weights": recipe.optimisation.ema is not None,
        "label smoothing": recipe.label_smoothing != 0.0,
        "test clips shown mirrored": recipe.test_mirrored,
        f"precision {recipe.precision}": recipe.precision != "float32",
        f"augmentation {changes}": changes != known,
    }
    for what, asked in unable.items():
        if asked:
            raise InputError(
                f"pyskl:{network} as a job of PYSKL's own has no {what}: leave it out, or train it "
                "in process (PYSKL_WAY=in_process)"
            )


def _here(name: str) -> str:
    """A file of the job's folder; mmcv puts in where the config lies."""
    return "{{ fileDirname }}/" + name
