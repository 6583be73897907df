"""What every stage of a plan is made of: its kind, its seed, and the version of its code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from benchmark.engine.graph import Stage
from benchmark.engine.keys import code_version, imported_sources
from benchmark.experiment.stages import KINDS, ROOMS
from benchmark.spec import RunSpec
from skeletons.seeds import derive_seed


def stage_seed(spec: RunSpec, *names: object) -> int:
    """The seed of a stage, below 2**31 so that every library takes it.

    It depends on the data, the split and what the stage is for; the generator's name is left out.
    """
    return (
        derive_seed(spec.dataset, spec.data_protocol, spec.split, spec.data_seed, spec.seed, *names)
        % 2**31
    )


def code_of(kind: str, files: Iterable[Path] = ()) -> str:
    """Code version of a kind of stage, with the files of a generator where it takes part."""
    what = KINDS[kind]
    return code_version((*what.packages, what.module), what.libraries, files)


def module_of(name: str) -> list[Path]:
    """The file of a ``package.module:Class``; nothing for a built-in name."""
    import importlib.util

    module, colon, _ = name.partition(":")
    spec = importlib.util.find_spec(module) if colon else None
    return [Path(spec.origin)] if spec is not None and spec.origin else []


def stage_of(
    name: str,
    kind: str,
    parameters: Mapping[str, Any],
    inputs: Mapping[str, str],
    code: str = "",
    required: tuple[str, ...] | None = None,
) -> Stage:
    """A stage with the code version of its kind, unless another is given."""
    return Stage(name, kind, parameters, inputs, code or code_of(kind), required)


def training_code(recognizer: str) -> str:
    """Code version of a recognizer's training, with the files of the user's class if it is one."""
    from recognizers.registry import source_modules

    return code_of("downstream", imported_sources(source_modules(recognizer), ROOMS))
