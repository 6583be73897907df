"""The metrics that come with the suite, in the order of tables."""

from metrics.catalogue.body import BODY
from metrics.catalogue.classes import CLASSES
from metrics.catalogue.classic import CLASSIC
from metrics.catalogue.distribution import DISTRIBUTION
from metrics.catalogue.memorisation import MEMORY
from metrics.catalogue.train_on_synthetic import USE

__all__ = ["CLASSIC", "METRICS"]

METRICS = {
    metric.name: metric for metric in (*CLASSIC, *DISTRIBUTION, *CLASSES, *MEMORY, *USE, *BODY)
}
