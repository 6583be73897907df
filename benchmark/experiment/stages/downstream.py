"""Train a recognizer on one arm and keep what it says of every test clip."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmark.arms import Arm
from benchmark.experiment.lineage import check_unseen, clips_lineage, weights_lineage
from benchmark.experiment.stages import Job, Lineage
from benchmark.experiment.stages.data import stored_rest, stored_split, stored_test
from benchmark.experiment.stages.generate import stored_pool
from skeletons.arrays import BoolArray, Float32Array
from skeletons.clips import ClipSet
from skeletons.errors import InputError
from skeletons.proportions import largest_remainder
from skeletons.seeds import named_rng

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, eq=False)
class TrainingSet:
    """What an arm trains on: its clips, which of them were added, and for how many steps. Added
    clips that are not real make up half of each batch; real ones count like those of the split."""

    clips: ClipSet
    added: BoolArray
    steps: int
    n_real: int

    @property
    def balanced(self) -> BoolArray | None:
        """The clips that make up half of each batch; None where all clips count alike."""
        mixed = self.n_real < len(self.clips) and not self.added.all()
        return self.added if mixed else None

    @property
    def sizes(self) -> dict[str, int]:
        """Clips and steps as the tables have them."""
        n_synthetic = len(self.clips) - self.n_real
        return {"n_real": self.n_real, "n_synthetic": n_synthetic, "steps": self.steps}


def train(job: Job) -> Lineage:
    """Write ``predictions.npz`` and ``result.json`` of one recognizer, arm and seed.

    Every arm but ``real_same_epochs`` takes as many optimiser steps as the recipe gives the real
    clips and ``budget`` others, so that an arm with more clips is not an arm with more training.

    Parameters: ``recognizer`` (of one stream), ``profile``, ``arm``, ``split``, ``data_seed``,
    ``seed``; ``recipe`` (entries that differ); ``budget`` (0 unless given); for arms whose size
    hangs on it ``samples``, the number of synthetic clips of the run. Inputs: ``data``; all shards
    for an arm with synthetic or augmented clips; ``weights`` where the training starts from given
    ones.

    Raises:
        InputError: an arm that asks for more clips than there are.
    """
    from recognizers.downstream import train_and_score
    from recognizers.training import TrainingRun

    parameters = job.parameters
    test = stored_test(job.inputs["data"])
    chosen = training_set(job)
    check_unseen(chosen.clips, test, f"recognizer {parameters['recognizer']}")
    scores, fit = train_and_score(
        parameters["recognizer"],
        chosen.clips,
        test,
        profile=parameters["profile"],
        changes=parameters.get("recipe", {}),
        steps=chosen.steps,
        seed=parameters["seed"],
        synthetic=chosen.balanced,
        start=stored_weights(job.inputs["weights"]) if "weights" in job.inputs else None,
        run=TrainingRun(job.device, job.scratch / "training.pt", job.progress),
    )
    write_predictions(job.folder, test, scores)
    write_result(job.folder, test, scores, chosen.sizes)
    started = {} if fit is None else {"started_from_weights": asdict(fit)}
    return {"fitted_on": clips_lineage(chosen.clips), **started}


def fuse(job: Job) -> Lineage:
    """Write ``predictions.npz`` and ``result.json`` of several streams whose scores are added.

    Parameters: ``weights``, one a stream. Inputs: ``data``, and the streams' artefacts.

    The steps are those of all streams together.
    """
    test = stored_test(job.inputs["data"])
    # In one order, whatever that of the parameters: sums of floats hang on it.
    weights = dict(sorted(job.parameters["weights"].items()))
    scores = np.average(
        [stored_scores(job.inputs[name]) for name in weights],
        axis=0,
        weights=[float(weight) for weight in weights.values()],
    ).astype(np.float32)
    results = [stored_result(job.inputs[name]) for name in weights]
    write_predictions(job.folder, test, scores)
    steps = {"steps": sum(result["steps"] for result in results)}
    write_result(job.folder, test, scores, results[0] | steps)
    return {"streams": {name: job.inputs[name].name for name in weights}}


def adopt_weights(job: Job) -> Lineage:
    """Keep the weights that the user named, to start trainings from.

    Parameters: ``path``, ``sha256``. Writes ``weights.safetensors``.

    Raises:
        InputError: the file changed, or holds no weights.
    """
    from safetensors.torch import save_file

    from recognizers.checkpoints import read_checkpoint

    path = Path(job.parameters["path"])
    if given_weights(str(path)) != dict(job.parameters):
        raise InputError(f"weights '{path}' changed while the run went on: start it again")
    state = {name: values.contiguous().clone() for name, values in read_checkpoint(path).items()}
    save_file(state, job.folder / "weights.safetensors")
    return {"weights": weights_lineage(job.folder)}


def given_weights(text: str) -> dict[str, str]:
    """Path and hash of a file of weights.

    Raises:
        InputError: it cannot be read.
    """
    path = Path(text).expanduser()
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise InputError(f"cannot read weights '{text}': {error.strerror or error}") from error
    return {"path": str(path.absolute()), "sha256": digest}


def stored_weights(folder: Path) -> dict[str, Tensor]:
    """Name -> tensor of what :func:`adopt_weights` kept."""
    from safetensors.torch import load

    return dict(load((folder / "weights.safetensors").read_bytes()))


def write_predictions(folder: Path, test: ClipSet, scores: Float32Array) -> None:
    """Write what a recognizer says of each test clip: class probabilities ``[N, classes]``, and
    the likeliest class."""
    np.savez(
        folder / "predictions.npz",
        ids=test.ids,
        labels=test.labels,
        predicted=scores.argmax(axis=1).astype(np.int64),
        scores=scores,
    )


def write_result(
    folder: Path, test: ClipSet, scores: Float32Array, sizes: Mapping[str, int]
) -> None:
    """Write ``result.json``: the part of the test clips that are labelled right, and the sizes of
    the training, ``n_real``, ``n_synthetic`` and ``steps``."""
    top1 = float((scores.argmax(axis=1) == test.labels).mean())
    result = {"top1": top1, **{key: sizes[key] for key in ("n_real", "n_synthetic", "steps")}}
    (folder / "result.json").write_text(json.dumps(result) + "\n", encoding="utf-8")


def training_set(job: Job) -> TrainingSet:
    """The clips and steps of a job's arm."""
    from recognizers.registry import planned_steps

    parameters = job.parameters
    place = job.inputs["data"], parameters["split"], parameters["data_seed"]
    real, arm = stored_split(*place), Arm.parse(parameters["arm"])
    counted = len(real) + parameters.get("budget", 0)
    recipe = parameters["profile"], counted, parameters.get("recipe", {})
    steps = planned_steps(parameters["recognizer"], *recipe)
    none = np.zeros(len(real), dtype=bool)
    if arm.kind == "real":
        return TrainingSet(real, none, steps, len(real))
    if arm.kind == "real_same_epochs":
        share = len(real) / (len(real) + parameters["samples"])
        return TrainingSet(real, none, max(1, round(steps * share)), len(real))
    added = _added(job, arm, real)
    if arm.kind == "synthetic":
        return TrainingSet(added, np.ones(len(added), dtype=bool), steps, 0)
    clips = ClipSet.concatenate([real, added], f"{real.name}+{arm.name}")
    n_real = len(clips) if arm.kind == "oracle" else len(real)
    return TrainingSet(clips, np.arange(len(clips)) >= len(real), steps, n_real)


