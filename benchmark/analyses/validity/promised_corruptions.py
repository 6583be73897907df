"""What each metric promises to catch, and whether it kept its word.

A promise is what the metric is for, not all that it happens to catch: a table of validity may show
more, never less. Promises hold for the largest dose of a ladder at the latest, with clips of
``kinematic12`` and its bundled judges, under one of them at least.
"""

from __future__ import annotations

from collections.abc import Sequence

from benchmark.analyses.validity.reactions import Reaction

UNNATURAL = ("joint_noise", "smoothing", "frozen_end", "frame_swaps", "left_right_swap")
POOR = ("dropped_modes", "dropped_tails")
TREMBLING = ("joint_noise", "frame_swaps")
STILL = ("smoothing", "frozen_end", "frozen_frames")
GENERATED = ("joint_drift", "over_sharp", "class_blend", "clip_blend", "half_denoised")
MIXED = ("class_blend", "clip_blend")

PROMISES: dict[str, tuple[str, ...]] = {
    "fid": (*UNNATURAL, *GENERATED, *POOR, "frozen_frames", "bone_wobble", "collapsed_classes"),
    "accuracy": (
        "swapped_labels",
        "collapsed_classes",
        "class_blend",
        "frozen_end",
        "time_reversal",
    ),
    "diversity": ("smoothing", "frozen_end", "collapsed_classes"),
    "multimodality": (*POOR, "smoothing", "frozen_end", "half_denoised"),
    "fid_extrapolated": (*UNNATURAL, "collapsed_classes"),
    "class_fid": (*UNNATURAL, *GENERATED, *POOR, "swapped_labels", "collapsed_classes"),
    "kid": (*UNNATURAL, *GENERATED, "collapsed_classes"),
    "precision": (*UNNATURAL, "bone_wobble", "over_sharp", "class_blend"),
    "recall": (*POOR, "collapsed_classes"),
    "density": (*TREMBLING, "smoothing", "frozen_end", "bone_wobble"),
    "coverage": (*POOR, *UNNATURAL, *GENERATED, "collapsed_classes"),
    "class_accuracy": (
        "swapped_labels",
        "collapsed_classes",
        "class_blend",
        "frozen_end",
        "time_reversal",
    ),
    "label_entropy": ("collapsed_classes", "frozen_end"),
    "label_divergence": ("collapsed_classes", "frozen_end"),
    "memory_ratio": ("training_copies",),
    "authenticity": ("training_copies",),
    "copied_share": ("training_copies",),
    "tstr": ("swapped_labels", "collapsed_classes", "frozen_end"),
    "trts": ("swapped_labels", "collapsed_classes", "class_blend", "frozen_end", "time_reversal"),
    "bone_change": ("joint_noise", "bone_wobble", "joint_drift"),
    "bone_lengths": ("bone_scaling", "body_scale", *MIXED),
    "joint_positions": (*TREMBLING, "left_right_swap", "bone_scaling", "body_scale"),
    "joint_velocities": (*TREMBLING, *STILL, "half_denoised"),
    "jerk": (*TREMBLING, *STILL, "over_sharp", "half_denoised"),
    "joint_angles": ("joint_noise", "joint_drift", "over_sharp"),
    "foot_skate": ("sliding", "frozen_end"),
    "left_right_swaps": ("frame_swaps",),
    "left_right_sides": ("left_right_swap",),
}
"""Corruptions that a metric must react to; a user's own metric is not listed: no promise."""


def promised(metric: str, corruption: str) -> bool:
    """Whether the metric promises to catch the corruption."""
    return corruption in PROMISES.get(metric, ())


def broken_promises(found: Sequence[Reaction]) -> list[tuple[str, str]]:
    """Metrics and corruptions of promises that no judge keeps; a metric that says itself that it is
    undefined on these clips (too few of them, no feet) does not claim to see anything. What only
    some judges keep is told in :mod:`benchmark.analyses.validity.judge_holes`."""
    kept = {(one.metric, one.corruption) for one in found if one.caught is not None}
    return [promise for promise in promises_made(found) if promise not in kept]


def promises_made(found: Sequence[Reaction]) -> list[tuple[str, str]]:
    """Metrics and corruptions of the promises that some judge could keep on these clips."""
    return list(
        dict.fromkeys(
            (one.metric, one.corruption)
            for one in found
            if promised(one.metric, one.corruption) and not one.undefined
        )
    )


def unseen_corruptions(found: Sequence[Reaction]) -> list[str]:
    """Corruptions that no metric catches."""
    caught = {reaction.corruption for reaction in found if reaction.caught is not None}
    return [name for name in dict.fromkeys(r.corruption for r in found) if name not in caught]
