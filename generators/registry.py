"""Generators by name: built in, an entry point, or ``package.module:Class``. Imports no torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generators.classical.parameters import OPERATIONS
from generators.profiles import PROFILE_NAMES
from generators.protocol import Generator
from skeletons.errors import InputError, unknown_name
from skeletons.plugins import PluginError, guarded, imported, lines_about, target_of

KIND = "generator"
METHODS = ("fit", "sample", "save", "load")


@dataclass(frozen=True)
class Entry:
    """A built-in generator: where its class and its :class:`Profiles` are, a line about it, and
    whether it can learn from clips without labels (its class says so, too)."""

    target: str
    profiles: str
    summary: str
    sees_unlabelled: bool = False


GENERATORS: dict[str, Entry] = {
    "ddpm": Entry(
        "generators.image_diffusion.ddpm:DDPM",
        "generators.image_diffusion.parameters:DDPM_PROFILES",
        "class-conditional DDPM on skeleton images, unguided: the control",
        sees_unlabelled=True,
    ),
    "st_guided_ddpm": Entry(
        "generators.image_diffusion.st_guided_ddpm:STGuidedDDPM",
        "generators.image_diffusion.parameters:ST_GUIDED_PROFILES",
        "the same DDPM steered by a spatial-temporal transformer (arXiv 2302.13434)",
        sees_unlabelled=True,
    ),
    "factor_ddpm": Entry(
        "generators.factor_diffusion.generator:FactorDDPM",
        "generators.factor_diffusion.parameters:FACTOR_PROFILES",
        "a DDPM told of class, person and change apart, so that they can be asked for anew",
    ),
    "variations": Entry(
        "generators.clip_variations.generator:ClipVariations",
        "generators.clip_variations.parameters:VARIATIONS_PROFILES",
        "training clips noised part of the way and denoised by the DDPM (Meng et al. 2022)",
        sees_unlabelled=True,
    ),
    "mdm": Entry(
        "generators.mdm.generator:MDM",
        "generators.mdm.parameters:MDM_PROFILES",
        "classifier-free transformer diffusion over poses (Tevet et al. 2023)",
    ),
    "transformer_diffusion": Entry(
        "generators.transformer_diffusion.generator:TransformerDiffusion",
        "generators.transformer_diffusion.parameters:TRANSFORMER_DIFFUSION_PROFILES",
        "label-conditioned transformer diffusion with sampling dropout and refinement (arXiv "
        "2604.14933)",
    ),
    "actor": Entry(
        "generators.actor.generator:Actor",
        "generators.actor.parameters:ACTOR_PROFILES",
        "transformer VAE with class tokens and variable length (Petrovich et al. 2021)",
    ),
    "action2motion": Entry(
        "generators.action2motion.generator:Action2Motion",
        "generators.action2motion.parameters:ACTION2MOTION_PROFILES",
        "temporal VAE over rotations of bones (Guo et al. 2020)",
    ),
    "action2motion_xyz": Entry(
        "generators.action2motion.generator:Action2MotionXyz",
        "generators.action2motion.parameters:ACTION2MOTION_XYZ_PROFILES",
        "the same temporal VAE over joint positions",
    ),
    "condgru": Entry(
        "generators.condgru.generator:CondGRU",
        "generators.condgru.parameters:CONDGRU_PROFILES",
        "a GRU that reads class and last pose, the baseline of Guo et al. 2020",
    ),
    "two_stage_gan": Entry(
        "generators.recurrent_gan.two_stage:TwoStageGAN",
        "generators.recurrent_gan.parameters:TWO_STAGE_GAN_PROFILES",
        "a GAN over poses, then one over sequences of its noise (Cai et al. 2018)",
    ),
    "act_mocogan": Entry(
        "generators.recurrent_gan.act_mocogan:ActMoCoGAN",
        "generators.recurrent_gan.parameters:ACT_MOCOGAN_PROFILES",
        "MoCoGAN over poses, conditioned on the action (Tulyakov et al. 2018)",
    ),
    "classical": Entry(
        "generators.classical.generator:Classical",
        "generators.classical.parameters:CLASSICAL_PROFILES",
        "a training clip changed by all operations that keep its class, one after the other",
    ),
    **{
        operation: Entry(
            "generators.classical.generator:Classical",
            f"generators.classical.parameters:{operation.upper()}_PROFILES",
            summary,
        )
        for operation, summary in OPERATIONS.items()
    },
    "elastic": Entry(
        "generators.elastic.generator:Elastic",
        "generators.elastic.parameters:ELASTIC_PROFILES",
        "a training clip with some of another's poses, in the timing of a third, aligned",
    ),
    "real": Entry(
        "generators.controls.generator:Real",
        "generators.controls.generator:CONTROL_PROFILES",
        "control: real clips that are held back, the ceiling",
    ),
    "copy": Entry(
        "generators.controls.generator:Copy",
        "generators.controls.generator:CONTROL_PROFILES",
        "control: training clips again, a generator that memorised",
    ),
    "mean": Entry(
        "generators.controls.generator:ClassMean",
        "generators.controls.generator:MEAN_PROFILES",
        "control: class mean plus noise, the floor of diversity",
    ),
    "shuffle": Entry(
        "generators.controls.generator:Shuffle",
        "generators.controls.generator:CONTROL_PROFILES",
        "control: right clips, wrong labels",
    ),
}


def generator_names() -> dict[str, str]:
    """Name and one-line summary of each generator that can be found by name."""
    return lines_about(KIND, {name: entry.summary for name, entry in GENERATORS.items()})


def check_generator(name: str, profile: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """All parameters of a generator after profile and settings, as plain values.

    Raises:
        InputError: no such generator or profile, or a setting that is unknown or ill-typed; an
            unknown one names the nearest that exists.
        PluginError: somebody's own generator raises something while it is imported or its
            parameters are made.
    """
    values: dict[str, Any] = {}
    if name in GENERATORS:
        if profile not in PROFILE_NAMES:
            raise unknown_name(f"profile of {name}", profile, PROFILE_NAMES)
        profiles = imported(KIND, name, GENERATORS[name].profiles)
        parameters_type = profiles.kind
        values.update(profiles.values(profile))
    else:
        parameters_type = getattr(_class_of(name), "parameters_type", None)
    if parameters_type is None:
        if settings:
            key = next(iter(settings))
            raise InputError(f"generator '{name}' has no parameters, '{key}' cannot be set")
        return {}
    fields = getattr(parameters_type, "model_fields", None)
    if fields is None:
        raise PluginError(f"generator '{name}': its parameters_type is no pydantic model")
    for key in settings:
        if key not in fields:
            raise unknown_name(f"parameter of {name}", key, fields)
    return _validated(name, parameters_type, {**values, **settings})


def check_usable(name: str, profile: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """As :func:`check_generator`, and somebody's own generator is made once, to see that it can."""
    values = check_generator(name, profile, settings)
    if name not in GENERATORS:
        _made(name, values)
    return values


