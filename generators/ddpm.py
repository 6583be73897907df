"""``ddpm``: a class-conditional, unguided DDPM on skeleton images (Ho et al. 2020).

The control of ``st_guided_ddpm``: same denoiser, same training, same sampler, no guide.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor, nn

from generators.circumstances import Circumstances
from generators.diffusion.parameters import DiffusionParameters
from generators.diffusion.sampling import Guide, sample_images
from generators.diffusion.training import train_denoiser, untrained
from generators.diffusion.whitening import Whitening
from generators.protocol import FitContext
from recognizers.training import TrainingRun
from skeletons.clips import ClipSet, IntArray
from skeletons.errors import InputError
from skeletons.image import SkeletonImageCodec
from skeletons.seeds import derive_seed, named_rng

if sys.version_info >= (3, 11):
    from typing import Self
else:
    from typing_extensions import Self

WIDEST_IMAGE_VALUE = 0.97
"""Sampled image values are cut here: beyond, the codec's inverse runs off to many metres."""

SAMPLING_ONLY = {"sampler", "sampling_steps", "eta", "label_guidance", "sampling_batch"}
"""Parameters that the denoiser's training does not depend on."""


class DDPM:
    """See the module's docstring; parameters are those of ``parameters_type``."""

    parameters_type: ClassVar[type[DiffusionParameters]] = DiffusionParameters

    def __init__(self, parameters: DiffusionParameters | None = None) -> None:
        self.parameters = parameters or self.parameters_type()
        self.classes: tuple[str, ...] = ()

    def fit(self, clips: ClipSet, run: FitContext) -> None:
        """Learn image scale, circumstances and denoiser from the clips of a split."""
        self._learn_data(clips)
        self.denoiser = self._fit_denoiser(clips, run)

    def sample(self, labels: IntArray, seed: int) -> ClipSet:
        """One clip for each label ``[N]``, in order."""
        images = sample_images(
            self.denoiser,
            self.parameters,
            torch.from_numpy(labels),
            derive_seed(seed, "noise"),
            no_label=len(self.classes),
            guide=self._guide(),
            through_denoiser=self._through_denoiser(),
        )
        values = self.whitening.inverse(images).clamp(-WIDEST_IMAGE_VALUE, WIDEST_IMAGE_VALUE)
        lengths, placement = self.circumstances.draw(labels, named_rng(seed, "circumstances"))
        return self.codec.decode(
            values.numpy(),
            labels,
            self.classes,
            placement=placement,
            lengths=lengths,
            name="sample",
        )

    def save(self, folder: Path) -> None:
        """Write ``weights.safetensors``, ``circumstances.npz`` and ``generator.json``."""
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
            generator.codec = SkeletonImageCodec.from_state(state["codec"])
            generator.circumstances = Circumstances.load(folder / "circumstances.npz")
            generator._load_tensors(load((folder / "weights.safetensors").read_bytes()))
        except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
            raise InputError(f"{folder} holds no fitted {cls.__name__}: {error}") from error
        return generator

    def _learn_data(self, clips: ClipSet) -> None:
        self.classes = clips.classes
        self.codec = SkeletonImageCodec.fit(clips, self.parameters.image_size)
        images, placement = self.codec.encode(clips)
        self.circumstances = Circumstances.of(clips, placement)
        self.whitening = Whitening.of(torch.from_numpy(images), self.parameters.whiten_time)

    def _fit_denoiser(self, clips: ClipSet, run: FitContext) -> nn.Module:
        """Train the denoiser, or take the one that a fit of equal recipe has already trained."""
        names = set(DiffusionParameters.model_fields) - SAMPLING_ONLY
        recipe = {name: getattr(self.parameters, name) for name in sorted(names)}

        def build(folder: Path) -> None:
            denoiser = train_denoiser(
                clips,
                self.codec,
                self.whitening,
                self.parameters,
                seed=derive_seed(run.seed, "denoiser"),
                run=TrainingRun(run.device, run.checkpoint("denoiser"), run.progress),
            )
            (folder / "denoiser.safetensors").write_bytes(save(on_cpu(denoiser.state_dict())))

        denoiser = untrained(self.parameters, len(clips.classes))
        denoiser.load_state_dict(built(run, "denoiser", recipe, build))
        return denoiser.to(run.device).eval().requires_grad_(False)

    def _guide(self) -> Guide | None:
        return None

    def _through_denoiser(self) -> bool:
        return False

    def _tensors(self) -> dict[str, Tensor]:
        tensors = {f"denoiser.{k}": v for k, v in on_cpu(self.denoiser.state_dict()).items()}
        tensors["whitening.mean"] = self.whitening.mean
        tensors["whitening.spread"] = self.whitening.spread
        tensors["whitening.spectrum"] = self.whitening.spectrum
        return tensors

    def _load_tensors(self, tensors: Mapping[str, Tensor]) -> None:
        self.whitening = Whitening(**below(tensors, "whitening"))
        denoiser = untrained(self.parameters, len(self.classes))
        denoiser.load_state_dict(below(tensors, "denoiser"))
        device = "cuda" if torch.cuda.is_available() else "cpu"
        self.denoiser = denoiser.to(device).eval().requires_grad_(False)


def built(run: FitContext, name: str, recipe: dict[str, Any], build: Any) -> dict[str, Tensor]:
    """Weights of a part of a fit, from the store of shared parts where there is one."""
    if run.part is not None:
        return _read(run.part(name, recipe, build) / f"{name}.safetensors")
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
