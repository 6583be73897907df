from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from recognizers.downstream import train_and_score, train_recognizer
from recognizers.inputs import GraphInput, ImageInput
from recognizers.recipe_table import RECIPES, recipe_of
from recognizers.recipes import Augmentation
from recognizers.registry import check_recognizer, recipe, recipe_for, recognizer_names
from recognizers.training import TrainingRun
from skeletons.clips import ClipSet
from skeletons.datasets import dataset_named
from skeletons.errors import InputError
from skeletons.image import SkeletonImageCodec
from skeletons.layouts import SMPL24
from skeletons.placement import mirror
from skeletons.splits import Split
from tests.conftest import moving_clips

RUN = TrainingRun()


SLOW = pytest.mark.slow


@pytest.mark.parametrize(
    "name",
    [
        "gru@bone",
        pytest.param("posec3d", marks=SLOW),
        pytest.param("st_trans", marks=SLOW),
        "stgcn++",
    ],
)
def test_a_recognizer_learns_an_easy_task(name):
    train, test = moving_clips(24, seed=1), moving_clips(30, seed=2)
    recipe = recipe_for(name, "quick")
    if name == "stgcn++":
        recipe = dataclasses.replace(recipe, frames=12, batch=8, test_samplings=2)
    scores, _ = train_and_score(name, train, test, recipe=recipe, steps=80, seed=5, run=RUN)
    predicted = scores.argmax(axis=1)
    assert (predicted == test.labels).mean() > 0.7  # chance is a third


@pytest.mark.parametrize("name", sorted(recognizer_names()))
def test_a_recognizer_is_deterministic_and_hangs_on_its_seed(name):
    train, test = moving_clips(12, seed=1), moving_clips(6, seed=2)
    recipe = dataclasses.replace(recipe_of(name, "quick"), frames=12, batch=6)
    scores = [
        train_recognizer(name, train, recipe=recipe, steps=2, seed=seed, run=RUN).scores(test)
        for seed in (5, 5, 6)
    ]
    assert scores[0].shape == (6, 3)
    assert np.allclose(scores[0].sum(axis=1), 1.0, atol=1e-5)
    assert np.array_equal(scores[0], scores[1])
    assert not np.array_equal(scores[0], scores[2])


@pytest.mark.parametrize("name", ["gru", "stgcn++"])
def test_who_watches_a_training_changes_nothing_of_it(name):
    train, test = moving_clips(12, seed=1), moving_clips(6, seed=2)
    seen = []

    def trained(watch):
        return train_recognizer(
            name, train, recipe=recipe_of(name, "quick"), steps=4, seed=5, watch=watch, run=RUN
        ).scores(test)

    alone = trained(None)
    assert np.array_equal(trained(lambda *now: seen.append((now[0], now[1].scores(test)))), alone)
    assert [steps for steps, _ in seen] == [1, 2, 3]
    assert not np.array_equal(seen[0][1], seen[2][1])


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(recognizer_names()))
def test_every_recognizer_learns_a_small_real_task(name):
    dataset = dataset_named("kinematic12")
    data = dataset.load(dataset.protocols[0], None)
    train, test = Split.parse("10pct").select(data.train), data.test
    steps = recipe_for(name, "quick").steps(len(train))
    scores, _ = train_and_score(
        name, train, test, recipe=recipe_for(name, "quick"), steps=steps, seed=0, run=RUN
    )
    predicted = scores.argmax(axis=1)
    assert (predicted == test.labels).mean() > 0.5, "12 classes"


def test_unknown_recognizers_and_profiles_name_the_nearest():
    with pytest.raises(InputError, match=r"did you mean 'stgcn\+\+'"):
        check_recognizer("stgcn+")
    with pytest.raises(InputError, match="did you mean 'quick'"):
        recipe_of("stgcn++", "quik")


def test_no_clips_is_a_clear_error(clips):
    with pytest.raises(InputError, match="no clips"):
        train_recognizer(
            "stgcn++",
            clips.select(np.zeros(0, int)),
            recipe=recipe_of("stgcn++", "quick"),
            steps=1,
            seed=0,
            run=RUN,
        )


def test_the_paper_recipe_is_pyskls():
    paper = RECIPES["stgcn++", "paper"]
    assert (paper.optimisation.name, paper.optimisation.weight_decay) == ("sgd", 5e-4)
    assert (paper.frames, paper.batch, paper.model) == (100, 128, {})
    assert recipe_for("stgcn++", "paper").steps(12_800) == 8000, "80 passes in batches of 128"
    assert recipe("stgcn++", "paper")["frames"] == 100


def test_more_clips_mean_more_steps():
    for name, profile in RECIPES.keys() - {("gru", "paper")}:
        assert recipe_for(name, profile).steps(100_000) > recipe_for(name, profile).steps(100)


def _ramp(length: int) -> ClipSet:
    """One clip whose every coordinate is the frame's number."""
    pose = moving_clips(1)[0].joints[0]
    joints = pose + np.arange(length, dtype=np.float32)[:, None, None] * np.float32([0, 1, 0])
    return ClipSet.of(SMPL24, ["only"], [joints], [0])


