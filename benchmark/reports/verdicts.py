"""One sentence for each question that a run answers, derived from numbers and their intervals.

A sentence claims a difference only where the 95 % interval excludes none.
"""

from __future__ import annotations

import math

import pandas as pd

from benchmark.records.display_names import arm_words, points_interval, reference_words, shown
from benchmark.records.tables import number, reason_of, score_of


def natural_verdict(row: pd.Series) -> str:
    """Are the clips natural? From the FID row of a summary."""
    mean, low, _, floor = score_of(row)
    if math.isnan(mean):
        return f"Natural? Cannot be said: FID is {shown(row['mean'], 2)}."
    if math.isnan(floor):
        return f"Natural? FID is {mean:.2f}; without a real floor this cannot be judged."
    if low <= floor:
        held_against = reference_words([str(row.get("reference", "test"))])
        return (
            f"Natural? Yes, as far as FID can tell: {mean:.2f} is no further from {held_against} "
            f"than other real clips are ({floor:.2f})."
        )
    times = f", {mean / floor:.1f} times as much" if floor > 0 else ""
    return (
        f"Natural? Not yet like real clips: FID is {mean:.2f}, other real clips score "
        f"{floor:.2f}{times}."
    )


def class_verdict(row: pd.Series) -> str:
    """Are the clips of the right class? From the accuracy row of a summary."""
    mean, low, high, floor = score_of(row, 100.0)
    if math.isnan(mean):
        return f"Right class? Cannot be said: accuracy is {shown(row['mean'], 1)}."
    beside = "" if math.isnan(floor) else f"; of real clips {floor:.1f} %"
    if math.isnan(floor):
        verdict = "Right class?"
    elif high < floor:
        verdict = "Right class? Less often than real clips:"
    elif low > floor:
        verdict = "Right class? More clearly than real clips, which are harder to tell apart:"
    else:
        verdict = "Right class? As often as real clips:"
    return f"{verdict} {mean:.1f} % are recognised as the class they were asked to show{beside}."


def diverse_verdict(rows: pd.DataFrame) -> str:
    """Are the clips diverse? From the diversity and multimodality rows of a summary."""
    parts = []
    places = {"diversity": "over all classes", "multimodality": "within a class"}
    for _, row in rows.iterrows():
        place = places.get(str(row["metric"]), str(row["metric"]))
        mean, low, high, floor = score_of(row)
        if math.isnan(mean) or math.isnan(floor):
            reason = reason_of(row["mean"]) or reason_of(row["real_floor"]) or "undefined"
            parts.append(f"{place} cannot be said ({reason})")
        elif high < floor:
            parts.append(f"{place} less than real clips ({mean:.2f} against {floor:.2f})")
        elif low > floor:
            parts.append(f"{place} more spread than real clips ({mean:.2f} against {floor:.2f})")
        else:
            parts.append(f"{place} like real clips ({mean:.2f} against {floor:.2f})")
    return f"Diverse? {'; '.join(parts)}." if parts else "Diverse? Not measured."


def new_verdict(row: pd.Series) -> str:
    """Are the clips new? From the row of the memory ratio."""
    mean, low, high, floor = score_of(row)
    if math.isnan(mean):
        return f"New? Cannot be said: the memory ratio is {shown(row['mean'], 2)}."
    told = f"the median distance to what the generator saw is {mean:.2f} times that of real clips"
    told += " that it did not see"
    floor = 1.0 if math.isnan(floor) else floor
    if high < floor:
        return f"New? Nearer to its training clips than new real clips are: {told}."
    if low > floor:
        return f"New? Yes, and farther off than new real clips are: {told}."
    return f"New? As new as real clips: {told}."


def help_verdict(row: pd.Series) -> str:
    """Does an arm help the recognizer? From a row of paired differences."""
    arm = arm_words(str(row["arm"]))
    start = f"Does it help? {row['recognizer']} with {arm}:"
    difference, low, high = (number(row[name]) for name in ("difference", "ci95_low", "ci95_high"))
    if math.isnan(difference):
        return (
            f"{start} cannot be said: {reason_of(row['difference']) or 'no difference is known'}."
        )
    figures = f"{difference:+.1f} points of accuracy {points_interval(low, high)}"
    if low > 0:
        verdict = "yes"
    elif high < 0:
        verdict = "no, it hurts"
    else:
        verdict = "no difference can be told apart from 0"
    seeds = int(number(row["seeds"]))
    also = " One training seed: another seed may give another sign." if seeds == 1 else ""
    return f"{start} {verdict}, {figures}, {int(number(row['clips']))} test clips.{also}"


def verdicts(summary: pd.DataFrame, pairs: pd.DataFrame) -> list[str]:
    """The sentences of a run: natural, diverse, right class, new, and each arm's help.

    Args:
        summary: rows of ``summary.csv``, one a metric.
        pairs: rows of :func:`benchmark.comparisons.arm_gains.arm_gains`.
    """
    by_name = {str(row["metric"]): row for _, row in summary.iterrows()}
    sentences = []
    if "fid" in by_name:
        sentences.append(natural_verdict(by_name["fid"]))
    spread = [name for name in ("diversity", "multimodality") if name in by_name]
    if spread:
        sentences.append(diverse_verdict(summary[summary["metric"].isin(spread)]))
    if "accuracy" in by_name:
        sentences.append(class_verdict(by_name["accuracy"]))
    if "memory_ratio" in by_name:
        sentences.append(new_verdict(by_name["memory_ratio"]))
    return sentences + [help_verdict(row) for _, row in pairs.iterrows()]
