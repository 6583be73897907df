from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizers.names import FUSIONS, STREAMS, RecognizerName
from recognizers.registry import check_recognizer, parts_of, recipe, recipe_for
from skeletons.errors import InputError

streams = st.lists(st.sampled_from(sorted(STREAMS)), min_size=1, unique=True)


@given(
    st.sampled_from(["stgcn++", "pyskl:aagcn", "my.module:Net"]),
    st.one_of(st.just(""), st.sampled_from(sorted(FUSIONS)), streams.map("+".join)),
)
def test_a_name_is_written_in_one_way_and_read_back(base, shown):
    name = RecognizerName.parse(f"{base}@{shown}" if shown else base)
    assert name.base == base
    assert RecognizerName.parse(name.text) == name
    assert {RecognizerName.parse(part.text) for part in name.parts} == set(name.parts)
    assert sorted(part.streams[0] for part in name.parts) == sorted(name.streams)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("stgcn++@joint", "stgcn++"),
        ("ctrgcn@bone+joint", "ctrgcn@2s"),
        ("gru@bone", "gru@bone"),
        ("gru@bone_motion+joint", "gru@joint+bone_motion"),
        ("pyskl:stgcn@4s", "pyskl:stgcn@4s"),
    ],
)
def test_the_same_recognizer_has_the_same_name(text, written):
    assert RecognizerName.parse(text).text == written


def test_scores_are_added_with_pyskls_weights():
    assert parts_of("stgcn@2s") == {"stgcn": 1, "stgcn@bone": 1}
    assert list(parts_of("stgcn@4s").values()) == [2, 2, 1, 1]
    assert parts_of("stgcn@joint+bone_motion") == {"stgcn": 1, "stgcn@bone_motion": 1}
    assert parts_of("stgcn@bone") == {"stgcn@bone": 1}
    assert recipe("stgcn@4s", "quick")["streams"] == FUSIONS["4s"]
    assert recipe_for("stgcn@4s", "quick").steps(100) == recipe_for("stgcn", "quick").steps(100)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("stgcn++@bones", "did you mean 'bone'"),
        ("stgcn++@bone+bone", "twice"),
        ("stgcn+", "did you mean 'stgcn"),
        ("pyskl:stgcm", "did you mean 'stgcn'"),
        ("st_trans@bone", "no stream 'bone'"),
        ("no_such_module:Net", "there is no module no_such_module"),
        ("tests.conftest:Net", "no Net in tests.conftest"),
    ],
)
def test_a_name_that_cannot_be_is_one_clear_line(text, message):
    with pytest.raises(InputError, match=message) as caught:
        check_recognizer(text)
    assert "\n" not in str(caught.value)
