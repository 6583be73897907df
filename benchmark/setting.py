"""Settings: what a generator may learn from beside the split's clips, by name, and the arm that is
the control of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from skeletons.errors import InputError

STANDARD, UNLABELLED, BASE_NOVEL = "standard", "unlabelled", "base-novel"
SETTINGS = {
    STANDARD: "the generator sees the split's clips",
    UNLABELLED: "and, without their labels, the training clips that the split leaves out",
    BASE_NOVEL: "all training clips of half of the classes, the split's of the others, which count",
}
CONTROLS = {UNLABELLED: "real+pseudo", BASE_NOVEL: "pretrained"}
"""The arm that makes of the same clips what can be made of them without a generator."""

_SENTENCES = {
    UNLABELLED: "Setting unlabelled: the generator also saw, without their labels, the training "
    "clips that the split leaves out; the control is real+pseudo, which trains on the same clips.",
    BASE_NOVEL: "Setting base-novel: of half of the classes, the base, all training clips were "
    "seen, of the novel ones the split's. Recognizers are scored on clips of novel classes, with "
    "these alone to choose from; the control is pretrained, on base clips first, then on novel "
    "ones.",
}
_NOT_WITH = {
    UNLABELLED: {"generator_data": "split", "made_elsewhere": ""},
    BASE_NOVEL: {"generator_data": "split", "made_elsewhere": "", "select": "none"},
}
"""Fields that must stand at these in a setting."""
_ARMS = {BASE_NOVEL: ("real", "real+synthetic", "oracle", "pretrained")}
"""The arms of a setting that has not all of them."""
_ADDED = (
    "synthetic_share", "synthetic_first", "synthetic_weight", "synthetic_norm", "synthetic_labels",
    "synthetic_label_mix", "synthetic_online", "real_last",
)  # fmt: skip
"""Entries of a recipe that say how batches are made, which base-novel says itself."""


def setting_of(values: Mapping[str, Any]) -> str:
    """The setting in the values of a spec; the standard one where they are older than the field."""
    return str(values.get("setting", STANDARD))


def setting_sentences(values: Mapping[str, Any]) -> tuple[str, ...]:
    """What every table of a run must say of its setting, by the values of its spec; nothing of the
    standard one."""
    setting = setting_of(values)
    if setting not in _SENTENCES:
        return ()
    control, arms = CONTROLS[setting], values.get("arms", ())
    trained = bool(values.get("recognizers")) and control not in arms
    missing = f"The arm {control}, the control of the setting {setting}, was not asked for."
    return (_SENTENCES[setting], *((missing,) if trained else ()))


def check_setting(values: Mapping[str, Any]) -> None:
    """Refuse what a setting cannot be asked with.

    Args:
        values: of a spec.

    Raises:
        InputError: a control arm of another setting, or a field that does not go with this one.
    """
    setting = setting_of(values)
    for of, control in CONTROLS.items():
        if of != setting and control in values["arms"]:
            raise InputError(
                f"arm '{control}' is the control of another setting: add --setting {of}"
            )
    if setting == STANDARD:
        return
    for field, wanted in _NOT_WITH[setting].items():
        if values[field] != wanted:
            raise InputError(
                f"setting {setting} says what is seen, {field} = {values[field]} says otherwise: "
                "leave one of them out"
            )
    known = _ARMS.get(setting, ())
    for arm in values["arms"] if known else ():
        if arm not in known:
            raise InputError(f"setting {setting} has no arm '{arm}': take {', '.join(known)}")
    for entry in _ADDED if setting == BASE_NOVEL else ():
        if entry in values["recipe"]:
            raise InputError(f"setting {setting} has batches of its own: leave recipe {entry} out")
    if values["split"] == "full":
        raise InputError(
            f"setting {setting} is about clips that the split leaves out, full leaves none: take "
            "a smaller split"
        )
