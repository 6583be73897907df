"""Accuracy class by class: which actions a generator shows, and what it shows instead.

One accuracy over all clips hides a class that fails behind a class that is common. The same clips
are read here row by row.
"""

from __future__ import annotations

import numpy as np

from metrics.value import Undefined, Value
from skeletons.arrays import IntArray
from skeletons.errors import InputError


def confusion_matrix(labels: IntArray, predicted: IntArray, classes: int) -> IntArray:
    """Clips asked to show class i and recognized as class j, int64 ``[C, C]``.

    Rows are the classes asked for, columns the classes recognized (the order of scikit-learn);
    the sum is N. Always defined: a class without clips has a row of zeros.

    Args:
        labels: the class that each clip was asked to show, ``[N]``.
        predicted: the class that the extractor recognizes, ``[N]``.
        classes: C, the number of classes of the data set.

    Raises:
        InputError: labels and predictions of different length, or outside of 0 .. C - 1.
    """
    if labels.shape != predicted.shape or labels.ndim != 1:
        raise InputError(
            f"labels have shape {labels.shape} and predictions {predicted.shape}, "
            "a confusion matrix needs one of each a clip"
        )
    for name, values in (("labels", labels), ("predictions", predicted)):
        wrong = values[(values < 0) | (values >= classes)]
        if len(wrong):
            raise InputError(f"{name} hold class {wrong[0]}, the data set has {classes} classes")
    cells = np.bincount(labels * classes + predicted, minlength=classes * classes)
    return cells.reshape(classes, classes).astype(np.int64)


def class_accuracies(confusion: IntArray) -> tuple[Value, ...]:
    """Share of each class's clips that are recognized as that class, one value a class ``[C]``.

    The diagonal of the confusion matrix ``[C, C]`` over the sums of its rows, also called the
    class's recall. Range 0 to 1, higher is better, at best the value of real clips. Undefined for
    a class that no clip was asked to show.
    """
    return tuple(
        int(confusion[label, label]) / int(asked) if asked else Undefined("no clips of this class")
        for label, asked in enumerate(confusion.sum(axis=1))
    )


def balanced_accuracy(confusion: IntArray) -> Value:
    """Mean of the class accuracies, each class counting the same (Brodersen et al. 2010).

    Brodersen et al. write it for two classes; the mean over C classes is its usual extension.
    Classes without clips are left out, as there is nothing to count. Range 0 to 1, chance is 1/C
    for labels that are guessed, higher is better, at best the value of real clips. Undefined where
    there are no clips at all.

    Args:
        confusion: ``[C, C]``, rows asked, columns recognized (:func:`confusion_matrix`).
    """
    defined = [value for value in class_accuracies(confusion) if not isinstance(value, Undefined)]
    return float(np.mean(defined)) if defined else Undefined("no clips")
