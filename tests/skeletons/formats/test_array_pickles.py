from __future__ import annotations

import contextlib
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from skeletons.formats.array_pickles import UNREADABLE, dump_arrays, load_arrays

DTYPES = st.sampled_from([np.float32, np.float64, np.int64, np.bool_, np.uint8])
VALUES = DTYPES.flatmap(lambda dtype: arrays.arrays(dtype, arrays.array_shapes(min_dims=0)))


@given(VALUES)
def test_arrays_come_back_as_they_were(value):
    (read,) = load_arrays(dump_arrays([value]))
    assert (read.dtype, read.shape) == (value.dtype, value.shape)
    assert np.array_equal(read, value, equal_nan=value.dtype.kind == "f")


@given(VALUES)
def test_what_numpy_itself_pickles_is_read(value):
    read = load_arrays(pickle.dumps({"keypoint": value}))["keypoint"]
    assert np.array_equal(read, value, equal_nan=value.dtype.kind == "f")


def test_a_part_of_an_array_is_written_as_that_part():
    whole = np.arange(24.0).reshape(4, 6)
    assert np.array_equal(load_arrays(dump_arrays(whole[::2, 1:3])), whole[::2, 1:3])


def test_no_private_module_of_numpy_is_named():
    content = dump_arrays({"split": {"a": ["b"]}, "annotations": [np.zeros((1, 2, 3))]})
    assert b"_core" not in content
    assert b"numpy" in content


def test_six_bytes_that_ask_for_gigabytes_are_refused():
    with pytest.raises(ValueError, match="numbers 905969664 objects in 7 bytes"):
        load_arrays(b"}r\0\0\0\x36.")


@given(st.binary(max_size=40))
def test_whatever_the_bytes_one_of_the_known_errors_is_raised(content):
    with contextlib.suppress(UNREADABLE):
        load_arrays(content)
