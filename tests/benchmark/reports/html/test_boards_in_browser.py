"""Leaderboard and sweep in a real browser, and a leaderboard of five thousand rows."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmark.comparisons.run_scores import RunScores
from benchmark.records.run_folder import RunFolder
from benchmark.reports.html.boards import WINDOW
from benchmark.reports.html.leaderboard import leaderboard_html
from benchmark.reports.leaderboard import write_leaderboard
from benchmark.reports.leaderboard_sections import Leaderboard, Section
from tests.benchmark.reports.html.browser import Opened, axe_violations, needs_chromium
from tests.benchmark.reports.html.results import make_results
from tests.benchmark.reports.html.test_sweep_page import make_sweep

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = needs_chromium

MANY = 5000
BACKGROUNDS = {"light": "rgb(251, 250, 248)", "dark": "rgb(20, 23, 26)"}
FIRST = "#section-1 table.board"
"""The first table of the first section."""


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_leaderboard(make_results(tmp_path_factory.mktemp("boards") / "results"))[2]


@pytest.fixture
def opened(browser: Any, board: Path) -> Iterator[Opened]:
    one = Opened(browser, board)
    yield one
    assert one.said == []
    assert one.asked == [board.as_uri()]
    one.page.context.close()


def column(page: Any, number: int) -> list[str]:
    """Texts of a column of the first table, without its row of real clips."""
    cells = page.locator(FIRST).first.locator(f"tbody:last-child tr > *:nth-child({number})")
    return [text.split("\n")[0].strip() for text in cells.all_inner_texts()]


def test_tables_sort_by_keyboard_and_real_clips_stay_first(opened: Opened) -> None:
    page = opened.page
    heading = page.locator(f"{FIRST} th", has_text="FID").first
    found = []
    for direction in ("ascending", "descending"):
        heading.locator("button").press("Enter")
        assert heading.get_attribute("aria-sort") == direction
        found.append([float(text.split()[0]) for text in column(page, 2)])
        first = page.locator(f"{FIRST} tbody tr").first
        assert first.inner_text().startswith("real clips")
    assert found[0] == sorted(found[0])
    assert found[1] == found[0][::-1]
    assert len(set(found[0])) == 3


def test_one_filter_rules_the_whole_page_from_the_keyboard(opened: Opened) -> None:
    page = opened.page
    rows = page.locator("table.board tbody:last-child tr:visible")
    every = rows.count()
    page.focus("#filter-words")
    page.keyboard.type("mdm 5shot")
    assert 0 < rows.count() < every
    assert page.locator("#section-1").is_visible()
    assert not page.locator("#section-2").is_visible()
    assert set(column(page, 1)) == {"mdm (2 trainings)"}
    assert " rows" in page.locator("#filter-told").inner_text()
    assert page.locator("[data-card]:visible").count() == 0, "no curve is of one split"
    page.locator("#filter-clear").press("Enter")
    assert rows.count() == every
    page.select_option("select[data-facet=dataset]", "nw_ucla")
    assert not page.locator("#section-1").is_visible()
    assert page.locator("#section-3").is_visible()
    page.select_option("select[data-facet=dataset]", "")
    page.select_option("select[data-facet=judge]", "gru-0a1b2c3d")
    assert page.locator("h3:visible", has_text="Judged by st_trans").count() == 0
    assert page.locator("h3:visible", has_text="Judged by gru").count() == 3


@pytest.mark.parametrize("name", ["leaderboard", "sweep"])
def test_it_fits_any_screen_and_axe_finds_nothing(
    browser: Any, board: Path, name: str, tmp_path: Path
) -> None:
    path = board if name == "leaderboard" else make_sweep(tmp_path / "results") / "sweep.html"
    one = Opened(browser, path)
    page = one.page
    for width in (1200, 390):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") == width
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        background = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert background == BACKGROUNDS[scheme]
        assert axe_violations(page) == "[]", (scheme, 390)
    page.set_viewport_size({"width": 1200, "height": 844})
    assert axe_violations(page) == "[]", ("light", 1200)
    page.emulate_media(media="print")
    assert not page.locator("#filter").is_visible()
    assert one.said == []
    assert one.asked == [path.as_uri()]
    page.context.close()


def many_entries() -> tuple[RunScores, ...]:
    """Runs that need no folder: twenty metrics of one judge each."""
    from metrics.registry import built_in_metrics

    metrics = list(built_in_metrics())[:20]
    entries = []
    for place in range(MANY):
        generator = f"generator_{place % 97}"
        spec = {"dataset": "kinematic12", "split": "10pct", "generator": generator}
        record = {"spec": {**spec, "settings": {"steps": place}}, "status": "ok"}
        run = RunFolder(Path(f"nowhere/kinematic12-10pct-{generator}-{place:08x}"), record)
        rows = {
            metric: {
                "mean": value,
                "ci95_low": value - 0.5,
                "ci95_high": value + 0.5,
                "real_floor": 1.25,
                "extractor": "gru",
            }
            for number, metric in enumerate(metrics)
            for value in [float((place * 7919 + 31 * number) % 9973) / 7.0]
        }
        entries.append(RunScores((run,), {"gru": rows}, ()))
    return tuple(entries)


TIMED = """async ([selector, times]) => {
  const control = document.querySelector(selector);
  const took = [];
  for (let time = 0; time < times; time += 1) {
    const begin = performance.now();
    control.click();
    document.body.getBoundingClientRect();
    took.push(performance.now() - begin);
    await new Promise((done) => requestAnimationFrame(done));
  }
  return took;
}"""
TYPED = """(words) => {
  const input = document.getElementById("filter-words");
  const begin = performance.now();
  input.value = words;
  input.dispatchEvent(new Event("input"));
  document.body.getBoundingClientRect();
  return performance.now() - begin;
}"""


def test_five_thousand_rows_are_a_window_of_elements(
    browser: Any, tmp_path: Path, record_property: Any, capsys: Any
) -> None:
    entries = many_entries()
    names = tuple(f"{entry.run.spec['generator']} (steps={place})"
                  for place, entry in enumerate(entries))  # fmt: skip
    section = Section(entries, names, names, ("",) * MANY, ())
    path = tmp_path / "leaderboard.html"
    path.write_text(leaderboard_html(Leaderboard((section,), entries), tmp_path, "0"), "utf-8")
    one = Opened(browser, path)
    page = one.page
    table = page.locator(FIRST).first
    rows = table.locator("tbody:last-child tr")
    tables = page.locator("table.board").count()
    assert page.locator("table.board tr").count() <= tables * (WINDOW + 2)
    assert table.get_attribute("aria-rowcount") == str(MANY + 2)
    told = page.locator(".pager output").first
    assert told.inner_text() == f"rows 1 to {WINDOW} of {MANY:,}"

    took = {"bytes": float(path.stat().st_size)}
    sort = f"{FIRST} th:nth-child(2) button"
    took["sort, ms"] = statistics.median(page.evaluate(TIMED, [sort, 6]))
    values = [float(text.split()[0].replace(",", "")) for text in column(page, 2)]
    assert values == sorted(values, reverse=True)
    largest = max(entry.metrics["fid"]["mean"] for entry in entries)
    assert values[0] == pytest.approx(largest, abs=0.01), "of all rows, not of those shown"
    following = ".pager button:last-child"
    took["next window, ms"] = statistics.median(page.evaluate(TIMED, [following, 9]))
    assert told.inner_text() == f"rows {9 * WINDOW + 1} to {10 * WINDOW} of {MANY:,}"
    assert rows.first.get_attribute("aria-rowindex") == str(9 * WINDOW + 3)
    took["filter, ms"] = statistics.median(
        page.evaluate(TYPED, f"generator_{number}") for number in (5, 17, 52, 96, 3)
    )
    assert 0 < rows.count() <= WINDOW
    assert table.get_attribute("aria-rowcount") != str(MANY + 2)
    for name, value in took.items():
        record_property(name, value)
    with capsys.disabled():
        print(f"\n{MANY:,} rows of 20 metrics:", {k: round(v, 1) for k, v in took.items()})
    assert one.said == []
    page.context.close()
