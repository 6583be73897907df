"""The tables of a run, the synthetic clips as a file, and the facts that ``run.json`` tells."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from benchmark.engine.job import Job, Lineage
from benchmark.experiment.artefacts import generator as fitted
from benchmark.experiment.artefacts.clips import (
    HELD_OUT_PARTS,
    stored_facts,
    stored_pool,
    stored_split,
)
from benchmark.experiment.artefacts.extractor import extractor_folder
from benchmark.experiment.artefacts.features import judged, stored_features
from benchmark.experiment.artefacts.pseudo_labels import pseudo_caveats, stored_pseudo_facts
from benchmark.experiment.artefacts.selection import selection_caveat, stored_selection
from benchmark.experiment.artefacts.tables import FACTS
from benchmark.experiment.base_novel import novel_labels
from benchmark.experiment.downstream_tables import write_base_novel, write_downstream
from benchmark.experiment.lineage import clips_lineage, weights_lineage
from benchmark.records.tables import NO_JUDGE
from benchmark.setting import BASE_NOVEL
from benchmark.spec import RunSpec

CLIPS_ON_A_MAP = 300
"""Real and synthetic ones each: more would hide one another."""


def write(job: Job) -> Lineage:
    """Write the CSV files, ``samples.pkl`` and ``facts.json``.

    A run without recognizers has no ``downstream.csv`` and no ``predictions.csv``. ``classes.csv``
    holds the metrics class by class, ``confusion.csv`` what the extractor sees in the synthetic
    clips of each class, ``feature_map.csv`` where real and synthetic clips lie among its features.

    A partial stage: its inputs are named by their stages, and those that failed are not among them.
    Rows that rest on a missing input are left out.

    Parameters: ``spec``, ``judges`` (what the stages that ask each judge are told), ``cells``
    (recognizer, arm, seed number and stage of each downstream row), ``recipes`` (of each
    recognizer), ``failed`` (stages that are missing, and why). Series: ``shards``.
    """
    from skeletons.formats.pyskl import write_annotations

    spec = RunSpec.parse(job.parameters["spec"])
    generator = generator_facts(job, spec)
    judges = judges_facts(job, str(generator.get("guided_by", "")))
    names = {judge["kind"]: str(judge.get("name", judge["kind"])) for judge in judges}
    head = {"dataset": spec.dataset, "split": spec.split, "generator": spec.generator}
    _write_metrics(job, spec, head, names)
    _write_classes(job, spec, head, names)
    _write_feature_maps(job, spec, head, names)
    if spec.two_sample:
        _write_two_samples(job, spec, head)
    if spec.recognizers:
        write_downstream(job, spec, head)
        if spec.setting == BASE_NOVEL:
            write_base_novel(job, spec)
    if "shards" in job.series:
        clips = stored_pool(job.series["shards"])
        write_annotations(job.folder / "samples.pkl", clips, {"synthetic": clips.ids.tolist()})
    facts = {
        "data": data_facts(job, spec),
        "generator": generator,
        "judges": judges,
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
    split = stored_split(job.inputs["data"], spec.seen_split, spec.data_seed)
    labelled = pseudo_caveats(stored_pseudo_facts(job.inputs))
    caveats = [*facts.get("caveats", ()), *weights_caveats(spec), *labelled]
    novel = novel_labels(
        job.inputs["data"], {"split": spec.seen_split, "data_seed": spec.data_seed}
    )
    if novel is not None:
        names = ", ".join(split.classes[label] for label in novel)
        caveats.append(f"Novel classes, of which the split {spec.split} was seen: {names}.")
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
    selected = stored_selection(job.series.get("shards", ()))
    chosen = [selection_caveat(selected)] if selected else []
    return {
        **said,
        "caveats": [*said["caveats"], *(seen if beyond else []), *asked_for, *chosen],
        **({"selection": selected} if selected else {}),
    }


def judges_facts(job: Job, guide: str) -> list[dict[str, Any]]:
    """Each judge: its kind and name, how often it is right on real clips of each part and on
    held-out clips as the generator's representation has them (``represented``), and its recipe."""
    rows = []
    for told in job.parameters["judges"]:
        facts: dict[str, Any] = {"kind": told["kind"], "caveats": []}
        for part in ("train", *HELD_OUT_PARTS, "represented"):
            stage = f"features/{told['kind']}/{part}"
            if stage in job.inputs:
                name, right = judged(job.inputs[stage])
                facts["name"] = name
                if not math.isnan(right):
                    facts[f"{part}_accuracy"] = right
        folder = _judge_folder(job, told)
        if folder is not None:
            recipe = folder / "recipe.json"
            if recipe.exists():
                facts["recipe"] = json.loads(recipe.read_text(encoding="utf-8"))
            facts["bundled"] = told["extractor"] is not None
        if guide == told["kind"]:
            facts["caveats"].append(
                f"The guide has the architecture and the input of the judge {told['kind']}: what "
                "this judge says of the samples can be what the guide made them please. Hold it "
                "against the others."
            )
        rows.append(facts)
    return rows


