"""What a half-trained denoiser returns."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import PCA

from metrics.corruptions import denoising
from skeletons.clips import ClipSet
from skeletons.errors import InputError
from skeletons.image import SkeletonImageCodec
from tests.conftest import moving_clips
from tests.metrics.corruptions.changed import TRAINING, rng
from tests.skeletons.random_clips import SKELETONS, random_clips


def _of_image_length(count: int, seed: int, classes: int = 3) -> ClipSet:
    """Clips of as many frames as the image has columns: nothing is lost between them."""
    return moving_clips(count, classes, seed).with_lengths(24)


def _images(clips: ClipSet, training: ClipSet) -> np.ndarray:
    return SkeletonImageCodec.fit(training, 24).encode(clips)[0].reshape(len(clips), -1)


def test_everything_lost_leaves_the_mean_of_the_class() -> None:
    training = _of_image_length(18, 1)
    lost = denoising.half_denoised(_of_image_length(9, 2), 1.0, rng(), training)
    seen, known = _images(lost, training), _images(training, training)
    for row, label in enumerate(lost.labels):
        mean = known[training.labels == label].mean(axis=0)
        np.testing.assert_allclose(seen[row], mean, atol=0.02)
    distance = np.linalg.norm(seen[:, None] - seen[None], axis=-1)
    assert distance[0, 3] < 0.1 * distance[0, 1]


def test_the_projection_is_that_of_principal_component_analysis() -> None:
    training, clips = _of_image_length(30, 1, 1), _of_image_length(5, 2, 1)
    analysis = PCA(0.7, svd_solver="full").fit(_images(training, training).astype(np.float64))
    assert 1 < len(analysis.components_) < 29
    images = _images(clips, training)
    wanted = analysis.inverse_transform(analysis.transform(images))
    found = _images(denoising.half_denoised(clips, 0.3, rng(), training), training)
    # Encoded again: the turn to the front is found anew.
    np.testing.assert_allclose(found, wanted, atol=0.02)


def test_a_training_clip_comes_back_when_hardly_anything_is_lost() -> None:
    training = _of_image_length(12, 0)
    image = _images(training, training)
    apart = [
        np.abs(_images(denoising.half_denoised(training, dose, rng(), training), training) - image)
        for dose in (0.02, 0.1, 0.4, 0.9)
    ]
    means = [float(difference.mean()) for difference in apart]
    assert means == sorted(means) and means[0] < 0.2 * means[-1]


def test_clips_stand_where_they_stood_as_long_as_they_did(clips: ClipSet) -> None:
    far = ClipSet.of(
        clips.skeleton,
        clips.classes,
        [clip.joints + 3.0 for clip in (clips[row] for row in range(len(clips)))],
        clips.labels,
    )
    lost = denoising.half_denoised(far, 0.5, rng(), TRAINING)
    assert lost.lengths.tolist() == far.lengths.tolist()
    starts = far.frames[far.starts, 0], lost.frames[lost.starts, 0]
    np.testing.assert_allclose(*starts, atol=0.05)


def test_a_large_skeleton_gets_a_large_image_and_other_bodies_are_an_error(clips: ClipSet) -> None:
    large = random_clips(SKELETONS[2])
    assert len(denoising.half_denoised(large, 0.5, rng(), large)) == len(large)
    with pytest.raises(InputError, match="differ in skeleton or classes"):
        denoising.half_denoised(clips, 0.5, rng(), large)
    with pytest.raises(InputError, match="no clip of class 'class1'"):
        denoising.half_denoised(clips, 0.5, rng(), TRAINING.select(TRAINING.labels != 1))
