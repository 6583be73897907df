"""One person a clip, or two, out of the several bodies that a tracker wrote down.

The rules, in this order. A body that is all zeros is padding. Two tracks that follow each other in
time, the second beginning less than half a body from where the first ended, are one person whose
track id changed. The person of the clip is the one of most motion:
:func:`skeletons.anatomy.energy` over the frames where it is there, times their share. Frames
without it are cut off at both ends; inside they stay zero, to be filled in time.

Two people are the two of most motion, the one of more motion first, in the frames from the first to
the last that shows either; where one of them is not seen its joints are zero, to be filled in time.
A clip that shows one body only has the second one at a point, the place of the first one's first
joint in each frame.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skeletons.anatomy import energy
from skeletons.arrays import BoolArray

STRIDE = 0.5
"""Longest sides of a body between the end of a track and the start of the next one."""


@dataclass(frozen=True, eq=False)
class Person:
    """The body that was chosen.

    Attributes:
        joints: ``[T, V, C]`` from its first to its last frame.
        number: its place among the clip's bodies.
        start: first frame of ``joints`` in the file.
        energies: of each body, by its number; empty of a clip that has one.
        others: numbers of further bodies, side by side in ``joints``; None for one that is not
            there.
    """

    joints: NDArray[Any]
    number: int
    start: int
    energies: dict[int, float]
    others: tuple[int | None, ...] = ()


@dataclass
class Tally:
    """What was met while persons were chosen, over many clips.

    Attributes:
        persons: bodies that are kept of each clip, 1 or 2.
    """

    persons: int = 1
    counts: Counter[str] = field(default_factory=Counter)
    people: Counter[int] = field(default_factory=Counter)
    chosen: Counter[int] = field(default_factory=Counter)
    energies: dict[int, float] = field(default_factory=dict)

    def choose(self, bodies: NDArray[Any]) -> Person | None:
        """The person of a clip ``[M, T, V, C]``; None where there is no body in it."""
        there = np.stack([body.reshape(len(body), -1).any(axis=1) for body in bodies])
        tracks = {row: bodies[row] for row in np.flatnonzero(there.any(axis=1)).tolist()}
        self.counts["empty_persons"] += len(bodies) - len(tracks)
        if not tracks:
            self.counts["clips_without_body"] += 1
            return None
        seen = {row: there[row] for row in tracks}
        if len(tracks) > 1:
            self._join(tracks, seen)
        energies = {}
        if len(tracks) > 1:
            self.counts["clips_of_several_people"] += 1
            energies = {
                row: energy(body[seen[row]]) * float(seen[row].mean())
                for row, body in tracks.items()
            }
        number = max(energies, key=lambda row: energies[row]) if energies else next(iter(tracks))
        self.energies = self.energies or energies
        self.people[len(tracks)] += 1
        self.chosen[number] += 1
        if number != min(tracks):
            self.counts["clips_where_not_the_first_was_chosen"] += 1
        if self.persons == 2:
            return self._pair(tracks, seen, number, energies)
        return self._cut(tracks[number], seen[number], number, energies)

    def notes(self) -> list[str]:
        """The rules that changed something, a sentence each."""
        told = self.counts
        said = {
            "empty_persons": "bodies are all zeros: padding, no persons.",
            "clips_where_not_the_first_was_chosen": "clips have several bodies of which not the "
            "first moves most; the one of most motion was taken.",
            "tracks_joined": "tracks begin where another one ended: one person whose track id "
            "changed.",
            "clips_of_one_body_of_two": "clips show one body only: the second one is a point.",
            "clips_without_body": "clips show no body at all and were left out.",
            "frames_without_body": "frames are without their body: cut off at the ends, filled in "
            "time inside a clip.",
        }
        return [f"{told[name]:,} {text}" for name, text in said.items() if told[name]]

    def facts(self) -> dict[str, Any]:
        """Persons a clip, which one was chosen, and the energies of the first clip with several."""
        return {
            "persons_in_clips": {str(many): clips for many, clips in sorted(self.people.items())},
            "chosen_person": {str(one): clips for one, clips in sorted(self.chosen.items())},
            "energy_of_first_clip_of_several": {
                f"person_{one}": value for one, value in self.energies.items()
            },
        }

    def _join(self, tracks: dict[int, NDArray[Any]], seen: dict[int, BoolArray]) -> None:
        """Put together, in place, tracks that are one person's."""
        for row in sorted(tracks, key=lambda row: int(seen[row].argmax())):
            begins = int(seen[row].argmax())
            for other in [one for one in tracks if one != row]:
                ended = int(np.flatnonzero(seen[other])[-1])
                if ended >= begins or not _near(tracks[other][ended], tracks[row][begins]):
                    continue
                kept, gone = min(row, other), max(row, other)
                tracks[kept] = np.where(
                    seen[row][:, None, None], tracks[row], tracks[other]
                ).astype(tracks[row].dtype)
                seen[kept] = seen[row] | seen[other]
                del tracks[gone], seen[gone]
                self.counts["tracks_joined"] += 1
                break

    def _pair(
        self,
        tracks: dict[int, NDArray[Any]],
        seen: dict[int, BoolArray],
        number: int,
        energies: dict[int, float],
    ) -> Person:
        """The two bodies of most motion side by side."""
        left = [row for row in tracks if row != number]
        second = max(left, key=lambda row: energies[row]) if left else None
        there = seen[number] if second is None else seen[number] | seen[second]
        body = tracks[number]
        if second is None:
            self.counts["clips_of_one_body_of_two"] += 1
            other = np.broadcast_to(body[:, :1], body.shape)
        else:
            other = tracks[second]
        both = self._cut(np.concatenate([body, other], axis=1), there, number, energies)
        return replace(both, others=(second,))

    def _cut(
        self, body: NDArray[Any], there: BoolArray, number: int, energies: dict[int, float]
    ) -> Person:
        frames = np.flatnonzero(there)
        first, last = int(frames[0]), int(frames[-1])
        without = len(there) - len(frames)
        if without:
            inside = last - first + 1 - len(frames)
            self.counts["clips_with_frames_without_body"] += 1
            self.counts["frames_without_body"] += without
            self.counts["frames_without_body_inside"] += inside
            self.counts["frames_without_body_cut_off"] += without - inside
        return Person(body[first : last + 1], number, first, energies)


def _near(before: NDArray[Any], after: NDArray[Any]) -> bool:
    """Whether two poses ``[V, C]`` may be one body shortly after another."""
    seen = before.any(axis=-1) & after.any(axis=-1)
    if not seen.any():
        return False
    one, other = before[seen].astype(np.float64), after[seen].astype(np.float64)
    size = float(np.ptp(one, axis=0).max())
    return bool(np.linalg.norm(one.mean(axis=0) - other.mean(axis=0)) <= STRIDE * size)
