"""What a command, or a run, says to the shell that started it."""

from __future__ import annotations

DONE = 0
SOME_FAILED = 1
"""Some rows, checks or requirements are not as they should be; the others are done."""
BAD_INPUT = 2
"""Something that the user can mend, in one line that begins with ``error:``."""
INTERRUPTED = 130
