"""Ray as an engine: each babysitter is a task of its own process."""

from __future__ import annotations

from collections.abc import Collection
from concurrent.futures import Future
from typing import Any

from benchmark.engine.executors.babysitter import Call, babysit
from benchmark.engine.needs import Needs
from benchmark.engine.outcomes import Outcome, UsageError


class RayEngine:
    """Babysitters in a Ray cluster. Nothing but their outcomes passes through its object store.

    Args:
        address: ``HOST:PORT`` or ``ray://HOST:PORT``; empty takes the cluster of ``RAY_ADDRESS``,
            one that runs on this machine, or starts one here.

    Raises:
        ConnectionError: there is no cluster at the address, or none could be started here.
    """

    asks = True

    def __init__(self, address: str = "") -> None:
        import ray

        try:
            ray.init(address or None, log_to_driver=False, logging_level="ERROR")
        except Exception as error:  # of Ray's own kinds, and of none
            raise ConnectionError(f"{error}") from error
        nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
        self._largest = {
            name: max(float(node.get(name, 0.0)) for node in nodes)
            for name in ("CPU", "GPU", "memory")
        }
        self.slots = 2 * max(1, int(sum(node.get("CPU", 0.0) for node in nodes)))
        # one try: whether a stage is begun again is not Ray's to say; one call a process
        self._babysit = ray.remote(max_retries=0, max_calls=1)(babysit)
        self._tasks: dict[Future[Outcome], Any] = {}

    def submit(self, call: Call, needs: Needs) -> Future[Outcome]:
        """Queue a task, which asks for no more memory and cores than the largest node has."""
        if needs.gpus > self._largest["GPU"]:
            raise UsageError(
                f"no node of the Ray cluster has {needs.gpus} GPU: take --device cpu, or gpus=0"
            )
        task = self._babysit.options(
            num_cpus=min(needs.cores, self._largest["CPU"]),
            num_gpus=needs.gpus,
            memory=int(min(needs.memory_gb * 2**30, self._largest["memory"])),
        ).remote(call)
        future: Future[Outcome] = task.future()
        self._tasks[future] = task
        future.add_done_callback(lambda done: self._tasks.pop(done, None))
        return future

    def stop(self, futures: Collection[Future[Outcome]]) -> None:
        """Kill the processes of tasks, and drop those that have none."""
        import ray

        for future in futures:
            if (task := self._tasks.get(future)) is not None:
                ray.cancel(task, force=True)

    def close(self) -> None:
        """Leave the cluster; one that was started here ends."""
        import ray

        ray.shutdown()
