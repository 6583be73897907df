"""The pictures of a run, from its tables and clips."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmark.records.display_names import metric_groups
from benchmark.records.fingerprint import CLIPS
from benchmark.records.tables import (
    DOWNSTREAM_COLUMNS,
    PREDICTIONS_COLUMNS,
    SUMMARY_COLUMNS,
    read_table,
)
from skeletons.clips import ClipSet


def write_report(
    folder: Path,
    *,
    name: str,
    generator: str,
    caveats: Sequence[str] = (),
    real: ClipSet | None = None,
    synthetic: ClipSet | None = None,
    out: Path | None = None,
) -> list[Path]:
    """Draw ``plots/metrics.png`` (and ``metrics_<group>.png`` where there are many metrics),
    ``plots/accuracy.png``, ``plots/clips.png`` and ``samples.gif``, and write ``clips.json``, the
    few clips that move on the run's page.

    What a run has not made (it failed before, or the stage was not asked for) is not drawn.

    Args:
        folder: holds ``summary.csv``, ``downstream.csv`` and ``predictions.csv``.
        name: what the run is about, such as ``kinematic12, 10pct``; part of each title.
        generator: whose clips they are.
        caveats: sentences printed under each picture.
        real: clips of the training part, shown beside the synthetic ones.
        synthetic: the generator's clips.
        out: folder to write to, ``folder`` unless it is given.

    Returns:
        The files written.
    """
    from benchmark.reports.figures.animation import animate_samples
    from benchmark.reports.figures.contact_sheet import contact_sheet
    from benchmark.reports.figures.run import plot_downstream, plot_metrics
    from benchmark.reports.moving_clips import write_moving_clips

    target = out or folder
    generator = generator.rpartition(":")[2]  # a class of the user's without its module
    plots = target / "plots"
    summary = read_table(folder / "summary.csv", SUMMARY_COLUMNS)
    downstream = read_table(folder / "downstream.csv", DOWNSTREAM_COLUMNS)
    written = []
    if len(summary):
        title = f"Are the clips of {generator} like real ones? ({name})"
        count = None if synthetic is None else len(synthetic)
        for group, names in metric_groups(summary["metric"].unique().tolist()).items():
            own = "metrics" if group in ("", "classic") else f"metrics_{group}"
            rows = summary[summary["metric"].isin(names)]
            if len(rows):
                written.append(plot_metrics(rows, plots / f"{own}.png", title, caveats, count))
    if len(downstream):
        predictions = read_table(folder / "predictions.csv", PREDICTIONS_COLUMNS)
        title = f"Do the clips of {generator} help a recognizer? ({name})"
        written.append(
            plot_downstream(downstream, predictions, plots / "accuracy.png", title, caveats)
        )
    if synthetic is not None and len(synthetic):
        if real is not None and len(real):
            title = f"Clips of {generator} beside real ones ({name})"
            written.append(contact_sheet(real, synthetic, plots / "clips.png", title, caveats))
            written.append(write_moving_clips(real, synthetic, target / CLIPS))
        written.append(animate_samples(synthetic, target / "samples.gif"))
    return written
