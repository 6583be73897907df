"""NTU RGB+D 60 and 120 as PYSKL publishes them: one annotation file each."""

from __future__ import annotations

from pathlib import Path

from skeletons.data_root import data_folder
from skeletons.datasets import Data
from skeletons.datasets.recordings import AnnotationFile
from skeletons.errors import InputError
from skeletons.layouts import NTU25


class NTU60:
    """NTU RGB+D: 60 actions, 40 people, 3 cameras (Shahroudy et al. 2016)."""

    name = "ntu60"
    summary = "NTU RGB+D, real Kinect v2 clips: 60 actions, 40 people (PYSKL's file)"
    protocols: tuple[str, ...] = ("xsub", "xview")
    file = "ntu60_3danno.pkl"

    def load(self, protocol: str, data_root: Path | None) -> Data:
        """The clips of one person, the one of most motion, as ``pyskl:FILE`` reads them."""
        return self._source(data_root).load(protocol or self.protocols[0], data_root)

    def identity(self, protocol: str, data_root: Path | None) -> str:
        """SHA-256 of the protocol and of what the file holds."""
        return self._source(data_root).identity(protocol or self.protocols[0], data_root)

    def _source(self, data_root: Path | None) -> AnnotationFile:
        root = data_folder(self.name, data_root, f"{self.name}/{self.file}")
        for path in (root / self.name / self.file, root / self.file):
            if path.is_file():
                return AnnotationFile(path, NTU25)
        raise InputError(
            f"{self.name}: there is no {root / self.name / self.file}: PYSKL's page of "
            "data sets links it, its owners (rose1.ntu.edu.sg) ask for a registration"
        )


class NTU120(NTU60):
    """NTU RGB+D 120: 120 actions, 106 people, 32 setups (Liu et al. 2019)."""

    name = "ntu120"
    summary = "NTU RGB+D 120, real Kinect v2 clips: 120 actions, 106 people (PYSKL's file)"
    protocols: tuple[str, ...] = ("xsub", "xset")
    file = "ntu120_3danno.pkl"
