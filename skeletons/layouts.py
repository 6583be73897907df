"""The built-in skeletons: the layouts in which the field's data sets are published."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from skeletons.errors import unknown_name
from skeletons.skeleton import Skeleton


def _named(
    name: str,
    tree: Sequence[tuple[str, str]],
    centre: str,
    facing: tuple[str, str] = ("hip", "shoulder"),
    **given: Any,
) -> Skeleton:
    """A skeleton from (joint, parent) names; ``left_x`` and ``right_x`` are a pair."""
    joints = tuple(joint for joint, _ in tree)
    where = {joint: index for index, joint in enumerate(joints)}
    where[""] = -1
    pairs = tuple(
        (where[joint], where[joint.replace("left_", "right_", 1)])
        for joint in joints
        if joint.startswith("left_")
    )
    return Skeleton(
        name=name,
        joints=joints,
        parents=tuple(where[parent] for _, parent in tree),
        centre=where[centre],
        pairs=pairs,
        facing=tuple((where[f"left_{part}"], where[f"right_{part}"]) for part in facing),
        **given,
    )


SMPL24 = _named(
    "smpl24",
    [
        ("pelvis", ""),
        ("left_hip", "pelvis"),
        ("right_hip", "pelvis"),
        ("spine1", "pelvis"),
        ("left_knee", "left_hip"),
        ("right_knee", "right_hip"),
        ("spine2", "spine1"),
        ("left_ankle", "left_knee"),
        ("right_ankle", "right_knee"),
        ("spine3", "spine2"),
        ("left_foot", "left_ankle"),
        ("right_foot", "right_ankle"),
        ("neck", "spine3"),
        ("left_collar", "spine3"),
        ("right_collar", "spine3"),
        ("head", "neck"),
        ("left_shoulder", "left_collar"),
        ("right_shoulder", "right_collar"),
        ("left_elbow", "left_shoulder"),
        ("right_elbow", "right_shoulder"),
        ("left_wrist", "left_elbow"),
        ("right_wrist", "right_elbow"),
        ("left_hand", "left_wrist"),
        ("right_hand", "right_wrist"),
    ],
    centre="pelvis",
)
"""The 24 joints of SMPL (Loper et al. 2015), the layout of HumanAct12."""

KINECT20 = _named(
    "kinect20",
    [
        ("hip_centre", ""),
        ("spine", "hip_centre"),
        ("shoulder_centre", "spine"),
        ("head", "shoulder_centre"),
        ("left_shoulder", "shoulder_centre"),
        ("left_elbow", "left_shoulder"),
        ("left_wrist", "left_elbow"),
        ("left_hand", "left_wrist"),
        ("right_shoulder", "shoulder_centre"),
        ("right_elbow", "right_shoulder"),
        ("right_wrist", "right_elbow"),
        ("right_hand", "right_wrist"),
        ("left_hip", "hip_centre"),
        ("left_knee", "left_hip"),
        ("left_ankle", "left_knee"),
        ("left_foot", "left_ankle"),
        ("right_hip", "hip_centre"),
        ("right_knee", "right_hip"),
        ("right_ankle", "right_knee"),
        ("right_foot", "right_ankle"),
    ],
    centre="hip_centre",
)
"""Kinect v1 (Shotton et al. 2011), the layout of NW-UCLA."""

NTU25 = _named(
    "ntu25",
    [
        ("spine_base", "spine_mid"),
        ("spine_mid", "spine_shoulder"),
        ("neck", "spine_shoulder"),
        ("head", "neck"),
        ("left_shoulder", "spine_shoulder"),
        ("left_elbow", "left_shoulder"),
        ("left_wrist", "left_elbow"),
        ("left_hand", "left_wrist"),
        ("right_shoulder", "spine_shoulder"),
        ("right_elbow", "right_shoulder"),
        ("right_wrist", "right_elbow"),
        ("right_hand", "right_wrist"),
        ("left_hip", "spine_base"),
        ("left_knee", "left_hip"),
        ("left_ankle", "left_knee"),
        ("left_foot", "left_ankle"),
        ("right_hip", "spine_base"),
        ("right_knee", "right_hip"),
        ("right_ankle", "right_knee"),
        ("right_foot", "right_ankle"),
        ("spine_shoulder", ""),
        ("left_hand_tip", "left_hand"),
        ("left_thumb", "left_hand"),
        ("right_hand_tip", "right_hand"),
        ("right_thumb", "right_hand"),
    ],
    centre="spine_shoulder",
)
"""Kinect v2, the layout of NTU RGB+D (Shahroudy et al. 2016, figure 2)."""

HUMANML22 = _named(
    "humanml22",
    [
        (joint, "" if parent < 0 else SMPL24.joints[parent])
        for joint, parent in list(zip(SMPL24.joints, SMPL24.parents, strict=True))[:22]
    ],
    centre="pelvis",
)
"""HumanML3D (Guo et al. 2022): SMPL without the hands."""

COCO17 = _named(
    "coco17",
    [
        ("nose", ""),
        ("left_eye", "nose"),
        ("right_eye", "nose"),
        ("left_ear", "left_eye"),
        ("right_ear", "right_eye"),
        ("left_shoulder", "nose"),
        ("right_shoulder", "nose"),
        ("left_elbow", "left_shoulder"),
        ("right_elbow", "right_shoulder"),
        ("left_wrist", "left_elbow"),
        ("right_wrist", "right_elbow"),
        ("left_hip", "left_shoulder"),
        ("right_hip", "right_shoulder"),
        ("left_knee", "left_hip"),
        ("right_knee", "right_hip"),
        ("left_ankle", "left_knee"),
        ("right_ankle", "right_knee"),
    ],
    centre="nose",
    up=(1, -1),
    unit="px",
    dimensions=2,
)
"""COCO's keypoints (Lin et al. 2014), in the order and with the tree that PYSKL has for them."""

