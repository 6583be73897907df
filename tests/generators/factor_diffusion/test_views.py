from __future__ import annotations

import numpy as np
import torch

from generators.factor_diffusion.parameters import FactorParameters
from generators.factor_diffusion.views import TrainingViews
from generators.image_diffusion.whitening import Whitening
from skeletons.image import SkeletonImageCodec
from tests.conftest import moving_clips

ROWS = np.arange(12)


def views(**settings) -> TrainingViews:
    clips = moving_clips(12)
    codec = SkeletonImageCodec.fit(clips, 24)
    whitening = Whitening.of(torch.from_numpy(codec.encode(clips)[0]))
    nothing = {"mirror": 0.0, "crop": 0.0, "warp": 0.0, "size": 0.0}
    return TrainingViews.of(clips, codec, whitening, FactorParameters(**{**nothing, **settings}))


def test_with_all_changes_off_a_view_is_the_clip_and_nothing_is_told():
    seen = views().batch(ROWS, np.random.default_rng(0))
    whole = views().unchanged()
    assert torch.allclose(seen.images, whole.images, atol=1e-4)
    assert not seen.changes.any()
    assert not whole.changes.any()


def test_every_clip_can_be_mirrored_and_then_it_is_told():
    seen = views(mirror=1.0).batch(ROWS, np.random.default_rng(0))
    assert (seen.changes[:, 0] == 1.0).all()
    assert not torch.allclose(seen.images, views().unchanged().images, atol=0.05)


def test_a_cut_is_told_as_its_two_ends():
    seen = views(crop=0.4).batch(np.repeat(ROWS, 20), np.random.default_rng(0))
    start, end = seen.changes[:, 1], seen.changes[:, 2]
    assert (start >= 0).all()
    assert (end >= 0).all()
    assert 0.3 < float((start + end).max()) <= 0.4 + 1e-6


def test_size_is_told():
    grown = views(size=0.3)
    seen = grown.batch(ROWS, np.random.default_rng(0))
    images = grown.whitening.inverse(seen.images)
    plain = grown.whitening.inverse(grown.unchanged().images)
    spread = images.flatten(1).std(dim=1) / plain.flatten(1).std(dim=1)
    told = seen.changes[:, 3]
    assert np.corrcoef(spread, told)[0, 1] > 0.7


def test_a_warp_keeps_the_ends_and_is_not_told():
    seen = views(warp=0.3).batch(ROWS, np.random.default_rng(0))
    whole = views().unchanged()
    assert not seen.changes.any()
    away = (seen.images - whole.images).abs().mean(dim=(0, 1, 2))
    assert max(away[0], away[-1]) < 0.5 * away.max()  # which way it faces is told by more frames
