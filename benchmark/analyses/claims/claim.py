"""A claim's geometry carried out: a generator fitted on few clips, trainings, the table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmark.analyses.claims.corrections import counted
from benchmark.analyses.claims.geometry import FewClips, Geometry
from benchmark.analyses.claims.tables import print_claim, write_tables
from benchmark.analyses.claims.trainings import ARMS, trainings
from benchmark.spec import short_name
from skeletons.clips import ClipSet
from skeletons.datasets import Data, check_protocol, dataset_named, load_data
from skeletons.errors import InputError
from skeletons.seeds import derive_seed

if TYPE_CHECKING:
    from rich.console import Console

    from generators.protocol import Generator

DEFAULT_CLASSES = 3
"""How many of a data set's classes are taken where none are named."""


@dataclass(frozen=True)
class ClaimRequest:
    """What is claimed of which clips, and by which recognizer.

    Attributes:
        classes: names; the data set's first three without.
        seeds: trainings of each arm.
        settings: of the generator.
    """

    dataset: str = "kinematic12"
    data_protocol: str = ""
    skeleton: str = ""
    classes: tuple[str, ...] = ()
    geometry: Geometry = field(default_factory=Geometry)
    generator: str = "ddpm"
    recognizer: str = "gru"
    profile: str = "quick"
    settings: Mapping[str, Any] = field(default_factory=dict)
    seeds: int = 5
    seed: int = 0
    device: str = "cpu"
    data_root: Path | None = None


def recount(request: ClaimRequest, out: Path, console: Console, log: Console) -> None:
    """Carry a claim out, write its tables below ``out/claims`` and print the outcome.

    Args:
        log: gets a line for each training as it ends.

    Raises:
        InputError: an unknown name, missing data, too few clips.
    """
    from generators.registry import check_usable
    from recognizers.recipe_table import recipe_of

    recipe = recipe_of(request.recognizer, "quick")
    check_usable(request.generator, request.profile, request.settings)
    if request.seeds < 2:
        raise InputError(f"--seeds {request.seeds}: an interval needs two trainings of each arm")
    data = _data(request)
    classes = request.classes or data.train.classes[:DEFAULT_CLASSES]
    clips = FewClips.of(data, classes, request.geometry.shots, request.seed)
    log.print(f"fitting {request.generator} on {len(clips.real)} clips", highlight=False)
    generator = _fitted(request, clips.real)
    labels = np.arange(request.geometry.synthetic) % len(classes)
    synthetic = generator.sample(labels, derive_seed(request.seed, "samples"))
    found = []
    of_all = request.seeds * len(ARMS)
    for training in trainings(
        clips,
        synthetic,
        request.geometry,
        request.recognizer,
        recipe,
        range(request.seeds),
        request.device,
    ):
        found.append(training)
        log.print(
            f"{len(found)} of {of_all}: {training.arm}, seed {training.seed}: "
            f"{training.test[-1].mean():.1%} at the end",
            highlight=False,
        )
    gains = counted(found, clips.test.subjects)
    files = write_tables(_folder(request, out, clips), gains, found)
    caveats = *data.caveats, *getattr(generator, "caveats", ())
    print_claim(_setting(request, clips), gains, caveats, files, console)


def _data(request: ClaimRequest) -> Data:
    dataset = dataset_named(request.dataset, request.skeleton)
    return load_data(dataset, check_protocol(dataset, request.data_protocol), request.data_root)


def _fitted(request: ClaimRequest, real: ClipSet) -> Generator:
    """A generator that has seen the real clips alone."""
    from generators.protocol import FitContext
    from generators.registry import make_generator

    generator = make_generator(request.generator, request.profile, request.settings)
    generator.fit(real, FitContext(derive_seed(request.seed, "generator"), request.device))
    return generator


def _folder(request: ClaimRequest, out: Path, clips: FewClips) -> Path:
    name = short_name(request.dataset)
    chosen = "-".join(clips.real.classes).replace(" ", "_")
    return out / "claims" / f"{name}-{chosen}-{request.recognizer}"


def _setting(request: ClaimRequest, clips: FewClips) -> str:
    geometry, real = request.geometry, len(clips.real)
    return (
        f"{request.dataset}, {', '.join(clips.real.classes)}: {real} real clips and "
        f"{geometry.synthetic} of {request.generator}; {request.recognizer}, {request.seeds} "
        f"trainings of each arm, {geometry.steps(real)} steps for as many epochs, "
        f"{geometry.steps(real + geometry.synthetic)} in all other arms; {len(clips.test)} test "
        f"clips, {len(clips.dev)} of dev"
    )
