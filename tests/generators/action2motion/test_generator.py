"""Behaviour of the temporal VAE, with and without rotations."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from generators.action2motion.codec import LieCodec
from generators.action2motion.network import Gaussian, TemporalVAE
from generators.action2motion.parameters import TemporalVAEParameters
from generators.protocol import FitContext
from generators.sequences.poses import PoseCodec
from skeletons.clips import ClipSet
from skeletons.layouts import SMPL24
from skeletons.placement import upright
from tests.conftest import moving_clips
from tests.generators.fitting import KeptParts, fitted

LABELS = np.arange(9) % 3


def sized(clips, factors):
    """Each clip times its own factor."""
    joints = [clips[row].joints * factor for row, factor in enumerate(factors)]
    return ClipSet.of(SMPL24, clips.classes, joints, clips.labels, name="sized")


def torso(clips):
    """Length of a bone that no limb's swing bends, in each clip's first frame."""
    return clips.skeleton.bone_lengths(clips.frames[clips.starts])[:, 0]


def normal(gaussian):
    return torch.distributions.Normal(gaussian.mean, (0.5 * gaussian.log_variance).exp())


@pytest.fixture(scope="module")
def rotations():
    return fitted("action2motion")


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return TemporalVAE(TemporalVAEParameters(hidden=8, latent=3), 6, 2).eval()


def test_the_lie_codec_gives_clips_back_but_for_changes_of_bone_length():
    clips = moving_clips(6)
    poses = PoseCodec.fit(clips, 16)
    codec = LieCodec.of(poses, clips)
    values = torch.from_numpy(codec.encode(clips).values)
    joints, _, _ = poses.joints_of(clips)
    lengths = torch.from_numpy(SMPL24.bone_lengths(joints))
    steps = values.reshape(-1, 1, codec.size)
    again = codec.joints_with(steps, lengths.reshape(len(steps), -1)).reshape(joints.shape)
    assert np.abs(again.numpy() - joints).max() < 2e-3
    assert np.allclose(again[:, :, 0], joints[:, :, 0], atol=1e-5)


def test_lie_values_have_unit_variance_or_less_where_nothing_moves():
    clips = moving_clips(12)
    codec = LieCodec.of(PoseCodec.fit(clips, 16), clips)
    values = codec.encode(clips).values.reshape(-1, codec.size)
    assert np.abs(values.mean(axis=0)).max() < 1e-3
    assert values.std(axis=0).max() < 1.001


def test_the_lie_codec_comes_back_from_its_state():
    clips = moving_clips(6)
    codec = LieCodec.of(PoseCodec.fit(clips, 8), clips)
    again = LieCodec.from_state(codec.state())
    assert np.allclose(codec.encode(clips).values, again.encode(clips).values, atol=1e-5)
    assert np.array_equal(codec.lengths, again.lengths)


def test_pose_vectors_of_joints_are_the_inverse_of_joints():
    clips = moving_clips(6)
    codec = PoseCodec.fit(clips, 8)
    values = torch.from_numpy(codec.encode(clips).values)
    assert torch.allclose(codec.vectors(codec.joints(values)), values, atol=1e-4)


def test_samples_keep_their_bone_lengths_from_frame_to_frame(rotations):
    clips = rotations.sample(LABELS, 0)
    for row in range(len(clips)):
        lengths = SMPL24.bone_lengths(upright(clips)[row].joints)
        # Frames between two steps are linear: a bone is a little shorter there.
        assert (lengths.max(axis=0) / lengths.min(axis=0) < 1.1).all()


def test_bone_lengths_are_those_of_clips_of_the_own_class_or_of_any():
    clips = moving_clips(12)
    big = sized(clips, np.where(clips.labels == 0, 3.0, 1.0))
    real = torso(big)
    assert real[big.labels == 0].min() > 2 * real[big.labels != 0].max()
    generator = fitted("action2motion", big)
    own = torso(generator.sample(np.arange(30) % 3, 0))
    assert own[::3].min() > 2 * max(own[1::3].max(), own[2::3].max())
    generator.parameters = generator.parameters.model_copy(update={"bone_lengths": "any"})
    mixed = torso(generator.sample(np.zeros(30, np.int64), 0))
    assert mixed.max() > 2 * mixed.min()


def test_bone_lengths_differ_between_samples_of_a_class_as_those_of_its_clips_do():
    clips = moving_clips(12)
    generator = fitted("action2motion", sized(clips, np.linspace(1, 2, 12)))
    assert len(np.unique(torso(generator.sample(np.zeros(20, np.int64), 0)).round(3))) > 2


def test_bone_lengths_are_a_matter_of_sampling_and_not_of_the_fit(tmp_path):
    parts = KeptParts(tmp_path)
    for lengths in ("own_class", "any"):
        fitted("action2motion", run=FitContext(seed=0, part=parts), bone_lengths=lengths)
    assert parts.asked[0] == parts.asked[1]


def test_divergence_is_that_of_torchs_normal_distributions():
    random = torch.Generator().manual_seed(0)
    values = [torch.randn(4, 3, generator=random) for _ in range(4)]
    first, second = Gaussian(*values[:2]), Gaussian(*values[2:])
    normal = [
        torch.distributions.Normal(g.mean, (0.5 * g.log_variance).exp()) for g in (first, second)
    ]
    expected = torch.distributions.kl_divergence(*normal).sum(-1)
    assert torch.allclose(first.divergence(second), expected, atol=1e-5)
    assert torch.equal(first.divergence(first), torch.zeros(4))


def test_the_prior_sees_no_pose_of_its_own_step_or_later(network):
    poses, labels = torch.randn(1, 5, 6), torch.zeros(1, dtype=torch.int64)
    other = poses.clone()
    other[:, 3:] += 1.0
    with torch.no_grad():
        first, again = (network(some, labels, forced=True) for some in (poses, other))
    assert torch.equal(first[2].mean[:, :4], again[2].mean[:, :4])
    assert not torch.equal(first[2].mean[:, 4], again[2].mean[:, 4])
    assert not torch.equal(first[1].mean[:, 3], again[1].mean[:, 3])


def test_without_teacher_forcing_the_decoder_reads_its_own_poses(network):
    """Real poses reach it through the latent vectors alone."""
    poses, labels = torch.randn(2, 5, 6), torch.tensor([0, 1])
    outputs = []
    for forced in (True, False):
        torch.manual_seed(1)
        with torch.no_grad():
            outputs.append(network(poses, labels, forced=forced)[0])
    assert torch.allclose(outputs[0][:, 0], outputs[1][:, 0], atol=1e-6)
    assert not torch.allclose(outputs[0][:, 1], outputs[1][:, 1], atol=1e-4)


def test_samples_read_class_and_time(network):
    drawn = []
    for label in (0, 1):
        torch.manual_seed(2)
        with torch.no_grad():
            drawn.append(network.sample(torch.tensor([label]), 4, 6))
    assert not torch.allclose(*drawn, atol=1e-4)


def test_training_moves_prior_posterior_and_decoder():
    clips = moving_clips(6)
    state, other = (
        fitted("action2motion", clips, learning_rate=rate).network.state_dict()
        for rate in (0.01, 0.1)
    )
    moved = {name.split(".")[0] for name in state if not torch.equal(state[name], other[name])}
    assert moved == {"prior", "posterior", "decoder"}
