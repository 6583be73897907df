"""Training recipes as plain data: what is trained, for how long and how. Imports no torch."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, is_dataclass, replace
from functools import lru_cache
from typing import Annotated, Any, Literal, TypeVar, get_type_hints

from annotated_types import Ge, Gt, Le, Lt
from pydantic import TypeAdapter, ValidationError

from skeletons.errors import InputError, unknown_name

T = TypeVar("T")

Count = Annotated[int, Ge(1)]
Whole = Annotated[int, Ge(0)]
Share = Annotated[float, Ge(0.0), Le(1.0)]
PositiveShare = Annotated[float, Gt(0.0), Le(1.0)]
Decay = Annotated[float, Ge(0.0), Lt(1.0)]
Positive = Annotated[float, Gt(0.0), Lt(math.inf)]
NotNegative = Annotated[float, Ge(0.0), Lt(math.inf)]


UNTOLD_WHEN_OFF = {"untold_when_off": True}
"""Marks entries that came after results were stored: a recipe's plain values have them only where
they differ from their default, so that what was stored under a recipe before stays its."""

_BOUNDS = {
    "greater_than_equal": "it is {ge:g} or more",
    "greater_than": "it is above {gt:g}",
    "less_than_equal": "it is {le:g} or less",
    "less_than": "it is below {lt:g}",
    "literal_error": "it is {expected}",
}
"""What pydantic's errors say, by their type, in our words."""


@lru_cache
def _types_of(kind: Any) -> dict[str, TypeAdapter[Any]]:
    hints = get_type_hints(kind, include_extras=True)
    return {one.name: TypeAdapter(hints[one.name]) for one in fields(kind)}


def _types(values: Any) -> dict[str, TypeAdapter[Any]]:
    """Type and bounds of each entry of a dataclass."""
    kind: Any = type(values)
    return _types_of(kind)


def _fitting(wanted: TypeAdapter[Any], key: str, value: Any, where: str, *, strict: bool) -> Any:
    """The value as an entry has it; unless ``strict``, a text that is a number counts as one."""
    try:
        return wanted.validate_python(value, strict=strict)
    except ValidationError as error:
        first = error.errors()[0]
        ours = _BOUNDS.get(first["type"])
        told = ours.format(**first["ctx"]) if ours else first["msg"]
        told = "it is finite" if told == "it is below inf" else told
        raise InputError(f"{where}: {key} = {value}: {told}") from error


class _Checked:
    """A dataclass that cannot be made with an entry of another type or beyond its bounds."""

    def __post_init__(self) -> None:
        for key, wanted in _types(self).items():
            where = type(self).__name__.lower()
            _fitting(wanted, key, getattr(self, key), where, strict=True)


@dataclass(frozen=True)
class Optimisation(_Checked):
    """What is optimised and how.

    Attributes:
        name: ``sgd`` (momentum 0.9) or ``adamw``.
        learning_rate: the peak, after a linear warm-up.
        warm_up: part of the steps spent warming up.
        schedule: after it, the rate falls to zero on a cosine or stays.
        betas: decays of AdamW's two moving averages.
        ema: decay of the moving average of weights that is returned; None for the last weights.
        clip: largest norm of the gradient; None for no limit.
        nesterov: whether the momentum of ``sgd`` looks ahead.
    """

    name: Literal["adamw", "sgd"] = "adamw"
    learning_rate: Positive = 1e-3
    weight_decay: NotNegative = 0.0
    warm_up: Share = 0.05
    schedule: Literal["cosine", "constant"] = "cosine"
    betas: tuple[Decay, Decay] = (0.9, 0.999)
    ema: Decay | None = None
    clip: Positive | None = 1.0
    nesterov: bool = True

    def rate(self, step: int, steps: int) -> float:
        """Learning rate of a step: linear warm-up, then the schedule."""
        warm = self.warm_up * steps
        if step < warm:
            return self.learning_rate * (step + 1) / (warm + 1)
        if self.schedule == "constant":
            return self.learning_rate
        share = (step - warm) / max(1.0, steps - warm)
        return self.learning_rate * 0.5 * (1.0 + math.cos(math.pi * share))


