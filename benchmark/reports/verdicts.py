"""One sentence for each question that a run answers, derived from numbers and their intervals.

A sentence says *like real clips* only where the whole interval lies within a margin, and claims a
difference only where the interval leaves out none: :mod:`benchmark.comparisons.likeness`. Where
judges differ it follows the strictest and tells of the others.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from benchmark.arms import Arm
from benchmark.comparisons.likeness import (
    RELATIVE_MARGIN,
    SHARE_MARGIN,
    SPREAD_MARGIN,
    Likeness,
    disagreements,
    judged,
    strictest,
)
from benchmark.records.display_names import (
    arm_words,
    metric_words,
    points_interval,
    reference_words,
)
from benchmark.records.run_folder import RunFolder
from benchmark.records.tables import is_undefined, number, numbers, reason_of


def natural_verdict(found: Sequence[Likeness]) -> str:
    """Are the clips natural? From what each judge's FID says."""
    one = strictest(found)
    if math.isnan(one.mean):
        return f"Natural? Cannot be said: FID is undefined under {one.judge}."
    if math.isnan(one.floor):
        return f"Natural? FID is {one.mean:.2f}; without a real floor this cannot be judged."
    held_against = reference_words([one.reference])
    told = f"FID is {_beside(one)}{_others(one, found)}"
    if one.outcome == "above":
        return (
            f"Natural? Not yet like real clips, {one.mean / one.floor:.1f} times as far from "
            f"{held_against} as other real clips are: {told}."
        )
    if one.outcome == "like":
        return (
            f"Natural? Yes, as far as FID can tell: no more than {100 * RELATIVE_MARGIN:.0f} % "
            f"farther from {held_against} than other real clips are: {told}."
        )
    return f"Natural? Cannot be told from real clips, nor called like them: {told}."


def class_verdict(found: Sequence[Likeness]) -> str:
    """Are the clips of the right class? From what each judge's accuracy says."""
    one = strictest(found)
    if math.isnan(one.mean):
        return f"Right class? Cannot be said: accuracy is undefined under {one.judge}."
    told = (
        f"{_beside(one)} are recognised as the class they were asked to show{_others(one, found)}"
    )
    verdict = {
        "below": "Less often than real clips",
        "like": f"As often as real clips, within {100 * SHARE_MARGIN:.0f} points",
        "above": "More clearly than real clips, which are harder to tell apart",
        "untold": "Cannot be told from real clips, nor called like them",
    }[one.outcome]
    if math.isnan(one.floor):
        return f"Right class? {told}."
    return f"Right class? {verdict}: {told}."


def judges_verdict(found: Sequence[Likeness]) -> str:
    """Do the judges agree on the classes? ``""`` where they do."""
    pairs = disagreements(found)
    if not pairs:
        return ""
    low, high = max(pairs, key=lambda pair: pair[1].low - pair[0].high)
    return (
        f"Do the judges agree? No, and by more than on real clips: {low.judge} sees the right "
        f"class in {_told(low)}, {high.judge} in {_told(high)}. Believe the stricter one."
    )


def diverse_verdict(found: Sequence[Sequence[Likeness]]) -> str:
    """Are the clips diverse? From what the judges say of diversity and multimodality."""
    places = {"diversity": "over all classes", "multimodality": "within a class"}
    words = {
        "below": "less than real clips",
        "above": "more spread than real clips",
        "like": f"like real clips, within {100 * SPREAD_MARGIN:.0f} %",
        "untold": "not told from real clips, nor like them for sure",
    }
    parts = []
    for judges in found:
        one = strictest(judges)
        told = "cannot be said" if math.isnan(one.mean) else words[one.outcome]
        parts.append(f"{places.get(one.metric, one.metric)} {told} ({_beside(one)})")
    return f"Diverse? {'; '.join(parts)}." if parts else "Diverse? Not measured."


def new_verdict(found: Sequence[Likeness]) -> str:
    """Are the clips new? From the memory ratio under each judge."""
    one = strictest(found)
    if math.isnan(one.mean):
        return f"New? Cannot be said: the memory ratio is undefined under {one.judge}."
    told = (
        f"the median distance to what the generator saw is {one.mean:.2f} times that of real clips "
        f"that it did not see ({one.judge})"
    )
    verdict = {
        "below": "Nearer to its training clips than new real clips are",
        "above": "Yes, and farther off than new real clips are",
        "like": f"As new as real clips, within {100 * SPREAD_MARGIN:.0f} %",
        "untold": "Cannot be told from real clips, nor called as new",
    }[one.outcome]
    return f"New? {verdict}: {told}."


BODY_METRICS = ("jerk", "joint_velocities")
"""What a body's motion is asked for: how jerky it is and how fast."""


def body_verdict(found: Sequence[Likeness]) -> str:
    """Do the bodies move like real ones? From jerk and speeds."""
    told = "; ".join(f"{metric_words(one.metric).short} {_beside(one)}" for one in found)
    if any(one.bad for one in found):
        return f"Bodies? They do not move like real ones: distance of {told}."
    if all(one.outcome == "like" for one in found):
        return (
            "Bodies? They move like real ones, as far as jerk and speed can tell, within "
            f"{100 * RELATIVE_MARGIN:.0f} %: distance of {told}."
        )
    return f"Bodies? Cannot be told from real ones, nor called like them: distance of {told}."


