from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from benchmark.comparisons.run_scores import RunScores
from benchmark.records.run_folder import read_run
from benchmark.reports.leaderboard import write_leaderboard
from benchmark.reports.score_tables import metric_markdown
from benchmark.reports.timings import read_timings
from skeletons.errors import InputError
from tests.benchmark.run_folders import NO_PAIR, make_run


def page_of(results: Path) -> str:
    return write_leaderboard(results)[1].read_text(encoding="utf-8")


def rows_of(results: Path) -> list[dict[str, str]]:
    with write_leaderboard(results)[0].open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def twice(runs: Path, generator: str, fid: float) -> None:
    """Two trainings of a generator."""
    for seed in (0, 1):
        make_run(runs / f"{generator}{seed}", generator=generator, fid=fid, generator_seed=seed)


def test_the_csv_has_a_row_a_run_with_fractions_and_floors(tmp_path: Path) -> None:
    make_run(tmp_path / "runs" / "a")
    (row,) = rows_of(tmp_path)
    assert list(row)[:10] == [
        "dataset", "data_protocol", "split", "generator", "generator_seed", "profile", "extractor",
        "reference", "n_samples", "fid_mean",
    ]  # fmt: skip
    assert (row["fid_mean"], row["fid_ci95_low"], row["fid_floor"]) == ("30.0", "28.0", "10.9")
    assert row["reference"] == "test"
    assert float(row["gain"]) == pytest.approx(
        float(row["augmented_top1"]) - float(row["real_top1"])
    )
    assert float(row["gain_ci95_low"]) < float(row["gain"]) < float(row["gain_ci95_high"])
    assert (row["seeds"], row["status"], row["run"]) == ("3", "ok", "a")


def test_the_same_runs_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        make_run(tmp_path / name / "runs" / "b", generator="st_guided_ddpm", fid=20.0)
        make_run(tmp_path / name / "runs" / "a")
        (tmp_path / name / "runs" / "broken").mkdir()
        (tmp_path / name / "runs" / "broken" / "run.json").write_text("{")
    first, second = (write_leaderboard(tmp_path / name) for name in ("one", "two"))
    assert first[0].read_bytes() == second[0].read_bytes()
    page = first[1].read_text(encoding="utf-8").replace("one/", "two/")
    assert page == second[1].read_text(encoding="utf-8")


def test_rows_are_sorted_by_fid_under_the_real_clips_and_ties_are_marked(tmp_path: Path) -> None:
    for name, fid in (("far", 60.0), ("best", 30.0), ("near", 32.0)):
        twice(tmp_path / "runs", name, fid)
    once = make_run(tmp_path / "runs" / "once", generator="once", fid=90.0)
    assert once.exists()
    lines = page_of(tmp_path).splitlines()
    start = next(row for row, line in enumerate(lines) if line.startswith("| generator | FID"))
    cells = [line.split(" | ")[:2] for line in lines[start + 2 : start + 7]]
    assert cells == [
        ["| *real clips*", "10.90"],
        ["| best (2 trainings)", "**30.00** [28.59, 31.41] `a`"],
        ["| near (2 trainings)", "**32.00** [30.59, 33.41] `a`"],
        ["| far (2 trainings)", "60.00 [58.59, 61.41] `b`"],
        ["| once", "90.00 [88.00, 92.00]"],
    ]


@pytest.mark.parametrize(
    "other",
    [
        {"dataset": "nw_ucla"},
        {"split": "full"},
        {"protocol": "official"},
        {"profile": "paper"},
        {"samples": 3000},
        {"data_seed": 1},
    ],
    ids=lambda other: next(iter(other)),
)
def test_runs_that_may_not_be_compared_stand_apart(
    tmp_path: Path, other: dict[str, object]
) -> None:
    make_run(tmp_path / "runs" / "a")
    make_run(tmp_path / "runs" / "b", **other)  # type: ignore[arg-type]
    page = page_of(tmp_path)
    assert page.count("| generator | FID") == 2
    assert "**30.00**" not in page


