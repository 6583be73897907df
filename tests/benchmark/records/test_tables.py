from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from benchmark.records.tables import (
    CONFUSION_COLUMNS,
    DOWNSTREAM_COLUMNS,
    SUMMARY_COLUMNS,
    TWO_SAMPLE_COLUMNS,
    number,
    numbers,
    read_table,
    reason_of,
    undefined,
    write_table,
)
from skeletons.errors import InputError
from tests.benchmark.run_folders import NO_PAIR, make_run


def test_the_columns_are_those_of_the_contract() -> None:
    assert ",".join(SUMMARY_COLUMNS) == (
        "dataset,split,generator,extractor,reference,metric,mean,ci95_low,ci95_high,varies,"
        "repetitions,real_floor,real_floor_low,real_floor_high"
    )
    assert ",".join(DOWNSTREAM_COLUMNS) == (
        "dataset,split,generator,recognizer,arm,seed,generator_seed,top1,n_real,n_synthetic,steps"
    )


def test_clips_are_words_in_one_table_and_counts_in_another(tmp_path: Path) -> None:
    for columns, clips in ((TWO_SAMPLE_COLUMNS, "synthetic"), (CONFUSION_COLUMNS, 7)):
        row = {**dict.fromkeys(columns, 0.5), "n": 9, "clips": clips}
        path = tmp_path / "t.csv"
        write_table(path, columns, [{name: row[name] for name in columns}])
        assert read_table(path, columns)["clips"].tolist() == [clips]


def test_a_float_comes_back_with_the_same_bits(tmp_path: Path) -> None:
    values = [0.1, 1 / 3, 1e-300, -7.0, np.float32(0.1), np.float64(2**60)]
    write_table(tmp_path / "t.csv", ("value",), ({"value": value} for value in values))
    assert read_table(tmp_path / "t.csv", ("value",))["value"].tolist() == [
        float(value) for value in values
    ]


def test_equal_rows_give_equal_bytes_and_no_file_is_left_over(tmp_path: Path) -> None:
    rows = [{"arm": "real", "top1": 0.5, "note": None}, {"arm": "x,y", "top1": 1, "note": True}]
    for name in ("a.csv", "b.csv"):
        write_table(tmp_path / name, ("arm", "top1", "note"), rows)
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    assert (tmp_path / "a.csv").read_bytes() == b'arm,top1,note\nreal,0.5,\n"x,y",1,true\n'
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "b.csv"]


def test_a_row_that_does_not_fit_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    write_table(path, ("a",), [{"a": 1}])
    with pytest.raises(ValueError, match="differ in b"):
        write_table(path, ("a",), [{"a": 1, "b": 2}])
    assert path.read_bytes() == b"a\n1\n"


def test_undefined_cells_come_back_with_their_reason(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    cells = [0.5, math.nan, undefined("one clip, in 'throw'")]
    write_table(path, ("mean",), ({"mean": cell} for cell in cells))
    column = read_table(path, ("mean",))["mean"]
    assert column[0] == 0.5
    assert [reason_of(cell) for cell in column[1:]] == ["not a number", "one clip, in 'throw'"]
    assert numbers(column).isna().tolist() == [False, True, True]


def test_a_metric_that_is_undefined_is_written_as_text(tmp_path: Path) -> None:
    from metrics.value import Undefined

    write_table(tmp_path / "t.csv", ("mean",), [{"mean": Undefined("no clip")}])
    assert (tmp_path / "t.csv").read_text() == "mean\nundefined (no clip)\n"


def test_a_table_with_one_undefined_metric_keeps_the_others_as_numbers(tmp_path: Path) -> None:
    folder = make_run(tmp_path, no_multimodality=True)
    table = read_table(folder / "summary.csv", SUMMARY_COLUMNS).set_index(["reference", "metric"])
    assert table.loc[("test", "fid"), "mean"] == 30.0
    assert table.loc[("test", "multimodality"), "mean"] == NO_PAIR


def test_broken_tables_are_named_in_the_error(tmp_path: Path) -> None:
    path = tmp_path / "downstream.csv"
    path.write_text("arm,top1\nreal,high\n")
    with pytest.raises(InputError, match=r"downstream\.csv has no column 'dataset'"):
        read_table(path, DOWNSTREAM_COLUMNS)
    with pytest.raises(InputError, match=r"column 'top1': 'high' is neither"):
        read_table(path, ("arm", "top1"))
    path.write_text("")
    with pytest.raises(InputError, match="is not a table"):
        read_table(path, ("arm",))


def test_a_missing_table_has_no_rows(tmp_path: Path) -> None:
    table = read_table(tmp_path / "none.csv", SUMMARY_COLUMNS)
    assert len(table) == 0
    assert tuple(table.columns) == SUMMARY_COLUMNS
    assert math.isnan(number(None))
