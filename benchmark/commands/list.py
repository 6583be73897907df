"""The command ``list``."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from importlib import import_module
from typing import Annotated

import typer

from benchmark.experiment.exit_codes import DONE


class Listing(StrEnum):
    """What ``list`` can list."""

    generators = "generators"
    datasets = "datasets"
    recognizers = "recognizers"
    metrics = "metrics"
    splits = "splits"
    protocols = "protocols"
    judges = "judges"
    sweeps = "sweeps"


REGISTRIES = {
    Listing.datasets: "skeletons.datasets:dataset_names",
    Listing.generators: "generators.registry:generator_names",
    Listing.recognizers: "recognizers.registry:offered_names",
    Listing.metrics: "metrics.registry:metric_names",
    Listing.sweeps: "benchmark.experiment.sweep:sweep_names",
}


def list_names(what: Annotated[Listing, typer.Argument(help="What to list.")]) -> int:
    """Names that ``run`` knows, each with a line about it.

    [bold]Examples[/bold]

        python -m benchmark list generators

        python -m benchmark list datasets
    """
    names = _known(what)
    width = max(map(len, names))
    for name, summary in names.items():
        print(f"{name:<{width}}  {summary}")
    return DONE


def _known(what: Listing) -> Mapping[str, str]:
    """Name and summary of everything of a kind."""
    if what is Listing.splits:
        from skeletons.splits import KINDS

        return KINDS
    if what is Listing.judges:
        from recognizers.extractors.kinds import KINDS as JUDGES

        return {name: kind.summary for name, kind in JUDGES.items()}
    if what is Listing.protocols:
        return _protocols()
    module, function = REGISTRIES[what].split(":")
    known: Mapping[str, str] = getattr(import_module(module), function)()
    return known


def _protocols() -> dict[str, str]:
    from metrics.protocols import PROTOCOLS
    from skeletons.datasets import BUILT_IN, dataset_named

    names = {name: f"--protocol: {protocol.summary}" for name, protocol in PROTOCOLS.items()}
    for dataset in BUILT_IN:
        for place, protocol in enumerate(dataset_named(dataset).protocols):
            default = ", its default" if place == 0 else ""
            names[protocol] = f"--data-protocol of {dataset}{default}"
    return names
