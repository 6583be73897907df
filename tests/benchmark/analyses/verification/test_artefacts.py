"""Artefacts that were changed, forged or lost."""

from __future__ import annotations

import json
import pickle
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmark.analyses.verification.finding import MISSING, UNHASHED, WRONG
from benchmark.analyses.verification.verify import verify
from skeletons.formats.pyskl import read_annotations, write_annotations
from tests.benchmark import fakes
from tests.benchmark.analyses.verification.stored_runs import (
    edit_arrays,
    edit_json,
    findings,
    flip_a_digit,
    hash_again,
    hash_chain_again,
    inline,
    stored,
    the_run,
)

pytestmark = pytest.mark.usefixtures("stand_ins")


@pytest.mark.parametrize("quick", [True, False])
def test_changed_features_are_found_by_their_hash_and_by_featurising_again(
    out: Path, quick: bool
) -> None:
    folder = stored(out, "featurise", '"part": "synthetic"')
    edit_arrays(folder / "features.npz", lambda arrays: arrays["features"].__setitem__((3, 2), 9.0))
    found = findings(out, quick)
    wrong = [one for one in found if one.severity == WRONG]
    assert {Path(one.file).name for one in wrong} == {"features.npz"}
    assert wrong[0].says.startswith("SHA-256 ")
    if quick:
        # nothing can be derived from it: that is said, and no table is called wrong for it
        assert any("features/st_trans/synthetic cannot be used" in one.says for one in found)
    else:
        assert [one.column for one in wrong[1:]] == ["features[3, 2]"]
        assert wrong[1].says == "9.0"
        assert len(found) == 2


def test_forged_features_with_a_forged_hash_are_found_by_it_and_by_featurising_again(
    out: Path,
) -> None:
    folder = stored(out, "featurise", '"part": "synthetic"')
    edit_arrays(folder / "features.npz", lambda arrays: arrays["predicted"].__setitem__(0, 99))
    hash_again(folder)
    by_hash, by_value = findings(out, quick=False)
    assert (by_hash.severity, Path(by_hash.file).name) == (WRONG, "meta.json")
    assert by_hash.should_be.endswith("which others were made from")
    assert (by_value.severity, by_value.column, by_value.says) == (WRONG, "predicted[0]", "99")


def test_features_forged_with_all_hashes_and_keys_are_found_by_featurising_again(
    out: Path,
) -> None:
    folder = stored(out, "featurise", '"part": "synthetic"')
    edit_arrays(folder / "features.npz", lambda arrays: arrays["predicted"].__setitem__(0, 99))
    hash_chain_again(out, folder)
    (found,) = findings(out, quick=False)
    assert (found.severity, found.column, found.says) == (WRONG, "predicted[0]", "99")


def test_forged_samples_are_found_by_what_was_made_from_them(out: Path) -> None:
    folder = stored(out, "sample", "sample/0")
    edit_arrays(folder / "clips.npz", lambda arrays: arrays["frames"].__setitem__((0, 0, 0), 9.0))
    hash_again(folder)
    found = findings(out, quick=False)
    (wrong,) = [one for one in found if one.severity == WRONG]
    assert wrong.file == f"store/sample/{folder.name}/meta.json"
    assert wrong.should_be.endswith("which others were made from")
    text = "cannot be derived again: sample/0 cannot be used"
    assert text in {one.says for one in found if one.severity == MISSING}


def test_a_fit_that_is_gone_is_named_with_what_rests_on_it(out: Path) -> None:
    folder = stored(out, "fit")
    shutil.rmtree(folder)
    found = findings(out, quick=False)
    assert {one.severity for one in found} == {MISSING}
    assert found[0].file == f"store/*/{folder.name}"
    (features,) = [one for one in found if one.file.startswith("store/featurise")]
    assert features.says == "cannot be derived again: fit cannot be used"


def test_a_file_that_no_list_of_an_artefact_names_is_wrong(out: Path) -> None:
    folder = stored(out, "fit")
    (folder / "generator" / "guide.safetensors").write_bytes(b"weights")
    wrong = [one for one in findings(out) if one.severity == WRONG]
    assert [(one.file, one.should_be) for one in wrong] == [
        (f"store/fit/{folder.name}/generator/guide.safetensors", "no such file is listed")
    ]


def test_a_content_that_is_not_that_of_the_listed_files_is_wrong(out: Path) -> None:
    folder = stored(out, "fit")
    edit_json(folder / "meta.json", lambda meta: meta.update(content="0" * 64))
    wrong = [one for one in findings(out) if one.severity == WRONG]
    assert {one.file for one in wrong} == {f"store/fit/{folder.name}/meta.json"}
    assert wrong[0].says == f"content {'0' * 64}"


