"""``elastic``: a training clip with some of another's poses, in the timing of a third.

Two clips of a class differ in what is done and in when it is done. Dynamic time warping tells the
two apart (elastic analysis of curves: Srivastava and Klassen 2016, chapter 4; averages of series
that are aligned as augmentation: Forestier et al. 2017). A sample takes its poses from between two
aligned clips and its timing from between its own and that of another, so that combinations come up
that no clip has. Nothing is learnt: this is what a learned generator has to beat.
"""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, NamedTuple

import numpy as np

from generators.clip_choice import draw_with_replacement
from generators.elastic.alignment import align
from generators.elastic.blending import blended
from generators.elastic.parameters import ElasticParameters
from generators.kept_clips import KeptClips
from skeletons.arrays import Float32Array, Float64Array, IntArray
from skeletons.clips import ClipSet
from skeletons.pace import along
from skeletons.placement import (
    VOTING_FRAMES,
    mirror,
    remove_placement,
    restore_placement,
    upright,
)
from skeletons.seeds import named_rng


class Partners(NamedTuple):
    """Clips of the same class, one for each of N.

    Attributes:
        rows: of the clips and, from their number on, of their mirror images, ``[N]``.
        phase: moments, from 0 to 1, that go with K even moments of the other of the two,
            ``[N, K]``.
    """

    rows: IntArray
    phase: Float64Array


class Elastic(KeptClips):
    """See the module's docstring; parameters are those of :class:`ElasticParameters`."""

    parameters_type: ClassVar[type[ElasticParameters]] = ElasticParameters
    parameters: ElasticParameters
    caveats: ClassVar[tuple[str, ...]] = (
        "Each sample lies between training clips of its class: it is tied to real clips.",
    )

    def sample(self, labels: IntArray, seed: int) -> ClipSet:
        """One clip for each label ``[N]``, in order; where its first training clip stands.

        Raises:
            InputError: a label that no training clip has.
        """
        known, count = self.clips.labels, len(labels)
        rows = draw_with_replacement(known, labels, named_rng(seed, "source"))
        placement = remove_placement(
            self.clips.select(rows).resample(VOTING_FRAMES), self.clips.skeleton
        )[1]
        both = _with_mirror_images(self.clips)
        features = _features(both, self.parameters.moments)
        poses = self._partners(features, rows, seed, "poses", of_the_clip=False)
        timing = self._partners(features, rows, seed, "timing", of_the_clip=True)
        slow = named_rng(seed, "timing's weight").uniform(0.0, self.parameters.timing, count)
        ratio = both.lengths[timing.rows] / both.lengths[rows]
        lengths = np.maximum(1, np.round(both.lengths[rows] * ratio**slow)).astype(np.int64)
        even = np.linspace(0.0, 1.0, timing.phase.shape[1])
        own = even + slow[:, None] * (timing.phase - even)
        frames_of, share = _frames(lengths)
        first = along(own, frames_of, share)
        second = along(poses.phase, frames_of, first)
        weight = named_rng(seed, "poses' weight").uniform(0.0, self.parameters.blend, count)
        moving = replace(both, frames=_smooth(both, self.parameters.detail))
        frames = blended(
            _at(moving, rows[frames_of], first),
            _at(moving, poses.rows[frames_of], second),
            weight[frames_of],
            self.clips.skeleton,
        )
        nearest = np.round(first * (both.lengths[rows] - 1)[frames_of]).astype(np.int64)
        frames += (both.frames - moving.frames)[both.starts[rows][frames_of] + nearest]
        placed = restore_placement(
            frames[:, None], placement.select(frames_of), self.clips.skeleton
        )[:, 0]
        return replace(
            self.clips.select(rows),
            frames=placed,
            starts=np.cumsum(lengths) - lengths,
            lengths=lengths,
            ids=np.asarray([f"elastic-{number:05d}" for number in range(count)], dtype=str),
            name="elastic",
        )

    def _partners(
        self, features: Float32Array, rows: IntArray, seed: int, what: str, *, of_the_clip: bool
    ) -> Partners:
        """Of some clips of the class, as they are or mirrored, the one most like each of ``rows``;
        a clip that is alone in its class is its own partner. Phases are moments of the clip beside
        those of its partner, or the other way round."""
        drawn = _candidates(
            self.clips.labels, rows, self.parameters.candidates, named_rng(seed, what)
        )
        if self.parameters.mirrored:
            alone = drawn == rows[:, None]
            drawn = np.concatenate([drawn, np.where(alone, drawn, drawn + len(self.clips))], axis=1)
        pair = np.repeat(rows, drawn.shape[1]), drawn.ravel()
        first, second = pair[::-1] if of_the_clip else pair
        tried = align(features, first, second, self.parameters.band, self.parameters.smoothing)
        best = tried.cost.reshape(drawn.shape).argmin(axis=1)
        chosen = np.arange(len(rows)), best
        return Partners(drawn[chosen], tried.phase.reshape(*drawn.shape, features.shape[1])[chosen])


