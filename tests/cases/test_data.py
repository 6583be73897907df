"""What people bring as data, each fault's whole kind, with files of our own making."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmark.commands.app import run_command_line
from skeletons.clips import ClipSet
from skeletons.datasets import Data, dataset_named
from skeletons.errors import InputError
from skeletons.formats.pyskl import write_annotations
from tests.cases.made_files import (
    Entry,
    annotation_file,
    changed,
    entries_of,
    humanact12_folder,
    ntu_folder,
)
from tests.skeletons.standing import standing

CLIPS = standing(count=18)


def loaded(source: str, protocol: str = "", skeleton: str = "kinect20") -> Data:
    return dataset_named(source, skeleton).load(protocol, None)


def read(path: Path, entries: list[Entry], **more: Any) -> Data:
    return loaded(f"pyskl:{annotation_file(path, entries, **more)}")


def both(data: Data) -> ClipSet:
    return ClipSet.concatenate([data.train, data.test])


@pytest.mark.parametrize("factor", [100.0, 1000.0])
def test_other_units_become_metres(tmp_path, factor):
    entries = entries_of(CLIPS)
    metres = both(read(tmp_path / "a.pkl", entries))
    data = read(tmp_path / "b.pkl", changed(entries, lambda joints: joints * factor))
    np.testing.assert_allclose(both(data).frames, metres.frames, atol=1e-4)
    assert data.findings["unit"]["factor"] == 1 / factor
    assert any("converted to metres" in note for note in data.notes)


@pytest.mark.parametrize("axis", [0, 2])
@pytest.mark.parametrize("sign", [1, -1])
def test_bodies_along_another_axis_are_turned_and_not_mirrored(tmp_path, axis, sign):
    turned = changed(entries_of(CLIPS), lambda joints: np.roll(joints, axis - 1, -1) * sign)
    data = read(tmp_path / "a.pkl", turned)
    clips = both(data)
    head, foot = (clips.skeleton.index(name) for name in ("head", "left_foot"))
    assert (clips.frames[:, head, 1] > clips.frames[:, foot, 1]).all()
    assert data.findings["up"]["turned"]
    # A cyclic change of axes is a rotation, its negative mirrors: the mirror stays, and is said.
    assert (data.findings["toes_ahead"] > 0.5) == (sign == 1)
    assert any("exchanged" in note for note in data.notes) == (sign == -1)


def test_padding_ghosts_and_changed_slots_leave_one_person(tmp_path):
    entries = entries_of(CLIPS)
    plain = both(read(tmp_path / "plain.pkl", entries)).frames
    padded, ghost, hopping = entries_of(CLIPS), entries_of(CLIPS), entries_of(CLIPS)
    rng = np.random.default_rng(0)
    for number in range(len(CLIPS)):
        body = entries[number]["keypoint"]
        padded[number]["keypoint"] = np.concatenate([np.zeros_like(body), body])
        chair = body[:, :1] + rng.normal(0, 0.001, body.shape).astype(np.float32) + 1.0
        ghost[number]["keypoint"] = np.concatenate([chair, body])
        slots = np.zeros((2, *body.shape[1:]), np.float32)
        slots[0, :5], slots[1, 5:] = body[0, :5], body[0, 5:]
        hopping[number]["keypoint"] = slots
    for name, made, count in (
        ("padded", padded, "empty_persons"),
        ("ghost", ghost, "clips_where_not_the_first_was_chosen"),
        ("hopping", hopping, "tracks_joined"),
    ):
        data = read(tmp_path / f"{name}.pkl", made)
        np.testing.assert_array_equal(both(data).frames, plain, err_msg=name)
        assert dict(data.counts)[count] == len(CLIPS)


def test_frames_without_body_are_cut_off_at_ends_and_filled_inside(tmp_path):
    entries = entries_of(CLIPS)
    for entry in entries:
        entry["keypoint"][:, [0, 1, 5, 6, 11]] = 0
    data = read(tmp_path / "a.pkl", entries)
    assert set(both(data).lengths.tolist()) == {9}
    assert np.linalg.norm(both(data).frames, axis=-1).min() > 1.0
    counts = dict(data.counts)
    assert counts["frames_without_body"] == 5 * len(CLIPS)
    assert counts["frames_without_body_inside"] == 2 * len(CLIPS)
    assert counts["zero_joints"] == 0


def test_lost_joints_are_filled_on_their_bones(tmp_path):
    entries = entries_of(CLIPS)
    for entry in entries[:4]:
        entry["keypoint"][0, [3, 4, 8], 7] = 0
    data = read(tmp_path / "a.pkl", entries)
    counts = dict(data.counts)
    assert (counts["zero_joints"], counts["clips_with_zero_joints"]) == (12, 4)
    np.testing.assert_allclose(
        both(data).frames, both(read(tmp_path / "b.pkl", entries_of(CLIPS))).frames, atol=0.08
    )


@pytest.mark.parametrize("labels", [(1, 2, 3), (0, 5, 9), (7, 8, 40)])
def test_labels_from_one_and_with_gaps_are_renumbered_and_said(tmp_path, labels):
    entries = entries_of(CLIPS)
    for entry in entries:
        entry["label"] = labels[entry["label"]]
    data = read(tmp_path / "a.pkl", entries)
    assert data.train.classes == tuple(f"action_{label}" for label in labels)
    assert data.findings["labels_in_file"] == list(labels)
    assert any("renumbered" in note for note in data.notes)


def test_class_names_come_from_the_file_or_from_beside_it(tmp_path):
    entries, names = entries_of(CLIPS), ["walk", "run", "jump"]
    assert read(tmp_path / "a.pkl", entries, label_map=names).train.classes == tuple(names)
    (tmp_path / "b.txt").write_text("walk\nrun\njump\n")
    assert read(tmp_path / "b.pkl", entries).train.classes == tuple(names)
    (tmp_path / "c.yaml").write_text("label_map: {1: walk, 2: run, 3: jump}\n")
    assert read(tmp_path / "c.pkl", entries).train.classes == tuple(names)


def test_splits_are_chosen_by_name(tmp_path):
    ids = CLIPS.ids.tolist()
    split = {
        "xsub_train": ids[:9],
        "xsub_val": ids[9:],
        "xview_train": ids[:12],
        "xview_val": ids[12:],
    }
    path = annotation_file(tmp_path / "a.pkl", entries_of(CLIPS), split=split)
    assert dataset_named(f"pyskl:{path}", "kinect20").protocols == ("xsub", "xview", "by-subject")
    assert len(loaded(f"pyskl:{path}").test) == 9
    assert len(loaded(f"pyskl:{path}", "xview").test) == 6
    with pytest.raises(InputError, match="unknown protocol"):
        loaded(f"pyskl:{path}", "xset")


def test_without_split_people_are_held_out_and_else_clips(tmp_path):
    data = read(tmp_path / "a.pkl", entries_of(CLIPS), split=None)
    assert data.protocol == "by-subject"
    assert not set(data.train.subjects) & set(data.test.subjects)
    nameless = [{**entry, "frame_dir": f"clip {n}"} for n, entry in enumerate(entries_of(CLIPS))]
    data = read(tmp_path / "b.pkl", nameless, split=None)
    assert (data.test.class_counts() == 1).all()
    assert any("people are not known" in one for one in data.caveats)


def test_leaks_people_on_both_sides_and_absent_classes_are_told(tmp_path, capsys):
    entries = entries_of(CLIPS)
    entries[-1] = {**entries[0], "frame_dir": entries[-1]["frame_dir"]}
    ids = [entry["frame_dir"] for entry in entries]
    test = [entry["frame_dir"] for entry in entries[10:] if entry["label"] != 2]
    split = {"xsub_train": [one for one in ids if one not in test], "xsub_val": test}
    path = annotation_file(tmp_path / "a.pkl", entries, split=split)
    code = run_command_line(["data", f"pyskl:{path}", "--skeleton", "kinect20", "--json"])
    facts = json.loads(capsys.readouterr().out)
    assert code == 0
    assert facts["leaks"]["copies"]["identical"] == 1
    assert facts["people"]["in_train_and_test"] == ["P001", "P002", "P003"]
    assert facts["classes_without_clip"]["test"] == ["action_2"]
    said = " ".join(facts["caveats"])
    for words in ("no cross-subject test", "have no test clip ('action_2')", "frame for frame"):
        assert words in said


def without(key: str) -> Callable[[list[Entry]], None]:
    return lambda entries: entries[3].pop(key)


def with_value(key: str, value: Any) -> Callable[[list[Entry]], None]:
    return lambda entries: entries[3].update({key: value})


def holed(entries: list[Entry]) -> None:
    entries[3]["keypoint"][0, 4:6, 2, 1] = np.nan


@pytest.mark.parametrize(
    ("break_it", "message"),
    [
        (holed, r"clip 'S001C001P002R001A001' has NaN .* in 2 of its 12 frames, first in frame 4"),
        (without("keypoint"), "has no 'keypoint'"),
        (without("label"), "has no 'label'"),
        (without("frame_dir"), "entry 3 has no 'frame_dir'"),
        (with_value("label", 1.5), "has no 'label' that is a whole number"),
        (with_value("label", -1), "a label is -1"),
        (with_value("label", 2**40), "counts no classes"),
        (with_value("label", "walk"), "some labels are numbers and some are names"),
        (with_value("keypoint", np.zeros((1, 0, 20, 3))), "has no frames"),
        (with_value("keypoint", np.ones((1, 5, 19, 3))), "has joints \\[19, 3\\]"),
        (with_value("keypoint", np.ones((1, 5, 3, 20))), "has shape"),
        (with_value("keypoint", [[1.0]]), "is no array of numbers"),
        (with_value("keypoint", np.ones((1, 5, 20, 3), "U1")), "is no array of numbers"),
        (with_value("keypoint", np.full((1, 5, 20, 3), 1e300)), "beyond"),
        (with_value("frame_dir", CLIPS.ids[0]), "stands twice, with labels 0 and 0"),
    ],
)
def test_a_broken_entry_is_refused_by_its_name(tmp_path, break_it, message):
    entries = entries_of(CLIPS)
    break_it(entries)
    with pytest.raises(InputError, match=message):
        read(tmp_path / "a.pkl", entries)


@pytest.mark.parametrize("total", [0, 11, 13, 10**9, -1])
def test_the_array_is_right_where_total_frames_disagrees(tmp_path, total):
    entries = entries_of(CLIPS)
    entries[2]["total_frames"] = total
    data = read(tmp_path / "a.pkl", entries)
    assert dict(data.counts)["entries_whose_total_frames_disagree"] == 1
    assert (both(data).lengths == 12).all()


def test_three_axes_are_one_person(tmp_path):
    entries = changed(entries_of(CLIPS), lambda joints: joints[0])
    assert both(read(tmp_path / "a.pkl", entries)).frames.shape == (18 * 12, 20, 3)


def test_the_same_content_has_the_same_identity_whatever_pickled_it(tmp_path):
    content = {"split": None, "annotations": entries_of(CLIPS)}
    first = pickle.dumps(content, protocol=4)
    (tmp_path / "one.pkl").write_bytes(first)
    (tmp_path / "two.pkl").write_bytes(
        pickle.dumps(content, protocol=2).replace(b"numpy._core", b"numpy.core")
    )
    sets = [dataset_named(f"pyskl:{tmp_path / name}.pkl", "kinect20") for name in ("one", "two")]
    assert len({one.identity("by-subject", None) for one in sets}) == 1
    frames = [both(one.load("", None)).frames for one in sets]
    np.testing.assert_array_equal(frames[0], frames[1])
    moved = changed(entries_of(CLIPS), lambda joints: joints + np.float32(0.01))
    other = annotation_file(tmp_path / "three.pkl", moved, split=None)
    new = dataset_named(f"pyskl:{other}", "kinect20").identity("by-subject", None)
    assert new != sets[0].identity("by-subject", None)


def flat(scores: bool = True) -> list[Entry]:
    entries = changed(entries_of(CLIPS), lambda joints: joints[..., :2] * 200 + 400)
    for entry in entries:
        entry["keypoint"][..., 1] = 900 - entry["keypoint"][..., 1]
        if scores:
            entry["keypoint_score"] = np.full(entry["keypoint"].shape[:-1], 0.9, np.float16)
            entry["img_shape"] = (720, 1280)
    return entries


@pytest.mark.parametrize("scores", [True, False])
def test_flat_data_keep_two_coordinates(tmp_path, scores):
    data = read(tmp_path / "a.pkl", flat(scores))
    skeleton = data.train.skeleton
    assert (skeleton.dimensions, skeleton.up, skeleton.unit) == (2, (1, -1), "body heights")
    assert data.findings["scores"] == ("in the file" if scores else 1.0)
    assert data.findings["image_size"] == ([720, 1280] if scores else None)


def test_joints_of_score_zero_are_filled(tmp_path):
    entries = flat()
    entries[0]["keypoint_score"][0, 4, 7] = 0
    entries[0]["keypoint"][0, 4, 7] = 9999
    data = read(tmp_path / "a.pkl", entries)
    assert dict(data.counts)["zero_joints_filled"] == 1
    assert both(data).frames.max() < 2000 * data.findings["unit"]["factor"]


def test_a_score_as_third_coordinate_is_refused(tmp_path):
    def packed(joints: np.ndarray) -> np.ndarray:
        flat = joints.copy() * 300
        flat[..., 2] = 0.8
        return flat

    with pytest.raises(InputError, match="are these pixels with a score"):
        read(tmp_path / "a.pkl", changed(entries_of(CLIPS), packed))


def test_an_unknown_skeleton_is_one_line_and_a_yaml_to_start_from(tmp_path, capsys):
    entries = changed(entries_of(CLIPS), lambda joints: joints[:, :, :15])
    path = annotation_file(tmp_path / "a.pkl", entries)
    assert run_command_line(["data", f"pyskl:{path}"]) == 2
    output = capsys.readouterr()
    assert "15 joints" in output.err and len(output.err.splitlines()) == 1
    (tmp_path / "mine.yaml").write_text(output.out)
    assert len(both(loaded(f"pyskl:{path}", skeleton=str(tmp_path / "mine.yaml")))) == 18


def test_folders_of_humanact12_and_ntu_are_read(tmp_path):
    humanact12 = humanact12_folder(tmp_path / "h")
    data = loaded(f"humanact12:{humanact12}", skeleton="")
    assert data.train.classes == ("warm_up", "drink")
    assert loaded(f"humanact12:{humanact12}", "fine", "").train.classes == (
        "warm_up_wrist_ankle", "warm_up_pectoral", "drink_cup_left_hand",
    )  # fmt: skip
    ntu = ntu_folder(tmp_path / "n")
    data = loaded(f"ntu:{ntu}", "xsub", "")
    assert set(data.test.subjects) == {"P003"}
    assert set(loaded(f"ntu:{ntu}", "xview", "").test.views) == {"C001"}
    with pytest.raises(InputError, match="no clip is in train"):
        loaded(f"ntu:{ntu}", "xset", "")


def test_zips_of_folders_are_read_and_equal_them(tmp_path):
    import shutil

    for word, folder in (
        ("humanact12", humanact12_folder(tmp_path / "h")),
        ("ntu", ntu_folder(tmp_path / "n")),
    ):
        plain = both(loaded(f"{word}:{folder}", skeleton=""))
        for kind in ("zip", "gztar", "xztar"):
            archive = shutil.make_archive(str(tmp_path / f"{word}-{kind}"), kind, folder)
            packed = both(loaded(f"{word}:{archive}", skeleton=""))
            np.testing.assert_array_equal(packed.frames, plain.frames)


def test_the_picture_is_drawn_where_it_is_asked_for(tmp_path, capsys):
    path = annotation_file(tmp_path / "a.pkl", flat())
    picture = tmp_path / "a.png"
    given = ["data", f"pyskl:{path}", "--skeleton", "kinect20", "--png", str(picture)]
    assert run_command_line(given) == 0
    assert picture.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "source", ["pyskl:", "pyskl:nowhere.pkl", "ntu:nowhere", "humanact12:nowhere", "zip:x"]
)
def test_a_source_that_is_not_there_is_one_line(source, capsys):
    assert run_command_line(["data", source]) == 2
    output = capsys.readouterr()
    assert output.out == "" and len(output.err.splitlines()) == 1
    assert output.err.startswith("error: ")


def test_nw_ucla_written_as_annotations_gives_its_clips(tmp_path):
    shared = Path(__file__).parents[2] / ".." / "shared" / "data"
    if not (shared / "nw_ucla").is_dir():
        pytest.skip("../shared/data is not there")
    known = dataset_named("nw_ucla").load("clean", shared)
    parts = {name: part.ids.tolist() for name, part in known.parts.items()}
    everything = ClipSet.concatenate(list(known.parts.values()))
    write_annotations(tmp_path / "nw.pkl", everything, parts)
    (tmp_path / "nw.txt").write_text("\n".join(known.train.classes))
    data = loaded(f"pyskl:{tmp_path / 'nw.pkl'}", skeleton="")
    for name, part in known.parts.items():
        brought = replace(data.parts[name], name=part.name).select_ids(part.ids.tolist())
        assert brought.fingerprint == part.fingerprint
