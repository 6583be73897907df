"""Clips made somewhere else, brought to the unit, axes, labels and layout of a data set.

What is certain is changed and said; what is not is refused, in words that say what to type. Nothing
is judged by a file's name. Everything is held against real clips of the data set, so that it works
for any skeleton.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skeletons.arrays import IntArray
from skeletons.clips import ClipSet
from skeletons.errors import InputError, nearest
from skeletons.findings import REFUSED, Finding, changed, refused, said
from skeletons.foreign_bodies import (
    Proportions,
    not_finite,
    right_axes,
    right_rate,
    right_unit,
    sides,
    standing,
)
from skeletons.formats.sample_files import LAYOUTS, Label, SampleFile
from skeletons.layouts import skeletons_of
from skeletons.skeleton import Skeleton


@dataclass(frozen=True)
class NameMapping:
    """What a user says of her file: joint names in its order, and classes by her names."""

    joints: tuple[str, ...] = ()
    classes: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, content: Mapping[str, Any], where: str) -> NameMapping:
        """The mapping of a file's content: ``joints``, a list of the data set's joint names in the
        file's order (or theirs: ours), and ``classes``, theirs: ours.

        Raises:
            InputError: other keys or other kinds of values.
        """
        for key in content:
            if key not in ("joints", "classes"):
                raise InputError(f"{where}: '{key}' is neither 'joints' nor 'classes'")
        joints, classes = content.get("joints", ()), content.get("classes", {})
        if isinstance(joints, Mapping):
            joints = list(joints.values())
        if not isinstance(joints, list | tuple) or not isinstance(classes, Mapping):
            raise InputError(
                f"{where}: 'joints' is a list of joint names in the file's order, 'classes' a "
                "mapping of her names (or numbers) to the data set's"
            )
        named = {str(theirs): str(ours) for theirs, ours in classes.items()}
        return cls(tuple(str(joint) for joint in joints), named)


@dataclass(frozen=True)
class Foreign:
    """A file of clips after the checks.

    Attributes:
        clips: as the data set would have them; None where something was refused.
        findings: in the order in which they were found.
    """

    clips: ClipSet | None
    findings: tuple[Finding, ...]

    def checked(self, where: str) -> ClipSet:
        """The clips; :class:`InputError` with the first refusal, and how many more there are."""
        refused = [one for one in self.findings if one.level == REFUSED]
        if self.clips is None or refused:
            more = f" (and {len(refused) - 1} more: see --check)" if len(refused) > 1 else ""
            raise InputError(f"{where}: {refused[0].text}{more}")
        return self.clips

    @property
    def sentences(self) -> tuple[str, ...]:
        """What was changed, and what must be said."""
        return tuple(one.text for one in self.findings if one.level != REFUSED)


def conform(
    samples: SampleFile,
    real: ClipSet,
    *,
    name: str = "samples",
    mapping: NameMapping | None = None,
    real_fps: float | None = None,
) -> Foreign:
    """Bring clips to a data set's terms, or say why that cannot be.

    Args:
        real: training clips of the data set, which unit, axes and proportions are held against.
        name: of the result, and the beginning of its clips' ids.
        real_fps: frames a second of the data set, where they are known.
    """
    mapping = mapping or NameMapping()
    findings = [said("layout", f"read as {text}.") for text in samples.said]
    findings += _too_little(samples)
    labels, found = _labels(samples.labels, real.classes, mapping.classes)
    findings += found
    joints, found = _right_joints(samples, real.skeleton, mapping.joints)
    findings += found
    if joints is not None:
        findings += not_finite(joints)
    if any(one.level == REFUSED for one in findings) or joints is None or labels is None:
        return Foreign(None, tuple(findings))
    pose = Proportions.of(joints, real)
    joints, found = right_unit(joints, pose, real)
    findings += found
    if not any(one.level == REFUSED for one in found):
        joints, turned = right_axes(joints, real)
        findings += turned
    if any(one.level == REFUSED for one in findings):
        return Foreign(None, tuple(findings))
    joints, found = right_rate(joints, samples.fps, real_fps)
    findings += found
    order = _order(joints, labels)
    clips = ClipSet.of(
        real.skeleton,
        real.classes,
        [joints[row] for row in order],
        labels[order],
        ids=[f"{name}-{number:05d}" for number in range(len(order))],
        subjects=["synthetic"] * len(order),
        views=["synthetic"] * len(order),
        name=name,
    )
    findings += _worth_knowing(clips, real)
    return Foreign(clips, tuple(findings))


def _too_little(samples: SampleFile) -> list[Finding]:
    if len(samples) == 0:
        return [refused("too few", "there is no clip in it.")]
    return []


def _labels(
    given: Sequence[Label], classes: Sequence[str], mapping: Mapping[str, str]
) -> tuple[IntArray | None, list[Finding]]:
    """Labels as the data set counts them."""
    for ours in mapping.values():
        if ours not in classes:
            return None, [
                refused(
                    "labels",
                    f"the mapping names the class '{ours}', which is none of the data set's"
                    f"{_closest(ours, classes)}.",
                )
            ]
    if any(isinstance(label, str) for label in given) or mapping:
        return _named_labels([str(label) for label in given], classes, mapping)
    labels = np.asarray(given, dtype=np.int64)
    if not len(labels):
        return labels, []
    smallest, largest, known = int(labels.min()), int(labels.max()), len(classes)
    facts = {"smallest": smallest, "largest": largest, "classes": known}
    if smallest >= 0 and largest < known:
        return labels, []
    text = f"labels run from {smallest} to {largest}, those of the data set from 0 to {known - 1}"
    if smallest == 1 and largest == known:
        text += ": they seem to start at 1; subtract 1, or save class names"
    return None, [refused("labels", f"{text}.", **facts)]


def _named_labels(
    given: Sequence[str], classes: Sequence[str], mapping: Mapping[str, str]
) -> tuple[IntArray | None, list[Finding]]:
    where = {name: number for number, name in enumerate(classes)}
    names = [mapping.get(label, label) for label in given]
    unknown = sorted({name for name in names if name not in where})
    if not unknown:
        return np.asarray([where[name] for name in names], dtype=np.int64), []
    text = (
        f"{len(unknown)} of its class names are not the data set's, '{unknown[0]}' among them"
        f"{_closest(unknown[0], classes)}: map them with "
        f"--mapping FILE.yaml, 'classes: {{{unknown[0]}: {classes[0]}}}'."
    )
    near = nearest(unknown[0], classes)
    return None, [refused("labels", text, unknown=unknown[0], nearest=near)]


def _right_joints(
    samples: SampleFile, skeleton: Skeleton, named: Sequence[str]
) -> tuple[list[NDArray[Any]] | None, list[Finding]]:
    """Joints in the data set's order."""
    counts = sorted({clip.shape[1:] for clip in samples.joints})
    if not counts:
        return [], []
    if len(counts) > 1:
        return None, [refused("skeleton", f"clips differ in joints and coordinates: {counts}.")]
    there, coordinates = counts[0]
    names = tuple(named) or samples.joint_names or ()
    if names and len(names) != there:
        return None, [
            refused("skeleton", f"{len(names)} joints are named, its clips have {there}.")
        ]
    if coordinates != skeleton.dimensions:
        return None, [
            refused(
                "coordinates",
                f"its joints have {coordinates} coordinates, those of {skeleton.name} "
                f"{skeleton.dimensions}. Known layouts: {LAYOUTS}.",
            )
        ]
    if names and set(names) >= set(skeleton.joints):
        order = [names.index(joint) for joint in skeleton.joints]
        if order == list(range(there)):
            return list(samples.joints), []
        unused = [joint for joint in names if joint not in skeleton.joints]
        text = f"joints were put in the order of {skeleton.name}, by their names"
        text += f"; unused: {', '.join(unused)}" if unused else ""
        return [clip[:, order] for clip in samples.joints], [
            changed("order", f"{text}.", unused=unused)
        ]
    if there == len(skeleton) and not names:
        return list(samples.joints), []
    return None, [_other_skeleton(there, names, skeleton)]


