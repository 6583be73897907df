"""NTU-VIBE: 13 actions of NTU RGB+D as VIBE saw them, 18 joints."""

from __future__ import annotations

from pathlib import Path

from skeletons.data_root import data_folder
from skeletons.datasets import Data, check_protocol
from skeletons.datasets.partition import tested
from skeletons.datasets.preparing import prepare
from skeletons.datasets.recordings import BY_SUBJECT, as_data, check_parts
from skeletons.errors import InputError
from skeletons.formats import ntu, ntu_vibe
from skeletons.formats.archives import files_of, identity_of

ENDINGS = ("", ".zip", ".tar", ".tar.gz")
"""Of the folder's name where it is packed."""


class NtuVibe:
    """Action2Motion's second data set (Guo et al. 2020), by the people of NTU RGB+D 120's
    cross-subject protocol: nobody published a split of it."""

    name = "ntu_vibe"
    summary = "NTU-VIBE (NTU13), joints by VIBE from video: 13 actions, 18 joints (Action2Motion)"
    protocols: tuple[str, ...] = ("xsub", BY_SUBJECT)

    def load(self, protocol: str, data_root: Path | None) -> Data:
        """The clips of the files below the data root; :class:`InputError` says what is missing."""
        chosen = check_protocol(self, protocol)
        prepared = prepare(ntu_vibe.read(self._source(data_root)))
        notes = []
        if chosen == BY_SUBJECT:
            test, told = tested(prepared.clips, self.name)
            notes.append(told)
        else:
            test = ~ntu.training_part(prepared.clips.ids.tolist(), chosen)
        check_parts(test, f"{self.name}: protocol {chosen}", f"take --data-protocol {BY_SUBJECT}")
        return as_data(prepared, test, None, chosen, self.name, notes)

    def identity(self, protocol: str, data_root: Path | None) -> str:
        """SHA-256 of the protocol and of the files' names and bytes."""
        source = self._source(data_root)
        files = (one for ending in (".npy", ".pkl") for one in files_of(source, ending, self.name))
        return identity_of(files, protocol or self.protocols[0])

    def _source(self, data_root: Path | None) -> Path:
        root = data_folder(self.name, data_root, f"{self.name}/{ntu_vibe.EXAMPLE}")
        for ending in ENDINGS:
            path = root / f"{self.name}{ending}"
            if path.exists():
                return path
        raise InputError(
            f"{self.name}: there is no {root / self.name}: its authors no longer give it "
            f"out; whoever holds it puts the files there, named like {ntu_vibe.EXAMPLE}"
        )
