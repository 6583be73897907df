from __future__ import annotations

from typing import Any

import numpy as np

from recognizers.downstream import restored_recognizer, train_recognizer
from recognizers.registry import recipe_for
from recognizers.soft_labels import mixed_targets
from recognizers.training import TrainingRun
from skeletons.arrays import Float32Array
from tests.conftest import moving_clips


def scores(targets: Float32Array | None, **changes: Any) -> Float32Array:
    clips = moving_clips(12, seed=1)
    recipe = recipe_for("gru", "quick", {"batch": 8, **changes})
    return train_recognizer(
        "gru", clips, recipe=recipe, steps=6, seed=0, targets=targets, run=TrainingRun()
    ).scores(clips)


def test_a_label_is_mixed_of_what_a_recognizer_says_and_of_the_class() -> None:
    said = np.asarray([[0.5, 0.3, 0.2], [0.0, 0.2, 0.8]], dtype=np.float32)
    added = np.asarray([False, True, False, True])
    targets = mixed_targets(np.asarray([0, 1, 2, 0]), added, said, 0.5)
    np.testing.assert_allclose(
        targets, [[1, 0, 0], [0.25, 0.65, 0.1], [0, 0, 1], [0.5, 0.1, 0.4]], atol=1e-6
    )
    np.testing.assert_array_equal(
        mixed_targets(np.asarray([1, 2]), added[:2], said[1:], 1.0)[1], said[1]
    )


def test_a_certain_soft_label_teaches_what_a_class_does() -> None:
    labels = moving_clips(12, seed=1).labels
    certain = np.eye(3, dtype=np.float32)[labels]
    np.testing.assert_allclose(scores(certain), scores(None), atol=1e-5)
    smooth = {"label_smoothing": 0.1}
    np.testing.assert_allclose(scores(certain, **smooth), scores(None, **smooth), atol=1e-5)
    uncertain = np.full((12, 3), 1 / 3, dtype=np.float32)
    assert scores(uncertain).max() < scores(None).max()


def test_a_recognizer_comes_back_from_its_weights() -> None:
    clips, other = moving_clips(9, seed=1), moving_clips(5, seed=2)
    for name in ("gru", "stgcn++", "st_trans"):
        recipe = recipe_for(name, "quick")
        trained = train_recognizer(name, clips, recipe=recipe, steps=1, seed=3, run=TrainingRun())
        again = restored_recognizer(
            name, clips, trained.model.state_dict(), recipe=recipe, device="cpu"
        )
        np.testing.assert_array_equal(again.scores(other), trained.scores(other))
