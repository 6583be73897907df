"""What generators share that learn nothing but keep the split's clips: their folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import BaseModel

from generators.protocol import FitContext
from skeletons.clips import ClipSet
from skeletons.errors import InputError


class KeptClips:
    """Keeps the training clips; writes and reads ``clips.npz`` and ``generator.json``.

    A subclass names its parameters in ``parameters_type`` and makes samples of ``clips``.
    """

    parameters_type: ClassVar[type[BaseModel]]
    length: ClassVar[str] = "variable"

    parameters: Any
    clips: ClipSet

    def __init__(self, parameters: BaseModel | None = None) -> None:
        self.parameters = parameters or self.parameters_type()

    def fit(self, clips: ClipSet, run: FitContext) -> None:
        """Keep the training clips of the split."""
        self.clips = clips.packed()

    def save(self, folder: Path) -> None:
        """Write all that :meth:`load` reads into an existing folder."""
        self.clips.save(folder / "clips.npz")
        text = self.parameters.model_dump_json(indent=1)
        (folder / "generator.json").write_text(text + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The generator that :meth:`save` wrote; :class:`InputError` for files that do not fit."""
        try:
            state = json.loads((folder / "generator.json").read_text(encoding="utf-8"))
            generator = cls(cls.parameters_type(**state))
        except (OSError, ValueError, TypeError) as error:
            raise InputError(f"{folder} holds no fitted {cls.__name__}: {error}") from error
        generator.clips = ClipSet.load(folder / "clips.npz")
        return generator
