"""The 12 actions, each with its variants: how it is done, and which other action it resembles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from skeletons.datasets.kinematic12.actions import (
    exercise,
    hand_to_head,
    jumping,
    locomotion,
    seated,
    strikes,
)
from skeletons.datasets.kinematic12.cast import Cast
from skeletons.datasets.kinematic12.tracks import Tracks

Program = Callable[[Cast], Tracks]


@dataclass(frozen=True)
class Variant:
    """One way to do an action; ``resembles`` names the action that it is easily taken for."""

    program: Program
    resembles: str = ""

    @property
    def name(self) -> str:
        """The program's name, such as ``drink_seated``."""
        return self.program.__name__


ACTIONS: dict[str, tuple[Variant, ...]] = {
    "warm_up": (
        Variant(exercise.warm_arm_circles),
        Variant(exercise.warm_side_bend),
        Variant(exercise.warm_twist),
        Variant(exercise.warm_toe_touch),
        Variant(exercise.warm_chest_opener, "boxing"),
        Variant(exercise.warm_overhead, "lift_dumbbell"),
        Variant(exercise.warm_squat, "jump"),
        Variant(exercise.warm_knees, "run"),
    ),
    "walk": (
        Variant(locomotion.walk_straight),
        Variant(locomotion.walk_curved),
        Variant(locomotion.walk_brisk, "run"),
        Variant(locomotion.walk_carrying, "phone"),
    ),
    "run": (
        Variant(locomotion.run_straight),
        Variant(locomotion.run_curved),
        Variant(locomotion.run_slow, "walk"),
        Variant(locomotion.run_in_place, "warm_up"),
    ),
    "jump": (
        Variant(jumping.jump_up),
        Variant(jumping.jump_forward),
        Variant(jumping.jump_hop, "run"),
        Variant(jumping.jump_jack, "warm_up"),
    ),
    "drink": (
        Variant(hand_to_head.drink_cup),
        Variant(hand_to_head.drink_bottle),
        Variant(hand_to_head.drink_seated, "eat"),
        Variant(hand_to_head.drink_two_hands, "eat"),
    ),
    "lift_dumbbell": (
        Variant(exercise.lift_curl),
        Variant(exercise.lift_alternate),
        Variant(exercise.lift_press, "warm_up"),
        Variant(exercise.lift_lateral, "warm_up"),
        Variant(exercise.lift_floor, "warm_up"),
        Variant(exercise.lift_one, "drink"),
        Variant(exercise.lift_seated, "drink"),
    ),
    "sit": (
        Variant(seated.sit_down),
        Variant(seated.sit_up),
        Variant(seated.sit_still, "turn_steering_wheel"),
        Variant(seated.sit_fidget, "eat"),
    ),
    "eat": (
        Variant(hand_to_head.eat_standing),
        Variant(hand_to_head.eat_table),
        Variant(hand_to_head.eat_two_hands, "drink"),
        Variant(hand_to_head.eat_snack, "drink"),
    ),
    "turn_steering_wheel": (
        Variant(seated.steer_gently),
        Variant(seated.steer_over),
        Variant(seated.steer_one_hand, "sit"),
        Variant(seated.steer_standing, "phone"),
    ),
    "phone": (
        Variant(hand_to_head.phone_call),
        Variant(hand_to_head.phone_typing),
        Variant(hand_to_head.phone_seated, "eat"),
        Variant(hand_to_head.phone_walking, "walk"),
    ),
    "boxing": (
        Variant(strikes.box_jab_cross),
        Variant(strikes.box_hooks),
        Variant(strikes.box_uppercut),
        Variant(strikes.box_jab, "throw"),
        Variant(strikes.box_haymaker, "throw"),
    ),
    "throw": (
        Variant(strikes.throw_overarm),
        Variant(strikes.throw_sidearm),
        Variant(strikes.throw_underarm),
        Variant(strikes.throw_two_hands, "warm_up"),
        Variant(strikes.throw_push, "boxing"),
    ),
}
"""Labels are positions in this dictionary; names after HumanAct12's coarse classes."""

CLASSES = tuple(ACTIONS)
