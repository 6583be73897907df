"""The tables of a run, the synthetic clips as a file, and the facts that ``run.json`` tells."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from benchmark.engine.job import Job, Lineage
from benchmark.experiment.artefacts import generator as fitted
from benchmark.experiment.artefacts.clips import stored_facts, stored_pool, stored_split
from benchmark.experiment.artefacts.extractor import extractor_folder
from benchmark.experiment.artefacts.features import extractor_accuracy, stored_features
from benchmark.experiment.artefacts.predictions import stored_predictions, stored_result
from benchmark.experiment.artefacts.tables import FACTS
from benchmark.experiment.lineage import clips_lineage, weights_lineage
from benchmark.spec import RunSpec


def write(job: Job) -> Lineage:
    """Write the CSV files, ``samples.pkl`` and ``facts.json``.

    A run without recognizers has no ``downstream.csv`` and no ``predictions.csv``. ``classes.csv``
    holds the metrics class by class, ``confusion.csv`` what the extractor sees in the synthetic
    clips of each class.

    A partial stage: its inputs are named by their stages, and those that failed are not among them.
    Rows that rest on a missing input are left out.

    Parameters: ``spec``, ``extractor`` (name of the bundled one or None), ``dataset``, ``cells``
    (recognizer, arm, seed number and stage of each downstream row), ``recipes`` (of each
    recognizer), ``failed`` (stages that are missing, and why). Series: ``shards``.
    """
    from skeletons.annotations import write_annotations

    spec = RunSpec.parse(job.parameters["spec"])
    extractor = extractor_facts(job)
    head = {"dataset": spec.dataset, "split": spec.split, "generator": spec.generator}
    scores = {**head, "extractor": extractor.get("name", "")}
    _write_metrics(job, spec, scores)
    _write_classes(job, spec, scores)
    if spec.recognizers:
        _write_downstream(job, head)
    if "shards" in job.series:
        clips = stored_pool(job.series["shards"])
        write_annotations(job.folder / "samples.pkl", clips, {"synthetic": clips.ids.tolist()})
    facts = {
        "data": data_facts(job, spec),
        "generator": generator_facts(job, spec),
        "extractor": extractor,
        "lineage": lineage_facts(job, spec),
        "recipes": job.parameters["recipes"],
    }
    (job.folder / FACTS).write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    return {}


def data_facts(job: Job, spec: RunSpec) -> dict[str, Any]:
    """Protocol, caveats, quirks and sizes of the data, the split's size among them."""
    if "data" not in job.inputs:
        return {}
    facts = stored_facts(job.inputs["data"])
    split = stored_split(job.inputs["data"], spec.split, spec.data_seed)
    caveats = [*facts.get("caveats", ()), *weights_caveats(spec)]
    return {
        **facts,
        "caveats": caveats,
        "n_split": len(split),
        "split_class_counts": split.class_counts().tolist(),
    }


def weights_caveats(spec: RunSpec) -> list[str]:
    """What must be said of trainings that start from given weights."""
    return [
        f"{name} starts from given weights ({Path(path).name}) in every arm; whether these have "
        "seen test clips cannot be told."
        for name, path in spec.weights.items()
    ]


EXCEPTION_CAVEATS = {
    "same_architecture": "A recognizer has the architecture of the extractor: what it gains can be "
    "what the extractor likes.",
    "guide_is_extractor": "The guide may hold the extractor's own weights: the metrics then judge "
    "what was made to please them.",
}


def generator_facts(job: Job, spec: RunSpec) -> dict[str, Any]:
    """What the fitted generator says of itself, and the sentences that its numbers must carry."""
    if "fit" not in job.inputs:
        return {}
    facts = fitted.stored_facts(job.inputs["fit"])
    said = facts["says"]
    beyond = int(facts.get("held_back", {}).get("clips", 0))
    seen = [f"Its fit was also given the {beyond:,} real training clips that the split leaves out."]
    asked_for = [EXCEPTION_CAVEATS[name] for name in spec.allow]
    return {**said, "caveats": [*said["caveats"], *(seen if beyond else []), *asked_for]}


def extractor_facts(job: Job) -> dict[str, Any]:
    """Name, accuracy on real clips and recipe of the extractor."""
    facts: dict[str, Any] = {}
    for part in ("train", "test"):
        if f"features/{part}" in job.inputs:
            name, accuracy = extractor_accuracy(job.inputs[f"features/{part}"])
            facts |= {"name": name, f"{part}_accuracy": accuracy}
    if "extractor" in job.inputs or job.parameters["extractor"] is not None:
        recipe = extractor_folder(job.parameters, job.inputs) / "recipe.json"
        if recipe.exists():
            facts["recipe"] = json.loads(recipe.read_text(encoding="utf-8"))
        facts["bundled"] = "extractor" not in job.inputs
    return facts


