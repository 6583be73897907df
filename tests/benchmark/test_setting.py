"""Settings: what they cannot be asked with, and what tables say of them."""

from __future__ import annotations

from typing import Any

import pytest

from benchmark.setting import CONTROLS, SETTINGS, STANDARD, setting_sentences
from skeletons.errors import InputError
from tests.benchmark import fakes
from tests.benchmark.conftest import tiny_spec

Change = dict[str, Any]
UNLABELLED: Change = {
    "generator": f"{fakes.HERE}:SeesFrames",
    "setting": "unlabelled",
    "arms": ["real", "real+synthetic", "real+pseudo"],
}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"generator": fakes.GENERATOR}, "cannot learn from clips without labels"),
        ({"generator": "mdm"}, "take one of ddpm, st_guided_ddpm, variations, or a class"),
        ({"generator": "real"}, "cannot learn from clips without labels"),
        ({"generator": f"{fakes.HERE}:SeesBoth"}, "withholds these"),
        ({"generator_data": "full"}, "generator_data = full says otherwise"),
        ({"split": "full"}, "full leaves none: take a smaller split"),
        ({"setting": "standard"}, "another setting: add --setting unlabelled"),
        ({"arms": ["real+pseudo@2"]}, "takes no dose"),
        ({"setting": "unlabeled"}, "setting: Input should be"),
    ],
)
def test_what_the_setting_cannot_do_is_one_line(change: Change, message: str) -> None:
    with pytest.raises(InputError, match=message) as refused:
        tiny_spec(**{**UNLABELLED, **change}).resolved()
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"arms": ["real", "classical"]},
            "no arm 'classical': take real, real.synthetic, oracle",
        ),
        ({"arms": ["real", "oracle@2"]}, "has no arm 'oracle@2'"),
        ({"arms": ["real+pseudo"]}, "another setting: add --setting unlabelled"),
        ({"setting": "standard"}, "another setting: add --setting base-novel"),
        ({"split": "base+5shot"}, "say --setting base-novel --split 5shot"),
        ({"split": "full"}, "full leaves none"),
        ({"select": "right"}, "select = right says otherwise"),
        ({"generator_data": "full"}, "generator_data = full says otherwise"),
        ({"recipe": {"synthetic_share": 0.3}}, "batches of its own: leave recipe synthetic_share"),
    ],
)
def test_what_base_novel_cannot_do_is_one_line(change: Change, message: str) -> None:
    arms = ["real", "real+synthetic", "pretrained"]
    values = {"setting": "base-novel", "split": "5shot", "arms": arms}
    tiny_spec(**values).resolved()
    with pytest.raises(InputError, match=message) as refused:
        tiny_spec(**{**values, **change}).resolved()
    assert "\n" not in str(refused.value)


def test_a_setting_that_is_off_is_in_no_record_and_every_other_has_a_control() -> None:
    assert "setting" not in tiny_spec().values()
    assert tiny_spec(setting=STANDARD).hash8 == tiny_spec().hash8
    assert tiny_spec(**UNLABELLED).values()["setting"] == "unlabelled"
    assert set(CONTROLS) == set(SETTINGS) - {STANDARD}


def test_tables_say_what_a_setting_is_and_which_control_is_missing() -> None:
    assert setting_sentences({}) == setting_sentences({"setting": STANDARD}) == ()
    values = {"setting": "unlabelled", "recognizers": ["gru"], "arms": ["real"]}
    named, missing = setting_sentences(values)
    assert "without their labels" in named
    assert "real+pseudo" in missing
    assert setting_sentences({**values, "arms": ["real", "real+pseudo"]}) == (named,)
    assert setting_sentences({**values, "recognizers": []}) == (named,)
