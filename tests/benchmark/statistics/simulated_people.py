"""Test sets of a few people, answered by recognizers whose true accuracy is known.

An answer is right where a normal variable is above a bar: the sum of what person, clip, seed, arm
and chance add to it. So the accuracy over other people, clips and seeds is the bar's normal tail,
whatever the shares of the sources.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.special import ndtri

from skeletons.arrays import IntArray, StrArray

CLIP, IN_COMMON, PERSON_BY_ARM, PERSON_BY_SEED = 0.5, 0.1, 0.02, 0.3
"""Of the latent variance: of clips, of people in two arms alike and otherwise; and what of a person
hangs on the seed, over what does not."""
LAYOUTS = {
    "9 people, 48 to 54 clips each": np.linspace(48, 54, 9).round().astype(int),
    "10 people, 48 to 54 clips each": np.linspace(48, 54, 10).round().astype(int),
    "9 people, 5 to 80 clips each": np.linspace(5, 80, 9).round().astype(int),
    "9 people, 4 clips each (a class)": np.full(9, 4),
}


@dataclass(frozen=True)
class People:
    """People with numbers of clips ``[P]`` and what recognizers make of them."""

    clips: IntArray
    seeds: int

    @property
    def subjects(self) -> StrArray:
        """Who made each clip, ``[C]``."""
        return np.repeat([f"s{number}" for number in range(len(self.clips))], self.clips)

    def right(
        self, rng: np.random.Generator, accuracy: float, person: float, seed: float
    ) -> IntArray:
        """Right or wrong ``[S, C]``, with shares of the latent variance for people and seeds."""
        by_seed = PERSON_BY_SEED * person if self.seeds > 1 else 0.0
        who = self._who
        latent = (
            np.sqrt(person) * rng.normal(size=len(self.clips))[who]
            + np.sqrt(by_seed) * rng.normal(size=(self.seeds, len(self.clips)))[:, who]
            + np.sqrt(seed) * rng.normal(size=(self.seeds, 1))
            + np.sqrt(CLIP) * rng.normal(size=len(who))
            + np.sqrt(1 - person - by_seed - seed - CLIP) * rng.normal(size=(self.seeds, len(who)))
        )
        return (latent > -ndtri(accuracy)).astype(np.int64)

    def difference(
        self, rng: np.random.Generator, base: float, gain: float, person: float, seed: float
    ) -> IntArray:
        """Differences ``[S, C]`` of two arms that share people and clips; people take to an arm
        (share ``person``), and so do seeds."""
        who, shape = self._who, (self.seeds, int(self.clips.sum()))
        common = np.sqrt(IN_COMMON) * rng.normal(size=len(self.clips))[who]
        common = common + np.sqrt(CLIP) * rng.normal(size=len(who))
        chance = np.sqrt(1 - IN_COMMON - CLIP - person - seed)
        arms = []
        for accuracy in (base + gain, base):
            own = np.sqrt(person) * rng.normal(size=len(self.clips))[who]
            own = own + np.sqrt(seed) * rng.normal(size=(self.seeds, 1))
            arms.append(common + own + chance * rng.normal(size=shape) > -ndtri(accuracy))
        return arms[0].astype(np.int64) - arms[1].astype(np.int64)

    def person_share(self, accuracy: float, ratio: float) -> float:
        """Latent share of people with which the variance of the accuracy is ``ratio`` times that of
        independent clips (Kish's design effect, over the clips' means over seeds)."""
        if ratio == 1.0:
            return 0.0
        met = float((self.clips**2).sum() / self.clips.sum())

        def excess(person: float) -> float:
            other, same = 1.0 / self.seeds, 1.0 - 1.0 / self.seeds
            first = _covariance(accuracy, person * (1.0 + PERSON_BY_SEED * (self.seeds > 1)))
            between = other * first + same * _covariance(accuracy, person)
            own = accuracy * (1.0 - accuracy)
            within = other * own + same * _covariance(accuracy, person + CLIP)
            return 1.0 + (met - 1.0) * between / within - ratio

        return float(brentq(excess, 0.0, 0.35))

    @property
    def _who(self) -> IntArray:
        return np.repeat(np.arange(len(self.clips)), self.clips)


def _covariance(accuracy: float, correlation: float) -> float:
    """Of two answers with that latent correlation (Plackett 1954)."""
    bar = float(ndtri(accuracy))

    def density(r: float) -> float:
        return float(np.exp(-(bar**2) / (1.0 + r)) / (2.0 * np.pi * np.sqrt(1.0 - r * r)))

    return float(quad(density, 0.0, correlation)[0])
