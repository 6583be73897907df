"""Slurm as an engine, by way of submitit, which can do the same on this machine without Slurm.

What becomes ready within a second and needs the same goes into one job array. Whether a job has
ended is seen by its result, or by its absence from ``squeue``: ``sacct``, which not every cluster
has, is not asked.
"""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Collection
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from benchmark.engine.executors.babysitter import Call, babysit
from benchmark.engine.needs import Needs
from benchmark.engine.outcomes import OK, SKIPPED, LostError, Outcome

SECONDS_BETWEEN_LOOKS = 1.0
LOOKS_BETWEEN_QUEUES = 10
"""How many looks after results come before the queue is asked once."""
LEAST_MINUTES, MORE_MINUTES = 15, 5
"""Of a job: submitit's signals misfire in shorter ones; and what its babysitter has to end it."""
QUEUED = 256


class Requeued:
    """What a job calls. Where Slurm takes its node away, the job is queued again."""

    def __call__(self, call: Call) -> Outcome:
        """Carry the babysitter out."""
        return babysit(call)

    def checkpoint(self, call: Call) -> Any:
        """What the job does when it comes again; the stage goes on from its own checkpoints."""
        from submitit.helpers import DelayedSubmission

        return DelayedSubmission(self, call)


class SubmititEngine:
    """Babysitters as jobs of submitit.

    Args:
        folder: of jobs and their logs, seen by all nodes. Only the logs of jobs that did not end
            well stay there.
        cluster: ``slurm`` or ``local``.
        slots: how many may be queued or run at once.
        partition: of Slurm; empty takes the cluster's default.
    """

    asks = True

    def __init__(
        self, folder: Path, cluster: str, slots: int = QUEUED, partition: str = ""
    ) -> None:
        from submitit import AutoExecutor

        self.slots = slots
        self._folder = folder
        self._slurm = cluster == "slurm"
        self._executor = AutoExecutor(folder=folder, cluster=cluster)
        self._partition = {"slurm_partition": partition} if partition else {}
        self._waiting: list[tuple[Future[Outcome], Call, Needs]] = []
        self._jobs: dict[Future[Outcome], Any] = {}
        self._all_well = True
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def submit(self, call: Call, needs: Needs) -> Future[Outcome]:
        """Queue a job, together with what comes at the same time."""
        future: Future[Outcome] = Future()
        with self._lock:
            self._waiting.append((future, call, needs))
        return future

    def stop(self, futures: Collection[Future[Outcome]]) -> None:
        """Cancel jobs."""
        with self._lock:
            self._waiting = [one for one in self._waiting if one[0] not in futures]
            jobs = [self._jobs.pop(future, None) for future in futures]
        for future, job in zip(futures, jobs, strict=True):
            if job is not None:
                job.cancel(check=False)
            _end(future, LostError("its job was cancelled"))

    def close(self) -> None:
        """Look no more after jobs; their folder goes if all have ended well."""
        self._closing.set()
        self._thread.join()
        if self._all_well and not self._jobs:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _serve(self) -> None:
        looks = 0
        while not self._closing.wait(SECONDS_BETWEEN_LOOKS):
            looks += 1
            self._submit_wave()
            gone = self._gone() if looks % LOOKS_BETWEEN_QUEUES == 0 or not self._slurm else set()
            for future, job in list(self._jobs.items()):
                if job.paths.result_pickle.exists() or job.job_id in gone:
                    self._take(future, job)

    def _submit_wave(self) -> None:
        """Submit what has come since the last look, one array for all that need the same."""
        with self._lock:
            wave, self._waiting = self._waiting, []
            for needs in dict.fromkeys(needs for _, _, needs in wave):
                alike = [(future, call) for future, call, own in wave if own == needs]
                try:
                    self._executor.update_parameters(**self._parameters(needs))
                    with self._executor.batch():
                        jobs = [self._executor.submit(Requeued(), call) for _, call in alike]
                except Exception as error:  # sbatch refused, or is not to be had now
                    self._all_well = False
                    for future, _ in alike:
                        _end(future, error)
                    continue
                for (future, _), job in zip(alike, jobs, strict=True):
                    self._jobs[future] = job

    def _parameters(self, needs: Needs) -> dict[str, Any]:
        parameters: dict[str, Any] = {
            "name": "skelgenbench",
            "timeout_min": int(max(needs.minutes + MORE_MINUTES, LEAST_MINUTES)),
            "mem_gb": needs.memory_gb,
            "cpus_per_task": needs.cores,
        }
        if needs.gpus:
            parameters["gpus_per_node"] = needs.gpus
        if self._slurm:
            parameters |= {"slurm_array_parallelism": self.slots, **self._partition}
        return parameters

    def _gone(self) -> set[str]:
        """Ids of jobs that are no longer queued or under way."""
        if not self._slurm:
            return {job.job_id for job in self._jobs.values() if job.done()}
        known = {job.job_id for job in self._jobs.values()}
        if not known:
            return set()
        command = ["squeue", "--me", "--noheader", "--array", "--format=%i"]
        try:
            listed = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
        except (OSError, subprocess.SubprocessError):
            return set()  # the controller is busy, or away for a while
        return known - set(listed.stdout.split())

    def _take(self, future: Future[Outcome], job: Any) -> None:
        """Take in the result of a job that has ended, or that there will be none."""
        with self._lock:
            if self._jobs.pop(future, None) is None:
                return
        if not job.paths.result_pickle.exists():
            self._all_well = False
            log = (job.stderr() or "").strip().splitlines()
            _end(future, LostError(f"job {job.job_id} is gone; {' '.join(log[-1:])}"))
            return
        try:
            outcome: Outcome = job.result()
        except Exception as error:
            self._all_well = False
            _end(future, error)
            return
        if outcome.status in (OK, SKIPPED):
            for path in (job.paths.stdout, job.paths.stderr):
                path.unlink(missing_ok=True)
        else:
            self._all_well = False
        for path in (job.paths.submitted_pickle, job.paths.result_pickle):
            path.unlink(missing_ok=True)
        if future.set_running_or_notify_cancel():
            future.set_result(outcome)


def _end(future: Future[Outcome], error: Exception) -> None:
    if not future.done() and future.set_running_or_notify_cancel():
        future.set_exception(error)
