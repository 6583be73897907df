"""What a network is shown of the clips: joints, bones, and the motion of either.

The two streams of joints and bones are Shi et al. 2019 ("Two-Stream Adaptive Graph Convolutional
Networks"), motion is the difference to the next frame as in Shi et al. 2020.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from recognizers.names import STREAMS
from skeletons.clips import AT_A_TIME, ClipSet
from skeletons.errors import unknown_name


def show(clips: ClipSet, stream: str) -> ClipSet:
    """The clips as a stream has them, in the same shapes.

    A bone is a joint minus its neighbour on the way to the centre, zero at the centre; motion is a
    frame's difference to the next, zero in the last one. Both are taken at the clip's own frame
    rate, before frames are sampled, as PYSKL does. Turns, mirroring and changes of size can come
    after: they are linear and treat both ends of a bone alike.

    Raises:
        InputError: an unknown stream.
    """
    if stream not in STREAMS:
        raise unknown_name("stream", stream, STREAMS)
    clips = clips.packed()
    bone, motion = stream.startswith("bone"), stream.endswith("motion")
    if not bone and not motion:
        return clips
    shown = np.zeros_like(clips.frames)
    for start in range(0, len(shown), AT_A_TIME):
        part = clips.frames[start : start + AT_A_TIME + 1]  # motion looks one frame ahead
        if bone:
            part = part - part[:, clips.skeleton.towards_centre]
        if motion:
            part = part[1:] - part[:-1]
        part = part[:AT_A_TIME]
        shown[start : start + len(part)] = part
    if motion:
        shown[clips.starts + clips.lengths - 1] = 0.0
    return replace(clips, frames=shown)
