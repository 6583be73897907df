"""``kill -9`` in the middle of every kind of stage, then the same command again."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from benchmark.experiment.kinds import KINDS
from tests.benchmark.engine.killed_run import tiny_run_with
from tests.new_processes import forks

IN_ORDER_OF_WORK = (
    "data",
    "fit",
    "pretrain",
    "sample",
    "downstream",
    "featurise",
    "measure",
    "score",
    "tables",
    "pictures",
)
NOT_IN_A_RUN = {
    *("adopt", "weights", "fuse", "represent", "two_sample", "foreign", "cut"),
    *("classifier", "select", "teacher", "soft_labels", "pseudo_labels"),
    "downstream_online",
}
"""They copy files that the user names, encode clips, add up what is stored, are asked for alone, or
train as a judge does: nothing is ever half done, or such runs lack other stages."""
CSVS = ("metrics.csv", "summary.csv", "downstream.csv", "predictions.csv")
COMMAND = [sys.executable, "-m", "tests.benchmark.engine.killed_run"]
ROOT = Path(__file__).parents[3]


def _finish(out: Path) -> str:
    done = subprocess.run([*COMMAND, str(out)], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def _kill_in(kind: str, out: Path, note: Path) -> None:
    """Start the run, kill it when a stage of this kind is half done, and see its workers gone."""
    note.unlink(missing_ok=True)
    environment = {"PAUSE_IN": kind, "PAUSE_NOTE": str(note)}
    process = forks().Process(target=tiny_run_with, args=(environment, out))
    process.start()
    end = time.monotonic() + 90
    while not (note.exists() and note.read_text()):
        assert time.monotonic() < end, f"no stage of kind '{kind}' was reached"
        assert process.is_alive(), f"the run ended before a stage of kind '{kind}'"
        time.sleep(0.02)
    process.kill()
    process.join()
    worker = int(note.read_text())
    while _alive(worker):
        assert time.monotonic() < end, "a worker outlived its parent"
        time.sleep(0.02)


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_run_killed_in_every_stage_ends_with_the_bytes_of_an_undisturbed_one(
    tmp_path: Path,
) -> None:
    undisturbed, killed = tmp_path / "undisturbed", tmp_path / "killed"
    assert _finish(undisturbed).startswith("ok")
    assert set(IN_ORDER_OF_WORK) == set(KINDS) - NOT_IN_A_RUN, "a kind of stage that nobody kills"
    for kind in IN_ORDER_OF_WORK:
        _kill_in(kind, killed, tmp_path / "note")
        assert not list(killed.glob("runs/*/summary.csv"))
    assert _finish(killed).startswith("ok")
    folder = next(undisturbed.glob("runs/*"))
    for name in CSVS:
        expected = (folder / name).read_bytes()
        assert (killed / "runs" / folder.name / name).read_bytes() == expected
    done, made, *heavy = _finish(killed).split()
    assert (done, made) == ("ok", "0")
    assert not {"torch", "matplotlib"} & set(heavy), "a run that is done imports what it needs not"


def test_two_processes_that_share_a_store_make_every_artefact_once(tmp_path: Path) -> None:
    command = [*COMMAND, str(tmp_path)]
    processes = [
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    outputs = [process.communicate(timeout=60)[0].split() for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert [output[0] for output in outputs] == ["ok", "ok"]
    stages = len(list(tmp_path.glob("store/*/*/meta.json"))) - len(
        list(tmp_path.glob("store/part/*/meta.json"))
    )
    assert sum(int(output[1]) for output in outputs) == stages