def _other_skeleton(there: int, names: Sequence[str], skeleton: Skeleton) -> Finding:
    """What is missing, unused, and what to type."""
    known = names or next((one.joints for one in skeletons_of(there)), ())
    missing = [joint for joint in skeleton.joints if joint not in known] if known else []
    text = f"its clips have {there} joints, the skeleton {skeleton.name} has {len(skeleton)}"
    if len(missing) < len(skeleton) / 2 and missing:
        text += f": {', '.join(missing)} are missing"
    elif names:
        unknown = [joint for joint in names if joint not in skeleton.joints]
        text += f"; '{unknown[0] if unknown else names[0]}' is none of its joints"
    text += (
        ". Joints that nobody generated are not filled in; names in another order go into "
        "--mapping FILE.yaml as 'joints: [...]'."
    )
    facts = {"joints_in_file": there, "joints_of_skeleton": len(skeleton), "missing": missing}
    return refused("skeleton", text, **facts)


def _order(joints: Sequence[NDArray[Any]], labels: IntArray) -> IntArray:
    """An order of the clips by what they show, so that no number depends on how they were saved:
    by label, length and mean, which rounding does not reorder."""
    lengths = np.asarray([len(clip) for clip in joints])
    means = np.asarray([np.abs(clip.astype(np.float32)).mean(dtype=np.float64) for clip in joints])
    return np.asarray(np.lexsort((means, lengths, labels)), np.int64)


def _worth_knowing(clips: ClipSet, real: ClipSet) -> Iterable[Finding]:
    """What changes nothing and must be said."""
    counts = clips.class_counts()
    absent = [clips.classes[label] for label in np.flatnonzero(counts == 0)]
    if absent:
        yield said(
            "classes",
            f"{len(absent)} of {len(counts)} classes have no clip ({', '.join(absent)}): numbers "
            "are of the others.",
            classes_without_clip=np.flatnonzero(counts == 0).tolist(),
        )
    distinct = len({clip.joints.tobytes() for clip in (clips[row] for row in range(len(clips)))})
    if distinct < len(clips):
        same = "all clips are one and the same" if distinct == 1 else f"only {distinct} differ"
        yield said("copies", f"of {len(clips)} clips, {same}.", distinct_clips=distinct)
    single = int((clips.lengths == 1).sum())
    if single:
        yield said("length", f"{single} clips have one frame: they do not move.")
    ratio = float(np.median(clips.lengths) / np.median(real.lengths))
    if not 0.5 <= ratio <= 2.0:
        yield said(
            "rate",
            f"clips have {np.median(clips.lengths):.0f} frames (median), real ones "
            f"{np.median(real.lengths):.0f}: if the frame rate differs, say it with --fps.",
            length_ratio=round(ratio, 3),
        )
    yield from sides(clips, real)
    yield from standing(clips, real)


def _closest(name: str, known: Sequence[str]) -> str:
    near = nearest(name, known)
    return f" (the nearest is '{near}')" if near else ""


def renamed(clips: ClipSet, name: str) -> ClipSet:
    """The same clips under another name, ids and all."""
    ids = np.asarray([f"{name}-{number:05d}" for number in range(len(clips))])
    return replace(clips, ids=ids, name=name)