def check_sees_unlabelled(name: str) -> None:
    """Refuse a generator that cannot learn from clips whose labels are withheld.

    Raises:
        InputError: it has no attribute ``sees_unlabelled``, or it is given the same clips with
            their labels.
    """
    kind: Any = GENERATORS[name] if name in GENERATORS else _class_of(name)
    if getattr(kind, "sees_held_back", False):
        raise InputError(
            f"generator '{name}' is given the clips that the split leaves out with their labels: "
            "the setting unlabelled withholds these"
        )
    if not getattr(kind, "sees_unlabelled", False):
        able = (one for one, entry in GENERATORS.items() if entry.sees_unlabelled)
        raise InputError(
            f"generator '{name}' cannot learn from clips without labels, as the setting "
            f"unlabelled asks: take one of {', '.join(able)}, or a class with sees_unlabelled"
        )


def make_generator(name: str, profile: str, settings: Mapping[str, Any]) -> Generator:
    """An unfitted generator.

    Raises:
        InputError: as :func:`check_generator`.
        PluginError: its constructor raises something, too.
    """
    return _made(name, check_generator(name, profile, settings))


def load_generator(name: str, folder: Path) -> Generator:
    """A fitted generator from the folder that its ``save`` wrote."""
    generator: Generator = _class_of(name).load(folder)
    return generator


def source_modules(name: str) -> list[str]:
    """Modules that hold a generator and, for a built-in one, its parameters: where what its
    results depend on begins."""
    if name in GENERATORS:
        entry = GENERATORS[name]
        return sorted({target.partition(":")[0] for target in (entry.target, entry.profiles)})
    return [_class_of(name).__module__]


def _made(name: str, values: Mapping[str, Any]) -> Generator:
    kind = _class_of(name)
    parameters_type = getattr(kind, "parameters_type", None)

    def make() -> Generator:
        made: Generator = kind() if parameters_type is None else kind(parameters_type(**values))
        return made

    return guarded(f"generator '{name}' cannot be made", kind.__module__, make)


def _class_of(name: str) -> Any:
    places = {known: entry.target for known, entry in GENERATORS.items()}
    kind = imported(KIND, name, target_of(KIND, name, places))
    missing = [method for method in METHODS if not hasattr(kind, method)]
    if missing:
        raise InputError(f"generator '{name}' has no method {missing[0]}")
    return kind


def _validated(name: str, parameters_type: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as the parameters' own type has them."""
    from pydantic import ValidationError

    def validate() -> dict[str, Any]:
        return dict(parameters_type(**values).model_dump(mode="json"))

    what = f"generator '{name}': its parameters cannot be made"
    try:
        return guarded(what, parameters_type.__module__, validate)
    except PluginError as error:
        if not isinstance(error.__cause__, ValidationError):
            raise
        first = error.__cause__.errors()[0]
        message = first["msg"].removeprefix("Value error, ")
        message = message[:1].lower() + message[1:]
        where = ".".join(str(part) for part in first["loc"])
        what = f"{where} = {first['input']!r}: " if where else ""
        raise InputError(f"generator '{name}': {what}{message}") from error.__cause__
