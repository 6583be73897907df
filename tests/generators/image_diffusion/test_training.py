from __future__ import annotations

import torch

from generators.image_diffusion import training
from generators.image_diffusion.parameters import DDPM_PROFILES, DiffusionParameters
from generators.image_diffusion.whitening import Whitening
from recognizers.training import TrainingRun
from skeletons.image import SkeletonImageCodec
from tests.conftest import moving_clips


def test_images_are_encoded_once_and_the_process_is_built_once(monkeypatch):
    counts = {"images": 0, "processes": 0}
    to_image, process = SkeletonImageCodec.to_image, training.NoiseProcess

    def encoding(self, joints):
        counts["images"] += len(joints)
        return to_image(self, joints)

    def building(steps):
        counts["processes"] += 1
        return process(steps)

    clips = moving_clips(6)
    codec = SkeletonImageCodec.fit(clips, 24)
    whitening = Whitening.of(torch.from_numpy(codec.encode(clips)[0]))
    monkeypatch.setattr(SkeletonImageCodec, "to_image", encoding)
    monkeypatch.setattr(training, "NoiseProcess", building)
    parameters = DiffusionParameters(**DDPM_PROFILES.values("smoke"))
    training.train_denoiser(clips, 3, codec, whitening, parameters, 0, TrainingRun())
    assert counts == {"images": 6, "processes": 1}
