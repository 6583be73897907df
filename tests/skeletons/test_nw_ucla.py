"""NW-UCLA: small files of the same layout everywhere, the real files where they are at hand."""

from __future__ import annotations

import io
import json
import os
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest

from skeletons.clips import ClipSet
from skeletons.datasets import Data, dataset_named
from skeletons.datasets.nw_ucla import CLASSES, NorthwesternUCLA
from skeletons.duplicates import find_duplicates
from skeletons.errors import InputError
from skeletons.layouts import KINECT20

REAL = Path(
    os.environ.get("SKELGENBENCH_DATA", Path(__file__).parents[2] / ".." / "shared" / "data")
)
needs_real_data = pytest.mark.skipif(
    not (REAL / "nw_ucla").is_dir(), reason=f"the NW-UCLA files are not in {REAL}"
)


def frames(seed: int, count: int = 6) -> list[list[list[float]]]:
    """A body that stands nearly still, so that no joint leaps."""
    rng = np.random.default_rng(seed)
    body = rng.uniform([-0.5, -0.5, 2.5], [0.5, 0.5, 3.5], (1, 20, 3))
    values: list[list[list[float]]] = (body + rng.normal(0, 0.01, (count, 20, 3))).tolist()
    return values


def document(name: str, seed: int, label: int = 1, **changes: object) -> dict[str, object]:
    return {"file_name": name, "skeletons": frames(seed), "label": label, **changes}


@pytest.fixture
def files() -> dict[str, dict[str, object]]:
    return {
        "a01_s01_e00_v01": document("a01_s01_e00_v01", 1),
        "a01_s01_e00_v02": document("a01_s01_e00_v02", 2),
        "a01_s01_e00_v03": document("a01_s01_e00_v03", 3),
        "a12_s10_e01_v02": document("a12_s10_e01_v02", 4, label=10),
        "a12_s10_e01_v03": document("a12_s10_e01_v03", 4, label=10),
    }


def write_folder(root: Path, files: dict[str, dict[str, object]]) -> Path:
    folder = root / "nw_ucla" / "all_sqe"
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / f"{name}.json").write_text(json.dumps(content))
    return root


def write_tar(root: Path, files: dict[str, dict[str, object]], inside: str = "all_sqe/") -> Path:
    (root / "nw_ucla").mkdir(parents=True)
    with tarfile.open(root / "nw_ucla" / "all_sqe.tar.xz", "w:xz") as archive:
        for name, content in files.items():
            data = json.dumps(content).encode()
            member = tarfile.TarInfo(f"{inside}{name}.json")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return root


def write_zip(root: Path, files: dict[str, dict[str, object]]) -> Path:
    (root / "nw_ucla").mkdir(parents=True)
    with zipfile.ZipFile(root / "nw_ucla" / "all_sqe.zip", "w") as archive:
        for name, content in files.items():
            archive.writestr(f"all_sqe/{name}.json", json.dumps(content))
            archive.writestr(f"__MACOSX/all_sqe/._{name}.json", b"\0")
    return root


def load(root: Path, protocol: str = "clean") -> Data:
    return NorthwesternUCLA().load(protocol, root)


def test_folder_tar_and_zip_hold_the_same_clips(tmp_path, files):
    loaded = [
        load(write(tmp_path / write.__name__, files))
        for write in (write_folder, write_tar, write_zip)
    ]
    assert {data.train.fingerprint for data in loaded} == {loaded[0].train.fingerprint}
    assert {data.test.fingerprint for data in loaded} == {loaded[0].test.fingerprint}


def test_clean_removes_the_copies_of_test_clips_and_official_says_that_it_keeps_them(
    tmp_path, files
):
    root = write_folder(tmp_path, files)
    clean, official = load(root), load(root, "official")
    assert clean.train.ids.tolist() == ["a01_s01_e00_v01", "a01_s01_e00_v02"]
    assert official.train.ids.tolist() == [*clean.train.ids.tolist(), "a12_s10_e01_v02"]
    assert clean.test.fingerprint == official.test.fingerprint
    assert clean.caveats == ()
    assert "1 of 2 test clips" in official.caveats[0]
    assert dict(clean.counts)["train_clips_copying_test_removed"] == 1
    assert dict(clean.counts)["frames_in_train_and_test"] == 0
    assert dict(official.counts)["frames_in_train_and_test"] == 6


def test_an_overlapping_cut_in_train_and_test_becomes_a_caveat(tmp_path, files):
    files["a01_s01_e00_v02"]["skeletons"] = frames(3)[2:]
    data = load(write_folder(tmp_path, files))
    assert dict(data.counts)["frames_in_train_and_test"] == 4
    (caveat,) = data.caveats
    assert caveat.startswith("NW-UCLA: 1 of 2 test clips (50.0%) share a run of frames")
    again = find_duplicates(data.train, data.test).sentences(said=data.caveats)
    assert not any("share a run" in sentence for sentence in again)


