"""Per-class gains and harms of an arm over the control, with false-discovery control."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmark.statistics.multiplicity import benjamini_hochberg
from benchmark.statistics.paired_test import PairedTest, paired_test
from metrics.value import Undefined
from skeletons.arrays import IntArray
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
        test: the paired test on those clips; undefined where there are fewer than two.
        p_adjusted: Benjamini-Hochberg over the family; NaN where there was no test.
        verdict: ``gain``, ``harm`` or ``""``.
    """

    label: int
    clips: int
    test: PairedTest | Undefined
    p_adjusted: float
    verdict: str


def class_gains(
    family: Sequence[tuple[IntArray, IntArray]], rate: float = RATE
) -> list[list[ClassGain]]:
    """Gain of each class in each comparison of a family.

    The test is that of :func:`benchmark.statistics.paired_test.paired_test` on the clips of a
    class, all comparisons and classes are one family. The exact p value alone would not do: a
    training that came out badly for a whole class is no property of its clips.

    Args:
        family: for each comparison the paired differences in {-1, 0, 1}, ``[..., C]``, and the
            labels of the test clips, ``[C]``.
        rate: expected share of false marks among all marks, in (0, 1).

    Returns:
        for each comparison a gain a class, in the order of the labels.

    Raises:
        InputError: labels and differences of different numbers of clips, or a rate outside (0, 1).
    """
    if not 0.0 < rate < 1.0:
        raise InputError(f"a false-discovery rate of {rate} is not between 0 and 1")
    rows = [_tests(differences, labels) for differences, labels in family]
    flat = [test for row in rows for _, _, test in row]
    p_values = [np.nan if isinstance(test, Undefined) else test.p_value for test in flat]
    adjusted = iter(benjamini_hochberg(p_values).tolist())
    return [
        [
            ClassGain(label, clips, test, p, _verdict(test, p, rate))
            for (label, clips, test), p in zip(row, adjusted, strict=False)
        ]
        for row in rows
    ]


def _tests(
    differences: IntArray, labels: IntArray
) -> list[tuple[int, int, PairedTest | Undefined]]:
    if differences.shape[-1:] != labels.shape:
        raise InputError(
            f"differences of {differences.shape[-1]} clips and labels of {len(labels)}"
        )
    found: list[tuple[int, int, PairedTest | Undefined]] = []
    for label in np.unique(labels).tolist():
        of_class = differences[..., labels == label]
        clips = of_class.shape[-1]
        enough = clips > 1
        reason = Undefined("the class has one test clip")
        found.append((label, clips, paired_test(of_class) if enough else reason))
    return found


def _verdict(test: PairedTest | Undefined, p_adjusted: float, rate: float) -> str:
    if isinstance(test, Undefined) or not p_adjusted < rate:
        return NO_CLAIM
    return GAIN if test.mean > 0.0 else HARM
