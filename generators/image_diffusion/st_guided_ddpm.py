"""``st_guided_ddpm``: a DDPM guided by a spatial-temporal transformer (arXiv 2302.13434).

The guide is an ST-Trans trained on the same clips as the denoiser, never the extractor that
judges the samples: another seed, and the split's clips only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import ClassVar

import torch
from torch import Tensor, nn

from generators.image_diffusion.ddpm import DDPM
from generators.image_diffusion.guidance import LabelLikelihood, guide_of, guided_steps
from generators.image_diffusion.parameters import DiffusionParameters, GuidedParameters
from generators.image_diffusion.sampling import Guide
from generators.image_diffusion.view import JointView, image_view
from generators.learned import below, frozen, on_cpu, sampling_device, shared_weights
from generators.protocol import FitContext
from recognizers.downstream import train_recognizer
from recognizers.networks.st_trans import STTrans, STTransConfig
from recognizers.networks.stgcn_pp import STGCNPP, STGCNPPConfig
from recognizers.recipe_table import recipe_of
from recognizers.recipes import STRONG, Optimisation, Recipe
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
        steps, guide_steps = self.parameters.train_steps, self.parameters.guide_steps
        total = steps + guide_steps
        super().fit(clips, run.within(0, steps, total))
        kind, recipe = self.parameters.guide, guide_recipe(self.parameters)
        seed = derive_seed(run.seed, "guide")
        train = partial(_train_guide, kind, clips, recipe, guide_steps, seed)
        identity = {"guide": kind, "recipe": recipe.state(), "steps": guide_steps}
        weights = shared_weights(run.within(steps, total, total), "guide", identity, train)
        self.guide = frozen(self._untrained_guide(), weights, run.device)

    @property
    def guided_by(self) -> str:
        """The kind of judge whose architecture the guide has; none where it has no say."""
        return self.parameters.guide if self.parameters.guidance_scale else ""

    @property
    def evaluations(self) -> int | None:
        """Forward passes of the denoiser and of the guide for one sample."""
        denoised = super().evaluations
        return None if denoised is None else denoised + guided_steps(self.parameters)

    def _untrained_guide(self) -> nn.Module:
        classes, sizes = len(self.classes), guide_recipe(self.parameters).model
        with torch.random.fork_rng(devices=[]):
            if self.parameters.guide == "stgcn++":
                adjacency = self.codec.skeleton.adjacency()
                return STGCNPP(STGCNPPConfig(classes, **sizes), adjacency)
            return STTrans(STTransConfig(classes, **sizes))

    def _guide(self) -> Guide | None:
        view = JointView(self.codec) if self.parameters.guide == "stgcn++" else image_view
        return guide_of(self.parameters, LabelLikelihood(self.guide, view, self.whitening))

    def _tensors(self) -> dict[str, Tensor]:
        guide = {f"guide.{name}": value for name, value in on_cpu(self.guide.state_dict()).items()}
        return {**super()._tensors(), **guide}

    def _load_tensors(self, tensors: Mapping[str, Tensor]) -> None:
        super()._load_tensors(tensors)
        self.guide = frozen(self._untrained_guide(), below(tensors, "guide"), sampling_device())


def _train_guide(
    kind: str, clips: ClipSet, recipe: Recipe, steps: int, seed: int, run: TrainingRun
) -> nn.Module:
    trained = train_recognizer(kind, clips, recipe=recipe, steps=steps, seed=seed, run=run)
    return trained.model


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
