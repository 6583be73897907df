"""What is known of published data sets: where their files are, or who gives them, and where each
file goes below the data root."""

from __future__ import annotations

from dataclasses import dataclass

OPENMMLAB = "https://download.openmmlab.com/mmaction/pyskl/data/nturgbd"
NTU_PAGE = "https://rose1.ntu.edu.sg/dataset/actionRecognition/"
NTU_TERMS = "its owners ask for a registration and for academic use"


@dataclass(frozen=True)
class PublishedFile:
    """A file that can be fetched.

    Attributes:
        name: in the set's folder.
        urls: where it lies, the first first; the others are mirrors of it.
        sha256: as published, in hex; empty where none is published that we know.
    """

    name: str
    urls: tuple[str, ...]
    sha256: str = ""


@dataclass(frozen=True)
class Expected:
    """Files that somebody puts into place.

    Attributes:
        pattern: of their names, below the set's folder.
        count: how many there are when all are.
        what: what they are, and what they come in.
        packed: names of archives that may stand there in their place.
    """

    pattern: str
    count: int
    what: str
    packed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Published:
    """A published set; its folder below the data root has its name.

    Attributes:
        summary: what it is.
        files: what can be fetched; empty for a set that is given on request.
        expected: what must be there, for a set that is given on request.
        page: where it is asked for.
        terms: what its owners ask for.
        source: how it is then named to ``--dataset``, with ``{folder}`` for its folder.
    """

    summary: str
    files: tuple[PublishedFile, ...] = ()
    expected: tuple[Expected, ...] = ()
    page: str = ""
    terms: str = ""
    source: str = ""


def _annotations(name: str, people: str) -> Published:
    return Published(
        f"PYSKL's 3D annotations of {people}: 25 joints, one pickle with the splits",
        files=(PublishedFile(f"{name}.pkl", (f"{OPENMMLAB}/{name}.pkl",)),),
        page=NTU_PAGE,
        terms=NTU_TERMS,
        source=f"pyskl:{{folder}}/{name}.pkl",
    )


PUBLISHED: dict[str, Published] = {
    "ntu60_3danno": _annotations("ntu60_3danno", "NTU RGB+D 60"),
    "ntu120_3danno": _annotations("ntu120_3danno", "NTU RGB+D 120"),
    "ntu60": Published(
        "NTU RGB+D 60, the raw skeletons",
        expected=(
            Expected("**/S0*.skeleton", 56_880, "skeletons of nturgbd_skeletons_s001_to_s017.zip"),
        ),
        page=NTU_PAGE,
        terms=NTU_TERMS,
        source="ntu:{folder}",
    ),
    "ntu120": Published(
        "NTU RGB+D 120, the raw skeletons",
        expected=(
            Expected(
                "**/S0*.skeleton",
                114_480,
                "skeletons of nturgbd_skeletons_s001_to_s017.zip and "
                "nturgbd_skeletons_s018_to_s032.zip",
            ),
        ),
        page=NTU_PAGE,
        terms=NTU_TERMS,
        source="ntu:{folder}",
    ),
    "humanact12": Published(
        "HumanAct12: 12 actions, 24 joints of SMPL",
        expected=(Expected("**/P*G*R*F*T*A*.npy", 1_191, "clips of HumanAct12.zip"),),
        page="https://ericguo5513.github.io/action-to-motion/",
        terms="its authors share it through a file host, for research",
        source="humanact12:{folder}",
    ),
    "nw_ucla": Published(
        "Northwestern-UCLA: 10 actions, 20 joints of Kinect",
        expected=(
            Expected(
                "all_sqe/a*_s*_e*_v*.json",
                1_484,
                "clips of all_sqe.zip",
                packed=("all_sqe.zip", "all_sqe.tar.xz"),
            ),
        ),
        page="https://github.com/Uason-Chen/CTR-GCN#nw-ucla",
        terms="the archive lies behind a link to a drive, which a program cannot follow",
        source="nw_ucla",
    ),
}
