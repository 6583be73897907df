"""Where data sets lie."""

from __future__ import annotations

import os
from pathlib import Path

from skeletons.errors import InputError


def data_folder(name: str, data_root: Path | None, holds: str = "") -> Path:
    """The folder of data sets: ``data_root``, else what ``SKELGENBENCH_DATA`` says.

    Args:
        name: of the data set that is looked for.
        holds: what of it the folder should hold, for the message.

    Raises:
        InputError: neither is given.
    """
    chosen = data_root or os.environ.get("SKELGENBENCH_DATA")
    if not chosen:
        which = f" to the folder that holds {holds}" if holds else ""
        raise InputError(
            f"{name}: no data folder is known: give --data-root or set SKELGENBENCH_DATA{which}"
        )
    return Path(chosen)