def _judge_folder(job: Job, told: Mapping[str, Any]) -> Path | None:
    """Where the weights of a judge are; None where its stage failed."""
    stage = f"judges/{told['kind']}"
    if stage in job.inputs:
        return job.inputs[stage]
    return None if told["extractor"] is None else extractor_folder(told, {})


def lineage_facts(job: Job, spec: RunSpec) -> dict[str, Any]:
    """Clip ids and weights that the numbers rest on, and the checks that they passed."""
    facts: dict[str, Any] = {}
    if "data" in job.inputs:
        split = stored_split(job.inputs["data"], spec.seen_split, spec.data_seed)
        facts["split"] = clips_lineage(split)
    if "fit" in job.inputs:
        fit = fitted.stored_facts(job.inputs["fit"])
        facts["generator"] = {
            "fitted_on": fit["fitted_on"]["fingerprint"],
            "clips": fit["fitted_on"]["clips"],
            "weights": fit["weights"],
        }
        for beside in ("held_back", "unlabelled"):
            if beside in fit:
                facts["generator"][beside] = fit[beside]
    if labelled := stored_pseudo_facts(job.inputs):
        facts["pseudo_labels"] = labelled
    folders = {told["kind"]: _judge_folder(job, told) for told in job.parameters["judges"]}
    facts["judges"] = {
        kind: weights_lineage(folder) for kind, folder in folders.items() if folder is not None
    }
    facts["checked"] = [
        "no dev or test clip, by id, is in the training part, in the split or in any arm",
        "no clip outside of what the generator may see was given to its fit, but for those held "
        "back on purpose",
        *(
            []
            if "guide_is_extractor" in spec.allow
            else ["no file of the fitted generator is a judge's weights"]
        ),
    ]
    return facts


def _write_metrics(
    job: Job, spec: RunSpec, head: Mapping[str, Any], judges: Mapping[str, str]
) -> None:
    """Every draw as it was measured, and what the draws of each metric come to."""
    from benchmark.records.tables import METRICS_COLUMNS, SUMMARY_COLUMNS, write_table
    from metrics.evaluation.measured import Measured
    from metrics.evaluation.summaries import summarise, values_of
    from metrics.protocols import protocol_named
    from metrics.registry import check_metrics

    metrics, protocol = check_metrics(spec.metrics), protocol_named(spec.protocol)
    values: list[dict[str, Any]] = []
    summaries: list[dict[str, Any]] = []
    for kind, name in {**judges, NO_JUDGE: NO_JUDGE}.items():
        measured = [Measured.from_row(row) for row in _scores(spec, job.inputs, kind, "measured")]
        told = {**head, "extractor": name}
        seed = {"generator_seed": spec.generator_seed}
        values += [{**told, **seed, **row.row()} for row in values_of(measured)]
        summaries += [{**told, **row.row()} for row in summarise(measured, metrics, protocol)]
    write_table(job.folder / "metrics.csv", METRICS_COLUMNS, values)
    write_table(job.folder / "summary.csv", SUMMARY_COLUMNS, summaries)


def _scores(
    spec: RunSpec, inputs: Mapping[str, Path], judge: str, group: str
) -> Iterator[dict[str, Any]]:
    """Stored rows of every metric under a judge, the references in the order in which they were
    scored."""
    from metrics.registry import metric_named

    for name in spec.metrics:
        metric = metric_named(name)
        stage = f"score/{judge}/{metric.stage}"
        if stage in inputs:
            path = inputs[stage] / "values.json"
            for row in json.loads(path.read_text(encoding="utf-8"))[group]:
                if row["metric"] == metric.name:
                    yield row


