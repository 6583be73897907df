"""Whatever is worked out for some clips at a time is, bit for bit, what all at once give."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from generators.sequences import poses
from generators.sequences.poses import PoseCodec
from recognizers.streams import show
from skeletons import near_duplicates, placement, shared_runs
from skeletons.clips import ClipSet
from skeletons.datasets import dataset_named
from skeletons.duplicates import find_duplicates
from skeletons.image import SkeletonImageCodec
from skeletons.placement import upright

SOME = dataset_named("kinematic12").load("", None).train.select(np.arange(0, 970, 4))


def placed(clips: ClipSet) -> list[np.ndarray]:
    return [upright(clips).frames]


def images(clips: ClipSet) -> list[np.ndarray]:
    codec = SkeletonImageCodec.fit(clips)
    encoded, where = codec.encode(clips)
    return [codec.centre, codec.scale, encoded, where.origin, where.yaw, codec.images_of(clips)]


def sequences(clips: ClipSet) -> list[np.ndarray]:
    codec = PoseCodec.fit(clips, 40, keep_pace=True)
    found = codec.encode(clips)
    return [codec.mean, codec.spread, found.values, found.steps, found.placement.yaw]


def streams(clips: ClipSet) -> list[np.ndarray]:
    return [show(clips, stream).frames for stream in ("bone", "bone_motion", "joint_motion")]


@pytest.mark.parametrize("work", [placed, images, sequences, streams])
@pytest.mark.parametrize("number", [1, 7, 100])
def test_the_number_at_a_time_changes_no_bit(
    monkeypatch: pytest.MonkeyPatch, work: Callable[[ClipSet], list[np.ndarray]], number: int
) -> None:
    whole = work(SOME)
    for module in (placement, poses):
        monkeypatch.setattr(module, "AT_A_TIME", number)
    monkeypatch.setattr("recognizers.streams.AT_A_TIME", number)
    for one, other in zip(whole, work(SOME), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("number", [1, 100, 2**16])
def test_pieces_of_scattered_clips_are_those_of_the_packed_set(number: int) -> None:
    scattered = SOME.select([5, 3, 3, 60])
    packed = scattered.packed()
    for clips in (scattered, packed):
        pieces = list(clips.in_pieces(number))
        assert max(map(len, pieces)) <= number
        np.testing.assert_array_equal(np.concatenate(pieces), packed.frames)


def test_a_set_has_one_fingerprint_and_one_file_however_it_lies(tmp_path) -> None:
    scattered = SOME.select([5, 3, 60])
    scattered.save(tmp_path / "a.npz")
    scattered.packed().save(tmp_path / "b.npz")
    assert scattered.fingerprint == scattered.packed().fingerprint
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_duplicates_do_not_hang_on_it(monkeypatch: pytest.MonkeyPatch) -> None:
    train, test = SOME.select(np.arange(0, 60)), SOME.select(np.arange(50, 80))
    whole = find_duplicates(train, test)
    assert whole.count("identical") == 10
    monkeypatch.setattr(shared_runs, "CHUNK", 13)
    monkeypatch.setattr(near_duplicates, "CHUNK", 13)
    assert find_duplicates(train, test) == whole
