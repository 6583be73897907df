from __future__ import annotations

from pathlib import Path

import joblib
import numpy as np
import pytest

from skeletons.datasets import Data, dataset_named
from skeletons.errors import InputError
from skeletons.formats.ntu_vibe import ACTIONS, KEPT
from skeletons.layouts import VIBE18

PEOPLE = (1, 2, 3, 6)
"""The first two train in the cross-subject protocol of NTU RGB+D."""


def bodies(seed: int, frames: int = 12) -> np.ndarray:
    """VIBE's 49 joints ``[T, 49, 3]`` of somebody who stands, y down; the nose comes first."""
    rng = np.random.default_rng(seed)
    joints = rng.normal(0.0, 0.1, (1, 49, 3)) + np.cumsum(
        rng.normal(0, 0.01, (frames, 49, 3)), axis=0
    )
    places = {
        **{0: (0, -0.6), 1: (0, -0.45), 8: (0, 0.0), 9: (-0.1, 0.0), 12: (0.1, 0.0)},
        **{2: (-0.15, -0.45), 5: (0.15, -0.45), 10: (-0.1, 0.42), 13: (0.1, 0.42)},
        **{11: (-0.1, 0.8), 14: (0.1, 0.8), 21: (0.1, 0.85), 24: (-0.1, 0.85), 38: (0, -0.8)},
    }
    for joint, (x, y) in places.items():
        joints[:, joint, :2] += np.array([x, y]) - joints[:1, joint, :2]
    return joints.astype(np.float32)


def write(folder: Path, kind: str) -> Path:
    """A data root with a clip of each action by each person."""
    inside = folder / "ntu_vibe"
    inside.mkdir(parents=True)
    for person in PEOPLE:
        for action in ACTIONS:
            name = inside / f"S001C001P{person:03d}R001A{action:03d}"
            joints = bodies(1000 * person + action)
            if kind == "vibe":
                track = {"joints3d": joints, "frame_ids": np.arange(len(joints))}
                joblib.dump({1: track}, name.with_suffix(".pkl"))
            else:
                taken = joints[:, list(KEPT)]
                if kind == "re-rooted":
                    taken[:, [0, 8]] = taken[:, [8, 0]]
                np.save(name.with_suffix(".npy"), taken)
    return folder


def loaded(root: Path, protocol: str = "") -> Data:
    return dataset_named("ntu_vibe").load(protocol, root)


@pytest.mark.parametrize("kind", ["vibe", "18 joints", "re-rooted"])
def test_the_pelvis_is_first_however_the_files_have_it(tmp_path, kind):
    data = loaded(write(tmp_path, kind))
    clips = data.train
    assert clips.skeleton == VIBE18
    assert len(clips.classes) == 13
    assert clips.classes[0] == "pick up"
    assert (len(clips), len(data.test)) == (26, 26)
    assert set(data.test.subjects) == {"P003", "P006"}
    one = clips[0]
    taken = bodies(1000 + int(one.id[-3:]))[:, list(KEPT)]
    taken[:, [0, 8]] = taken[:, [8, 0]]
    np.testing.assert_allclose(one.joints, taken, atol=1e-6)
    counts = dict(data.counts)
    assert counts.get("clips_re_rooted", 0) == (0 if kind == "re-rooted" else 52)
    assert counts.get("clips_of_49_joints", 0) == (52 if kind == "vibe" else 0)


def test_files_without_anybody_are_left_out_and_counted(tmp_path):
    root = write(tmp_path, "vibe")
    joblib.dump({}, root / "ntu_vibe" / "S001C001P004R001A006.pkl")
    data = loaded(root)
    assert dict(data.counts)["clips_without_body"] == 1
    assert any("1 files show nobody" in note for note in data.notes)


def test_the_identity_follows_the_files(tmp_path):
    root = write(tmp_path, "re-rooted")
    dataset = dataset_named("ntu_vibe")
    first = dataset.identity("", root)
    assert dataset.identity("by-subject", root) != first
    np.save(root / "ntu_vibe" / "S001C001P001R002A006.npy", bodies(5)[:, list(KEPT)])
    assert dataset.identity("", root) != first


@pytest.mark.parametrize(
    ("name", "array", "message"),
    [
        ("S001C001P001R002A001.npy", np.ones((5, 18, 3)), "none of the 13 actions"),
        ("walk.npy", np.ones((5, 18, 3)), "none of the 13 actions"),
        ("S001C001P001R002A006.npy", np.ones((5, 17, 3)), r"shape \(5, 17, 3\)"),
        ("S001C001P001R002A006.npy", np.ones((0, 18, 3)), r"shape \(0, 18, 3\)"),
        ("S001C001P001R002A006.npy", np.full((5, 18, 3), np.nan), "NaN or infinite"),
    ],
)
def test_what_is_no_clip_is_named(tmp_path, name, array, message):
    root = write(tmp_path, "re-rooted")
    np.save(root / "ntu_vibe" / name, array)
    with pytest.raises(InputError, match=message):
        loaded(root)


def test_a_file_that_is_not_vibes_is_named(tmp_path):
    root = write(tmp_path, "vibe")
    (root / "ntu_vibe" / "S001C001P001R002A006.pkl").write_bytes(b"no pickle")
    with pytest.raises(InputError, match=r"'S001C001P001R002A006\.pkl' is not what VIBE writes"):
        loaded(root)


def test_missing_files_are_one_line(tmp_path, monkeypatch):
    with pytest.raises(InputError, match=r"there is no .*ntu_vibe: its authors no longer"):
        loaded(tmp_path)
    monkeypatch.delenv("SKELGENBENCH_DATA", raising=False)
    with pytest.raises(InputError, match="give --data-root"):
        loaded(None)
