"""How a recognizer is asked for: ``stgcn++``, ``stgcn++@bone``, ``pyskl:ctrgcn@4s``. Imports no
torch."""

from __future__ import annotations

from dataclasses import dataclass

from skeletons.errors import InputError, unknown_name

STREAMS = {
    "joint": "coordinates of the joints",
    "bone": "each joint seen from its neighbour towards the centre",
    "joint_motion": "what the joints do until the next frame",
    "bone_motion": "what the bones do until the next frame",
}
FUSIONS = {
    "2s": {"joint": 1, "bone": 1},
    "4s": {"joint": 2, "bone": 2, "joint_motion": 1, "bone_motion": 1},
}
"""Weights of the streams' scores, as PYSKL has them (``configs/stgcn++/README.md``, note 2)."""

PYSKL = "pyskl"


@dataclass(frozen=True)
class RecognizerName:
    """A network, where it comes from, and the streams that it sees.

    Attributes:
        network: a name of ours or of PYSKL's, or ``package.module:Class``.
        backend: ``pyskl`` for PYSKL's own network, else nothing.
        streams: one, or several of which each has a network of its own and whose scores are added.
        fusion: what several streams are called.
    """

    network: str
    backend: str = ""
    streams: tuple[str, ...] = ("joint",)
    fusion: str = ""

    @classmethod
    def parse(cls, text: str) -> RecognizerName:
        """``NAME``, ``pyskl:NAME`` or ``package.module:Class``; after it perhaps ``@`` and a
        stream, ``2s``, ``4s``, or streams joined by ``+``.

        Raises:
            InputError: an unknown stream, or one named twice. Whether there is such a network is
                for :func:`recognizers.registry.check_recognizer` to say.
        """
        base, mark, shown = text.partition("@")
        before, colon, after = base.partition(":")
        backend, network = (before, after) if colon and before == PYSKL else ("", base)
        if not mark:
            return cls(network, backend)
        if shown in FUSIONS:
            return cls(network, backend, tuple(FUSIONS[shown]), shown)
        streams = shown.split("+")
        for stream in streams:
            if stream not in STREAMS:
                raise unknown_name(f"stream of {base}", stream, (*STREAMS, *FUSIONS))
        if len(set(streams)) < len(streams):
            raise InputError(f"recognizer '{text}' names a stream twice")
        in_order = tuple(stream for stream in STREAMS if stream in streams)
        if in_order == tuple(FUSIONS["2s"]):
            return cls(network, backend, in_order, "2s")
        return cls(network, backend, in_order, "+".join(in_order) if len(in_order) > 1 else "")

    @property
    def base(self) -> str:
        """The name without its streams."""
        return f"{self.backend}:{self.network}" if self.backend else self.network

    @property
    def text(self) -> str:
        """The name that :meth:`parse` reads, in one way of writing it."""
        shown = self.fusion or self.streams[0]
        return self.base if shown == "joint" else f"{self.base}@{shown}"

    @property
    def parts(self) -> dict[RecognizerName, int]:
        """The name of each stream and the weight of its scores; itself for a single stream."""
        if not self.fusion:
            return {self: 1}
        weights = FUSIONS.get(self.fusion, {})
        return {
            RecognizerName(self.network, self.backend, (stream,)): weights.get(stream, 1)
            for stream in self.streams
        }
