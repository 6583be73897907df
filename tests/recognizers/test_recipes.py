"""What a recipe refuses, before anything is trained."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import pytest

from benchmark.commands.app import run_command_line
from recognizers.recipe_table import recipe_of
from recognizers.recipes import Augmentation, Optimisation, Recipe, changed
from recognizers.registry import recipe_for
from skeletons.errors import InputError

PLAIN = Recipe(Optimisation())
ZERO_IS_FINE = {
    "weight_decay", "warm_up", "betas", "ema", "yaw", "tilt", "mirror", "scale", "noise", "crop",
    "warp",
    "steps_per_clip", "steps_exponent", "label_smoothing", "synthetic_share",
    "synthetic_first", "real_last", "synthetic_online",
}  # fmt: skip


def entries() -> list[str]:
    """Every entry of a recipe that is a number, as it is asked for."""
    parts = {"": PLAIN, "optimisation.": Optimisation(), "augmentation.": Augmentation()}
    return [
        part + field.name
        for part, values in parts.items()
        for field in fields(values)
        if isinstance(getattr(values, field.name), int | float)
        and not isinstance(getattr(values, field.name), bool)
    ] + ["optimisation.ema", "synthetic_share"]


@pytest.mark.parametrize("value", [-3, float("nan"), float("inf"), "x", 0])
@pytest.mark.parametrize("entry", entries())
def test_a_number_that_cannot_work_is_one_line(entry: str, value: Any) -> None:
    if value == 0 and entry.rpartition(".")[2] in ZERO_IS_FINE:
        assert changed(PLAIN, {entry: value}, "recipe") is not None
        return
    with pytest.raises(InputError) as caught:
        changed(PLAIN, {entry: value}, "recipe")
    message = str(caught.value)
    assert f"{entry.rpartition('.')[2]} = {value}: " in message
    assert "\n" not in message


@pytest.mark.parametrize("value", [-3, float("nan"), float("inf"), "x", "1", True])
@pytest.mark.parametrize("entry", entries())
def test_it_cannot_even_be_made(entry: str, value: Any) -> None:
    part, _, name = entry.rpartition(".")
    kind = {"": Recipe, "optimisation": Optimisation, "augmentation": Augmentation}[part]
    given = {name: value} if part else {"optimisation": Optimisation(), name: value}
    with pytest.raises(InputError, match=f"^{part or 'recipe'}: {name} = {value}: "):
        kind(**given)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Recipe(Optimisation(), batch=-3), "recipe: batch = -3: it is 1 or more"),
        (lambda: Recipe(Optimisation(), frames=0), "recipe: frames = 0: it is 1 or more"),
        (lambda: Augmentation(mirror=1.5), "augmentation: mirror = 1.5: it is 1 or less"),
        (lambda: Augmentation(crop=1.0), "augmentation: crop = 1.0: it is below 1"),
        (lambda: Optimisation(learning_rate=0), "optimisation: learning_rate = 0: it is above 0"),
        (lambda: Optimisation(clip=float("inf")), "optimisation: clip = inf: it is finite"),
        (lambda: Optimisation("adam"), "optimisation: name = adam: it is 'adamw' or 'sgd'"),
        (lambda: Optimisation(betas=(0.9, 1)), "optimisation: betas = (0.9, 1): it is below 1"),
        (lambda: replace(PLAIN, precision="half"), "precision = half: it is 'float32', 'bf"),
        (lambda: replace(PLAIN, synthetic_label_mix=0.5), "nothing to mix the asked labels with"),
        (
            lambda: replace(PLAIN, synthetic_norm="one"),
            "synthetic_norm = one: it is 'shared' or 'o",
        ),
        (lambda: replace(PLAIN, model={"a": [3, -1]}), "model.a = [3, -1]: a size is 1 or more"),
    ],
)
def test_what_cannot_be_is_told_in_one_line(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        make()


@pytest.mark.parametrize(
    ("name", "changes", "message"),
    [
        ("stgcn++", {"model.base_channels": 0}, "model.base_channels = 0: a size is 1 or more"),
        ("stgcn++", {"model.inflate": [3, -1]}, "model.inflate"),
        ("stgcn++", {"model.base_channel": 3}, "did you mean 'base_channels'"),
        ("st_trans", {"model.heads": 7}, "no st_trans can be built with .*heads=7"),
        ("posec3d", {"model.dropout": -0.5}, "model.dropout = -0.5"),
    ],
)
def test_sizes_that_no_network_has_are_one_line(
    name: str, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message) as caught:
        recipe_for(name, "quick", changes)
    assert "\n" not in str(caught.value)


def test_a_recipe_is_what_its_state_says() -> None:
    recipe = recipe_of("posec3d", "paper")
    assert Recipe.of(recipe.state()) == recipe
    assert Recipe.of(json.loads(json.dumps(recipe.state()))) == recipe
    assert Recipe.of(recipe_for("stgcn@bone", "quick", {"frames": 12}).state()).frames == 12


def test_entries_that_came_later_are_told_only_where_they_are_on() -> None:
    told = PLAIN.state()
    assert "warp" not in told["augmentation"]
    later = {"synthetic_norm", "synthetic_labels", "synthetic_label_mix", "synthetic_online"}
    assert not later & told.keys()
    asked = {
        "augmentation.warp": 0.2,
        "synthetic_norm": "own",
        "synthetic_labels": "real_recognizer",
        "synthetic_label_mix": 0.5,
    }
    other = changed(PLAIN, asked, "recipe")
    assert other.state()["augmentation"]["warp"] == 0.2
    assert other.state()["synthetic_label_mix"] == 0.5
    assert Recipe.of(told) == PLAIN
    assert Recipe.of(other.state()) == other
    assert changed(PLAIN, {"synthetic_online": 75}, "recipe").state()["synthetic_online"] == 75
    alone = other.without_added_clips().state()
    assert alone == changed(PLAIN, {"augmentation.warp": 0.2, "synthetic_share": None}, "").state()


@pytest.mark.parametrize("recipe", ["batch=-3", "frames=0", "optimisation.learning_rate=.nan"])
def test_the_command_refuses_it_at_once(
    recipe: str, tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["run", "--generator", "copy", "--recipe", recipe, "--out", str(tmp_path / "out")]
    assert run_command_line(command) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("error: recipe")
    assert f"{recipe.partition('=')[0].rpartition('.')[2]} = " in lines[0]
    assert not (tmp_path / "out").exists(), "nothing was begun"