@dataclass(frozen=True)
class Augmentation(_Checked):
    """Random changes of a training clip that keep its class; zero turns each off.

    Attributes:
        yaw: largest turn about the vertical axis, in radians.
        tilt: largest turn about the left-right axis, as a camera looks up or down, in radians.
        mirror: probability of swapping left and right.
        scale: largest relative change of size.
        noise: standard deviation of joint noise, in the data's unit.
        crop: largest part of the clip cut from its two ends together.
        warp: standard deviation of the logarithm of the pace, which changes smoothly within the
            clip.
    """

    yaw: NotNegative = 0.0
    tilt: NotNegative = 0.0
    mirror: Share = 0.0
    scale: Decay = 0.0
    noise: NotNegative = 0.0
    crop: Decay = 0.0
    warp: NotNegative = field(default=0.0, metadata=UNTOLD_WHEN_OFF)


@dataclass(frozen=True)
class Recipe(_Checked):
    """How a recognizer is trained and tested.

    Attributes:
        model: sizes that differ from the model's defaults.
        frames: T of a training sample (columns of the image for image models).
        batch: clips a step.
        steps_per_clip: optimiser steps for a training part of n clips are
            ``steps_per_clip * n ** steps_exponent``: epochs fall as data grow.
        least_steps: never fewer than these.
        synthetic_share: part of each batch that is of the added clips where an arm adds any:
            synthetic, augmented or held-back real ones alike; None draws from all clips in
            proportion to their number, as concatenating data sets does.
        synthetic_first: part of the steps, from the first on, whose batches hold added clips alone:
            with 0.5 the second half fine-tunes on real and added ones.
        real_last: part of the steps, up to the last, whose batches hold the split's clips alone.
        synthetic_weight: of an added clip in the loss, beside 1 of one of the split's.
        synthetic_norm: whether batch norms have a set of statistics and scales of their ``own`` for
            added clips (Xie et al. 2020, AdvProp) or one that is ``shared``; the test uses that of
            the other clips.
        synthetic_labels: of an added clip: the ``asked`` class, or also what the same recognizer,
            trained on the split's real clips alone, makes of the clip (``real_recognizer``).
        synthetic_label_mix: part of its class probabilities in the label, beside the asked class.
        synthetic_online: steps after which a generator draws the added clips anew while the
            recognizer trains; 0 is off, they stay those of the run.
        test_samplings: samplings of a test clip whose scores are averaged.
        test_mirrored: each of them is also shown mirrored.
        precision: of a training step's arithmetic; with ``bfloat16`` or ``float16`` (whose loss is
            scaled) torch's autocast chooses what runs in it. Weights, their updates, the loss and
            the test are in single precision.
    """

    optimisation: Optimisation
    model: dict[str, Any] = field(default_factory=dict)
    frames: Count = 24
    batch: Count = 16
    steps_per_clip: NotNegative = 28.0
    steps_exponent: Share = 0.5
    least_steps: Count = 120
    label_smoothing: Decay = 0.0
    synthetic_share: Share | None = 0.5
    synthetic_first: Share = 0.0
    real_last: Share = 0.0
    synthetic_weight: Positive = 1.0
    synthetic_norm: Literal["shared", "own"] = field(default="shared", metadata=UNTOLD_WHEN_OFF)
    synthetic_labels: Literal["asked", "real_recognizer"] = field(
        default="asked", metadata=UNTOLD_WHEN_OFF
    )
    synthetic_label_mix: PositiveShare = field(default=1.0, metadata=UNTOLD_WHEN_OFF)
    synthetic_online: Whole = field(default=0, metadata=UNTOLD_WHEN_OFF)
    augmentation: Augmentation = Augmentation()
    test_samplings: Count = 4
    test_mirrored: bool = False
    precision: Literal["float32", "bfloat16", "float16"] = "float32"

    def __post_init__(self) -> None:
        super().__post_init__()
        for size, value in self.model.items():
            _check_size("recipe", size, value)
        if self.synthetic_first + self.real_last > 1.0:
            raise InputError(
                f"recipe: synthetic_first = {self.synthetic_first:g} and real_last = "
                f"{self.real_last:g} are parts of the same steps: together they are 1 or less"
            )
        alone = self.synthetic_share is not None and (
            round(self.batch * self.synthetic_share) == self.batch and self.real_last == 0.0
        )
        if self.synthetic_norm == "own" and (alone or self.synthetic_first == 1.0):
            raise InputError(
                "recipe: synthetic_norm = own: no batch holds a real clip, whose norms are those "
                "of the test: lower synthetic_share or synthetic_first"
            )
        if self.synthetic_label_mix != 1.0 and self.synthetic_labels == "asked":
            raise InputError(
                f"recipe: synthetic_label_mix = {self.synthetic_label_mix:g}: there is nothing to "
                "mix the asked labels with, set synthetic_labels to real_recognizer"
            )
        if self.synthetic_online and self.synthetic_labels != "asked":
            raise InputError(
                f"recipe: synthetic_online = {self.synthetic_online}: synthetic_labels = "
                f"{self.synthetic_labels} labels the clips of the run, and others are drawn: leave "
                "one of them out"
            )

    def without_added_clips(self) -> Recipe:
        """The same for a training without added clips, which what is said of them cannot change."""
        return replace(
            self,
            synthetic_share=None,
            synthetic_first=0.0,
            real_last=0.0,
            synthetic_weight=1.0,
            synthetic_norm="shared",
            synthetic_labels="asked",
            synthetic_label_mix=1.0,
            synthetic_online=0,
        )

    def steps(self, clips: int) -> int:
        """Optimiser steps for a training part of so many real clips."""
        return max(self.least_steps, round(self.steps_per_clip * float(clips**self.steps_exponent)))

    def state(self) -> dict[str, Any]:
        """Plain values, for ``run.json`` and for the stage that trains by it; see
        :data:`UNTOLD_WHEN_OFF`."""
        state = asdict(self)
        for values, told in ((self, state), (self.augmentation, state["augmentation"])):
            for one in fields(values):
                if one.metadata == UNTOLD_WHEN_OFF and told[one.name] == one.default:
                    del told[one.name]
        return state

    @classmethod
    def of(cls, state: Mapping[str, Any]) -> Recipe:
        """The recipe whose :meth:`state` this is, also where JSON has made lists of tuples."""
        optimisation, augmentation = state["optimisation"], state["augmentation"]
        betas = tuple(optimisation["betas"])
        return cls(
            **{
                **state,
                "optimisation": Optimisation(**{**optimisation, "betas": betas}),
                "augmentation": Augmentation(**augmentation),
            }
        )


