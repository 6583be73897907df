"""Northwestern-UCLA Multiview Action 3D (Wang et al., CVPR 2014) in the public ``all_sqe`` layout.

One JSON file a clip, ``a<action>_s<subject>_e<trial>_v<view>.json``, with ``skeletons [T, 20, 3]``
in metres from a Kinect v1 and ``label`` 1 to 10. Train is views 1 and 2, test is view 3.

The public files repeat a fifth of the test clips in the training set: the view-2 and the view-3
file of a trial hold the same frames. Protocol ``clean`` takes the copies out of train.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import numpy as np

from skeletons.arrays import Float32Array
from skeletons.clips import ClipSet
from skeletons.data_root import data_folder
from skeletons.datasets import Data, check_protocol
from skeletons.datasets.development import development_clips, with_dev
from skeletons.duplicates import leak
from skeletons.errors import InputError
from skeletons.formats.archives import files_of
from skeletons.layouts import KINECT20
from skeletons.repair import fill_missing, follow_one_body, repair_leaps
from skeletons.shared_runs import SharedRuns, shared_runs

CLASS_OF_ACTION = {
    1: "pick up with one hand",
    2: "pick up with two hands",
    3: "drop trash",
    4: "walk around",
    5: "sit down",
    6: "stand up",
    8: "donning",
    9: "doffing",
    11: "throw",
    12: "carry",
}
"""Action codes of the file names; 7 and 10 do not exist. Labels count them from 0 in this order."""

CLASSES = tuple(CLASS_OF_ACTION.values())
TEST_VIEW = "v03"
FILE_NAME = re.compile(r"a(\d\d)_(s\d\d)_e\d\d_(v0[123])\.json")
FOLDER = "all_sqe"
ARCHIVES = ("all_sqe.tar.xz", "all_sqe.zip")

DEV_PEOPLE = 2
"""Of the ten people. Both are seen by the third camera in the test part, as all are."""

MOST_BYTES = 512 * 2**20
"""Unpacked size beyond which an archive is not this data set (it has 38 MB)."""


class NorthwesternUCLA:
    """NW-UCLA: 10 actions, 10 subjects, 3 views, 1,484 clips of 1 to 201 frames."""

    name = "nw_ucla"
    summary = "Northwestern-UCLA, real Kinect v1 clips: 10 actions, train views 1+2, test view 3"
    protocols: tuple[str, ...] = ("clean", "official")

    def load(self, protocol: str, data_root: Path | None) -> Data:
        """The clips, repaired where the sensor failed; ``Data.counts`` tells what was done.

        Args:
            protocol: ``clean`` removes the training clips that are frame for frame a test clip;
                ``official`` keeps them and carries a caveat.
            data_root: folder that holds ``nw_ucla/``; ``SKELGENBENCH_DATA`` without it.

        Raises:
            InputError: no data there, or a damaged archive, file or clip, by its name.
        """
        protocol = check_protocol(self, protocol)
        source = _source(data_root)
        recorded = _read_clips(source)
        is_test = recorded.views == TEST_VIEW
        for part, views in ((is_test, "view 3"), (~is_test, "views 1 and 2")):
            if not part.any():
                raise InputError(f"nw_ucla: there are no clips of {views} in {source}")
        tests = recorded.select(is_test)
        copies = np.zeros(len(recorded), dtype=bool)
        copies[~is_test] = shared_runs(recorded.select(~is_test), tests).identical
        is_train = ~is_test & ~copies if protocol == "clean" else ~is_test
        if not is_train.any():
            raise InputError(f"nw_ucla: every training clip in {source} is a copy of a test clip")
        to_share_out = recorded.select(is_train, name=f"{self.name}-train")
        learnt_from = to_share_out.select(~development_clips(to_share_out, DEV_PEOPLE))
        runs = shared_runs(tests, learnt_from)

        # Copies are found in the frames as recorded; repairs come after.
        clips, missing = fill_missing(recorded.select(is_train | is_test))
        clips, two_bodies, foreign = follow_one_body(clips)
        clips, leaps = repair_leaps(clips)
        fate = "removed" if protocol == "clean" else "kept"
        counts = {
            f"train_clips_copying_test_{fate}": int(copies.sum()),
            "frames_in_train_and_test": runs.distinct_frames,
            "one_frame_clips": int((clips.lengths == 1).sum()),
            "missing_joints_filled": missing.filled,
            "joints_dragged_by_missing_ones_filled": missing.dragged,
            "missing_joints_left": missing.left,
            "clips_of_two_alternating_bodies": two_bodies,
            "frames_of_second_body_replaced": foreign,
            "joint_leaps_repaired": leaps.joints,
            "clips_with_leaps_repaired": leaps.clips,
            "fast_joint_moves_kept": leaps.left,
            "clips_with_fast_joint_moves_kept": leaps.left_clips,
        }
        in_test = clips.views == TEST_VIEW
        data = Data(
            train=clips.select(~in_test, name="nw_ucla-train"),
            test=clips.select(in_test, name="nw_ucla-test"),
            protocol=protocol,
            caveats=_caveats(runs),
            counts=tuple(counts.items()),
        )
        return with_dev(data, DEV_PEOPLE)

    def identity(self, protocol: str, data_root: Path | None) -> str:
        """SHA-256 of the protocol and the files' bytes (the archive's, or names and contents)."""
        source = _source(data_root)
        digest = hashlib.sha256(f"{self.name}:{protocol}:".encode())
        try:
            for path in sorted(source.glob("*.json")) if source.is_dir() else [source]:
                content = path.read_bytes()
                digest.update(f"{path.name}:{len(content)}:".encode())
                digest.update(content)
        except OSError as error:
            raise InputError(f"nw_ucla: {source} cannot be read: {error}") from error
        return digest.hexdigest()


def _source(data_root: Path | None) -> Path:
    """The folder or archive to read; the folder where both are there."""
    holds = (
        f"nw_ucla/{ARCHIVES[0]} or nw_ucla/{FOLDER}/*.json "
        "(all_sqe.zip is linked in the README of CTR-GCN, Chen et al. 2021)"
    )
    folder = data_folder("nw_ucla", data_root, holds) / "nw_ucla"
    if (folder / FOLDER).is_dir():
        return folder / FOLDER
    for name in ARCHIVES:
        if (folder / name).is_file():
            return folder / name
    raise InputError(
        f"nw_ucla: neither {folder / FOLDER}/ nor {' nor '.join(ARCHIVES)} beside it is there: get "
        "all_sqe.zip (linked in the README of CTR-GCN, Chen et al. 2021) and put it there"
    )


def _read_clips(source: Path) -> ClipSet:
    """All clips as recorded, ordered by name."""
    files = sorted(files_of(source, ".json", "nw_ucla", MOST_BYTES))
    if not files:
        raise InputError(f"nw_ucla: {source} holds no .json files")
    joints, labels, subjects, views = [], [], [], []
    for name, content in files:
        match = FILE_NAME.fullmatch(name)
        if match is None or int(match[1]) not in CLASS_OF_ACTION:
            raise InputError(
                f"nw_ucla: '{name}' in {source} is not named a<action>_s<subject>_e<trial>_v<view>"
                f".json with an action of {', '.join(map(str, CLASS_OF_ACTION))} and view 1 to 3"
            )
        label = list(CLASS_OF_ACTION).index(int(match[1]))
        joints.append(_parse(name, content, label))
        labels.append(label)
        subjects.append(match[2])
        views.append(match[3])
    ids = [name.removesuffix(".json") for name, _ in files]
    return ClipSet.of(
        KINECT20,
        CLASSES,
        joints,
        labels,
        subjects=subjects,
        views=views,
        ids=ids,
        name="nw_ucla",
    )


def _parse(name: str, content: bytes, label: int) -> Float32Array:
    """Joints ``[T, 20, 3]`` of one file, whose label must be the one that its name says."""
    where = f"nw_ucla: '{name}'"
    try:
        clip = json.loads(content)
        stored_label, skeletons = clip["label"], clip["skeletons"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(
            f"{where} is not a JSON object with 'skeletons' and 'label': {error!r}"
        ) from error
    if stored_label != label + 1:
        raise InputError(
            f"{where} has label {stored_label!r}, its name says '{CLASSES[label]}', which is label "
            f"{label + 1}"
        )
    try:
        with np.errstate(over="ignore"):  # too large for float32 becomes inf, which ClipSet names
            joints = np.asarray(skeletons, dtype=np.float32)
    except (ValueError, TypeError, OverflowError) as error:
        raise InputError(
            f"{where}: 'skeletons' is not [T][20][3] numbers of one shape: {error}"
        ) from error
    if joints.ndim != 3 or len(joints) == 0:
        raise InputError(f"{where}: 'skeletons' has shape {joints.shape}, a clip is [T > 0][20][3]")
    KINECT20.check(joints.shape, where)
    return joints


def _caveats(runs: SharedRuns) -> tuple[str, ...]:
    """What a reader must know of test clips that are, whole or in part, in the training set."""
    tests, copied = len(runs.lengths), int(runs.identical.sum())
    overlapping = int(np.count_nonzero(runs.lengths)) - copied
    caveats = []
    if copied:
        caveats.append(
            f"NW-UCLA, official protocol: {leak('identical', copied, tests)}, so test results are "
            "too good; the protocol 'clean' takes the copies out."
        )
    if overlapping:
        caveats.append(
            f"NW-UCLA: {leak('run', overlapping, tests)}: overlapping cuts of one recording."
        )
    return tuple(caveats)
