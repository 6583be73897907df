"""Arms: the training sets that a recognizer is trained on downstream, by name and dose."""

from __future__ import annotations

import re
from dataclasses import dataclass

from skeletons.errors import InputError, unknown_name

ARMS = {
    "real": "real clips of the split only, as many optimiser steps as the other arms: the control",
    "real_same_epochs": "real clips only, as many epochs as real+synthetic and so fewer steps, as "
    "papers often have it",
    "real+synthetic": "real clips of the split and synthetic clips",
    "classical": "real clips and as many made by classical augmentation",
    "synthetic": "synthetic clips only (train on synthetic, test on real)",
    "oracle": "real clips and, in place of synthetic ones, real clips that the split leaves out",
    "oracle_as_larger_split": "the clips of oracle, drawn alike: real clips of one larger split",
    "real+pseudo": "real clips and all that the split leaves out, labelled by the recognizer of "
    "the arm real: the control of the setting unlabelled",
    "pretrained": "real clips, those of base classes in the first half of the steps, then those of "
    "novel ones: the control of the setting base-novel",
}
HELD_BACK = ("oracle", "oracle_as_larger_split")
"""Arms with real clips that the split leaves out."""
DOSED = ("real+synthetic", "classical", "synthetic", *HELD_BACK)
"""Arms that take a dose: ``real+synthetic@2`` has two synthetic clips a real one."""


@dataclass(frozen=True)
class Arm:
    """One arm; ``dose`` is added clips a real clip, None for as many as the run has samples."""

    kind: str
    dose: float | None = None

    @classmethod
    def parse(cls, text: str) -> Arm:
        """``real+synthetic``, ``real+synthetic@2``, ``oracle@0.5``.

        Raises:
            InputError: an unknown arm, a dose where none can be, or a dose that is not above 0.
        """
        kind, mark, dose = text.partition("@")
        if kind not in ARMS:
            raise unknown_name("arm", kind, ARMS)
        if not mark:
            return cls(kind)
        if kind not in DOSED:
            raise InputError(f"arm '{kind}' takes no dose, '@{dose}' is too much")
        if not re.fullmatch(r"\d+(\.\d+)?", dose) or float(dose) <= 0.0:
            raise InputError(
                f"arm '{text}': a dose is added clips a real clip and above 0, such as {kind}@2"
            )
        return cls(kind, float(dose))

    @property
    def name(self) -> str:
        """The name that :meth:`parse` reads, in one way of writing it."""
        return self.kind if self.dose is None else f"{self.kind}@{self.dose:g}"

    @property
    def uses_samples(self) -> bool:
        """Whether clips of the run's generator are among its training clips."""
        return self.kind in ("real+synthetic", "synthetic")

    @property
    def mixed(self) -> bool:
        """Whether each batch has one share of the split's real clips and one of added clips."""
        return self.kind in ("real+synthetic", "classical", "oracle", "real+pseudo")

    @property
    def uses_held_back(self) -> bool:
        """Whether real clips that the split leaves out are among its training clips."""
        return self.kind in HELD_BACK

    @property
    def uses_pseudo_labels(self) -> bool:
        """Whether a recognizer has labelled some of its training clips."""
        return self.kind == "real+pseudo"