def test_settings_that_tell_runs_of_one_generator_apart_are_named(tmp_path: Path) -> None:
    for scale in (5, 40):
        settings = {"guidance_scale": scale, "steps": 50}
        make_run(tmp_path / "runs" / f"s{scale}", fid=40.0 - scale / 10, settings=settings)
    page = page_of(tmp_path)
    assert "| ddpm (guidance_scale=40) |" in page
    assert "steps=50" not in page


def test_caveats_stand_under_their_section(tmp_path: Path) -> None:
    make_run(tmp_path / "runs" / "a", caveats=("Test clips are in train.",))
    make_run(tmp_path / "runs" / "b", generator="other", caveats=("Test clips are in train.",))
    make_run(tmp_path / "runs" / "c", generator="more", generator_data="full")
    page = page_of(tmp_path)
    assert page.count("Test clips are in train.") == 1
    assert (
        "- Note (more (generator_data=full)): The generator was fitted on the full training part"
        in page
    )


def test_what_a_generator_says_of_itself_is_a_footnote_of_its_row(tmp_path: Path) -> None:
    make_run(tmp_path / "runs" / "a", of_generator=("Copies clips.", "Sees all."))
    make_run(tmp_path / "runs" / "b", generator="other", fid=40.0, of_generator=("Sees all.",))
    make_run(tmp_path / "runs" / "c", generator="more", fid=50.0)
    page = page_of(tmp_path)
    for row in ("| ddpm ¹ ² | ", "| other ² | ", "| more | "):
        assert page.count(row) == 2, "once beside the metrics, once beside the gain"
    assert "\n- ¹ Copies clips.\n- ² Sees all.\n" in page


def test_fit_and_sampling_costs_stand_in_a_table(tmp_path: Path) -> None:
    cost = {
        "fit_seconds": 61.5,
        "parts": [{"name": "denoiser", "seconds": 40.0}],
        "sampling_ms_per_clip": 2.5,
        "peak_memory_mb": 812.6,
        "device": "cpu",
    }
    make_run(tmp_path / "runs" / "a", cost=cost)
    make_run(tmp_path / "runs" / "b", cost=cost | {"resumed": True, "parts": []})
    make_run(tmp_path / "runs" / "c")
    page = page_of(tmp_path)
    row = "| ddpm | kinematic12 | 10pct | "
    assert f"{row}61.5 s | denoiser 40 s | 2.5 ms | 813 MB | cpu | `a` |" in page
    assert f"{row}more than 61.5 s (interrupted once) | – |" in page
    assert page.count(row) == 2


def test_undefined_cells_pass_through(tmp_path: Path) -> None:
    make_run(tmp_path / "runs" / "a", no_multimodality=True)
    make_run(tmp_path / "runs" / "b", generator="other")
    assert f"| {NO_PAIR} |" in page_of(tmp_path)
    assert rows_of(tmp_path)[0]["multimodality_mean"] == NO_PAIR


def test_arms_that_cannot_be_paired_say_why(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "runs" / "a")
    lines = (folder / "predictions.csv").read_text().splitlines(keepends=True)
    (folder / "predictions.csv").write_text("".join(lines[:-120]))
    assert "needs the same seeds" in rows_of(tmp_path)[0]["gain"]
    assert "needs the same seeds" in page_of(tmp_path)


def test_incomplete_and_broken_runs_are_listed_with_their_status(tmp_path: Path) -> None:
    make_run(tmp_path / "runs" / "a", status="timeout")
    (tmp_path / "runs" / "b").mkdir()
    (tmp_path / "runs" / "b" / "run.json").write_text("[]")
    page = page_of(tmp_path)
    assert "| `a` | timeout | sample: timeout in sampling (limit of 60 s) |" in page
    assert "| `b` | unreadable |" in page
    assert "| ddpm (timeout) |" in page


