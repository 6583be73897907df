"""What every trained generator shares: its folder of weights, and parts shared between fits."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Self, TypeVar

import torch
from pydantic import BaseModel
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor, nn

from generators.length_and_placement import LengthAndPlacement
from generators.protocol import FitContext
from recognizers.data_parallel import Group
from recognizers.together import together
from recognizers.training import TrainingRun
from skeletons.arrays import IntArray
from skeletons.clips import ClipSet
from skeletons.errors import InputError

N = TypeVar("N", bound=nn.Module)


class LearnedGenerator:
    """Writes and reads ``weights.safetensors``, ``length_and_placement.npz``, ``generator.json``.

    A subclass sets ``classes``, ``codec`` and ``length_and_placement`` when it is fitted, names the
    kind of its codec in ``codec_type`` and says with ``_tensors`` and ``_load_tensors`` what its
    weights are.
    """

    parameters_type: ClassVar[type[BaseModel]]
    codec_type: ClassVar[Any]
    length: ClassVar[str] = "fixed"

    parameters: Any
    classes: tuple[str, ...]
    codec: Any
    length_and_placement: LengthAndPlacement
    devices: int = 1
    """On how many to sample at once."""
    group: Group | None = None
    """The processes that sample together, this one among them."""

    def __init__(self, parameters: BaseModel | None = None) -> None:
        self.parameters = parameters or self.parameters_type()
        self.classes = ()

    def sample(self, labels: IntArray, seed: int) -> ClipSet:
        """One clip for each label ``[N]``, in order; the same whatever the number of devices, since
        each takes whole batches."""
        batches = -(-len(labels) // self.parameters.sampling_batch)
        devices = max(1, min(self.devices, batches))
        run = TrainingRun(str(self._device()), devices=devices)
        return together(partial(_sampled, self, labels, seed), run)

    def on_devices(self, device: str, devices: int = 1) -> None:
        """Sample on a device from now on, or on several from this one on."""
        self.devices = devices
        for part in vars(self).values():
            if isinstance(part, nn.Module):
                part.to(device)

    def save(self, folder: Path) -> None:
        """Write all that :meth:`load` reads into an existing folder."""
        (folder / "weights.safetensors").write_bytes(save(self._tensors()))
        self.length_and_placement.save(folder)
        state = {
            "parameters": self.parameters.model_dump(),
            "classes": list(self.classes),
            "codec": self.codec.state(),
        }
        (folder / "generator.json").write_text(json.dumps(state, indent=1) + "\n")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The generator that :meth:`save` wrote; :class:`InputError` for files that do not fit."""
        try:
            state = json.loads((folder / "generator.json").read_text())
            generator = cls(cls.parameters_type(**state["parameters"]))
            generator.classes = tuple(state["classes"])
            generator.codec = cls.codec_type.from_state(state["codec"])
            generator.length_and_placement = LengthAndPlacement.load(folder)
            generator._load_tensors(load((folder / "weights.safetensors").read_bytes()))
        except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
            raise InputError(f"{folder} holds no fitted {cls.__name__}: {error}") from error
        return generator

    def _sample(self, labels: IntArray, seed: int) -> ClipSet:
        """:meth:`sample` by one process of ``group``, whose batches
        :func:`~recognizers.together.each_by_one` shares out."""
        raise NotImplementedError

    def _device(self) -> torch.device:
        """Where the networks are."""
        networks = (part for part in vars(self).values() if isinstance(part, nn.Module))
        return next(weight for network in networks for weight in network.parameters()).device

    def _tensors(self) -> dict[str, Tensor]:
        raise NotImplementedError

    def _load_tensors(self, tensors: Mapping[str, Tensor]) -> None:
        raise NotImplementedError


def _sampled(generator: LearnedGenerator, labels: IntArray, seed: int, run: TrainingRun) -> ClipSet:
    if run.group is None:
        return generator._sample(labels, seed)
    devices = generator.devices
    generator.on_devices(run.device)
    generator.group = run.group
    try:
        return generator._sample(labels, seed)
    finally:
        generator.group, generator.devices = None, devices


def shared_weights(
    run: FitContext,
    name: str,
    recipe: Mapping[str, Any],
    train: Callable[[TrainingRun], nn.Module],
    modules: Sequence[str] = (),
    *,
    by_rows: bool = True,
) -> dict[str, Tensor]:
    """Weights of a network that is trained here, or that a fit of equal recipe has trained.

    Args:
        by_rows: several devices may share the network's passes, see
            :func:`recognizers.data_parallel.shared_passes`; ``train`` can then be pickled.
        recipe: what the weights depend on beside the clips and the seed of ``run``.
        train: gives the trained network; called where there are no such weights yet.
        modules: that the weights depend on, as :class:`generators.protocol.Parts` has it.
    """
    training = TrainingRun(
        run.device,
        run.checkpoint(name),
        run.progress,
        devices=run.devices if by_rows else 1,
        precision=run.precision,
    )
    if run.part is None:
        return on_cpu(together(train, training).state_dict())
    file = f"{name}.safetensors"
    if run.precision != "float32":
        recipe = {**recipe, "precision": run.precision}

    def write(folder: Path) -> None:
        (folder / file).write_bytes(save(on_cpu(together(train, training).state_dict())))

    weights: dict[str, Tensor] = load((run.part(name, recipe, write, modules) / file).read_bytes())
    return weights


def frozen(network: N, weights: Mapping[str, Tensor], device: str | torch.device) -> N:
    """A network with these weights, ready to sample and never trained again."""
    network.load_state_dict(weights)
    return network.to(device).eval().requires_grad_(False)


def on_cpu(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Tensors by name in a fixed order, so that equal weights are equal files."""
    return {name: state[name].detach().cpu().contiguous() for name in sorted(state)}


def below(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Tensors whose name starts with ``prefix.``, without it."""
    start = len(prefix) + 1
    return {k[start:]: v for k, v in tensors.items() if k.startswith(f"{prefix}.")}


def sampling_device() -> str:
    """Where a loaded generator samples: the GPU where there is one."""
    return "cuda" if torch.cuda.is_available() else "cpu"