@pytest.mark.parametrize("length", [1, 5, 23, 24, 25, 90])
def test_sampled_frames_never_jump_back(length):
    inputs = GraphInput.of(_ramp(length), frames=24, augmentation=Augmentation())
    rng = np.random.default_rng(0)
    for sample in (inputs.batch(np.zeros(4, int), rng), inputs.sampling(np.zeros(4, int), 0, 3)):
        height = sample[:, 0, :, 0, 1].numpy()
        steps = np.diff(height, axis=1)
        assert steps.min() >= -1e-5
        assert steps.max() <= max(1.0, 2 * length / 24 + 1)
        assert height[:, -1].max() <= length - 1 + 1e-4


def test_frames_of_a_long_clip_are_real_frames():
    inputs = GraphInput.of(_ramp(90), frames=24, augmentation=Augmentation())
    height = inputs.batch(np.zeros(3, int), np.random.default_rng(0))[:, 0, :, 0, 1].numpy()
    assert np.allclose(height, np.round(height), atol=1e-4)


def test_unchanged_images_are_the_codecs(clips):
    codec = SkeletonImageCodec.fit(clips)
    inputs = ImageInput.of(clips, codec, Augmentation())
    rows = np.arange(len(clips))
    images, _ = codec.encode(clips)
    assert np.abs(inputs.batch(rows, np.random.default_rng(0)).numpy() - images).max() < 1e-4
    assert np.abs(inputs.sampling(rows, 0, 1).numpy() - images).max() < 1e-4


def test_augmentation_keeps_bone_ratios(clips):
    turned = Augmentation(yaw=1.0, tilt=0.5, mirror=0.5, scale=0.2, crop=0.3)
    inputs = GraphInput.of(clips, 24, turned)
    sample = inputs.batch(np.arange(8), np.random.default_rng(0))[:, 0].numpy()
    plain = GraphInput.of(clips, 24, Augmentation()).sampling(np.arange(8), 0, 1)[:, 0].numpy()
    spine = [SMPL24.index(joint) for joint in ("pelvis", "spine1", "spine2", "spine3", "neck")]
    lengths = np.linalg.norm(np.diff(sample[:, :, spine], axis=2), axis=-1).mean(axis=1)
    straight = np.linalg.norm(np.diff(plain[:, :, spine], axis=2), axis=-1).mean(axis=1)
    ratio = lengths / straight
    assert 0.75 < ratio.min() < ratio.max() < 1.25
    assert np.allclose(ratio, ratio[:, :1], rtol=0.1)


def test_a_mirrored_view_is_that_of_the_mirrored_clip():
    clips = moving_clips(6, frames=24)
    inputs = GraphInput.of(clips, 24, Augmentation())
    view = inputs.sampling(np.arange(6), 0, 1)
    expected = mirror(view[:, 0].numpy(), clips.skeleton)
    assert np.array_equal(inputs.mirrored(view)[:, 0].numpy(), expected)
    assert not np.array_equal(expected, view[:, 0].numpy())


def test_scores_of_clips_that_are_also_shown_mirrored_do_not_hang_on_the_side():
    clips, test = moving_clips(12, seed=1), moving_clips(6, seed=2)
    recipe = dataclasses.replace(recipe_of("gru", "quick"), test_mirrored=True)
    trained = train_recognizer("gru", clips, recipe=recipe, steps=3, seed=0, run=RUN)
    other = dataclasses.replace(test, frames=mirror(test.frames[:, None], test.skeleton)[:, 0])
    assert np.allclose(trained.scores(test), trained.scores(other), atol=1e-4)
    alone = dataclasses.replace(trained, recipe=recipe_of("gru", "quick"))
    assert not np.allclose(alone.scores(test), alone.scores(other), atol=1e-4)


def test_the_labels_of_added_clips_that_weigh_nothing_teach_nothing():
    clips, added = moving_clips(12, seed=1), np.arange(12) >= 6
    wrong = np.where(added, (clips.labels + 1) % 3, clips.labels)
    others = dataclasses.replace(clips, labels=wrong)

    def scores(some: ClipSet, weight: float) -> np.ndarray:
        recipe = recipe_for("gru", "quick", {"synthetic_weight": weight, "batch": 8})
        how = {"recipe": recipe, "steps": 6, "seed": 0, "synthetic": added, "run": RUN}
        return train_recognizer("gru", some, **how).scores(clips)

    assert np.allclose(scores(clips, 1e-9), scores(others, 1e-9), atol=1e-5)
    assert np.abs(scores(clips, 1.0) - scores(others, 1.0)).max() > 0.01


def test_first_and_last_parts_of_a_training_are_parts_of_the_same_steps():
    with pytest.raises(InputError, match="together they are 1 or less"):
        recipe_for("gru", "quick", {"synthetic_first": 0.7, "real_last": 0.4})