def test_labels_subjects_and_views_come_from_the_name(tmp_path, files):
    data = load(write_folder(tmp_path, files))
    last = data.test[1]
    assert (last.id, last.label, last.subject, last.view) == ("a12_s10_e01_v03", 9, "s10", "v03")
    assert data.test.classes == CLASSES
    assert data.test.skeleton == KINECT20


def test_missing_joints_are_interpolated_and_counted(tmp_path, files):
    skeletons = np.asarray(frames(1))
    skeletons[:, 7] = np.arange(6)[:, None] * 0.1 + 1.0
    skeletons[3, 7] = 0.0
    skeletons[0, 9] = 0.0
    files["a01_s01_e00_v01"]["skeletons"] = skeletons.tolist()
    data = load(write_folder(tmp_path, files))
    assert dict(data.counts)["missing_joints_filled"] == 2
    np.testing.assert_allclose(data.train[0].joints[3, 7], 1.3, atol=1e-6)
    np.testing.assert_allclose(data.train[0].joints[0, 9], skeletons[1, 9], atol=1e-6)


def test_a_one_frame_clip_is_kept_and_counted(tmp_path, files):
    files["a01_s01_e00_v01"]["skeletons"] = frames(1, count=1)
    data = load(write_folder(tmp_path, files))
    assert data.train.lengths[0] == 1
    assert dict(data.counts)["one_frame_clips"] == 1


def test_the_data_folder_may_come_from_the_environment(tmp_path, files, monkeypatch):
    monkeypatch.setenv("SKELGENBENCH_DATA", str(write_folder(tmp_path, files)))
    assert len(NorthwesternUCLA().load("clean", None).test) == 2
    monkeypatch.delenv("SKELGENBENCH_DATA")
    with pytest.raises(InputError, match=r"set SKELGENBENCH_DATA .*all_sqe\.zip is linked"):
        NorthwesternUCLA().load("clean", None)


def test_identity_follows_protocol_and_content(tmp_path, files):
    root = write_folder(tmp_path, files)
    dataset = NorthwesternUCLA()
    first = dataset.identity("clean", root)
    assert first == dataset.identity("clean", root)
    assert first != dataset.identity("official", root)
    files["a01_s01_e00_v01"]["skeletons"] = frames(99)
    assert first != dataset.identity("clean", write_folder(tmp_path / "other", files))


def test_members_of_an_archive_are_not_written_to_disk(tmp_path, files):
    root = write_tar(tmp_path, files, inside="deep/inside/")
    before = set(tmp_path.rglob("*"))
    assert len(load(root).test) == 2
    assert set(tmp_path.rglob("*")) == before


def test_an_archive_that_leads_out_of_its_folder_is_refused(tmp_path, files):
    root = write_tar(tmp_path, files, inside="../../../escaped/")
    with pytest.raises(InputError, match="which leads out of its folder"):
        load(root)


def test_a_missing_folder_says_where_the_data_belong(tmp_path):
    with pytest.raises(InputError, match=r"neither .*all_sqe/ nor all_sqe\.tar\.xz"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"skeletons": [[[0.0] * 3] * 19] * 4}, "'a01_s01_e00_v01.json' has 19 joints, the"),
        ({"skeletons": [[[0.1] * 3] * 19 + [[float("nan")] * 3]] * 2}, "NaN or infinite value in"),
        ({"skeletons": [[[1e300] * 3] * 20]}, "NaN or infinite value in frame 0"),
        ({"skeletons": [[[0.0] * 3] * 20, [[0.0] * 3] * 19]}, "numbers of one shape"),
        ({"skeletons": [[["x"] * 3] * 20]}, "numbers of one shape"),
        ({"skeletons": []}, "has shape"),
        ({"label": 2}, "has label 2, its name says 'pick up with one hand', which is label 1"),
        ({"label": None}, "has label None"),
    ],
)
def test_a_broken_file_is_named(tmp_path, files, changes, message):
    files["a01_s01_e00_v01"].update(changes)
    with pytest.raises(InputError, match=message) as caught:
        load(write_folder(tmp_path, files))
    assert "a01_s01_e00_v01" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "{", '{"label": 1}', "[1, 2]", "[" * 100_000, "\x80"])
def test_a_file_that_is_not_such_a_json_is_named(tmp_path, files, text):
    root = write_folder(tmp_path, files)
    (root / "nw_ucla" / "all_sqe" / "a01_s01_e00_v01.json").write_bytes(text.encode("latin1"))
    with pytest.raises(InputError, match=r"'a01_s01_e00_v01.json' is not a JSON object"):
        load(root)


def test_a_file_of_another_name_is_refused(tmp_path, files):
    files["a07_s01_e00_v01"] = files.pop("a01_s01_e00_v01")
    with pytest.raises(InputError, match=r"'a07_s01_e00_v01.json' in .* is not named"):
        load(write_folder(tmp_path, files))