def _write_classes(
    job: Job, spec: RunSpec, head: Mapping[str, Any], judges: Mapping[str, str]
) -> None:
    from benchmark.records.tables import CLASSES_COLUMNS, CONFUSION_COLUMNS, write_table

    if "data" not in job.inputs:
        return
    classes = stored_facts(job.inputs["data"])["classes"]
    rows = [
        {**head, "extractor": name, **row, "class": classes[row["class"]]}
        for kind, name in {**judges, NO_JUDGE: NO_JUDGE}.items()
        for row in _scores(spec, job.inputs, kind, "classes")
    ]
    write_table(job.folder / "classes.csv", CLASSES_COLUMNS, rows)
    found = {kind: job.inputs.get(f"features/{kind}/synthetic") for kind in judges}
    confusions = [
        {**head, "extractor": judges[kind], **row}
        for kind, folder in found.items()
        if folder is not None
        for row in _confusion(folder, classes)
    ]
    if confusions:
        write_table(job.folder / "confusion.csv", CONFUSION_COLUMNS, confusions)


def _write_feature_maps(
    job: Job, spec: RunSpec, head: Mapping[str, Any], judges: Mapping[str, str]
) -> None:
    """Real clips of the scored part and synthetic ones, a few hundred of each, a map a judge."""
    from benchmark.records.tables import FEATURE_MAP_COLUMNS, write_table
    from metrics.feature_map import FeatureMap, spread_rows

    if "data" not in job.inputs:
        return
    classes = stored_facts(job.inputs["data"])["classes"]
    rows: list[dict[str, Any]] = []
    for kind, name in judges.items():
        stages = {
            "real": f"features/{kind}/{spec.part}",
            "synthetic": f"features/{kind}/synthetic",
        }
        if not all(stage in job.inputs for stage in stages.values()):
            continue
        clips = {which: stored_features(job.inputs[stage]) for which, stage in stages.items()}
        if len(np.unique(clips["real"].labels)) < 2:
            continue
        found = FeatureMap.of(clips["real"])
        shares = dict(zip(("x_share", "y_share"), found.shares, strict=True))
        for which, features in clips.items():
            few = features.select(spread_rows(features, CLIPS_ON_A_MAP))
            rows += [
                {**head, "extractor": name, "kind": which, "class": classes[label], **shares}
                | {"x": float(f"{x:.4g}"), "y": float(f"{y:.4g}")}
                for label, (x, y) in zip(few.labels.tolist(), found.place(few), strict=True)
            ]
    if rows:
        write_table(job.folder / "feature_map.csv", FEATURE_MAP_COLUMNS, rows)


def _confusion(folder: Path, classes: list[str]) -> Iterator[dict[str, Any]]:
    """What a judge sees in the synthetic clips of each class."""
    features = stored_features(folder)
    counts = np.zeros((len(classes), len(classes)), dtype=np.int64)
    np.add.at(counts, (features.labels, features.predicted), 1)
    for row, asked in enumerate(classes):
        for column, seen in enumerate(classes):
            yield {"asked": asked, "recognized": seen, "clips": int(counts[row, column])}


def _write_two_samples(job: Job, spec: RunSpec, head: Mapping[str, str]) -> None:
    from benchmark.experiment.artefacts.two_sample import stored_two_sample
    from benchmark.records.tables import TWO_SAMPLE_COLUMNS, write_table

    rows = [
        {**told, **head, "network": network, "clips": clips, "against": spec.part}
        for network in spec.two_sample
        for clips in ("synthetic", "real")
        if (stage := f"two_sample/{network}/{clips}") in job.inputs
        for told in [stored_two_sample(job.inputs[stage])]
    ]
    known = set(TWO_SAMPLE_COLUMNS)
    write_table(
        job.folder / "two_sample.csv",
        TWO_SAMPLE_COLUMNS,
        ({name: cell for name, cell in row.items() if name in known} for row in rows),
    )