OPENPOSE18 = _named(
    "openpose18",
    [
        ("nose", "neck"),
        ("neck", ""),
        ("right_shoulder", "neck"),
        ("right_elbow", "right_shoulder"),
        ("right_wrist", "right_elbow"),
        ("left_shoulder", "neck"),
        ("left_elbow", "left_shoulder"),
        ("left_wrist", "left_elbow"),
        ("right_hip", "right_shoulder"),
        ("right_knee", "right_hip"),
        ("right_ankle", "right_knee"),
        ("left_hip", "left_shoulder"),
        ("left_knee", "left_hip"),
        ("left_ankle", "left_knee"),
        ("right_eye", "nose"),
        ("left_eye", "nose"),
        ("right_ear", "right_eye"),
        ("left_ear", "left_eye"),
    ],
    centre="neck",
    up=(1, -1),
    unit="px",
    dimensions=2,
)
"""OpenPose's 18 keypoints (Cao et al. 2017), as ST-GCN and PYSKL's ``openpose`` have them."""

VIBE18 = _named(
    "vibe18",
    [
        ("pelvis", ""),
        ("neck", "pelvis"),
        ("right_shoulder", "neck"),
        ("right_elbow", "right_shoulder"),
        ("right_wrist", "right_elbow"),
        ("left_shoulder", "neck"),
        ("left_elbow", "left_shoulder"),
        ("left_wrist", "left_elbow"),
        ("nose", "neck"),
        ("right_hip", "pelvis"),
        ("right_knee", "right_hip"),
        ("right_ankle", "right_knee"),
        ("left_hip", "pelvis"),
        ("left_knee", "left_hip"),
        ("left_ankle", "left_knee"),
        ("left_heel", "left_ankle"),
        ("right_heel", "right_ankle"),
        ("head_top", "nose"),
    ],
    centre="pelvis",
    up=(1, -1),
)
"""18 of VIBE's joints (Kocabas et al. 2020) as Action2Motion re-rooted them for NTU-VIBE; VIBE's
camera looks along +z with y down."""

BLAZEPOSE33 = _named(
    "blazepose33",
    [
        ("nose", ""),
        ("left_eye_inner", "nose"),
        ("left_eye", "left_eye_inner"),
        ("left_eye_outer", "left_eye"),
        ("right_eye_inner", "nose"),
        ("right_eye", "right_eye_inner"),
        ("right_eye_outer", "right_eye"),
        ("left_ear", "left_eye_outer"),
        ("right_ear", "right_eye_outer"),
        ("left_mouth", "nose"),
        ("right_mouth", "nose"),
        ("left_shoulder", "nose"),
        ("right_shoulder", "nose"),
        ("left_elbow", "left_shoulder"),
        ("right_elbow", "right_shoulder"),
        ("left_wrist", "left_elbow"),
        ("right_wrist", "right_elbow"),
        ("left_pinky", "left_wrist"),
        ("right_pinky", "right_wrist"),
        ("left_index", "left_wrist"),
        ("right_index", "right_wrist"),
        ("left_thumb", "left_wrist"),
        ("right_thumb", "right_wrist"),
        ("left_hip", "left_shoulder"),
        ("right_hip", "right_shoulder"),
        ("left_knee", "left_hip"),
        ("right_knee", "right_hip"),
        ("left_ankle", "left_knee"),
        ("right_ankle", "right_knee"),
        ("left_heel", "left_ankle"),
        ("right_heel", "right_ankle"),
        ("left_foot", "left_ankle"),
        ("right_foot", "right_ankle"),
    ],
    centre="nose",
    up=(1, -1),
)
"""BlazePose's landmarks (Bazarevsky et al. 2020) as MediaPipe's world landmarks have them: metres,
y down. It has no spine, so shoulders and hips hang on the nose."""

SKELETONS = {
    skeleton.name: skeleton
    for skeleton in (
        *(SMPL24, KINECT20, NTU25, HUMANML22),
        *(COCO17, OPENPOSE18, VIBE18, BLAZEPOSE33),
    )
}


def skeletons_of(joints: int) -> tuple[Skeleton, ...]:
    """The built-in skeletons of so many joints."""
    return tuple(one for one in SKELETONS.values() if len(one) == joints)


def skeleton_named(name: str) -> Skeleton:
    """A built-in skeleton; :class:`InputError` names the nearest one when there is none."""
    if name not in SKELETONS:
        raise unknown_name("skeleton", name, SKELETONS)
    return SKELETONS[name]
