"""What a denoiser returns that has not learnt enough, or sees too much noise.

Trained to the least squared error, a denoiser of Gaussian images gives back what its noise leaves
of the principal components with the largest variance and the class's mean for all others (the
Wiener filter; the sharp cut that is made here is its limit). Details are lost first, then what
tells the people of a class apart; the label is the last to go.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from metrics.corruptions.choice import check_training
from skeletons.arrays import Float32Array, Float64Array
from skeletons.clips import ClipSet
from skeletons.image import SkeletonImageCodec

LEAST_SIZE = 24
"""Rows and columns of the skeleton images, or as many as the skeleton has joints."""


def half_denoised(
    clips: ClipSet, dose: float, rng: np.random.Generator, training: ClipSet
) -> ClipSet:
    """Each clip's skeleton image is projected on its class's mean and the first principal
    components of the training images around their classes' means: as few as leave a share of
    ``dose`` of the training images' variance out. At 1 every clip shows its class's mean.

    A clip passes through the image, as in a generator of images: what it holds between the image's
    columns is lost at every dose but 0. Place, direction and number of frames stay.

    Raises:
        InputError: another skeleton or other classes, or a class without a training clip.
    """
    check_training(clips, training)
    if dose == 0.0:
        return clips
    codec = SkeletonImageCodec.fit(training, max(LEAST_SIZE, len(clips.skeleton)))
    known, _ = codec.encode(training)
    means = _class_means(known, training)
    components = _components(known - means[training.labels], 1.0 - dose)
    images, placement = codec.encode(clips)
    away = (images - means[clips.labels]).reshape(len(clips), -1)
    kept = (away @ components.T @ components).reshape(images.shape)
    estimate = codec.decode(
        means[clips.labels] + kept,
        clips.labels,
        clips.classes,
        placement=placement,
        lengths=clips.lengths,
    )
    return replace(clips, frames=estimate.frames)


def _class_means(images: Float32Array, clips: ClipSet) -> Float64Array:
    """Mean image of each class ``[C, 3, S, S]``; zeros for a class without clips."""
    total = np.zeros((len(clips.classes), *images.shape[1:]))
    np.add.at(total, clips.labels, images)
    return np.asarray(total / np.maximum(clips.class_counts(), 1)[:, None, None, None])


def _components(away: Float64Array, share: float) -> Float64Array:
    """The first principal components ``[K, 3 S S]`` of centred images that hold at least ``share``
    of their variance; none for a share of 0 or images without any."""
    _, spread, components = np.linalg.svd(away.reshape(len(away), -1), full_matrices=False)
    held = np.cumsum(spread**2)
    if share <= 0.0 or held[-1] == 0.0:
        return np.asarray(components[:0])
    # Without the small number, rounding could ask for one more component than there is.
    count = 1 + int(np.searchsorted(held, share * held[-1] * (1.0 - 1e-12)))
    return np.asarray(components[:count])