def lineage_facts(job: Job, spec: RunSpec) -> dict[str, Any]:
    """Clip ids and weights that the numbers rest on, and the checks that they passed."""
    facts: dict[str, Any] = {}
    if "data" in job.inputs:
        split = stored_split(job.inputs["data"], spec.split, spec.data_seed)
        facts["split"] = clips_lineage(split)
    if "fit" in job.inputs:
        fit = fitted.stored_facts(job.inputs["fit"])
        facts["generator"] = {
            "fitted_on": fit["fitted_on"]["fingerprint"],
            "clips": fit["fitted_on"]["clips"],
            "weights": fit["weights"],
        }
        if "held_back" in fit:
            facts["generator"]["held_back"] = fit["held_back"]
    if "extractor" in job.inputs or job.parameters["extractor"] is not None:
        facts["extractor"] = weights_lineage(extractor_folder(job.parameters, job.inputs))
    facts["checked"] = [
        "no test clip, by id, is in the training part, in the split or in any arm",
        "no clip outside of what the generator may see was given to its fit, but for those held "
        "back on purpose",
        *(
            []
            if "guide_is_extractor" in spec.allow
            else ["no file of the fitted generator is the extractor's weights"]
        ),
    ]
    return facts


def _write_metrics(job: Job, spec: RunSpec, head: Mapping[str, Any]) -> None:
    """Every draw as it was measured, and what the draws of each metric come to."""
    from benchmark.records.tables import METRICS_COLUMNS, SUMMARY_COLUMNS, write_table
    from metrics.evaluation.measured import Measured
    from metrics.evaluation.summaries import summarise, values_of
    from metrics.protocols import protocol_named
    from metrics.registry import check_metrics

    measured = [Measured.from_row(row) for row in _scores(spec, job.inputs, "measured")]
    summaries = summarise(measured, check_metrics(spec.metrics), protocol_named(spec.protocol))
    values = ({**head, **row.row()} for row in values_of(measured))
    write_table(job.folder / "metrics.csv", METRICS_COLUMNS, values)
    rows = ({**head, **row.row()} for row in summaries)
    write_table(job.folder / "summary.csv", SUMMARY_COLUMNS, rows)


def _scores(spec: RunSpec, inputs: Mapping[str, Path], group: str) -> Iterator[dict[str, Any]]:
    """Stored rows of every metric, the references in the order in which they were scored."""
    from metrics.registry import metric_named

    for name in spec.metrics:
        metric = metric_named(name)
        stage = f"score/{metric.stage}"
        if stage in inputs:
            path = inputs[stage] / "values.json"
            for row in json.loads(path.read_text(encoding="utf-8"))[group]:
                if row["metric"] == metric.name:
                    yield row


def _write_classes(job: Job, spec: RunSpec, head: Mapping[str, Any]) -> None:
    from benchmark.records.tables import CLASSES_COLUMNS, CONFUSION_COLUMNS, write_table

    if "data" not in job.inputs:
        return
    classes = stored_facts(job.inputs["data"])["classes"]
    rows = (
        {**head, **row, "class": classes[row["class"]]}
        for row in _scores(spec, job.inputs, "classes")
    )
    write_table(job.folder / "classes.csv", CLASSES_COLUMNS, rows)
    if "features/synthetic" not in job.inputs:
        return
    features = stored_features(job.inputs["features/synthetic"])
    counts = np.zeros((len(classes), len(classes)), dtype=np.int64)
    np.add.at(counts, (features.labels, features.predicted), 1)
    write_table(
        job.folder / "confusion.csv",
        CONFUSION_COLUMNS,
        (
            {**head, "asked": asked, "recognized": seen, "clips": int(counts[row, column])}
            for row, asked in enumerate(classes)
            for column, seen in enumerate(classes)
        ),
    )


def _write_downstream(job: Job, head: Mapping[str, str]) -> None:
    from benchmark.records.tables import DOWNSTREAM_COLUMNS, PREDICTIONS_COLUMNS, write_table

    cells = [cell for cell in job.parameters["cells"] if cell["stage"] in job.inputs]
    write_table(
        job.folder / "downstream.csv",
        DOWNSTREAM_COLUMNS,
        ({**head, **_place(cell), **stored_result(job.inputs[cell["stage"]])} for cell in cells),
    )
    write_table(
        job.folder / "predictions.csv",
        PREDICTIONS_COLUMNS,
        (
            {**_place(cell), **row}
            for cell in cells
            for row in stored_predictions(job.inputs[cell["stage"]])
        ),
    )


def _place(cell: Mapping[str, Any]) -> dict[str, Any]:
    return {key: cell[key] for key in ("recognizer", "arm", "seed")}
