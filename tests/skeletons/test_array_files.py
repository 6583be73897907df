from __future__ import annotations

import hashlib
import zipfile

import numpy as np
import pytest

from skeletons.array_files import ALIGNMENT, BROKEN, Pieces, read_npz, write_npz

LARGE = np.arange(60, dtype=np.float32).reshape(20, 3)
ARRAYS = {"names": np.asarray(["a", "bc"]), "large": LARGE, "one": np.asarray(3)}


def test_numpy_reads_what_is_written_in_pieces(tmp_path):
    pieces = Pieces(LARGE.shape, LARGE.dtype, [LARGE[:7], LARGE[7:]])
    write_npz(tmp_path / "a.npz", {**ARRAYS, "large": pieces})
    with np.load(tmp_path / "a.npz") as stored:
        assert set(stored.files) == set(ARRAYS)
        for name, array in ARRAYS.items():
            np.testing.assert_array_equal(stored[name], array)
    write_npz(tmp_path / "b.npz", ARRAYS)
    digests = {hashlib.sha256((tmp_path / f"{one}.npz").read_bytes()).digest() for one in "ab"}
    assert len(digests) == 1


def test_the_large_array_lies_in_the_file_and_the_file_cannot_be_changed_through_it(tmp_path):
    write_npz(tmp_path / "a.npz", ARRAYS)
    before = (tmp_path / "a.npz").read_bytes()
    large = read_npz(tmp_path / "a.npz", "large")["large"]
    assert isinstance(large.base, np.memmap)
    assert type(large) is np.ndarray
    assert large.ctypes.data % ALIGNMENT == 0
    large[0] = 7.0
    assert (tmp_path / "a.npz").read_bytes() == before


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_what_cannot_be_mapped_is_read(tmp_path, save):
    save(tmp_path / "a.npz", **ARRAYS)
    for name, array in read_npz(tmp_path / "a.npz", "large").items():
        np.testing.assert_array_equal(array, ARRAYS[name])


def test_an_array_without_rows_is_read(tmp_path):
    write_npz(tmp_path / "a.npz", {"large": LARGE[:0]})
    assert read_npz(tmp_path / "a.npz", "large")["large"].shape == (0, 3)


@pytest.mark.parametrize("place", range(40, 60))
def test_a_changed_byte_of_the_large_array_is_seen(tmp_path, place):
    path = tmp_path / "a.npz"
    write_npz(path, ARRAYS)
    content = bytearray(path.read_bytes())
    content[content.index(LARGE.tobytes()) + 4 * place] ^= 1
    path.write_bytes(content)
    with pytest.raises(zipfile.BadZipFile, match="damaged"):
        read_npz(path, "large")


@pytest.mark.parametrize("end", range(0, 1400, 23))
def test_a_cut_file_is_broken(tmp_path, end):
    write_npz(tmp_path / "a.npz", ARRAYS)
    content = (tmp_path / "a.npz").read_bytes()
    (tmp_path / "a.npz").write_bytes(content[: min(end, len(content) - 1)])
    with pytest.raises(BROKEN):
        read_npz(tmp_path / "a.npz", "large")