def test_a_results_folder_without_runs_says_so(tmp_path: Path) -> None:
    assert "There is no finished run yet." in page_of(tmp_path)
    assert rows_of(tmp_path) == []


def test_the_timing_table_shows_median_spread_and_peak(tmp_path: Path) -> None:
    stats = {"median": 0.0125, "iqr": 0.0004, "ops": 80.0, "rounds": 12}
    content = {
        "machine_info": {"cpu": {"brand_raw": "Some CPU", "count": 2}, "python_version": "3.11"},
        "datetime": "2026-11-21T10:00:00",
        "benchmarks": [
            {"name": "test_fid", "stats": stats, "extra_info": {"peak_memory_mb": 310.4}},
            {"name": "test_x", "stats": stats, "extra_info": {"what": "one training step"}},
        ],
    }
    (tmp_path / "timings.json").write_text(json.dumps(content))
    page = page_of(tmp_path)
    assert "| fid | 12.5 ms | 400 µs | 80 | 12 | 310 MB |" in page
    assert "| one training step | 12.5 ms | 400 µs | 80 | 12 | – |" in page
    assert "Measured 2026-11-21 on Some CPU, 2 cores, Python 3.11." in page


def test_a_broken_timing_file_is_named_and_does_not_stop_the_page(tmp_path: Path) -> None:
    (tmp_path / "timings.json").write_text('{"benchmarks": [{}]}')
    with pytest.raises(InputError, match="not a timing file of pytest-benchmark"):
        read_timings(tmp_path / "timings.json")
    assert "make bench" in page_of(tmp_path)


def test_other_trainings_are_one_row_and_more_data_another(
    tmp_path: Path,
) -> None:
    make_run(tmp_path / "runs" / "one", generator="ddpm", fid=30.0)
    make_run(tmp_path / "runs" / "two", generator="ddpm", fid=31.0, generator_seed=2)
    make_run(tmp_path / "runs" / "three", generator="ddpm", fid=32.0, generator_data="full")
    page = page_of(tmp_path)
    assert "| ddpm (2 trainings) |" in page
    assert "| ddpm (generator_data=full) |" in page
    assert "fitted on the full training part" in page


def test_a_value_without_an_interval_is_not_told_from_the_best(tmp_path: Path) -> None:
    rows = [
        {"name": "best", "mean": 30.0, "low": 28.0, "high": 32.0},
        {"name": "far", "mean": 60.0, "low": 58.0, "high": 62.0},
        {"name": "unsure", "mean": 90.0, "low": "undefined (one draw)", "high": "undefined"},
    ]
    runs = [read_run(make_run(tmp_path / row["name"], generator=row["name"])) for row in rows]
    entries = [
        RunScores((run,), {"st_trans": {"fid": _row(row)}}, ())
        for run, row in zip(runs, rows, strict=True)
    ]
    table = metric_markdown(entries, [row["name"] for row in rows])
    assert "| best | **30.00** [28.00, 32.00] `a` |" in table
    assert "| far | 60.00 [58.00, 62.00] `b` |" in table
    assert "| unsure | **90.00** `ab` |" in table


def test_each_judge_has_a_table_and_bodies_stand_in_the_first(tmp_path: Path) -> None:
    make_run(tmp_path / "runs" / "a", judges=("st_trans", "gru"))
    page = page_of(tmp_path)
    assert page.index("**Judged by `st_trans-") < page.index("**Judged by `gru-")
    assert [row["extractor"] for row in rows_of(tmp_path)] == [
        "st_trans-0a1b2c3d",
        "gru-0a1b2c3d",
    ]


def _row(row: dict[str, object]) -> dict[str, object]:
    ends = {"mean": row["mean"], "ci95_low": row["low"], "ci95_high": row["high"]}
    return {**ends, "real_floor": 10.9, "extractor": "st_trans", "trainings": 2}
