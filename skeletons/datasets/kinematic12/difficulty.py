"""How hard kinematic12 is: every knob in one place."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Difficulty:
    """Knobs of the data set; the defaults are the data set, other values are for studies.

    Attributes:
        subject_style: standard deviation of a subject's own key poses around the program's, in
            arm lengths.
        clip_style: the same from clip to clip of one subject.
        tempo_spread: standard deviation of log tempo between subjects; half of it between clips.
        amplitude_spread: the same for the amplitude of a motion.
        confusing_share: share of clips drawn from the variants that resemble another class.
        taste: how much subjects differ in which variants they do, standard deviation of log share.
        partial_share: share of clips in which the moment that tells the action (such as the cup at
            the mouth) may lie at the very ends or just outside.
        other_hand_share: share of clips done with the hand that the subject does not prefer.
        shortest, longest: clip lengths in frames.
        jitter: standard deviation of the sensor's noise at the body centre, in metres.
        extremity_jitter: what the noise grows by for each metre away from the body centre.
        drop_rate: chance per frame and joint that a joint of the hands or feet is lost.
        misplaced_share: share of the lost joints that are put in a wrong place instead of held.
    """

    subject_style: float = 0.06
    clip_style: float = 0.05
    tempo_spread: float = 0.16
    amplitude_spread: float = 0.18
    confusing_share: float = 0.45
    taste: float = 0.6
    partial_share: float = 0.1
    other_hand_share: float = 0.1
    shortest: int = 30
    longest: int = 110
    jitter: float = 0.008
    extremity_jitter: float = 0.02
    drop_rate: float = 0.006
    misplaced_share: float = 0.25
