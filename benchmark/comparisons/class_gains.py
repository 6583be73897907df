"""Per-class gains and harms of an arm over the control, with false-discovery control."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmark.statistics.multiplicity import benjamini_hochberg
from benchmark.statistics.paired_test import PairedTest, paired_test
from benchmark.statistics.people import Units
from metrics.value import Undefined
from skeletons.arrays import IntArray, StrArray
from skeletons.errors import InputError

RATE = 0.05
"""Expected share of false ones among the gains and harms that are marked."""

GAIN, HARM, NO_CLAIM = "gain", "harm", ""


@dataclass(frozen=True)
class ClassGain:
    """Gain of an arm in one class.

    Attributes:
        label: the class.
        clips: its test clips.
        people: who made them, where that is known of two or more; else 0.
        test: the paired test on those clips; undefined where there are fewer than two, or all of
            them are of one of several people.
        p_adjusted: Benjamini-Hochberg over the family; NaN where there was no test.
        verdict: ``gain``, ``harm`` or ``""``.
    """

    label: int
    clips: int
    people: int
    test: PairedTest | Undefined
    p_adjusted: float
    verdict: str


def class_gains(
    family: Sequence[tuple[IntArray, IntArray, StrArray]], rate: float = RATE
) -> list[list[ClassGain]]:
    """Gain of each class in each comparison of a family.

    The test is that of :func:`benchmark.statistics.paired_test.paired_test` on the clips of a
    class, all comparisons and classes are one family. The exact p value alone would not do: a
    training that came out badly for a whole class is no property of its clips.

    Args:
        family: for each comparison the paired differences in {-1, 0, 1}, ``[..., C]``, and of the
            test clips the labels, ``[C]``, and who made them, ``[C]``.
        rate: expected share of false marks among all marks, in (0, 1).

    Returns:
        for each comparison a gain a class, in the order of the labels.

    Raises:
        InputError: labels and differences of different numbers of clips, or a rate outside (0, 1).
    """
    if not 0.0 < rate < 1.0:
        raise InputError(f"a false-discovery rate of {rate} is not between 0 and 1")
    rows = [_tests(*comparison) for comparison in family]
    flat = [test for row in rows for *_, test in row]
    p_values = [np.nan if isinstance(test, Undefined) else test.p_value for test in flat]
    adjusted = iter(benjamini_hochberg(p_values).tolist())
    return [
        [
            ClassGain(label, clips, people, test, p, _verdict(test, p, rate))
            for (label, clips, people, test), p in zip(row, adjusted, strict=False)
        ]
        for row in rows
    ]


def _tests(
    differences: IntArray, labels: IntArray, subjects: StrArray
) -> list[tuple[int, int, int, PairedTest | Undefined]]:
    """Label, number of clips and of people, and test of each class."""
    if not differences.shape[-1:] == labels.shape == subjects.shape:
        raise InputError(
            f"differences of {differences.shape[-1]} clips, labels of {len(labels)} and subjects "
            f"of {len(subjects)}"
        )
    found: list[tuple[int, int, int, PairedTest | Undefined]] = []
    several = Units.of(subjects).people > 0
    for label in np.unique(labels).tolist():
        here = labels == label
        clips, people = int(here.sum()), Units.of(subjects[here]).people
        test: PairedTest | Undefined
        if clips < 2:
            test = Undefined("the class has one test clip")
        elif several and not people:
            test = Undefined("all test clips of the class are of one person")
        else:
            test = paired_test(differences[..., here], subjects[here])
        found.append((label, clips, people, test))
    return found


def _verdict(test: PairedTest | Undefined, p_adjusted: float, rate: float) -> str:
    if isinstance(test, Undefined) or not p_adjusted < rate:
        return NO_CLAIM
    return GAIN if test.mean > 0.0 else HARM
