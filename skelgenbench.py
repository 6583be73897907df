"""SkelGenBench from Python: judge clips that a model made, without writing a file.

>>> from skelgenbench import evaluate
>>> result = evaluate(joints, labels, dataset="kinematic12", split="10pct")  # doctest: +SKIP
>>> result.summary  # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchmark.experiment.evaluation import Evaluation

__all__ = ["evaluate"]


def evaluate(
    joints: Any,
    labels: Any,
    *,
    dataset: str = "kinematic12",
    split: str = "full",
    name: str = "samples",
    lengths: Any = None,
    fps: float | None = None,
    joint_names: Sequence[str] = (),
    recognizers: Sequence[str] = (),
    out: str | Path = "results",
    data_root: str | Path | None = None,
    workers: int | None = None,
    progress: bool = False,
    **fields: Any,
) -> Evaluation:
    """Judge clips as the command ``evaluate`` does.

    Args:
        joints: ``[N, T, V, C]`` or ``[N, V, C, T]``, numpy or torch, or a list of one ``[T, V, C]``
            a clip; any unit and vertical axis that the bones tell.
        labels: of each clip, a class's number or name.
        dataset: whose real clips they are held against.
        split: the training clips that a recognizer sees beside them.
        name: what tables call the clips.
        lengths: frames of each clip, where it is shorter than T.
        fps: frames a second of the clips.
        joint_names: in the order of V, where it is not the data set's.
        recognizers: to train on real + these clips, such as ``["stgcn++"]``; none: metrics only.
        out: folder of runs, leaderboard and store.
        data_root: folder of data sets.
        workers: processes; without, one a core.
        progress: show it on stderr.
        fields: others of a run, such as ``metrics``, ``judges``, ``seeds``, ``part``.

    Returns:
        pandas frames ``summary``, ``metrics`` and ``downstream``; ``foreign.findings``, what was
        found and changed; ``run.folder``.

    Raises:
        skeletons.errors.InputError: the clips are refused, with what is wrong and what to do.
    """
    from benchmark.experiment.api import Workplace
    from benchmark.experiment.evaluation import SampleSource, evaluate_samples
    from skeletons.foreign import NameMapping

    watcher = None
    if progress:
        from benchmark.commands.console import console
        from benchmark.commands.progress import watcher_for

        watcher = watcher_for(console(stderr=True))
    root = None if data_root is None else Path(data_root)
    workplace = Workplace(out=Path(out), data_root=root, workers=workers)
    asked = {"dataset": dataset, "split": split, "recognizers": tuple(recognizers), **fields}
    mapping = NameMapping(tuple(joint_names)) if joint_names else None
    source = SampleSource(joints, labels, lengths, fps)
    return evaluate_samples(source, asked, workplace, watcher, name=name, mapping=mapping)
