"""Which classes the extractor sees in a set of clips, and how far they are from those asked for.

Only the numbers of clips a class are compared: clips that swap their classes leave both numbers as
they are, the class-conditional accuracies see that.
"""

from __future__ import annotations

import numpy as np

from metrics.value import Undefined, Value
from skeletons.arrays import Float64Array, IntArray
from skeletons.errors import InputError

PSEUDO_COUNT = 0.5
"""Clips that are added to each class before a divergence is taken (Krichevsky and Trofimov 1981;
the Jeffreys prior of a multinomial)."""


def label_entropy(predicted: IntArray) -> Value:
    """Shannon entropy ``-sum p_c ln p_c`` of the recognized classes ``[N]``, in nats.

    Shannon 1948, section 6, with p_c the share of clips recognized as class c. Range 0 (all clips
    look like one class) to ln C (all C classes equally often). Near the value of real clips with
    the same labels is good: less is a collapse of classes. Few clips show fewer classes than there
    are, by about (C - 1) / 2N nats (Miller 1955), so compare at equal N. Undefined without clips.
    """
    from scipy.special import entr  # lazy: not needed to list metrics

    if len(predicted) == 0:
        return Undefined("no clips")
    shares = np.bincount(predicted) / len(predicted)
    return max(0.0, float(entr(shares).sum()))


def label_divergence(predicted: IntArray, requested: IntArray, classes: int) -> Value:
    """Divergence of the recognized classes from the requested ones, KL(predicted || requested).

    ``sum p_c ln(p_c / q_c)`` in nats (Kullback and Leibler 1951) with p the distribution
    of the recognized classes and q that of the requested ones: what it costs to take the clips for
    those that were asked for.

    Both distributions are smoothed, ``(n_c + 1/2) / (N + C/2)``. Without that a single clip that
    looks like a class nobody asked for would make the divergence infinite, and with it the mean
    over the draws of a protocol. The half clip weighs little where classes have tens of clips, and
    the value goes to the plain divergence as N grows; at few clips a class it is pulled towards 0,
    so compare at equal N, as the real floor does.

    Range 0 (equally often, class by class) to at most ln(2M + C), M requested labels; lower is
    better. Undefined where there are no predicted or no requested labels.

    Args:
        predicted: the class that the extractor recognizes in each clip, ``[N]``.
        requested: the class that each clip was asked to show, ``[M]``.
        classes: C, the number of classes of the data set.

    Raises:
        InputError: a label outside of 0 .. C - 1.
    """
    from scipy.special import rel_entr  # lazy: not needed to list metrics

    seen = _smoothed_shares("predicted", predicted, classes)
    asked = _smoothed_shares("requested", requested, classes)
    for name, labels in (("predicted", predicted), ("requested", requested)):
        if len(labels) == 0:
            return Undefined(f"no {name} labels")
    return max(0.0, float(rel_entr(seen, asked).sum()))


def _smoothed_shares(name: str, labels: IntArray, classes: int) -> Float64Array:
    wrong = labels[(labels < 0) | (labels >= classes)]
    if len(wrong):
        raise InputError(f"{name} labels hold class {wrong[0]}, there are {classes} classes")
    counts = np.bincount(labels, minlength=classes) + PSEUDO_COUNT
    return np.asarray(counts / counts.sum(), dtype=np.float64)
