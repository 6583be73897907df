"""A test double of a Python with torch: answers how many GPUs there are, and starts one process a
GPU as torch.distributed.launch does, each in a session of its own."""

import os
import subprocess
import sys


def launch(words: list[str]) -> int:
    count = int(words.pop(0).removeprefix("--nproc_per_node="))
    port = words.pop(0).removeprefix("--master_port=")
    workers = [
        subprocess.Popen(
            [sys.executable, *words, f"--local-rank={rank}"],
            env={**os.environ, "RANK": str(rank), "WORLD_SIZE": str(count), "MASTER_PORT": port},
            start_new_session=True,
        )
        for rank in range(count)
    ]
    codes = [worker.wait() for worker in workers]
    if any(codes):
        name = "torch.distributed.elastic.multiprocessing.errors.ChildFailedError: "
        print(f"Traceback (most recent call last):\n{name}\n{'=' * 60}\nFAILED\n{'=' * 60}")
    return int(any(codes))


if __name__ == "__main__":
    if sys.argv[1] == "-c":
        print(os.environ.get("FAKE_GPUS", "1"))
    else:
        assert sys.argv[1:3] == ["-m", "torch.distributed.launch"], sys.argv
        sys.exit(launch(sys.argv[3:]))
