"""Clips without a label in the DDPMs, and guidance between no label and a label."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from generators.image_diffusion.null_class import NULL, TowardTheLabel, with_unlabelled
from generators.protocol import FitContext
from generators.registry import check_generator
from skeletons.unlabelled import without_labels
from tests.conftest import moving_clips
from tests.generators.fitting import KeptParts, drawn, fitted

NAMES = ("ddpm", "st_guided_ddpm")
LABELS = np.asarray([0, 1, 2, 1])


def context(seed: int = 0, **given) -> FitContext:
    return FitContext(seed=seed, unlabelled=without_labels(moving_clips(18, seed=5)), **given)


def weights_of(generator) -> dict[str, np.ndarray]:
    return {name: value.numpy() for name, value in generator._tensors().items()}


@pytest.mark.parametrize("name", NAMES)
def test_clips_without_a_label_train_the_denoiser_and_nothing_that_needs_labels(name):
    plain, more = fitted(name), fitted(name, run=context())
    ours, theirs = weights_of(plain), weights_of(more)
    differ = {key.split(".")[0] for key in ours if not np.array_equal(ours[key], theirs[key])}
    assert differ == {"denoiser", "whitening"}
    assert not np.array_equal(plain.codec.scale, more.codec.scale)
    lengths = more.length_and_placement
    assert np.array_equal(lengths.labels, plain.length_and_placement.labels)
    assert np.array_equal(lengths.placement.yaw, plain.length_and_placement.placement.yaw)
    assert plain.caveats == ()
    assert more.caveats == ("Without a label were 50 % of each batch that trained the denoiser.",)
    assert more.sample(LABELS, 0).labels.tolist() == LABELS.tolist()


def test_they_fill_their_share_of_each_batch_under_the_null_class(monkeypatch):
    seen = []
    forward = torch.nn.functional.mse_loss

    def watched(output, target):
        seen.append(len(output))
        return forward(output, target)

    labels = []
    embed = torch.nn.Embedding.forward

    def embedding(self, asked):
        labels.append(asked.tolist())
        return embed(self, asked)

    monkeypatch.setattr(torch.nn.Embedding, "forward", embedding)
    monkeypatch.setattr("generators.image_diffusion.training.F.mse_loss", watched)
    fitted("ddpm", run=context(), batch=8, unlabelled_share=0.75)
    assert seen == [8] * 4
    assert all(batch[2:] == [3] * 6 for batch in labels), "three classes: the null class is 3"
    assert any(set(batch[:2]) - {3} for batch in labels)


def test_another_share_is_another_denoiser_and_without_such_clips_the_same(tmp_path):
    parts = KeptParts(tmp_path)
    for run in (FitContext(seed=0, part=parts), context(part=parts)):
        for share in (0.5, 0.75):
            fitted("ddpm", run=run, unlabelled_share=share)
    assert parts.asked[0] == parts.asked[1]
    assert len(set(parts.asked)) == 3


def test_both_sets_are_joined_with_one_class_more_for_clips_without_a_label():
    clips, unlabelled = moving_clips(6), without_labels(moving_clips(4, seed=1))
    both = with_unlabelled(clips, unlabelled)
    assert both.classes == (*clips.classes, NULL)
    assert both.labels.tolist() == [*clips.labels.tolist(), 3, 3, 3, 3]
    assert with_unlabelled(clips, None) is clips


class Known(torch.nn.Module):
    """An output that hangs on the label alone; counts its passes."""

    passes = 0

    def forward(self, images, timesteps, labels):
        self.passes += 1
        assert images.shape[0] == timesteps.shape[0] == labels.shape[0]
        return images + labels[:, None, None, None].float()


@pytest.mark.parametrize(("scale", "expected"), [(0.0, 3.0), (1.0, 1.0), (2.0, -1.0)])
def test_the_scale_leads_from_no_label_to_the_label_and_beyond_in_one_pass(scale, expected):
    known = Known()
    output = TowardTheLabel(known, 3, scale)(
        torch.zeros(5, 3, 8, 8), torch.zeros(5), torch.ones(5, dtype=torch.int64)
    )
    assert output.shape == (5, 3, 8, 8)
    assert torch.all(output == expected)
    assert known.passes == 1


@pytest.mark.parametrize("name", NAMES)
def test_the_label_scale_is_of_sampling_alone_and_off_at_one(name):
    generator = fitted(name, run=context(), train_steps=12)
    off = drawn(generator, LABELS)
    assert np.array_equal(drawn(generator, LABELS, label_scale=1.0), off)
    strong = drawn(generator, LABELS, label_scale=3.0)
    assert np.isfinite(strong).all()
    assert not np.array_equal(strong, off)


@pytest.mark.parametrize("name", NAMES)
def test_parameters_at_their_defaults_are_in_no_record(name, tmp_path):
    for profile in ("quick", "paper"):
        told = check_generator(name, profile, {"label_scale": 1.0})
        assert not {"label_scale", "unlabelled_share"} & told.keys()
    assert check_generator(name, "quick", {"label_scale": 2})["label_scale"] == 2.0
    generator = fitted(name, label_scale=2.0)
    generator.save(tmp_path)
    told = json.loads((tmp_path / "generator.json").read_text())["parameters"]
    assert told["label_scale"] == 2.0
    assert "unlabelled_share" not in told
    assert type(generator).load(tmp_path).parameters == generator.parameters


def test_permuting_the_labels_of_these_clips_changes_no_byte_of_a_fit(tmp_path):
    clips = moving_clips(18, seed=5)
    for number, labels in enumerate((clips.labels, np.roll(clips.labels, 1))):
        run = FitContext(seed=0, unlabelled=without_labels(replace(clips, labels=labels)))
        folder = tmp_path / str(number)
        folder.mkdir()
        fitted("st_guided_ddpm", run=run).save(folder)
    names = sorted(path.name for path in (tmp_path / "0").iterdir())
    assert len(names) == 3
    for name in names:
        assert (tmp_path / "0" / name).read_bytes() == (tmp_path / "1" / name).read_bytes(), name
