"""The runs of ``frontier``: one fit, sampled in few steps and in many. Imports no torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from benchmark.engine.store import Store
from benchmark.experiment.changes import SETTINGS, changed
from benchmark.experiment.sweep import Sweep
from benchmark.records.run_folder import RunFolder
from benchmark.spec import RunSpec, short_name
from benchmark.spec_checks import NONE
from skeletons.errors import InputError, unknown_name

REFERENCE_STEPS = 1000
FLOW, GUIDANCE = "flow", "guidance"
FEW = (5, 8, 10, 15, 25, 50)
STEPS: Mapping[str, tuple[int, ...]] = {
    "ddpm": (5, 10, 25, 50, 100, 250),
    "ddim": FEW,
    "dpm_solver++": FEW,
    FLOW: (1, 2, 3, 4, *FEW),
}
"""Steps of each sampler; ``flow``: of the same denoiser, trained for rectified flow."""
SAMPLERS = (*STEPS, GUIDANCE)
PACES: Mapping[str, Mapping[str, Any]] = {
    "guide at every 2nd step": {"guidance_every": 2},
    "guide at every 5th step": {"guidance_every": 5},
    "guide between 20 and 90 % noise": {"guidance_from": 0.2, "guidance_until": 0.9},
}
"""Ways to ask the guide less often."""
PACED = (("ddpm", 25), ("ddim", 10))
"""Sampler and steps at which they are tried."""
VARIED = {
    "objective",
    "sampler",
    "sampling_steps",
    *(key for pace in PACES.values() for key in pace),
}
BASE: Mapping[str, Any] = {
    "recognizers": NONE,
    "metrics": ["fid", "accuracy", "memory"],
    "samples": 450,
    "part": "dev",
}


def frontier_sweep(fields: Mapping[str, Any], samplers: Sequence[str] = ()) -> Sweep:
    """A sweep over sampling parameters alone; its base is the way back in 1,000 steps.

    Args:
        fields: of the runs.
        samplers: of :data:`SAMPLERS`; without, all that the generator has.

    Raises:
        InputError: a generator that has no steps or does not say how often its networks are asked,
            a sampler that it does not have, or a parameter that is varied here.
    """
    if "generator" not in fields:
        raise InputError("frontier needs --generator: ddpm, st_guided_ddpm or factor_ddpm")
    for name in samplers:
        if name not in SAMPLERS:
            raise unknown_name("sampler", name, SAMPLERS)
    base = changed(BASE, fields)
    if taken := sorted(VARIED & base.get(SETTINGS, {}).keys()):
        raise InputError(f"frontier varies {taken[0]} itself: leave it out")
    spec = RunSpec.parse(base, "frontier").resolved()
    parameters = _parameters(spec)
    able = [name for name in STEPS if name != FLOW or hasattr(parameters, "objective")]
    if hasattr(parameters, "guidance_every") and parameters.guidance_scale:
        able.append(GUIDANCE)
    for name in samplers:
        if name not in able:
            raise InputError(f"generator '{spec.generator}' has no {name}: {', '.join(able)}")
    most = parameters.diffusion_steps
    reference = _settings("ddpm", min(REFERENCE_STEPS, most))
    variants = {_name(reference): reference}
    for sampler in samplers or able:
        told = [_settings(sampler, steps) for steps in STEPS.get(sampler, ()) if steps <= most]
        variants |= {_name(settings): settings for settings in told}
    if GUIDANCE in (samplers or able):
        for sampler, steps in PACED:
            told = [_settings(sampler, min(steps, most)) | dict(pace) for pace in PACES.values()]
            variants |= {
                f"{_name(one)}, {words}": one for words, one in zip(PACES, told, strict=True)
            }
    return Sweep(
        name="-".join(
            ("frontier", short_name(spec.dataset), spec.split, short_name(spec.generator))
        ),
        title=f"Quality against time of {spec.generator}",
        base=changed(base, {SETTINGS: reference}),
        variants={name: {SETTINGS: settings} for name, settings in variants.items()},
    )


def sampler_of(settings: Mapping[str, Any]) -> str:
    """The sampler that a run's settings ask for."""
    return FLOW if settings.get("objective") == FLOW else str(settings["sampler"])


def evaluations(spec: RunSpec) -> int:
    """Forward passes of networks for one sample.

    Raises:
        InputError: the generator does not say.
    """
    return int(_made(spec).evaluations)


def seconds_per_clip(run: RunFolder, store: Store) -> float | None:
    """Of sampling alone, the median over a run's shards as they were measured when made; None where
    the store no longer knows."""
    lineage = run.record.get("lineage")
    artefacts = lineage.get("artefacts", {}) if isinstance(lineage, Mapping) else {}
    made = [
        store.meta("sample", key) for name, key in artefacts.items() if name.startswith("sample/")
    ]
    told = [meta["lineage"] for meta in made if meta]
    measured = [one["seconds_of_sampling"] / one["clips"] for one in told if one.get("clips")]
    return median(measured) if measured else None


def _settings(sampler: str, steps: int) -> dict[str, Any]:
    if sampler == FLOW:
        return {"objective": FLOW, "sampler": "ddpm", "sampling_steps": steps}
    return {"sampler": sampler, "sampling_steps": steps}


def _name(settings: Mapping[str, Any]) -> str:
    steps = settings["sampling_steps"]
    return f"{sampler_of(settings)}, {steps} step{'s' if steps > 1 else ''}"


def _parameters(spec: RunSpec) -> Any:
    parameters = getattr(_made(spec), "parameters", None)
    for name in ("sampler", "sampling_steps", "diffusion_steps"):
        if not hasattr(parameters, name):
            raise InputError(f"generator '{spec.generator}' has no {name}: nothing to vary")
    return parameters


def _made(spec: RunSpec) -> Any:
    from generators.registry import make_generator

    generator = make_generator(spec.generator, spec.profile, spec.settings)
    if getattr(generator, "evaluations", None) is None:
        raise InputError(
            f"generator '{spec.generator}' does not say how often its networks are asked "
            "(attribute evaluations): frontier cannot count"
        )
    return generator