def told_apart_verdict(rows: pd.DataFrame) -> str:
    """Can a network learn to tell the samples from real clips? From the rows of one network."""
    by_clips = {str(row["clips"]): row for _, row in rows.iterrows()}
    if "synthetic" not in by_clips:
        return ""
    row = by_clips["synthetic"]
    start = f"Told from real clips? {row['network']}, trained to do so,"
    accuracy, low, high = (
        100 * number(row[name]) for name in ("accuracy", "ci95_low", "ci95_high")
    )
    if math.isnan(accuracy):
        return f"{start} cannot be asked: {reason_of(row['accuracy']) or 'no value'}."
    figures = f"{accuracy:.1f} % of the time [{low:.1f}, {high:.1f}], 50 is chance"
    floor = by_clips.get("real")
    beside = "" if floor is None else f"; other real clips {100 * number(floor['accuracy']):.1f} %"
    verdict = "can" if low > 50.0 else "cannot be said to be able to"
    return f"{start} {verdict}: right {figures}{beside}."


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
    if math.isnan(low) or math.isnan(high):
        verdict = "cannot be said without an interval"
    elif low > 0:
        verdict = "yes"
    elif high < 0:
        verdict = "no, it hurts"
    else:
        verdict = "no difference can be told apart from 0"
    seeds = int(number(row["seeds"]))
    also = " One training seed: another seed may give another sign." if seeds == 1 else ""
    if (low > 0 or high < 0) and Arm.parse(str(row["arm"])).uses_samples:
        also += " That is one training of the generator: another may say otherwise."
    people = "" if is_undefined(row["people"]) else f" of {int(number(row['people']))} people"
    return f"{start} {verdict}, {figures}, {int(number(row['clips']))} test clips{people}.{also}"


def of_all_verdicts(table: pd.DataFrame) -> list[str]:
    """A sentence a recognizer on accuracies with base classes to choose from as well, which no
    test is about; rows of ``base_novel.csv``."""
    told = []
    for recognizer, rows in table.groupby("recognizer", sort=False):
        arms = []
        for arm, of_arm in rows.groupby("arm", sort=False):
            shares = (
                numbers(of_arm[f"{which}_of_all"]).mean() for which in ("novel", "base", "all")
            )
            novel, base, every = (f"{100 * share:.1f}" for share in shares)
            arms.append(f"{arm_words(str(arm))} {every} % (novel clips {novel}, base clips {base})")
        told.append(
            f"With all classes to choose from? accuracy of {recognizer}: {'; '.join(arms)}."
        )
    return told


def verdicts(run: RunFolder, pairs: pd.DataFrame) -> list[str]:
    """The sentences of a run: natural, diverse, right class, new, bodies, and each arm's help.

    Args:
        pairs: rows of :func:`benchmark.comparisons.arm_gains.arm_gains`.
    """
    sentences = []
    if natural := judged(run, "fid"):
        sentences.append(natural_verdict(natural))
    spread = [found for name in ("diversity", "multimodality") if (found := judged(run, name))]
    if spread:
        sentences.append(diverse_verdict(spread))
    if right := judged(run, "accuracy"):
        sentences += [class_verdict(right), judges_verdict(right)]
    if new := judged(run, "memory_ratio"):
        sentences.append(new_verdict(new))
    bodies = [found[0] for name in BODY_METRICS if (found := judged(run, name))]
    if bodies:
        sentences.append(body_verdict(bodies))
    sentences += [told_apart_verdict(rows) for _, rows in run.two_sample.groupby("network")]
    sentences += [help_verdict(row) for _, row in pairs.iterrows()]
    sentences += of_all_verdicts(run.base_novel)
    return [sentence for sentence in sentences if sentence]


REAL_WORDS = {
    "dev_accuracy": "real dev clips",
    "test_accuracy": "test clips",
    "represented_accuracy": "held-out clips as the generator can hold them",
}


def judge_sentences(run: RunFolder) -> list[str]:
    """How often each judge is right on real clips, and on real clips as the generator's own
    representation has them."""
    told = []
    for judge in run.judges:
        right = [
            f"{100 * number(judge[key]):.1f} % of {words}"
            for key, words in REAL_WORDS.items()
            if key in judge
        ]
        if right:
            told.append(f"{judge.get('kind')} on {', '.join(right)}")
    return [f"How good are the judges? Right are {'; '.join(told)}."] if told else []


def _beside(one: Likeness) -> str:
    """A value, what real clips score, and whose word it is."""
    return _told(one, f", {one.judge}" if one.judge else "")


def _told(one: Likeness, judge: str = "") -> str:
    words = metric_words(one.metric)
    floor = "no floor" if math.isnan(one.floor) else f"of real clips {words.shown(one.floor)}"
    return f"{words.shown(one.mean)} ({floor}{judge})"


def _others(one: Likeness, found: Sequence[Likeness]) -> str:
    """What the other judges say."""
    others = [_beside(other) for other in found if other.judge != one.judge]
    return f"; others: {', '.join(others)}" if others else ""
