"""A value that cannot work is refused before anything runs, in one line."""

from __future__ import annotations

import re

import pytest

from generators.profiles import PROFILE_NAMES
from generators.registry import GENERATORS, check_generator
from skeletons.errors import InputError

ZERO_IS_OFF = re.compile(
    r"\w+_(weight|decay|penalty|smoothing|noise|tau|redraws|scale|forcing|dropout)|dropout|penalty|"
    r"guidance_from|strength|smoothness|ema|eta|betas|crop|interpolation|mirror|scale|scale_axes|"
    r"shear|tilt|warp|yaw|min_snr|unknown_(person|label)|size|held_out|blend|timing|detail|smoothing"
)
"""Weights, rates and strengths: zero leaves something out."""

LEARNED = [name for name in GENERATORS if "train_steps" in check_generator(name, "quick", {})]
WITH_HEADS = [name for name in LEARNED if "heads" in check_generator(name, "quick", {})]


def _numbers() -> list[tuple[str, str, object]]:
    """Every generator with each of its numeric parameters and the parameter's default."""
    return [
        (name, key, value)
        for name in GENERATORS
        for key, value in check_generator(name, "quick", {}).items()
        if type(value) in (int, float) or (isinstance(value, list) and type(value[0]) is not str)
    ]


def _refused(name: str, settings: dict[str, object]) -> str:
    with pytest.raises(InputError) as error:
        check_generator(name, "quick", settings)
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize(("name", "key", "default"), _numbers())
def test_zero_negative_and_not_a_number_are_refused(name, key, default):
    values = [-3, float("nan"), float("inf")]
    if not ZERO_IS_OFF.fullmatch(key) and (name, key) != ("mean", "noise"):
        values.append(0)
    for value in values:
        given = [value] * len(default) if isinstance(default, list) else value
        assert key in _refused(name, {key: given})


def test_transformers_and_images_are_all_found():
    images = {"ddpm", "st_guided_ddpm", "factor_ddpm", "variations"}
    assert set(WITH_HEADS) == images | {"actor", "mdm", "transformer_diffusion"}


@pytest.mark.parametrize("name", WITH_HEADS)
def test_heads_that_do_not_share_the_width_are_refused_with_those_that_do(name):
    message = _refused(name, {"width": 192, "heads": 5})
    assert "heads = 5 does not divide width 192: take 4, 6, 8" in message
    assert check_generator(name, "quick", {"width": 192, "heads": 6})["heads"] == 6


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("mdm", {"diffusion_steps": 10}, "sampling_steps = 25 is more than diffusion_steps = 10"),
        ("ddpm", {"sampling_steps": 1001}, "sampling_steps = 1001.*take at most 1000"),
        ("ddpm", {"image_size": 28}, "image_size = 28: input should be a multiple of 8"),
        ("ddpm", {"denoiser": "unet", "channels": [16] * 5}, "image_size = 24 cannot be halved"),
        ("ddpm", {"channels": []}, "channels = .*at least 1"),
        ("ddpm", {"channels": [8, 16]}, "channels.0 = 8: .*16"),
        ("ddpm", {"prediction": "epsilon"}, "prediction = 'epsilon'"),
        ("st_guided_ddpm", {"dropout": 1.0}, "dropout = 1.0: .*less than 1"),
        ("st_guided_ddpm", {"entropy_weight": 1.1}, "entropy_weight = 1.1: .*less than or equal"),
        (
            "st_guided_ddpm",
            {"guidance_from": 0.5, "guidance_until": 0.5},
            "guidance_from = 0.5 is not below guidance_until = 0.5: the guide would never act",
        ),
        ("ddpm", {"objective": "flow", "sampler": "ddim"}, "objective = flow is sampled by Euler"),
        (
            "st_guided_ddpm",
            {"objective": "flow", "guidance": "dhariwal"},
            "guidance = dhariwal is a formula of the diffusion objective",
        ),
        ("act_mocogan", {"betas": [0.5, 1.0]}, "betas.1 = 1.0"),
    ],
)
def test_values_that_do_not_go_together_are_refused(name, settings, message):
    with pytest.raises(InputError, match=message):
        check_generator(name, "quick", settings)


@pytest.mark.parametrize("profile", PROFILE_NAMES)
@pytest.mark.parametrize("name", GENERATORS)
def test_the_values_of_every_profile_are_valid(name, profile):
    assert check_generator(name, profile, {}) == check_generator(
        name, profile, check_generator(name, profile, {})
    )
