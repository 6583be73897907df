"""From a file of clips, or arrays, to a run that judges them like those of any generator."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmark.experiment.artefacts.clips import stored_facts, stored_part
from benchmark.experiment.artefacts.foreign import CLIPS, FINDINGS, KIND
from benchmark.experiment.plan import data_stage
from skeletons.errors import InputError
from skeletons.findings import REFUSED
from skeletons.foreign import Foreign, NameMapping, conform, renamed
from skeletons.formats.sample_files import SampleFile

if TYPE_CHECKING:
    from benchmark.engine.store import Store
    from benchmark.experiment.api import Workplace
    from benchmark.spec import RunSpec
    from skeletons.clips import ClipSet


@dataclass(frozen=True, eq=False)
class Held:
    """What clips are held against: training clips of the data set, and their frames a second."""

    clips: ClipSet
    fps: float | None


def held_against(spec: RunSpec, store: Store, data_root: Path | None) -> Held:
    """The data set's training clips, out of the store where an earlier run has read them.

    Raises:
        InputError: an unknown data set, or files of it that are missing or broken.
    """
    from skeletons.datasets import check_protocol, dataset_named, load_data

    stage = data_stage(spec.dataset, spec.data_protocol, data_root, spec.skeleton, spec.persons)
    found = store.find(stage.kind, stage.key({}))
    if found is not None:
        return Held(stored_part(found.folder, "train"), stored_facts(found.folder)["fps"])
    source = dataset_named(spec.dataset, spec.skeleton, spec.persons)
    data = load_data(source, check_protocol(source, spec.data_protocol), data_root)
    return Held(data.train, data.fps)


def read_and_conform(
    samples: SampleFile, real: Held, name: str, mapping: NameMapping | None, fps: float | None
) -> Foreign:
    """Clips as the data set has them, or what keeps them out.

    Args:
        fps: frames a second, where the file does not say it or is wrong.
    """
    told = samples if fps is None else replace(samples, fps=fps)
    return conform(told, real.clips, name=name, mapping=mapping, real_fps=real.fps)


def keep(foreign: Foreign, clips: ClipSet, workplace: Workplace) -> str:
    """Put clips and what must be said of them in the store; the key that a spec names them by.

    It is made of the clips as the data set has them and of what was changed: the same clips in
    another file are the same, whatever the file is called and how its axes lie.

    Raises:
        InputError: they are not there, and nothing can be written.
    """
    plain = renamed(clips, KIND)
    rows = [
        asdict(one) for one in foreign.findings if one.level != REFUSED and one.what != "layout"
    ]
    text = json.dumps(rows, indent=1, ensure_ascii=False, default=str) + "\n"
    key = hashlib.sha256(f"{plain.fingerprint}\n{text}".encode()).hexdigest()
    if workplace.store.find(KIND, key) is None:
        workplace.check_store()
    with workplace.store.claim(KIND, key) as claim:
        if claim.found is None:
            plain.save(claim.folder / CLIPS)
            (claim.folder / FINDINGS).write_text(text, encoding="utf-8")
            claim.complete({"kind": KIND, "clips": len(clips)})
    return key


def foreign_spec(fields: Mapping[str, Any], name: str, clips: int, key: str) -> RunSpec:
    """The run that judges stored clips.

    Raises:
        InputError: a field that they cannot have.
    """
    from benchmark.spec import RunSpec

    given = {"generator": name, "samples": clips, "made_elsewhere": key}
    return RunSpec.parse({**fields, **given}, "evaluate")


def read_mapping(path: Path | None) -> NameMapping | None:
    """Names of joints and classes from a YAML file; :class:`InputError` says what is wrong."""
    from benchmark.spec import read_yaml_mapping

    if path is None:
        return None
    return NameMapping.of(read_yaml_mapping(path, "joints and classes"), str(path))


def safe_name(text: str) -> str:
    """A name that a folder can have, of a file's.

    Raises:
        InputError: nothing is left of it.
    """
    name = re.sub(r"[^A-Za-z0-9._+-]+", "_", text).strip("._")[:64]
    if not name:
        raise InputError(f"'{text}' is no name: give --name")
    return name
