"""The half of a plan that judges the samples: features, scores, two-sample tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmark.engine.graph import Stage
from benchmark.experiment.artefacts.clips import HELD_OUT_PARTS
from benchmark.experiment.artefacts.extractor import given_extractor
from benchmark.experiment.kinds import stage_of
from benchmark.experiment.seeds import stage_seed
from benchmark.experiment.stages.pretrain import PROFILE as EXTRACTOR_PROFILE
from benchmark.records.tables import NO_JUDGE
from benchmark.setting import UNLABELLED
from benchmark.spec import RunSpec
from metrics.protocols import Protocol

GRU = "gru"


def pretrain_stage(kind: str) -> Stage:
    """Train a judge on the whole training part."""
    parameters = {"profile": EXTRACTOR_PROFILE, "kind": kind}
    return stage_of(f"judges/{kind}", "pretrain", parameters, {"data": "data"})


@dataclass(frozen=True)
class JudgePlan:
    """One judge of a run.

    Attributes:
        stage: what trains it or takes it over; None for a bundled one.
        parameters: what the stages that ask it are told.
    """

    kind: str
    stage: Stage | None
    parameters: Mapping[str, Any]

    @classmethod
    def of(cls, spec: RunSpec, kind: str) -> JudgePlan:
        """The judge of a kind: the one that the spec names, the bundled one, or one that is trained
        first."""
        from recognizers.extractors.kinds import bundled_extractor, extractor_id, kind_at

        told: dict[str, Any] = {"dataset": spec.dataset, "kind": kind, "extractor": None}
        if "guide_is_extractor" in spec.allow:
            told["guide_is_extractor"] = True
        if spec.random_state and kind == GRU:
            told["random_state"] = True
        if spec.extractor and kind_at(Path(spec.extractor)) == kind:
            given = given_extractor(spec.extractor)
            return cls(kind, stage_of(f"judges/{kind}", "adopt", given, {"data": "data"}), told)
        bundled = bundled_extractor(spec.dataset, kind)
        if bundled is None:
            return cls(kind, pretrain_stage(kind), told)
        return cls(kind, None, told | {"extractor": extractor_id(bundled)})

    def features(self, part: str, inputs: Mapping[str, str], shards: tuple[str, ...] = ()) -> Stage:
        """Features of one part's clips."""
        own = {} if self.stage is None else {"extractor": self.stage.name}
        return stage_of(
            f"features/{self.kind}/{part}",
            "featurise",
            {**self.parameters, "part": part},
            {**inputs, **own},
            series={"shards": shards} if shards else {},
        )


def feature_stages(
    spec: RunSpec, judges: Sequence[JudgePlan], fit: str, shards: tuple[str, ...]
) -> list[Stage]:
    """What each judge makes of real parts, of the synthetic clips and of held-out clips as the
    generator has them; and body measures where a metric needs them.

    Args:
        fit: name of the stage that fits the generator.
        shards: of those with the synthetic clips.
    """
    from metrics.registry import metric_named

    real, fitted = {"data": "data"}, {"fit": fit}
    stages = []
    if not spec.made_elsewhere:  # whose representation of clips nobody has
        told = {"generator": spec.generator, "part": spec.part}
        stages.append(stage_of("represented", "represent", told, {**real, **fitted}))
    for judge in judges:
        stages += [judge.features(part, real) for part in ("train", *HELD_OUT_PARTS)]
        stages.append(judge.features("synthetic", fitted, shards))
        if not spec.made_elsewhere:
            stages.append(judge.features("represented", {"represented": "represented"}))
    if any(metric_named(name).needs == "bodies" for name in spec.metrics):
        stages += [
            stage_of(f"bodies/{part}", "measure", {"part": part}, real)
            for part in ("train", spec.part)
        ]
        stages.append(
            stage_of(
                "bodies/synthetic", "measure", {"part": "synthetic"}, series={"shards": shards}
            )
        )
    return stages


def score_stages(spec: RunSpec, protocol: Protocol) -> list[Stage]:
    """One stage a family of metrics and judge; no judge for metrics of the body."""
    from metrics.registry import metric_named

    families: dict[str, list[str]] = {}
    for name in spec.metrics:
        families.setdefault(metric_named(name).stage, []).append(name)
    return [
        _score(spec, protocol, f"score/{of_judge}/{family}", names, kind)
        for family, names in families.items()
        for kind, of_judge in _judging(names, spec.judges)
    ]


def _judging(names: Sequence[str], judges: Sequence[str]) -> list[tuple[str, str]]:
    """Whose features a family of metrics is computed on, and what its stages are called by."""
    from metrics.registry import metric_named

    if all(metric_named(name).needs == "bodies" for name in names):
        return [(judges[0], NO_JUDGE)]
    return [(kind, kind) for kind in judges]


def _score(
    spec: RunSpec, protocol: Protocol, stage: str, names: Sequence[str], judge: str
) -> Stage:
    from metrics.registry import check_metrics

    metrics, parts = check_metrics(names), ("train", spec.part, "synthetic")
    inputs = {f"features/{part}": f"features/{judge}/{part}" for part in parts}
    if any(metric.needs == "bodies" for metric in metrics):
        inputs |= {f"bodies/{part}": f"bodies/{part}" for part in parts}
    split: dict[str, Any] = {}
    if any(metric.against == "split" for metric in metrics):
        inputs["data"] = "data"
        every = spec.generator_data == "full" or spec.setting == UNLABELLED
        split = {"split": "full" if every else spec.seen_split, "data_seed": spec.data_seed}
    parameters = {
        "metrics": list(names),
        "repetitions": spec.repetitions,
        "protocol": protocol.name,
        "part": spec.part,
        "seed": stage_seed(spec, "score"),
        **split,
    }
    return stage_of(stage, "score", parameters, inputs)


def two_sample_stages(spec: RunSpec, shards: tuple[str, ...]) -> list[Stage]:
    """A test a network of the synthetic clips, and of as many real ones, for the floor."""
    if not spec.two_sample:
        return []
    from recognizers.two_sample import STEPS, two_sample_recipe  # lazy: it imports torch

    stages = []
    for network in spec.two_sample:
        told = {
            "against": spec.part,
            "recognizer": network,
            "recipe": two_sample_recipe(network).state(),
            "steps": STEPS,
            "seed": stage_seed(spec, "two sample", network),
        }
        data = {"data": "data"}
        stages += [
            stage_of(
                f"two_sample/{network}/synthetic",
                "two_sample",
                {**told, "part": "synthetic"},
                data,
                series={"shards": shards},
            ),
            stage_of(
                f"two_sample/{network}/real",
                "two_sample",
                {**told, "part": "train", "samples": spec.samples},
                data,
            ),
        ]
    return stages
