"""The embedded data set: its values, its parts, and bodies that could be human."""

import hashlib

import numpy as np
import pytest

from skeletons.datasets import dataset_named
from skeletons.datasets.kinematic12 import CLASSES, Difficulty, Kinematic12, clean_recording
from skeletons.datasets.kinematic12.body import make_subjects
from skeletons.datasets.kinematic12.kinematics import two_bone
from skeletons.datasets.kinematic12.sensor import observe
from skeletons.datasets.kinematic12.tracks import hermite, minimum_jerk, pulse
from skeletons.errors import InputError
from skeletons.layouts import SMPL24
from skeletons.placement import facing_yaw

SHA256 = "7e3743c73dc3d1d2da4fb29eef23eb9eee39820280621897482829182eb330d8"


@pytest.fixture(scope="module")
def data():
    return Kinematic12().load("cross-subject", None)


@pytest.fixture(scope="module")
def clean():
    return clean_recording()


def joint(clean, name):
    return clean.frames[:, SMPL24.index(name)]


def within_clip(clean):
    """Whether frame i + 1 belongs to the clip of frame i, ``[F - 1]``."""
    follows = np.ones(len(clean.frames) - 1, bool)
    follows[clean.starts[1:] - 1] = False
    return follows


def flexion(clean, first, middle, last):
    """Angle in degrees by which a limb is bent at its middle joint; 0 is straight."""
    upper = joint(clean, middle) - joint(clean, first)
    lower = joint(clean, last) - joint(clean, middle)
    cos = (upper * lower).sum(1) / np.linalg.norm(upper, axis=1) / np.linalg.norm(lower, axis=1)
    return np.degrees(np.arccos(np.clip(cos, -1, 1)))


def test_the_values_are_the_same_on_every_machine(data):
    digest = hashlib.sha256()
    for part in (data.train, data.dev, data.test):
        packed = part.packed()
        tenths_of_millimetres = np.round(packed.frames.astype(np.float64) * 1e4).astype("<i4")
        digest.update(tenths_of_millimetres.tobytes())
        digest.update(packed.labels.astype("<i4").tobytes())
        digest.update("\n".join([*packed.ids, *packed.views]).encode())
    assert digest.hexdigest() == SHA256


def test_positions_are_rounded_to_a_tenth_of_a_millimetre(data):
    scaled = data.train.frames.astype(np.float64) * 1e4
    assert np.abs(scaled - np.round(scaled)).max() < 0.01


def test_it_is_found_by_name_and_says_what_it_depends_on():
    dataset = dataset_named("kinematic12")
    assert dataset.protocols == ("cross-subject",)
    assert dataset.identity("cross-subject", None) == "kinematic12-v2-seed0"
    assert Kinematic12(1).identity("cross-subject", None) != dataset.identity("", None)
    harder = Kinematic12(difficulty=Difficulty(jitter=0.02))
    assert harder.identity("", None) != dataset.identity("", None)


def test_an_unknown_protocol_is_refused():
    with pytest.raises(InputError, match="cross-subject"):
        Kinematic12().load("cross-view", None)


def test_each_class_has_100_clips_to_learn_from_or_choose_by_and_40_test_clips(data):
    assert data.train.classes == CLASSES
    assert len(CLASSES) == 12
    learnt_from = data.train.class_counts() + data.dev.class_counts()
    assert learnt_from.tolist() == [100] * 12
    assert data.test.class_counts().tolist() == [40] * 12


def test_no_subject_is_in_both_parts(data):
    train, dev, test = (set(part.subjects.tolist()) for part in data.parts.values())
    assert not train & dev
    assert not (train | dev) & test
    assert (len(train), len(dev), len(test)) == (17, 4, 9)


def test_ids_name_subject_and_action(data):
    clip = data.test[5]
    assert clip.id.startswith(f"k12_{clip.subject}_{CLASSES[clip.label]}_")
    assert clip.view[:3] == "yaw"
    assert -90 <= int(clip.view[3:]) <= 90


def test_clips_are_ragged(data):
    lengths = np.concatenate([data.train.lengths, data.test.lengths])
    assert lengths.min() >= 30
    assert lengths.max() <= 110
    assert len(np.unique(lengths)) > 60


def test_another_seed_gives_other_values_and_the_same_shape(clean):
    first, second = clean, clean_recording(1)
    assert first.labels.tolist() == second.labels.tolist()
    assert first.lengths.tolist() != second.lengths.tolist()
    assert not np.allclose(first.frames[:30], second.frames[:30])