def _added(job: Job, arm: Arm, real: ClipSet) -> ClipSet:
    """The clips that an arm adds to, or puts in place of, the real ones."""
    parameters = job.parameters
    if arm.kind == "oracle":
        source = stored_rest(job.inputs["data"], parameters["split"], parameters["data_seed"])
        if len(source) == 0:
            raise InputError(
                f"arm '{arm.name}' needs real clips that the split leaves out, "
                f"{parameters['split']} leaves none: take a smaller split"
            )
        order = named_rng("oracle", parameters["data_seed"]).permutation(len(source))
        source = source.select(order)
        hint = "take a smaller split or dose"
    else:
        source = stored_pool(job.inputs)
        if len(source) > parameters["samples"]:  # a protocol with new clips in each repetition
            source = source.select(np.arange(parameters["samples"]))
        hint = "raise --samples or take a smaller dose"
    if arm.dose is None:
        count = min(len(source), parameters["samples"])
        return source if count == len(source) else source.select(np.arange(count))
    return _in_class_shares(source, arm, real, hint)


def _in_class_shares(source: ClipSet, arm: Arm, real: ClipSet, hint: str) -> ClipSet:
    """The first clips of each class of ``source``, ``arm.dose`` for each real clip of the class."""
    assert arm.dose is not None
    exact = (real.class_counts() * arm.dose).astype(np.float64)
    wanted = largest_remainder(exact, round(float(exact.sum())))
    there = source.class_counts()
    if (there < wanted).any():
        scarce = int(np.argmax(wanted - there))
        raise InputError(
            f"arm '{arm.name}' needs {wanted[scarce]} clips of '{real.classes[scarce]}' beside "
            f"the {len(real)} real ones, there are {there[scarce]}: {hint}"
        )
    by_class = np.argsort(source.labels, kind="stable")
    place = np.arange(len(source)) - np.repeat(np.cumsum(there) - there, there)
    return source.select(np.sort(by_class[place < wanted[source.labels[by_class]]]))


def stored_result(folder: Path) -> dict[str, Any]:
    """Accuracy, sizes and steps of a downstream artefact."""
    result: dict[str, Any] = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    return result


def stored_scores(folder: Path) -> Float32Array:
    """Class probabilities of each test clip, ``[N, classes]``."""
    with np.load(folder / "predictions.npz", allow_pickle=False) as stored:
        return np.asarray(stored["scores"], dtype=np.float32)


def stored_predictions(folder: Path) -> list[dict[str, Any]]:
    """One row a test clip: ``clip_id``, ``label``, ``predicted``."""
    with np.load(folder / "predictions.npz", allow_pickle=False) as stored:
        return [
            {"clip_id": clip_id, "label": label, "predicted": predicted}
            for clip_id, label, predicted in zip(
                stored["ids"].tolist(),
                stored["labels"].tolist(),
                stored["predicted"].tolist(),
                strict=True,
            )
        ]
