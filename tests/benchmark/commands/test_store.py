from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from benchmark.commands.app import run_command_line
from benchmark.engine import writers
from benchmark.engine.executors.inline import InlineExecutor
from benchmark.engine.scheduler import Scheduler, StageResult
from benchmark.engine.store import Store
from benchmark.engine.task import Surroundings
from benchmark.engine.writers import Mark
from tests.benchmark.engine.steps import plan, stage


def _run(out: Path, name: str, number: int) -> dict[str, StageResult]:
    """A run of two stages, of which the folder names the last."""
    stages = plan(
        stage("one", "number", parameters={"number": number}), stage("two", "halve", "one")
    )
    results = Scheduler(stages, Surroundings(out / "store")).run(lambda count: InlineExecutor())
    folder = out / "runs" / name
    folder.mkdir(parents=True, exist_ok=True)
    rows = [{"stage": "two", "key": results["two"].key}]
    (folder / "run.json").write_text(json.dumps({"stages": rows}))
    return results


def _told(capsys: pytest.CaptureFixture[str], out: Path, *more: str) -> dict[str, Any]:
    assert run_command_line(["store", "--out", str(out), "--json", *more]) == 0
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return told


@pytest.fixture
def out(tmp_path: Path) -> Path:
    _run(tmp_path, "kept", 10)
    _run(tmp_path, "lost", 20)
    (tmp_path / "runs" / "lost" / "run.json").unlink()
    (tmp_path / "runs" / "lost").rmdir()
    return tmp_path


def test_kinds_are_counted_with_sizes_and_what_no_run_needs(
    out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = _told(capsys, out)
    kinds = {row["kind"]: row for row in told["kinds"]}
    assert (kinds["number"]["count"], kinds["number"]["unneeded"]) == (2, 1)
    files = [path for path in (out / "store" / "number").rglob("*") if path.is_file()]
    assert kinds["number"]["bytes"] == sum(path.stat().st_size for path in files)
    assert kinds["number"]["last_use"].startswith("20")
    assert kinds["contents"]["unneeded"] == 0
    assert {row["kind"] for row in told["unneeded"]} == {"number", "halve", "locks"}
    assert told["deleted"] == 0


def test_nothing_is_deleted_without_yes(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = sorted(out.rglob("*"))
    for more in ([], ["--delete", "unneeded"], ["--yes"]):
        assert run_command_line(["store", "--out", str(out), *more]) == 0
        assert "4 unneeded" in capsys.readouterr().out
    assert sorted(out.rglob("*")) == before


def test_what_a_run_refers_to_and_what_that_was_made_from_stays(
    out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = _told(capsys, out, "--delete", "unneeded", "--yes")
    assert told["deleted"] == len(told["unneeded"]) > 0
    results = _run(out, "kept", 10)
    assert all(row.cached for row in results.values())
    assert not any(row.cached for row in _run(out, "lost", 20).values())
    assert _told(capsys, out)["unneeded"] == []
    assert not list((out / "store" / "partial").iterdir())


def test_what_a_run_under_way_needs_stays(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lost = next(row["name"] for row in _told(capsys, out)["unneeded"] if row["kind"] == "halve")
    with Store(out / "store").hold() as held:
        assert _told(capsys, out)["unneeded"] == [], "it has not said yet what it needs"
        held.say(keys=[lost])
        assert _told(capsys, out, "--delete", "unneeded", "--yes")["deleted"] == 0
    assert _told(capsys, out, "--delete", "unneeded", "--yes")["deleted"] > 0


def test_what_a_living_process_writes_stays_and_what_a_dead_one_left_goes(
    out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store, key = Store(out / "store"), "d" * 64
    code = (
        "import sys, time; from pathlib import Path; from benchmark.engine.store import Store\n"
        f"with Store(Path(sys.argv[1])).claim('fit', '{key}') as claim:\n"
        "    claim.scratch.mkdir(parents=True); (claim.scratch / 'it').touch()\n"
        "    with Store(Path(sys.argv[1])).claim('part', 'e' * 64) as part:\n"
        "        part.complete({})\n"
        "    print('begun', flush=True); time.sleep(100)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(store.root)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        _told(capsys, out, "--delete", "unneeded", "--yes")
        assert store.scratch(key).exists()
        assert len(list((store.root / "partial").iterdir())) == 1
        assert store.find("part", "e" * 64) is not None, "the fit that made it is not done yet"
        process.kill()
    kinds = {row["kind"] for row in _told(capsys, out, "--delete", "unneeded", "--yes")["unneeded"]}
    assert {"partial", "writers", "scratch", "part"} <= kinds
    assert not store.scratch(key).exists()


def test_writers_of_other_hosts_are_watched_and_a_day_is_given_them(
    out: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writers, "SECONDS_OF_SILENCE", 0.1)
    mark = out / "store" / "writers" / f"fit-{'d' * 64}.elsewhere-00000000.1-2.abcd"
    mark.touch()
    assert "writers" not in {row["kind"] for row in _told(capsys, out)["unneeded"]}
    os.utime(mark, (time.time() - 2 * 24 * 3600,) * 2)
    assert "writers" in {row["kind"] for row in _told(capsys, out)["unneeded"]}
    assert run_command_line(["store", "--out", str(out)]) == 0
    assert "watching writers of other hosts for 0.1 s" in capsys.readouterr().err


def test_what_was_of_use_lately_can_be_left(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = next(row for row in _told(capsys, out)["unneeded"] if row["kind"] == "halve")
    meta = out / "store" / "halve" / old["name"] / "meta.json"
    os.utime(meta, (time.time() - 10 * 24 * 3600,) * 2)
    told = _told(capsys, out, "--idle-days", "7", "--delete", "unneeded", "--yes")
    assert ([row["kind"] for row in told["unneeded"]], told["deleted"]) == (["halve"], 1)
    assert not meta.exists()


def test_a_run_that_began_after_the_look_keeps_what_it_needs(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from benchmark.analyses.storage.deletion import delete
    from benchmark.analyses.storage.inventory import take_inventory

    inventory = take_inventory(out)
    chosen = inventory.unneeded()
    results = _run(out, "lost", 20)
    delete(inventory, chosen)
    assert all(
        Store(out / "store").find(kind, results[name].key) is not None
        for name, kind in (("one", "number"), ("two", "halve"))
    )


@pytest.mark.parametrize(
    ("prepare", "more", "message"),
    [
        ("none", [], "there is no store in"),
        ("broken", [], "run.json' cannot be read"),
        ("", ["--delete", "everything"], "known are unneeded"),
    ],
)
def test_what_cannot_be_is_one_line(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    prepare: str,
    more: list[str],
    message: str,
) -> None:
    if prepare != "none":
        _run(tmp_path, "kept", 10)
    if prepare == "broken":
        (tmp_path / "runs" / "kept" / "run.json").write_text('{"stages": [')
    assert run_command_line(["store", "--out", str(tmp_path), *more]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")
    assert message in line


def test_a_mark_is_no_longer_there_when_its_work_is_done(out: Path) -> None:
    mark = Mark(out / "store", "run")
    mark.begin()
    assert mark.path.exists()
    mark.end()
    assert not mark.path.exists()