@pytest.mark.parametrize("write", [write_tar, write_zip])
def test_a_truncated_archive_is_named(tmp_path, files, write):
    root = write(tmp_path, files)
    archive = next((root / "nw_ucla").iterdir())
    archive.write_bytes(archive.read_bytes()[:-400])
    with pytest.raises(InputError, match="truncated or damaged") as caught:
        load(root)
    assert archive.name in str(caught.value)


def test_views_that_are_missing_are_named(tmp_path, files):
    tests_only = {name: content for name, content in files.items() if name.endswith("v03")}
    with pytest.raises(InputError, match="no clips of views 1 and 2"):
        load(write_folder(tmp_path, tests_only))
    with pytest.raises(InputError, match="no clips of view 3"):
        load(write_folder(tmp_path / "b", {"a01_s01_e00_v01": files["a01_s01_e00_v01"]}))


def test_the_dataset_is_found_by_name_and_knows_its_protocols(tmp_path):
    dataset = dataset_named("nw_ucla")
    assert dataset.protocols == ("clean", "official")
    with pytest.raises(InputError, match="did you mean 'official'"):
        dataset.load("oficial", tmp_path)


@pytest.fixture(scope="module")
def real() -> dict[str, Data]:
    return {protocol: load(REAL, protocol) for protocol in ("clean", "official")}


@needs_real_data
def test_real_files_give_the_official_lists_and_the_clean_subset(real):
    facts = json.loads((REAL / "nw_ucla" / "split.json").read_text())
    clean, official = real["clean"], real["official"]
    assert sorted([*official.train.ids, *official.dev.ids]) == sorted(facts["train"])
    assert sorted(official.test.ids) == sorted(facts["test"])
    copies = {train for train, _ in facts["identical_pairs"]}
    assert set(official.train.ids) - set(clean.train.ids) < copies
    assert [len(part) for part in clean.parts.values()] == [745, 180, 464]
    assert len(set(clean.dev.subjects.tolist())) == 2
    for part in clean.parts.values():
        assert [facts["label_of"][clip_id] for clip_id in part.ids] == part.labels.tolist()
    assert list(CLASSES) == facts["classes"]
    assert list(KINECT20.parents) == facts["parents_root_hip_center"]
    assert len(facts["joints"]) == len(KINECT20.joints)
    for ours, theirs in zip(KINECT20.joints, facts["joints"], strict=True):
        assert set(ours.split("_")) == set(theirs.replace("center", "centre").split("_"))


@needs_real_data
def test_real_quirks_are_counted_and_repaired(real):
    clean, official = dict(real["clean"].counts), dict(real["official"].counts)
    assert clean["train_clips_copying_test_removed"] == 95
    assert clean["frames_in_train_and_test"] == 0
    assert official["train_clips_copying_test_kept"] == 95
    assert (clean["one_frame_clips"], official["one_frame_clips"]) == (1, 2)
    assert clean["missing_joints_filled"] == 12
    assert clean["joints_dragged_by_missing_ones_filled"] == 12
    assert clean["missing_joints_left"] == 0
    assert clean["clips_of_two_alternating_bodies"] == 3
    assert "78 of 464 test clips (16.8%)" in real["official"].caveats[0], (
        "the rest are copies in dev"
    )

    ids = real["clean"].train.ids.tolist()
    zeros = real["clean"].train[ids.index("a04_s01_e01_v01")].joints
    assert zeros[..., 2].min() > 1.0
    assert np.linalg.norm(np.diff(zeros, axis=0), axis=-1).max() < 1.1  # 4.48 m as recorded
    held_out = real["clean"].dev
    followed = held_out[held_out.ids.tolist().index("a01_s08_e03_v01")].joints[:, KINECT20.centre]
    assert np.linalg.norm(np.diff(followed, axis=0), axis=-1).max() < 0.2


@needs_real_data
def test_the_search_for_duplicates_finds_the_95_official_pairs_and_none_in_clean(real):
    facts = json.loads((REAL / "nw_ucla" / "split.json").read_text())
    seen = ClipSet.concatenate([real["official"].train, real["official"].dev])
    official = find_duplicates(seen, real["official"].test)
    assert {pair.kind for pair in official.pairs} == {"identical"}
    pairs = sorted([pair.train, pair.test] for pair in official.pairs)
    assert pairs == sorted(facts["identical_pairs"])
    assert len(pairs) == 95
    learnt_from = find_duplicates(real["official"].train, real["official"].test)
    assert learnt_from.count("identical") == 78
    assert learnt_from.sentences(said=real["official"].caveats) == ()

    clean = find_duplicates(real["clean"].train, real["clean"].test)
    assert clean.pairs == ()
    assert clean.closest_other == pytest.approx(0.62, abs=0.005)


@needs_real_data
def test_the_clips_themselves_do_not_change_unnoticed(real):
    assert real["clean"].train.fingerprint.startswith("6cdbbd9e0bd0")
    assert real["official"].train.fingerprint.startswith("3bc7f29613a2")
    assert real["clean"].test.fingerprint.startswith("0560dfa3c70f")
    assert real["official"].test.fingerprint == real["clean"].test.fingerprint
