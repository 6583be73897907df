"""Throughput of the skeleton-image codec."""

from __future__ import annotations

import numpy as np
import pytest

from skeletons.clips import ClipSet
from skeletons.image import SkeletonImageCodec
from tests.skeletons.random_clips import random_clips

COUNT = 1000


@pytest.fixture(scope="module")
def clips() -> ClipSet:
    lengths = np.random.default_rng(0).integers(20, 80, size=COUNT)
    return random_clips(lengths=lengths.tolist())


def test_codec_learns_its_scale_from_1000_clips(benchmark, clips):
    benchmark.extra_info["what"] = "image codec, scale of 1,000 clips"
    codec = benchmark(lambda: SkeletonImageCodec.fit(clips, 24))
    assert (codec.scale > 0).all()


def test_codec_encodes_1000_clips(benchmark, clips):
    benchmark.extra_info["what"] = "image codec, 1,000 clips to images of 24x24"
    codec = SkeletonImageCodec.fit(clips, 24)
    images, _ = benchmark(lambda: codec.encode(clips))
    assert images.shape == (COUNT, 3, 24, 24)


def test_codec_decodes_1000_images(benchmark, clips):
    benchmark.extra_info["what"] = "image codec, 1,000 images of 24x24 to clips of their lengths"
    codec = SkeletonImageCodec.fit(clips, 24)
    images, placement = codec.encode(clips)
    decoded = benchmark(
        lambda: codec.decode(
            images, clips.labels, clips.classes, placement=placement, lengths=clips.lengths
        )
    )
    assert decoded.lengths.tolist() == clips.lengths.tolist()
