"""New processes at little cost: forks of one that has imported what takes seconds, and done nothing
else. ``tests/test_docs.py`` and the tests of executors start real ones."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.context import ForkServerContext

IMPORTED = [
    "torch",
    "torch._dynamo",
    "benchmark.analyses.conformance.follows_data",
    "tests.benchmark.engine.killed_run",
]
"""The first step of a torch optimiser imports the compiler, which takes as long as torch itself."""


def forks() -> ForkServerContext:
    """Makes processes that have imported these modules and called nothing in them."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(IMPORTED)
    return context


def forking_pool(workers: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(workers, mp_context=forks())
