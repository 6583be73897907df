from __future__ import annotations

import subprocess
import sys

import pytest
from pydantic import BaseModel

from generators.registry import (
    GENERATORS,
    check_generator,
    check_usable,
    generator_names,
    load_generator,
    make_generator,
    source_modules,
)
from skeletons.errors import InputError


class Bare:
    """A user's class with no parameters, which imports nothing of ours."""

    def fit(self, clips, run):
        pass

    def sample(self, labels, seed):
        pass

    def save(self, folder):
        pass

    @classmethod
    def load(cls, folder):
        return cls()


class OwnParameters(BaseModel):
    """A user's: what it allows is its own affair."""

    offset: float = 0.0
    heads: int = 4
    width: int = 192


class WithParameters(Bare):
    parameters_type = OwnParameters


class Half:
    def fit(self, clips, run):
        pass


class CannotBeMade(Bare):
    def __init__(self):
        raise SystemExit("no licence")


class OddParameters(Bare):
    parameters_type = dict


class ThrowsInItsParameters(Bare):
    class Parameters(BaseModel):
        size: int = 1

        def model_post_init(self, context):
            raise ZeroDivisionError("size")

    parameters_type = Parameters


BARE = f"{__name__}:Bare"


def test_profiles_and_settings_resolve_to_full_parameters():
    quick = check_generator("st_guided_ddpm", "quick", {"guidance_scale": 3})
    assert quick["guidance_scale"] == 3.0
    paper = check_generator("ddpm", "paper", {})
    assert (paper["denoiser"], paper["sampling_steps"]) == ("unet", 1000)
    assert set(paper) < set(quick)


@pytest.mark.parametrize(
    ("name", "profile", "settings", "message"),
    [
        ("ddmp", "quick", {}, "unknown generator 'ddmp': did you mean 'ddpm'"),
        ("ddpm", "papr", {}, "unknown profile of ddpm 'papr': did you mean 'paper'"),
        ("ddpm", "quick", {"train_step": 3}, "unknown parameter of ddpm 'train_step'.*train_steps"),
        ("ddpm", "quick", {"guidance_scale": 3}, "unknown parameter of ddpm 'guidance_scale'"),
        ("ddpm", "quick", {"train_steps": "many"}, "train_steps = 'many': .*integer"),
        ("ddpm", "quick", {"sampler": "euler"}, "sampler = 'euler'"),
        ("ddpm", "quick", {"image_size": 25}, "image_size = 25"),
        ("nowhere.at_all:Thing", "quick", {}, "cannot be imported"),
        (f"{__name__}:Missing", "quick", {}, "no Missing in"),
        (f"{__name__}:Half", "quick", {}, "has no method sample"),
        (f"{__name__}:Hal", "quick", {}, "did you mean 'Half'"),
        (f"{__name__}:OddParameters", "quick", {}, "parameters_type is no pydantic model"),
        (f"{__name__}:ThrowsInItsParameters", "quick", {}, "cannot be made: ZeroDivisionError: si"),
        (BARE, "quick", {"size": 3}, "has no parameters, 'size' cannot be set"),
    ],
)
def test_wrong_names_and_values_are_one_clear_line(name, profile, settings, message):
    with pytest.raises(InputError, match=message) as error:
        check_generator(name, profile, settings)
    assert "\n" not in str(error.value)


def test_a_class_that_cannot_be_made_is_one_line_with_its_place():
    name = f"{__name__}:CannotBeMade"
    assert check_generator(name, "quick", {}) == {}
    for tried in (check_usable, make_generator):
        with pytest.raises(InputError, match=r"cannot be made: SystemExit: no licence \(test_r"):
            tried(name, "quick", {})
    assert check_usable("ddpm", "quick", {}) == check_generator("ddpm", "quick", {})


def test_a_users_class_is_found_made_and_loaded(tmp_path):
    assert check_generator(BARE, "quick", {}) == {}
    assert isinstance(make_generator(BARE, "quick", {}), Bare)
    assert isinstance(load_generator(BARE, tmp_path), Bare)
    assert source_modules(BARE) == [__name__]


def test_a_users_class_sets_its_own_bounds():
    values = check_generator(f"{__name__}:WithParameters", "quick", {"offset": -3, "heads": 5})
    assert values == {"offset": -3.0, "heads": 5, "width": 192}


def test_names_and_parameters_need_no_torch():
    code = (
        "import sys; from generators.registry import check_generator, generator_names;"
        "generator_names(); check_generator('st_guided_ddpm', 'quick', {});"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    assert {"ddpm", "st_guided_ddpm"} <= set(generator_names())


def test_a_built_in_class_says_as_its_line_does_whether_it_sees_unlabelled_clips():
    for name, entry in GENERATORS.items():
        said = getattr(make_generator(name, "smoke", {}), "sees_unlabelled", False)
        assert said == entry.sees_unlabelled, name