def test_the_view_is_the_turn_between_subject_and_camera(data):
    eat = data.train.select(data.train.labels == CLASSES.index("eat"))
    yaw = np.array([int(view[3:]) for view in eat.views])
    off = np.rad2deg(facing_yaw(eat.resample(24), SMPL24)) + yaw
    assert np.abs(np.median(off)) < 3
    assert np.abs(off).max() < 30


def test_subjects_stand_before_the_camera(data):
    pelvis = data.train.frames[:, SMPL24.centre]
    assert pelvis[:, 2].min() > 1.0
    assert 2.4 < np.median(pelvis[:, 2]) < 3.8
    assert np.isfinite(data.train.frames).all()


def test_left_handers_mostly_use_their_left_hand(clean):
    raised = joint(clean, "left_wrist")[:, 1] - joint(clean, "right_wrist")[:, 1]
    one_handed = np.isin(clean.variants, ["drink_cup", "drink_bottle", "eat_snack", "phone_call"])
    height = np.add.reduceat(raised, clean.starts)[one_handed]
    left_handed = clean.subjects.left_handed[clean.subject][one_handed]
    assert (height[left_handed] > 0).mean() > 0.7
    assert (height[~left_handed] < 0).mean() > 0.7


def test_counts_tell_what_the_sensor_lost(data):
    counts = dict(data.counts)
    assert counts["joints held at their last place"] > 1000
    assert counts["joints misplaced"] > 300
    cells = counts["frames"] * len(SMPL24)
    assert counts["joints held at their last place"] < 0.02 * cells


def test_a_sensor_that_loses_nothing_only_adds_noise():
    frames = np.full((200, len(SMPL24), 3), 3.0)
    difficulty = Difficulty(drop_rate=0.0, jitter=0.01, extremity_jitter=0.0)
    seen, counts = observe(frames, np.array([120, 80]), 0, difficulty)
    assert sum(counts.values()) == 0
    assert 0.005 < (seen - frames).std() < 0.02


def test_a_lost_joint_stays_where_it_was_seen_last():
    frames = np.arange(60.0)[:, None, None] + np.zeros((60, len(SMPL24), 3))
    difficulty = Difficulty(drop_rate=0.05, misplaced_share=0.0, jitter=0.0, extremity_jitter=0.0)
    seen, counts = observe(frames, np.array([60]), 0, difficulty)
    held = (seen != frames).any(axis=2)
    assert held.sum() == counts["joints held at their last place"] > 20
    frame, which = np.nonzero(held)
    assert (seen[frame, which] < frames[frame, which]).all()
    assert not held[0].any()


def test_bones_keep_their_length(clean):
    lengths = SMPL24.bone_lengths(clean.frames)
    first = np.repeat(lengths[clean.starts], clean.lengths, axis=0)
    assert np.abs(lengths - first).max() < 1e-6


def test_bones_are_as_long_as_the_subject_s(clean):
    lengths = SMPL24.bone_lengths(clean.frames)[clean.starts]
    expected = np.linalg.norm(clean.subjects.offsets, axis=-1)[clean.subject]
    children = [child for _, child in SMPL24.edges]
    np.testing.assert_allclose(lengths, expected[:, children], atol=1e-9)


def test_standing_feet_do_not_slide(clean):
    for number, side in enumerate(("left", "right")):
        step = np.linalg.norm(np.diff(joint(clean, f"{side}_foot"), axis=0), axis=1)
        stands = clean.contact[1:, number] & clean.contact[:-1, number] & within_clip(clean)
        assert stands.mean() > 0.6
        assert step[stands].max() < 0.002


def test_walkers_and_runners_move_over_their_feet(clean):
    label = np.repeat(clean.labels, clean.lengths)
    for action in ("walk", "run"):
        rows = label == CLASSES.index(action)
        assert 0.2 < clean.contact[rows].mean() < 0.8
    running = np.repeat(clean.variants == "run_straight", clean.lengths)
    assert (~clean.contact[running].any(axis=1)).mean() > 0.1, "runners fly"


def test_nothing_is_below_the_floor(clean):
    assert clean.frames[..., 1].min() > -0.01


def test_elbows_and_knees_bend_within_human_range(clean):
    for side in ("left", "right"):
        elbow = flexion(clean, f"{side}_shoulder", f"{side}_elbow", f"{side}_wrist")
        knee = flexion(clean, f"{side}_hip", f"{side}_knee", f"{side}_ankle")
        wrist = flexion(clean, f"{side}_elbow", f"{side}_wrist", f"{side}_hand")
        assert elbow.max() < 150
        assert knee.max() < 140
        assert wrist.max() < 60