def _with_mirror_images(clips: ClipSet) -> ClipSet:
    """Upright clips, then the mirror image of each."""
    straight = upright(clips)
    swapped = replace(
        straight,
        frames=mirror(straight.frames[:, None], clips.skeleton)[:, 0],
        ids=np.char.add(straight.ids, " mirrored"),
    )
    return ClipSet.concatenate([straight, swapped])


def _smooth(clips: ClipSet, deviation: float) -> Float32Array:
    """Frames ``[F, V, C]`` of a packed set, each clip smoothed in time by a Gaussian; a clip stands
    still before its first and after its last frame."""
    reach = round(3 * deviation)
    weights = np.exp(-0.5 * np.square(np.arange(-reach, reach + 1) / max(deviation, 1e-6)))
    first = np.repeat(clips.starts, clips.lengths)
    last = first + np.repeat(clips.lengths, clips.lengths) - 1
    summed = np.zeros_like(clips.frames)
    for step, weight in zip(range(-reach, reach + 1), weights / weights.sum(), strict=True):
        rows = np.clip(np.arange(len(clips.frames)) + step, first, last)
        summed += np.float32(weight) * clips.frames[rows]
    return summed


def _features(clips: ClipSet, moments: int) -> Float32Array:
    """Poses ``[N, K, V C]`` by which clips are aligned: joints seen from the centre joint."""
    joints = clips.resample(moments)
    centre = joints[:, :, clips.skeleton.centre, None]
    return np.ascontiguousarray((joints - centre).reshape(*joints.shape[:2], -1))


def _candidates(known: IntArray, rows: IntArray, count: int, rng: np.random.Generator) -> IntArray:
    """``[N, M]`` rows of the same label as each of ``rows [N]`` and other than it, none twice in a
    line as long as there are enough; the row itself where it is alone."""
    drawn = np.repeat(rows[:, None], count, axis=1)
    for label in np.unique(known[rows]):
        same = np.flatnonzero(known == label)
        if len(same) == 1:
            continue
        here = np.flatnonzero(known[rows] == label)
        place = np.searchsorted(same, rows[here])
        # Steps ahead in the list of the class: in a random order of them, one after the other.
        order = np.argsort(rng.random((len(here), len(same) - 1)), axis=1)
        ahead = 1 + order[:, np.arange(count) % (len(same) - 1)]
        drawn[here] = same[(place[:, None] + ahead) % len(same)]
    return drawn


def _frames(lengths: IntArray) -> tuple[IntArray, Float64Array]:
    """Clip number of each frame of clips of ``lengths [N]``, and how much of its clip has passed,
    from 0 to 1; ``[F]`` both."""
    owner = np.repeat(np.arange(len(lengths)), lengths)
    step = np.arange(len(owner)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return owner, step / np.maximum(lengths - 1, 1)[owner]


def _at(clips: ClipSet, rows: IntArray, share: Float64Array) -> Float32Array:
    """Frame ``[F, V, C]`` of each clip of ``rows [F]`` at ``share [F]`` of it."""
    last = clips.lengths[rows] - 1
    return clips.select(rows).at(np.clip(share * last, 0.0, last)[:, None])[:, 0]
