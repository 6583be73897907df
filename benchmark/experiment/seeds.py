"""The seed of each stage, from what the stage is for."""

from __future__ import annotations

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
