"""``st_guided_ddpm``: a DDPM guided by a spatial-temporal transformer (arXiv 2302.13434).

The guide is an ST-Trans trained on the same clips as the denoiser, never the extractor that
judges the samples: another seed, and the split's clips only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import ClassVar

import torch
from safetensors.torch import save
from torch import Tensor, nn

from generators.image_diffusion.ddpm import DDPM
from generators.image_diffusion.guidance import ClassifierGuide
from generators.image_diffusion.image_joints import ImageJoints
from generators.image_diffusion.parameters import DiffusionParameters, GuidedParameters
from generators.image_diffusion.sampling import Guide
from generators.learned import below, built, on_cpu
from generators.protocol import FitContext
from recognizers.downstream import train_recognizer
from recognizers.networks.st_trans import STTrans, STTransConfig
from recognizers.networks.stgcn_pp import STGCNPP, STGCNPPConfig
from recognizers.recipes import STRONG, Optimisation, Recipe, recipe_of
from recognizers.training import TrainingRun
from skeletons.clips import ClipSet
from skeletons.seeds import derive_seed


class STGuidedDDPM(DDPM):
    """See the module's docstring; parameters are those of :class:`GuidedParameters`."""

    parameters_type: ClassVar[type[DiffusionParameters]] = GuidedParameters
    parameters: GuidedParameters
    guide: nn.Module

    def fit(self, clips: ClipSet, run: FitContext) -> None:
        """Learn as ``ddpm`` does, then train the guide on the same clips."""
        guide_steps = self.parameters.guide_steps
        steps = self.parameters.train_steps + guide_steps
        self._learn_data(clips)
        self.guide = self._fit_guide(clips, run.within(0, guide_steps, steps))
        self.denoiser = self._fit_denoiser(clips, run.within(guide_steps, steps, steps))

    def _fit_guide(self, clips: ClipSet, run: FitContext) -> nn.Module:
        recipe = guide_recipe(self.parameters)

        def build(folder: Path) -> None:
            trained = train_recognizer(
                self.parameters.guide,
                clips,
                recipe=recipe,
                steps=self.parameters.guide_steps,
                seed=derive_seed(run.seed, "guide"),
                run=TrainingRun(run.device, run.checkpoint("guide"), run.progress),
            )
            (folder / "guide.safetensors").write_bytes(save(on_cpu(trained.model.state_dict())))

        story = {
            "guide": self.parameters.guide,
            "recipe": asdict(recipe),
            "steps": self.parameters.guide_steps,
        }
        guide = self._empty_guide()
        guide.load_state_dict(built(run, "guide", story, build))
        return guide.to(run.device).eval().requires_grad_(False)

    def _empty_guide(self) -> nn.Module:
        classes, sizes = len(self.classes), guide_recipe(self.parameters).model
        with torch.random.fork_rng(devices=[]):
            if self.parameters.guide == "stgcn++":
                adjacency = self.codec.skeleton.adjacency()
                return STGCNPP(STGCNPPConfig(classes, **sizes), adjacency)
            return STTrans(STTransConfig(classes, **sizes))

    def _guide(self) -> Guide | None:
        if self.parameters.guidance_scale == 0.0:
            return None
        view = ImageJoints(self.codec) if self.parameters.guide == "stgcn++" else _as_it_is
        return ClassifierGuide(self.guide, view, self.whitening, self.parameters)

    def _through_denoiser(self) -> bool:
        return self.parameters.through_denoiser and self.parameters.guidance_scale > 0.0

    def _tensors(self) -> dict[str, Tensor]:
        guide = {f"guide.{name}": value for name, value in on_cpu(self.guide.state_dict()).items()}
        return {**super()._tensors(), **guide}

    def _load_tensors(self, tensors: Mapping[str, Tensor]) -> None:
        super()._load_tensors(tensors)
        guide = self._empty_guide()
        guide.load_state_dict(below(tensors, "guide"))
        self.guide = guide.to(next(self.denoiser.parameters()).device).eval().requires_grad_(False)


def guide_recipe(parameters: GuidedParameters) -> Recipe:
    """How the guide is trained: as a recognizer of its kind is, with AdamW and more joint noise,
    since it will look at estimates that are not yet clean."""
    sizes = recipe_of("stgcn++", "quick").model if parameters.guide == "stgcn++" else {}
    return Recipe(
        optimisation=Optimisation(
            learning_rate=parameters.guide_learning_rate, weight_decay=0.05, ema=0.99
        ),
        model=sizes,
        frames=parameters.image_size,
        batch=parameters.guide_batch,
        label_smoothing=0.1,
        augmentation=replace(STRONG, noise=parameters.guide_noise),
    )


def _as_it_is(images: Tensor) -> Tensor:
    return images
