from __future__ import annotations

import numpy as np
import pytest

from benchmark.analyses.claims.geometry import FewClips, Geometry, of_classes
from skeletons.datasets import Data
from skeletons.errors import InputError
from tests.conftest import moving_clips


def data() -> Data:
    train, dev, test = (
        moving_clips(count, classes=4, seed=seed) for seed, count in enumerate((40, 12, 16))
    )
    return Data(train, test, "plain", dev=dev)


def test_the_default_geometry_trains_forty_steps_against_fourteen_hundred():
    geometry = Geometry()
    assert (geometry.steps(30), geometry.steps(30 + geometry.synthetic)) == (40, 1400)
    assert geometry.checkpoints(40) == tuple(range(2, 41, 2))
    assert geometry.checkpoints(1400)[-1] == 1400
    assert len(geometry.checkpoints(1400)) == 20


def test_clips_of_some_classes_are_numbered_in_the_order_given():
    clips = moving_clips(12, classes=4)
    some = of_classes(clips, ["class3", "class1"])
    assert some.classes == ("class3", "class1")
    assert some.class_counts().tolist() == [3, 3]
    for clip in (some[row] for row in range(len(some))):
        (old,) = np.flatnonzero(clips.ids == clip.id)
        assert clips.classes[clips.labels[old]] == some.classes[clip.label]
        assert np.array_equal(clips[int(old)].joints, clip.joints)


def test_few_clips_have_their_shots_and_all_held_out_clips_of_their_classes():
    few = FewClips.of(data(), ["class0", "class2"], shots=5, seed=0)
    assert few.real.class_counts().tolist() == [5, 5]
    assert (len(few.dev), len(few.test)) == (6, 8)
    other = FewClips.of(data(), ["class0", "class2"], shots=5, seed=1)
    assert set(few.real.ids) != set(other.real.ids)


@pytest.mark.parametrize(
    ("classes", "shots", "message"),
    [
        (["class0", "clas1"], 5, "unknown class 'clas1': did you mean 'class1'"),
        (["class0"], 5, "give two or more"),
        (["class0", "class0"], 5, "each once"),
        (["class0", "class1"], 11, "11 shots: 'class0' has 10 training clips"),
    ],
)
def test_what_cannot_be_is_one_line(classes, shots, message):
    with pytest.raises(InputError, match=message):
        FewClips.of(data(), classes, shots, seed=0)
