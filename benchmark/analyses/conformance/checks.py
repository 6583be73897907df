"""All promises of a generator, and how they are checked one by one."""

from __future__ import annotations

import functools
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmark.analyses.conformance.candidate import (
    BrokenPromiseError,
    Candidate,
    NotApplicableError,
)
from benchmark.analyses.conformance.follows_data import check_follows_data
from benchmark.analyses.conformance.repeatability import (
    check_deterministic,
    check_files,
    check_saves,
    check_seeds_differ,
)
from benchmark.analyses.conformance.resume import check_resumes
from benchmark.analyses.conformance.samples import (
    UNIT_FACTOR,
    check_clips,
    check_fits,
    check_fits_on_one,
    check_labels,
    check_lengths,
    check_unit,
)
from benchmark.analyses.conformance.side_effects import (
    check_clips_untouched,
    check_memory,
    check_parameters,
    check_random_state,
    check_unfitted_label,
)
from skeletons.errors import InputError

OK, FAILED, SKIPPED = "ok", "failed", "skipped"


@dataclass(frozen=True)
class Check:
    """A promise: its name, what is asked, and the function that raises where it is broken."""

    name: str
    description: str
    function: Callable[[Candidate], None]


@dataclass(frozen=True)
class CheckResult:
    """What came out: ``ok``, ``failed`` or ``skipped``, and why.

    ``traceback`` is that of an exception which nobody foresaw, from the generator's own code on.
    """

    check: Check
    status: str
    reason: str = ""
    traceback: str = ""
    seconds: float = 0.0


def run_checks(candidate: Candidate) -> Iterator[CheckResult]:
    """Make all checks in order; each result comes as soon as it is there."""
    for check in CHECKS:
        yield run_check(candidate, check)


def run_check(candidate: Candidate, check: Check) -> CheckResult:
    """Make one check; every exception but ``KeyboardInterrupt`` is a result."""
    start = time.perf_counter()
    status, reason, trace = OK, "", ""
    try:
        check.function(candidate)
    except NotApplicableError as error:
        status, reason = SKIPPED, str(error)
    except (BrokenPromiseError, InputError) as error:
        status, reason = FAILED, str(error)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a user's generator may raise anything, SystemExit too
        text = " ".join(str(error).split())
        status, reason = FAILED, f"{type(error).__name__}: {text}".removesuffix(": ")
        trace = users_traceback(error)
    return CheckResult(check, status, reason, trace, time.perf_counter() - start)


def users_traceback(error: BaseException) -> str:
    """The traceback without the frames of the checks themselves at its beginning, nor those of a
    cached property of theirs."""
    ours, cached = Path(__file__).parent, Path(functools.__file__)
    trace = error.__traceback__
    while trace and trace.tb_next:
        file = Path(trace.tb_frame.f_code.co_filename)
        if file.parent != ours and file != cached:
            break
        trace = trace.tb_next
    return "".join(traceback.format_exception(type(error), error, trace))


CHECKS = (
    Check("fits", "3 clips a class, one of 1 frame, one of 2", check_fits),
    Check("fits on 1", "1 clip a class", check_fits_on_one),
    Check("labels", "each in the order asked: mixed, repeated, 1, none", check_labels),
    Check("clips", "same skeleton and classes, finite, unique ids", check_clips),
    Check("unit", f"bones within a factor of {UNIT_FACTOR:.0f} of real ones", check_unit),
    Check("lengths", "as the class's real ones, and not all the same", check_lengths),
    Check("deterministic", "same seeds, same clips, bit for bit", check_deterministic),
    Check("follows its data", "other clips, other samples", check_follows_data),
    Check("not constant", "another seed, other clips", check_seeds_differ),
    Check("save and load", "the loaded one gives the same clips, bit for bit", check_saves),
    Check("files", "data only: no pickles, no code", check_files),
    Check("resumes", "an interrupted fit goes on from its checkpoint", check_resumes),
    Check("memory", "more samples take no more, but for the clips", check_memory),
    Check("parameters", "a wrong one is refused in one clear line", check_parameters),
    Check("clips untouched", "fit and sample change nothing they are given", check_clips_untouched),
    Check("random state", "the global ones of numpy, torch and Python stay", check_random_state),
    Check("unfitted label", "no clips of a class: an InputError, or served", check_unfitted_label),
)
