"""The same clips performed again with some of what varies within an action redrawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from skeletons.arrays import IntArray
from skeletons.seeds import named_rng

FACTORS: Mapping[str, str] = {
    "sensor": "another noise of the sensor, and nothing else",
    "camera": "another place and turn of the camera",
    "side": "now and then with the other hand",
    "amplitude": "larger or smaller, within the person's habit",
    "timing": "another length, tempo, and moment of the clip",
    "manner": "other key poses, habits of the moment and idle movement, within the person's style",
    "variant": "another way to do the action, with all of the above",
    "person": "the same performance by another person of the split",
}
"""What can be redrawn; the sensor's noise always is."""

OF_A_CLIP = ("camera", "side", "amplitude", "timing", "manner")
"""What one more clip of the same person, action and variant has anew."""

_TIMING = ("moment", "partial", "haste", "move", "hold", "up", "down", "pause", "quick", "gait",
           "bob", "tap")  # fmt: skip
_AMPLITUDE = ("height", "crouch", "length", "size", "aiming")


def factor_of(what: str) -> str:
    """The factor that a draw of a program belongs to, by the draw's name."""
    for factor, words in (("timing", _TIMING), ("amplitude", _AMPLITUDE)):
        if what.startswith(words):
            return factor
    return "manner"


@dataclass(frozen=True)
class Retake:
    """One more take of every clip.

    Attributes:
        factors: what is redrawn, of :data:`FACTORS`; none for the data set itself.
        take: number of the take, from 1; each has draws of its own.
        people: numbers of those who may stand in where ``person`` is redrawn.
    """

    factors: frozenset[str] = frozenset()
    take: int = 0
    people: tuple[int, ...] = ()

    @property
    def redrawn(self) -> frozenset[str]:
        """The factors with those that they bring along."""
        return self.factors | frozenset(OF_A_CLIP if "variant" in self.factors else ())

    def rng(self, factor: str, rng: np.random.Generator, *names: object) -> np.random.Generator:
        """What draws a factor's values: ``rng`` as it stands, or a new one where it is redrawn."""
        if not self.take or factor not in self.redrawn:
            return rng
        return named_rng("kinematic12 again", self.take, factor, *names)

    def stand_ins(self, subject: IntArray, *names: object) -> IntArray:
        """Who performs each clip ``[N]``: of those who may, anybody but the person herself."""
        people = np.asarray(self.people, dtype=np.int64)
        if not self.take or "person" not in self.factors or len(people) < 2:
            return subject
        rng = named_rng("kinematic12 again", self.take, "person", *names)
        found = people[rng.integers(len(people), size=len(subject))]
        same = found == subject
        others = np.searchsorted(np.sort(people), subject[same])
        found[same] = np.sort(people)[(others + 1) % len(people)]
        return found


AS_RECORDED = Retake()
"""The data set itself."""
