from __future__ import annotations

import contextlib
import io
import pickle

import joblib
import numpy as np
import pytest

from skeletons.formats import array_pickles
from skeletons.formats.array_pickles import UNREADABLE, load_arrays
from skeletons.formats.joblib_files import load_joblib


def dumped(value: object, **options: object) -> bytes:
    stream = io.BytesIO()
    joblib.dump(value, stream, **options)
    return stream.getvalue()


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_what_joblib_wrote_is_read(protocol):
    rng = np.random.default_rng(0)
    joints = rng.normal(size=(7, 49, 3)).astype(np.float32)
    value = {1: {"joints3d": joints, "frame_ids": np.arange(7), "bboxes": joints[:, 0].T}, 2: "x"}
    read = load_joblib(dumped(value, protocol=protocol))
    assert read[2] == "x"
    for name, array in value[1].items():
        np.testing.assert_array_equal(read[1][name], array)
        assert read[1][name].dtype == array.dtype


def test_a_plain_pickle_is_read():
    read = load_joblib(pickle.dumps({"a": np.arange(3)}))
    np.testing.assert_array_equal(read["a"], np.arange(3))


class Hostile:
    def __reduce__(self):
        return print, ("run",)


@pytest.mark.parametrize("value", [Hostile(), {1: np.asarray([Hostile()], dtype=object)}])
def test_nothing_in_a_file_is_run(value, capsys):
    with pytest.raises(UNREADABLE):
        load_joblib(dumped(value))
    assert capsys.readouterr().out == ""


def test_a_cut_or_changed_file_is_unreadable_or_other_numbers():
    content = dumped({1: {"joints3d": np.ones((5, 49, 3))}})
    for end in range(0, len(content), 7):
        with pytest.raises(UNREADABLE):
            load_joblib(content[:end])
    rng = np.random.default_rng(0)
    for _ in range(300):
        changed = bytearray(content)
        changed[int(rng.integers(240))] = int(rng.integers(256))
        with contextlib.suppress(UNREADABLE):
            load_joblib(bytes(changed))


@pytest.mark.parametrize("read", [load_arrays, load_joblib])
def test_a_pickle_cannot_change_what_builds_arrays_for_the_next_one(read):
    before = array_pickles._ndarray.__defaults__
    default = b"X\x0c\x00\x00\x00__defaults__X\x01\x00\x00\x00fC\x00\x86"
    hostile = b"\x80\x03cnumpy\nndarray\nN}" + default + b"s\x86b."
    with pytest.raises(UNREADABLE):
        read(hostile)
    assert array_pickles._ndarray.__defaults__ == before