def test_knees_bend_forward(clean):
    across = joint(clean, "right_hip") - joint(clean, "left_hip")
    front = np.stack([across[:, 2], np.zeros(len(across)), -across[:, 0]], axis=1)
    for side in ("left", "right"):
        middle = (joint(clean, f"{side}_hip") + joint(clean, f"{side}_ankle")) / 2
        assert ((joint(clean, f"{side}_knee") - middle) * front).sum(1).min() > -0.005


def test_hands_stay_out_of_the_trunk(clean):
    for side in ("left", "right"):
        for part in ("elbow", "wrist", "hand"):
            place = joint(clean, f"{side}_{part}")
            nearest = np.full(len(place), np.inf)
            for first, second in (("pelvis", "spine1"), ("spine1", "spine2"), ("spine2", "spine3")):
                start, along = joint(clean, first), joint(clean, second) - joint(clean, first)
                share = ((place - start) * along).sum(1) / (along * along).sum(1)
                on_bone = start + np.clip(share, 0, 1)[:, None] * along
                nearest = np.minimum(nearest, np.linalg.norm(place - on_bone, axis=1))
            assert nearest.min() > 0.08


def test_motion_is_smooth(clean):
    follows = within_clip(clean)
    for name, fastest in (
        ("pelvis", 5.0),
        ("head", 5.5),
        ("left_ankle", 9.0),
        ("left_wrist", 20.0),
    ):
        speed = np.linalg.norm(np.diff(joint(clean, name), axis=0), axis=1) * 20
        assert speed[follows].max() < fastest


def test_statures_and_proportions_are_adult():
    subjects = make_subjects(0, Difficulty())
    assert 1.45 < subjects.stature.min() < 1.65
    assert 1.75 < subjects.stature.max() < 1.95
    leg_share = subjects.leg / subjects.stature
    np.testing.assert_allclose(leg_share.mean(), 0.491, atol=0.01)
    assert subjects.left_handed.sum() == 4
    assert subjects.left_handed[~subjects.train].sum() == 1


def test_the_difficulty_changes_the_motion(clean):
    plain = Difficulty(subject_style=0.0, clip_style=0.0)
    changed = clean_recording(0, plain).frames
    assert np.abs(changed - clean.frames).max() > 0.05


def test_minimum_jerk_starts_and_ends_at_rest():
    share = np.linspace(0, 1, 2001)
    curve = minimum_jerk(share)
    velocity = np.gradient(curve, share)
    assert (curve[0], curve[-1]) == (0.0, 1.0)
    assert abs(velocity[0]) < 1e-4
    assert velocity.max() == pytest.approx(1.875, abs=1e-3)  # Flash & Hogan 1985


def test_a_pulse_rises_holds_and_falls_once_a_cycle():
    phase = np.array([[0.0, 0.2, 0.3, 0.45, 0.6, 0.9, 1.2]])
    level = pulse(phase, *(np.asarray(part) for part in (0.1, 0.2, 0.2, 0.2)))
    np.testing.assert_allclose(level, [[0, 0.5, 1, 1, 0.5, 0, 0.5]], atol=1e-12)


def test_hermite_goes_through_its_values():
    time = np.array([[-1.0, 0.0, 1.0, 2.0, 5.0]])
    knots = [np.array([[k]]) for k in (0.0, 1.0, 2.0)]
    values = [np.array([[v]]) for v in (3.0, 5.0, 4.0)]
    curve = hermite(time, knots, values, [np.zeros((1, 1))] * 3)
    np.testing.assert_allclose(curve, [[3, 3, 5, 4, 4]])


def test_two_bones_reach_their_target_on_the_side_of_the_pole():
    rng = np.random.default_rng(0)
    target = rng.normal(size=(50, 3))
    target *= 0.6 / np.linalg.norm(target, axis=1, keepdims=True)
    pole = rng.normal(size=(50, 3))
    upper, lower = np.full(50, 0.4), np.full(50, 0.35)
    middle, end = two_bone(np.zeros((50, 3)), target, upper, lower, pole)
    np.testing.assert_allclose(end, target, atol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(middle, axis=1), 0.4)
    np.testing.assert_allclose(np.linalg.norm(end - middle, axis=1), 0.35)
    across = pole - (pole * target).sum(1, keepdims=True) * target / 0.36
    assert ((middle * across).sum(1) > 0).all()
