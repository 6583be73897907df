"""PYSKL's networks in this process, for this project's training loop, on a CPU or a GPU.

Clips come from :mod:`recognizers.inputs`, upright and centred: nothing of PYSKL's pipelines is used
here.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from recognizers.pyskl.availability import Missing, pyskl_in_process
from recognizers.pyskl.networks import layout_of, model_settings
from skeletons.errors import InputError
from skeletons.skeleton import Skeleton

EXPECTED_WARNINGS = (
    "On January 1, 2023, MMCV will release v2.0.0",
    "Failed to load image Python extension",  # torchvision, built for an older torch.
    "pkg_resources is deprecated",
)
"""How warnings begin that importing PYSKL's own imports gives and that change nothing here."""


class PysklRecognizer(nn.Module):
    """PYSKL's ``RecognizerGCN`` as one of ours: clips ``[N, M, T, V, C]`` -> ``[N, classes]``.

    Its parameters are named as PYSKL's checkpoints name them.

    Args:
        model: PYSKL's recognizer, with ``backbone`` and ``cls_head``.
        joints: V, which its graph has.
        persons: M, or None where any number goes.
    """

    def __init__(self, model: nn.Module, joints: int, persons: int | None) -> None:
        super().__init__()
        self.backbone = model.get_submodule("backbone")
        self.cls_head = model.get_submodule("cls_head")
        self.joints, self.persons = joints, persons

    def features(self, clips: Tensor) -> Tensor:
        """Pooled features ``[N, D]``: the mean over frames and joints, then over persons, as in
        PYSKL's ``GCNHead``.

        Raises:
            InputError: clips of another number of persons, joints or coordinates.
        """
        wanted = (self.persons or "M", "T", self.joints, 3)
        fits = clips.ndim == 5 and clips.shape[3:] == (self.joints, 3)
        if not fits or self.persons not in (None, clips.shape[1]):
            raise InputError(
                f"clips have shape {tuple(clips.shape)}, the network takes "
                f"[N, {', '.join(map(str, wanted))}]"
            )
        maps: Tensor = self.backbone(clips)
        return maps.mean(dim=(3, 4)).mean(dim=1)

    def classify(self, features: Tensor) -> Tensor:
        """Features ``[N, D]`` -> logits ``[N, classes]``."""
        logits: Tensor = self.cls_head(features)
        return logits

    def forward(self, clips: Tensor) -> Tensor:
        """Logits ``[N, classes]``."""
        return self.classify(self.features(clips))


def build(
    network: str, classes: int, skeleton: Skeleton, sizes: Mapping[str, Any]
) -> PysklRecognizer:
    """A fresh network of PYSKL for clips of any skeleton.

    Its weights follow torch's seed, those that PYSKL draws from numpy's generator too.

    Args:
        network: one of :data:`recognizers.pyskl.networks.PYSKL_NETWORKS`.
        sizes: see :func:`recognizers.pyskl.networks.model_settings`.

    Raises:
        InputError: PYSKL cannot be imported, an unknown network or size, or a skeleton that has
            the name of one of PYSKL's own layouts.
    """
    settings = model_settings(network, classes, skeleton.name, sizes, joints=len(skeleton))
    build_model, plugin = _import_pyskl(f"pyskl:{network}")
    try:
        plugin.register_layout(**layout_of(skeleton))
    except ValueError as error:
        raise InputError(f"recognizer 'pyskl:{network}': {error}") from error
    with _numpy_seeded_by_torch():
        model: nn.Module = build_model(settings)
    return PysklRecognizer(model, len(skeleton), settings["backbone"].get("num_person"))


def _import_pyskl(recognizer: str) -> tuple[Any, ModuleType]:
    """PYSKL's ``build_model`` and the plug-in."""
    found = pyskl_in_process()
    reason = found.reason if isinstance(found, Missing) else ""
    if not reason:
        try:
            with _without_expected_warnings():
                from pyskl.models import build_model

                from recognizers.pyskl import plugin
        # An mmcv that does not fit ends in an assertion.
        except (ImportError, AssertionError) as error:
            reason = f"importing it fails, {type(error).__name__}: {error}"
        else:
            return build_model, plugin
    raise InputError(
        f"recognizer '{recognizer}' needs PYSKL: {reason}; `python -m benchmark doctor` says what "
        "is missing and how to mend it"
    )


@contextmanager
def _without_expected_warnings() -> Iterator[None]:
    with warnings.catch_warnings():
        for beginning in EXPECTED_WARNINGS:
            warnings.filterwarnings("ignore", message=beginning)
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


@contextmanager
def _numpy_seeded_by_torch() -> Iterator[None]:
    """PYSKL draws the graphs of DG-STGCN from numpy's global generator, which is put back."""
    # The global one it must be: it is what PYSKL takes.
    state = np.random.get_state()  # noqa: NPY002
    np.random.seed(int(torch.randint(2**31, ())))  # noqa: NPY002
    try:
        yield
    finally:
        np.random.set_state(state)  # noqa: NPY002
