"""What clips are worth to a classifier: train on synthetic, test on real, and the other way round.

TSTR and TRTS of Esteban, Hyland and Rätsch 2017 (arXiv 1706.02633), with a linear probe on the
extractor's features as the classifier. It answers in milliseconds; whether synthetic clips help a
network that is trained from scratch is what the downstream arms measure.

The probe is least squares with an L2 penalty on standardised features and one target of ±1 a class
(ridge classification, Hoerl and Kennard 1970; Hastie, Tibshirani and Friedman 2009, section 4.2).
It has a closed form, so that it needs no seed, step size or stopping rule, which would be another
thing that varies; it is defined for one clip a class, where the shrunken covariances of linear
discriminant analysis are not; and it fits 300 x 256 features in some ten milliseconds. On the
bundled extractor's features of 24 to 480 real clips it agrees with logistic regression (C = 1)
and shrunken discriminant analysis to half a point. Regression on C classes needs C - 1 dimensions
or more to keep a class from hiding between two others; extractors have them.
"""

from __future__ import annotations

import numpy as np

from metrics.value import Undefined, Value
from skeletons.arrays import Float64Array, IntArray
from skeletons.errors import InputError

PENALTY = 10.0
"""Weight of the squared coefficients, in clips: each standardised feature has N of its own."""


def train_synthetic_test_real(
    synthetic_features: Float64Array,
    synthetic_labels: IntArray,
    real_features: Float64Array,
    real_labels: IntArray,
) -> Value:
    """TSTR: accuracy on real clips of a probe that has seen synthetic clips only.

    High if the synthetic clips show the classes where real clips have them; a collapse of modes
    lowers it, as does a wrong label. Range 0 to 1, higher is better. To be compared with real clips
    of the same class counts in place of the synthetic ones, tested on the same real clips; they
    must come from another part than those, or the probe is tested on what it was fitted to.
    Undefined as :func:`probe_accuracy`.
    """
    return probe_accuracy(synthetic_features, synthetic_labels, real_features, real_labels)


def train_real_test_synthetic(
    real_features: Float64Array,
    real_labels: IntArray,
    synthetic_features: Float64Array,
    synthetic_labels: IntArray,
) -> Value:
    """TRTS: accuracy on synthetic clips of a probe that has seen real clips only.

    High if synthetic clips can be told apart as real ones are; blind to a collapse of modes within
    a class, as Esteban et al. note. Range 0 to 1, higher is better, at best the value of real
    clips of the same class counts in place of the synthetic ones, from another part than the clips
    that the probe is fitted to. Undefined as :func:`probe_accuracy`.
    """
    return probe_accuracy(real_features, real_labels, synthetic_features, synthetic_labels)


def probe_accuracy(
    train_features: Float64Array,
    train_labels: IntArray,
    test_features: Float64Array,
    test_labels: IntArray,
) -> Value:
    """Share of test clips that the probe, fitted to the training clips, gives their own label.

    Range 0 to 1, higher is better. A test clip of a class without training clips counts as wrong.
    Deterministic. Undefined where the training clips show fewer than two classes, or there are no
    test clips.

    Args:
        train_features: finite ``[N, D]``.
        train_labels: ``[N]``.
        test_features: finite ``[M, D]``.
        test_labels: ``[M]``.

    Raises:
        InputError: features of different size, or not one label a clip.
    """
    _check(train_features, train_labels, test_features, test_labels)
    shown = len(np.unique(train_labels))
    if shown < 2:
        return Undefined(f"the probe's training clips show {shown} of at least 2 classes")
    if len(test_labels) == 0:
        return Undefined("no clips to test the probe on")
    from sklearn.linear_model import RidgeClassifier  # lazy: heavy, not needed to list metrics
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    probe = make_pipeline(StandardScaler(), RidgeClassifier(alpha=PENALTY, solver="cholesky"))
    predicted: IntArray = probe.fit(train_features, train_labels).predict(test_features)
    return float((predicted == test_labels).mean())


def _check(
    train_features: Float64Array,
    train_labels: IntArray,
    test_features: Float64Array,
    test_labels: IntArray,
) -> None:
    for name, features, labels in (
        ("training", train_features, train_labels),
        ("test", test_features, test_labels),
    ):
        if features.ndim != 2 or labels.shape != features.shape[:1]:
            raise InputError(
                f"{name} clips have features of shape {features.shape} and labels of shape "
                f"{labels.shape}, the probe needs [N, D] and [N]"
            )
    if train_features.shape[1] != test_features.shape[1]:
        raise InputError(
            f"training clips have {train_features.shape[1]} features, test clips "
            f"{test_features.shape[1]}: they come from different extractors"
        )
