"""What every trained generator shares: its folder of weights, and parts shared between fits."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import torch
from pydantic import BaseModel
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from generators.length_and_placement import Circumstances
from generators.protocol import FitContext
from skeletons.errors import InputError

if sys.version_info >= (3, 11):
    from typing import Self
else:
    from typing_extensions import Self


class LearnedGenerator:
    """Writes and reads ``weights.safetensors``, ``circumstances.npz`` and ``generator.json``.

    A subclass sets ``classes``, ``codec`` and ``circumstances`` when it is fitted, names the kind
    of its codec in ``codec_type`` and says with ``_tensors`` and ``_load_tensors`` what its weights
    are.
    """

    parameters_type: ClassVar[type[BaseModel]]
    codec_type: ClassVar[Any]
    length: ClassVar[str] = "fixed"

    parameters: Any
    classes: tuple[str, ...]
    codec: Any
    circumstances: Circumstances

    def __init__(self, parameters: BaseModel | None = None) -> None:
        self.parameters = parameters or self.parameters_type()
        self.classes = ()

    def save(self, folder: Path) -> None:
        """Write all that :meth:`load` reads into an existing folder."""
        (folder / "weights.safetensors").write_bytes(save(self._tensors()))
        self.circumstances.save(folder / "circumstances.npz")
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
            generator.circumstances = Circumstances.load(folder / "circumstances.npz")
            generator._load_tensors(load((folder / "weights.safetensors").read_bytes()))
        except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
            raise InputError(f"{folder} holds no fitted {cls.__name__}: {error}") from error
        return generator

    def _tensors(self) -> dict[str, Tensor]:
        raise NotImplementedError

    def _load_tensors(self, tensors: Mapping[str, Tensor]) -> None:
        raise NotImplementedError


def built(
    run: FitContext,
    name: str,
    recipe: Mapping[str, Any],
    build: Callable[[Path], None],
    modules: Sequence[str] = (),
) -> dict[str, Tensor]:
    """Weights of a part of a fit, from the store of shared parts where there is one.

    Args:
        build: writes ``<name>.safetensors`` into a folder.
        modules: that the part depends on, as :class:`generators.protocol.Parts` has it.
    """
    if run.part is not None:
        return _read(run.part(name, recipe, build, modules) / f"{name}.safetensors")
    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder))
        return _read(Path(folder) / f"{name}.safetensors")


def _read(path: Path) -> dict[str, Tensor]:
    tensors: dict[str, Tensor] = load(path.read_bytes())
    return tensors


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
