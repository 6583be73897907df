"""Seeds derived by name, so that no result depends on the order in which things ran."""

from __future__ import annotations

import hashlib

import numpy as np


def derive_seed(*names: object) -> int:
    """A 63-bit seed from the names of what it is for, such as ``("ddpm", "10pct", "fit", 0)``.

    Equal names give equal seeds on every machine; any other name gives an unrelated seed. A numpy
    number is the Python number that it holds.
    """
    text = "\x1f".join(_spelt(name) for name in names)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def _spelt(name: object) -> str:
    plain = name.item() if isinstance(name, np.generic) else name
    return f"{type(plain).__name__}:{plain}".replace("\x1f", "\x1f\x1f")


def named_rng(*names: object) -> np.random.Generator:
    """A numpy generator (PCG64) seeded by :func:`derive_seed`."""
    return np.random.Generator(np.random.PCG64(derive_seed(*names)))