PROFILES = ("quick", "paper")

STRONG = Augmentation(yaw=0.6, tilt=0.3, mirror=0.5, scale=0.2, noise=0.01, crop=0.3)
"""For image transformers, which learn few clips by heart. Measured once, rows not yet seen from
the body's centre: on NW-UCLA's clean test set ST-Trans reached 79.5 % with it and 74.8 % with yaw
0.3, scale 0.1 and crop 0.2 alone, after the same 900 steps."""


def changed(recipe: Recipe, changes: Mapping[str, Any], where: str) -> Recipe:
    """The recipe with some entries replaced; those of a part are named ``augmentation.yaw``, or
    stand in a mapping under ``augmentation``.

    Args:
        where: whose recipe it is, for errors.

    Raises:
        InputError: there is no such entry (the nearest is named), or its value is of another type.
    """
    values: dict[str, Any] = {}
    for key, value in changes.items():
        part, dot, entry = key.partition(".")
        known = {field.name: getattr(recipe, field.name) for field in fields(recipe)}
        if part not in known:
            raise unknown_name(f"entry of {where}", part, known)
        inner = known[part]
        if is_dataclass(inner) or isinstance(inner, dict):
            given = {entry: value} if dot else value
            if not isinstance(given, Mapping):
                raise InputError(f"{where}: '{part}' has entries of its own, such as {part}.KEY")
            if isinstance(inner, dict):
                values[part] = {**values.get(part, inner), **given}
            else:
                values[part] = _with(values.get(part, inner), given, f"{where}, {part}")
        elif dot:
            raise InputError(f"{where}: '{part}' has no entry '{entry}'")
        else:
            values[part] = value
    return _with(recipe, values, where)


def _with(old: T, values: Mapping[str, Any], where: str) -> T:
    """A dataclass with other values, of the types that it asks for."""
    types = _types(old)
    fitting = {}
    for key, value in values.items():
        if key not in types:
            raise unknown_name(f"entry of {where}", key, types)
        if isinstance(value, dict):
            for size, one in value.items():
                _check_size(where, size, one)
        fitting[key] = _fitting(types[key], key, value, where, strict=False)
    return replace(old, **fitting)  # type: ignore[type-var]  # any dataclass


def _check_size(where: str, size: str, value: Any) -> None:
    """Refuse a size of a model: whole numbers are from 1, others finite and from 0, also in
    sequences."""
    for one in value if isinstance(value, list | tuple) else (value,):
        is_number = isinstance(one, int | float) and not isinstance(one, bool)
        if is_number and not (1 if isinstance(one, int) else 0) <= one < math.inf:
            raise InputError(f"{where}: model.{size} = {value}: a size is 1 or more, or a share")
