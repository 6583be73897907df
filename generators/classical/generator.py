"""``classical`` and its operations one by one: training clips of the asked class, changed by hand.

What every learned generator has to beat as augmentation: nothing is learnt, so nothing can be
learnt wrongly, and no sample is far from a real clip.
"""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import numpy as np

from generators.classical import operations as alone
from generators.classical import pairs
from generators.classical.bodies import Bodies, body_swap
from generators.classical.parameters import ClassicalParameters
from generators.clip_choice import draw_another, draw_with_replacement
from generators.kept_clips import KeptClips
from generators.protocol import FitContext
from skeletons.arrays import IntArray
from skeletons.clips import ClipSet
from skeletons.placement import VOTING_FRAMES, remove_placement, restore_placement, upright
from skeletons.seeds import named_rng

ALONE = {
    "temporal_warp": alone.temporal_warp,
    "temporal_crop": alone.temporal_crop,
    "mirror": alone.mirror,
    "rotation": alone.rotation,
    "scaling": alone.scaling,
    "shear": alone.shear,
    "joint_noise": alone.joint_noise,
}
BODY_SWAP = "body_swap"
PAIRED = {"interpolation": pairs.interpolation, "mixing": pairs.mixing}


class Classical(KeptClips):
    """See the module's docstring; parameters are those of ``parameters_type``.

    Each sample starts from a training clip of its class, drawn with replacement. It is changed in
    the body's own frame and put back where that clip stands, facing where it faces. In a class
    of one clip, ``interpolation`` and ``mixing`` pair the clip with itself and change nothing.
    """

    parameters_type: ClassVar[type[ClassicalParameters]] = ClassicalParameters
    parameters: ClassicalParameters

    @property
    def caveats(self) -> tuple[str, ...]:
        """What every table of these samples must say."""
        names = ", ".join(self.parameters.operations)
        return (f"Each sample is a changed training clip ({names}): it is tied to real clips.",)

    def fit(self, clips: ClipSet, run: FitContext) -> None:
        """Keep the training clips of the split.

        Raises:
            InputError: bodies are to be exchanged, and there are none: see :meth:`Bodies.of`.
        """
        super().fit(clips, run)
        if BODY_SWAP in self.parameters.operations:
            Bodies.of(self.clips)

    def sample(self, labels: IntArray, seed: int) -> ClipSet:
        """One changed training clip for each label ``[N]``, in order.

        Raises:
            InputError: a label that no training clip has.
        """
        known = self.clips.labels
        rows = draw_with_replacement(known, labels, named_rng(seed, "source"))
        sources = self.clips.select(rows)
        skeleton = sources.skeleton
        placement = remove_placement(sources.resample(VOTING_FRAMES), skeleton)[1]
        changed = upright(sources)
        for name in self.parameters.operations:
            rng = named_rng(seed, name)
            if name in PAIRED:
                others = upright(self.clips.select(draw_another(known, rows, rng)))
                changed = PAIRED[name](changed, others, self.parameters, rng)
            elif name == BODY_SWAP:
                changed = body_swap(changed, Bodies.of(self.clips), rng)
            else:
                changed = ALONE[name](changed, self.parameters, rng)
        placed = placement.select(alone.owners(changed))
        frames = restore_placement(changed.frames[:, None], placed, skeleton)[:, 0]
        ids = np.asarray([f"classical-{number:05d}" for number in range(len(labels))], dtype=str)
        return replace(changed, frames=frames, ids=ids, name="classical")
