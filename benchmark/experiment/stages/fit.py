"""Fit a generator on the split."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmark.engine.job import Job, Lineage
from benchmark.engine.keys import artefact_key
from benchmark.engine.peak_memory import peak_memory_mb
from benchmark.experiment.artefacts.generator import generator_folder, write_facts
from benchmark.experiment.artefacts.seen_clips import seen_clips, unseen_clips
from benchmark.experiment.kinds import code_of_part
from benchmark.experiment.lineage import clips_lineage, weights_lineage
from benchmark.setting import UNLABELLED
from skeletons.clips import ClipSet
from skeletons.errors import InputError
from skeletons.unlabelled import without_labels


def fit(job: Job) -> Lineage:
    """Fit a generator and save it.

    A generator that says ``sees_held_back`` is also given the training clips that the split leaves
    out; the lineage then lists them under ``held_back``. In the setting ``unlabelled`` it is given
    their frames, and they are listed under ``unlabelled``.

    Parameters: ``generator``, ``profile``, ``settings``, ``split``, ``data_seed``, ``seed``;
    ``setting`` where it is ``unlabelled``; ``precision`` where it is a lower one. Input: ``data``.

    Raises:
        InputError: the fitted generator's ``length`` or ``caveats`` are not what they should be, or
            the setting is ``unlabelled`` and the split leaves out no clip.
    """
    from generators.protocol import FitContext
    from generators.registry import make_generator

    parameters = job.parameters
    place = job.inputs["data"], parameters["split"], parameters["data_seed"]
    clips = seen_clips(*place)
    generator = make_generator(
        parameters["generator"], parameters["profile"], parameters["settings"]
    )
    held_back = unseen_clips(*place) if getattr(generator, "sees_held_back", False) else None
    unlabelled, beside = None, _seen(clips, held_back)
    if parameters.get("setting") == UNLABELLED:
        unlabelled, beside["unlabelled"] = _without_labels(
            unseen_clips(*place), parameters["split"]
        )
    parts = _Parts(job, beside)
    job.scratch.mkdir(parents=True, exist_ok=True)
    start = time.perf_counter()
    generator.fit(
        clips,
        FitContext(
            seed=parameters["seed"],
            device=job.device,
            scratch=job.scratch,
            progress=job.progress,
            part=parts.part,
            held_back=held_back,
            unlabelled=unlabelled,
            devices=job.devices,
            precision=parameters.get("precision", "float32"),
        ),
    )
    seconds = time.perf_counter() - start - parts.waited
    folder = generator_folder(job.folder)
    folder.mkdir()
    generator.save(folder)
    facts = {
        **beside,
        "weights": weights_lineage(folder),
        "says": said_of_itself(generator, parameters["generator"]),
    }
    write_facts(job.folder, facts)
    return {"parts": parts.used, "seconds_without_parts": round(seconds, 6)}


class _Parts:
    """Pieces of one fit that lie in the store, where other fits find them.

    Attributes:
        used: name and key of each.
        waited: seconds that the fit spent on getting them, whoever made them.
    """

    def __init__(self, job: Job, seen: Mapping[str, Any]) -> None:
        self.used: list[dict[str, str]] = []
        self.waited = 0.0
        self._job = job
        self._seen = seen

    def part(
        self,
        name: str,
        recipe: Mapping[str, Any],
        write: Callable[[Path], None],
        modules: Sequence[str] = (),
    ) -> Path:
        """A piece from the store, or built into it."""
        start = time.perf_counter()
        identity = {
            "name": name,
            "recipe": dict(recipe),
            "clips": self._seen["fitted_on"]["fingerprint"],
            "seed": self._job.parameters["seed"],
        }
        for beside in self._seen.keys() - {"fitted_on"}:
            identity[beside] = self._seen[beside]["fingerprint"]
        code = code_of_part(modules) if modules else self._job.code
        key = artefact_key("part", code, identity, {})

        waiting = f"{name} is being made by another process"
        with self._job.store.claim("part", key, lambda: self._job.note(waiting)) as claim:
            if claim.found is None:
                begin = time.perf_counter()
                write(claim.folder)
                claim.complete(
                    {
                        "kind": "part",
                        "name": name,
                        "code": code,
                        "parameters": identity,
                        "seconds": round(time.perf_counter() - begin, 6),
                        "peak_memory_mb": round(peak_memory_mb(), 1),
                        "lineage": {**self._seen, "weights": weights_lineage(claim.folder)},
                    }
                )
        self.used.append({"name": name, "key": key})
        self.waited += time.perf_counter() - start
        return self._job.store.folder("part", key)


def _seen(clips: ClipSet, held_back: ClipSet | None) -> dict[str, Any]:
    """The clips that a fit was given, as lineage."""
    seen = {"fitted_on": clips_lineage(clips)}
    if held_back is not None:
        seen["held_back"] = clips_lineage(held_back)
    return seen


def _without_labels(rest: ClipSet, split: str) -> tuple[ClipSet, dict[str, Any]]:
    """The clips that a split leaves out as a generator may see them, and their lineage: the ids
    that the data set has for them, and the fingerprint of what was handed over."""
    if len(rest) == 0:
        raise InputError(
            f"setting {UNLABELLED}: the split {split} leaves out no clip: take a smaller split"
        )
    withheld = without_labels(rest)
    told = {**clips_lineage(withheld), "ids": rest.ids.tolist()}
    return withheld, told


def said_of_itself(generator: object, name: str) -> dict[str, Any]:
    """``length``, ``caveats`` and ``guided_by`` of a fitted generator; what a class leaves out is
    the default.

    Raises:
        InputError: ``length`` is neither ``fixed`` nor ``variable``, or ``caveats`` is no list of
            sentences.
    """
    length = getattr(generator, "length", "fixed")
    if length not in ("fixed", "variable"):
        raise InputError(f"generator '{name}': length is {length!r}, not 'fixed' or 'variable'")
    caveats = getattr(generator, "caveats", ())
    if not isinstance(caveats, tuple | list) or not all(isinstance(one, str) for one in caveats):
        raise InputError(f"generator '{name}': caveats is {caveats!r}, not a tuple of sentences")
    guide = str(getattr(generator, "guided_by", ""))
    return {"length": length, "caveats": list(caveats), "guided_by": guide}