def test_a_value_forged_all_along_the_chain_is_found_in_the_store_and_in_the_table(
    out: Path,
) -> None:
    score = stored(out, "score", '"fid"')
    values = json.loads((score / "values.json").read_text())
    old = values["measured"][0]["values"][2]
    (score / "values.json").write_text(
        (score / "values.json").read_text().replace(repr(old), repr(old + 1))
    )
    hash_chain_again(out, score)
    tables = stored(out, "tables")
    text = (tables / "metrics.csv").read_text().replace(repr(old), repr(old + 1))
    for folder in (tables, the_run(out)):
        (folder / "metrics.csv").write_text(text)
    hash_chain_again(out, tables)
    found = findings(out)
    assert {one.severity for one in found} == {WRONG}
    assert {Path(one.file).name for one in found} == {"values.json", "metrics.csv"}
    in_run = [one for one in found if one.file.startswith("runs/")]
    assert [(one.says, one.should_be) for one in in_run] == [(repr(old + 1), repr(old))]


def test_an_accuracy_that_the_stored_predictions_do_not_give_is_found(out: Path) -> None:
    folder = stored(out, "downstream", "downstream/stgcn++/real/1")
    edit_json(folder / "result.json", lambda result: result.update(top1=1.0))
    hash_chain_again(out, folder)
    (found,) = findings(out)
    assert (found.severity, found.column, found.says) == (WRONG, "top1", "1.0")
    assert found.file == f"store/downstream/{folder.name}/result.json"
    assert 0 < float(found.should_be) < 1


def test_predictions_about_other_clips_are_found(out: Path) -> None:
    folder = stored(out, "downstream", "downstream/stgcn++/real/0")
    edit_arrays(
        folder / "predictions.npz", lambda arrays: arrays.update(labels=1 - arrays["labels"])
    )
    hash_chain_again(out, folder)
    found = findings(out)
    assert found[0].severity == WRONG
    assert "another label for test clip" in found[0].says


def test_a_missing_artefact_is_named_and_what_rests_on_it_is_not_called_wrong(out: Path) -> None:
    folder = stored(out, "featurise", '"part": "test"')
    shutil.rmtree(folder)
    verification = verify(inline(out))
    assert {one.severity for one in verification.findings} == {MISSING}
    gone = verification.findings[0]
    assert gone.file == f"store/*/{folder.name}"
    assert gone.should_be.endswith("features/st_trans/test")
    assert verification.exit_code() == 1
    assert verification.exit_code(allow_missing=True) == 0
    row, column, _, _ = flip_a_digit(the_run(out) / "metrics.csv", np.random.default_rng(0))
    wrong = [one for one in findings(out) if one.severity == WRONG]
    assert [(one.row, one.column) for one in wrong] == [(row, column)], "the stored tables know"


def test_a_run_without_its_store_cannot_be_derived_but_must_not_contradict_itself(
    out: Path,
) -> None:
    shutil.rmtree(out / "store")
    (found,) = findings(out)
    assert (found.severity, found.says) == (MISSING, "cannot be re-derived (no store)")
    path = the_run(out) / "downstream.csv"
    rows = path.read_text().splitlines()
    cells = rows[2].split(",")
    cells[7] = "0.123"
    path.write_text("\n".join([*rows[:2], ",".join(cells), *rows[3:]]) + "\n")
    wrong = [one for one in findings(out) if one.file.endswith("downstream.csv")]
    assert [(one.severity, one.row, one.column, one.says) for one in wrong] == [
        (WRONG, 2, "top1", "0.123")
    ]


def test_changed_samples_are_found_by_clip_frame_and_joint(out: Path) -> None:
    path = the_run(out) / "samples.pkl"
    clips, splits = read_annotations(path, fakes.SKELETON, fakes.CLASSES)
    frames = clips.frames.copy()
    frames[clips.starts[5] + 1, 7, 2] += 0.25
    write_annotations(path, replace(clips, frames=frames), splits)
    (found,) = findings(out)
    assert found.severity == WRONG
    assert found.column == "'Shaker-00005'.keypoint[0, 1, 7, 2]"
    assert float(found.says) == pytest.approx(float(found.should_be) + 0.25)


def test_samples_that_say_the_same_in_other_bytes_pass(out: Path) -> None:
    path = the_run(out) / "samples.pkl"
    path.write_bytes(pickle.dumps(pickle.loads(path.read_bytes()), protocol=5))
    assert findings(out) == ()


def test_a_hostile_pickle_is_wrong_and_is_not_run(out: Path, tmp_path: Path) -> None:
    trace = tmp_path / "was here"

    class Hostile:
        def __reduce__(self) -> tuple[Any, ...]:
            return Path.touch, (trace,)

    (the_run(out) / "samples.pkl").write_bytes(pickle.dumps(Hostile()))
    (found,) = findings(out)
    assert found.severity == WRONG
    assert "it asks to load pathlib.Path.touch" in found.says
    assert not trace.exists()


def test_artefacts_without_hashes_are_unhashed_and_still_derived(out: Path) -> None:
    for path in out.glob("store/*/*/meta.json"):
        edit_json(path, lambda meta: meta.pop("files"))
    verification = verify(inline(out), quick=True)
    assert {one.severity for one in verification.findings} == {UNHASHED}
    assert verification.exit_code() == 0
    flip_a_digit(the_run(out) / "classes.csv", np.random.default_rng(3))
    assert [one.severity for one in findings(out)].count(WRONG) == 1
