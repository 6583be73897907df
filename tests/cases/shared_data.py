"""What the program says of a shared case that is a data set, in the case's own words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from skeletons.clips import ClipSet
from skeletons.datasets import dataset_named
from tests.cases.folders import expected


def source_of(folder: Path, file: str = "") -> str:
    """How the case's files are named to ``--dataset``."""
    pickles = sorted(folder.glob("*.pkl"))
    if pickles:
        return f"pyskl:{folder / file if file else pickles[-1]}"
    word = "ntu" if any(folder.glob("*.skeleton")) else "humanact12"
    return f"{word}:{folder}"


def skeleton_of(folder: Path) -> str:
    """What goes to ``--skeleton``: nothing for most."""
    if "ntu25" in expected(folder)["values"].values():
        return "ntu25"
    return next((str(path) for path in folder.glob("*.yaml")), "")


def clips_of(source: str, skeleton: str = "") -> ClipSet:
    """Train and test."""
    data = dataset_named(source, skeleton).load("", None)
    return ClipSet.concatenate([data.train, data.test])


def told(folder: Path, facts: dict[str, Any]) -> dict[str, Any]:
    """What the JSON object says of the values that a case expects, in the case's own words."""
    counts, found, leaks = facts["counts"], facts["findings"], facts["leaks"]
    clips = facts["clips"]
    said: dict[str, Any] = {
        "clips": clips["all"] + counts.get("clips_in_no_part", 0),
        "train": clips["train"],
        "test": clips["test"],
        "test_clips": leaks["test_clips"],
        "identical": leaks["copies"]["identical"],
        "pairs": [[one["test"], one["train"]] for one in leaks["pairs"] if one["kind"] != "near"],
        "share": leaks["copies"]["identical"] / leaks["test_clips"],
        "classes": len(facts["classes"]),
        "classes_without_test_clip": len(facts["classes_without_clip"]["test"]),
        "clips_of_each_class": facts["clips_of_each_class"],
        "shortest": facts["frames"]["shortest"],
        "clips_of_one_frame": facts["frames"]["one_frame_clips"],
        "subjects_in_both": facts["people"]["in_train_and_test"],
        "joints": len(facts["skeleton"]["joints"]),
        "parents": facts["skeleton"]["parents"],
        "bones": len(facts["skeleton"]["bones"]),
        "coordinates": facts["skeleton"]["coordinates"],
        "up": facts["skeleton"]["up"],
        "factor": found["unit"]["factor"],
        "thigh_in_units": [round(one, 1) for one in found["unit"]["thigh_in_units"] or []],
        "zero_joints": counts["zero_joints"],
        "zero_joints_filled": counts["zero_joints_filled"],
        "clips_with_zero_joints": counts["clips_with_zero_joints"],
        "joint_always_at_zero": "".join(found["joints_always_at_zero"]),
        "labels_in_file": found.get("labels_in_file"),
        "score": found.get("scores"),
        "entries_that_disagree": counts.get("entries_whose_total_frames_disagree"),
        "clips_where_not_the_first_was_chosen": counts.get("clips_where_not_the_first_was_chosen"),
        "energy_of_first_clip": found.get("energy_of_first_clip_of_several"),
    }
    persons = found.get("persons_in_clips", {})
    said["persons_in_each_clip"] = int(next(iter(persons), 0)) if len(persons) == 1 else None
    chosen = found.get("chosen_person", {})
    said["chosen_person"] = int(next(iter(chosen), 0)) if len(chosen) == 1 else None
    lost = counts.get("frames_without_body", 0) / clips["all"]
    said["frames_without_body_in_each_clip"] = lost
    said["of_these_inside"] = counts.get("frames_without_body_inside", 0) / clips["all"]
    return said | structure(folder)


def structure(folder: Path) -> dict[str, Any]:
    """Values that are properties of the clips themselves."""
    clips = clips_of(source_of(folder), skeleton_of(folder))
    skeleton = clips.skeleton
    said: dict[str, Any] = {
        "metrics_finite": bool(np.isfinite(clips.resample(8).std(axis=0)).all()),
        "shape_of_first_clip": list(clips[0].joints.shape),
        "frames_of_each_clip": sorted(set(clips.lengths.tolist())),
    }
    lengths = dict(
        zip((child for _, child in skeleton.edges), skeleton.bone_lengths(clips[0].joints[0]),
            strict=True)
    )  # fmt: skip
    said["bone_lengths_of_first_clip"] = [round(float(lengths[one]), 4) for one in sorted(lengths)]
    wrists = [one for one, name in enumerate(skeleton.joints) if name.endswith("wrist")]
    if wrists and skeleton.dimensions == 3:
        elbows = [skeleton.parents[one] for one in wrists]
        apart = np.linalg.norm(clips.frames[:, wrists] - clips.frames[:, elbows], axis=-1)
        said["wrist_to_elbow"] = float(apart.max())
    if len(list(folder.glob("*.pkl"))) == 2:
        both = [source_of(folder, path.name) for path in sorted(folder.glob("*.pkl"))]
        frames = [clips_of(source).packed().frames for source in both]
        said["equal"] = np.array_equal(frames[0], frames[1]) and (
            len({dataset_named(source).identity("own", None) for source in both}) == 1
        )
        np.testing.assert_allclose(frames[0], frames[1], atol=1e-5)
    return said


def agrees(name: str, wanted: Any, said: dict[str, Any]) -> bool:
    """Whether a value that the case expects is among those that were said."""
    if name == "largest_distance_of_a_wrist_to_its_elbow_in_metres":
        return bool(said["wrist_to_elbow"] <= wanted)
    if name == "frames_in_file":
        return True  # what the frames become is told by the other values
    if name == "frames_of_each_clip":
        return set(said[name]) <= set(wanted)
    if name == "bone_lengths_of_first_clip":
        return bool(np.allclose(said[name], wanted, atol=1e-3))
    if isinstance(wanted, float | dict):
        return said[name] == pytest.approx(wanted, rel=1e-6)
    if name == "pairs":
        return sorted(said[name]) == sorted(wanted)
    return bool(said[name] == wanted)
