"""``leaderboard.html``, from hand-made run folders."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from urllib.parse import unquote

import pytest

from benchmark.records.fingerprint import files_fingerprint
from benchmark.reports.html.boards import WINDOW, Board, BoardRow, Links
from benchmark.reports.html.page import emphasised
from benchmark.reports.leaderboard import write_leaderboard
from benchmark.reports.score_cells import Cell
from tests.benchmark.reports.html.elements import Elements, assert_sound
from tests.benchmark.reports.html.pages import HOSTILE
from tests.benchmark.reports.html.results import make_results
from tests.benchmark.run_folders import make_run


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = make_results(tmp_path_factory.mktemp("board") / "results")
    write_leaderboard(folder)
    return folder


@pytest.fixture(scope="module")
def page(results: Path) -> str:
    return (results / "leaderboard.html").read_text("utf-8")


def html_of(results: Path) -> str:
    return write_leaderboard(results)[2].read_text("utf-8")


def section_of(page: str, title: str) -> str:
    """The section under a heading."""
    parts = re.findall(r"<section .*?</section>", page, flags=re.DOTALL)
    (found,) = [part for part in parts if f"<h2>{title}</h2>" in part]
    return str(found)


def test_the_page_is_sound_and_asks_nothing_of_any_other_place(page: str) -> None:
    assert_sound(page)


def test_runs_that_may_not_be_compared_stand_in_sections_of_their_own(page: str) -> None:
    titles = re.findall(r"<h2>(.*?)</h2>", page)
    assert titles[:3] == [
        "kinematic12 · cross-subject · 5shot",
        "kinematic12 · cross-subject · full",
        "nw_ucla · cross-subject · 10pct",
    ]
    assert 'data-generator="copy"' not in section_of(page, titles[1])
    assert "A fifth is also in train." in section_of(page, titles[2])
    assert "A fifth is also in train." not in section_of(page, titles[1])


def test_a_section_says_what_it_is_measured_on(page: str) -> None:
    section = section_of(page, "kinematic12 · cross-subject · full")
    assert "Profile quick, 600 synthetic clips, judges st_trans-0a1b2c3d" in section
    assert 'data-dataset="kinematic12" data-split="full"' in section


def test_the_tables_are_those_of_the_markdown_page(page: str, results: Path) -> None:
    told = (results / "leaderboard.md").read_text("utf-8")
    values = re.findall(r"^\| st_guided_ddpm \(2 trainings\) \| ([^|]+) \|", told, flags=re.M)
    assert len(values) >= 12
    for value in values:
        number, *rest = value.replace("*", "").split(" ", 1)
        assert f'data-value="{number}"' in page
        for bounds in re.findall(r"\[.*?\]", " ".join(rest)):
            assert f"<small>{bounds}</small>" in page


def test_ties_with_the_best_are_bold_and_letters_stand_beside_them(page: str) -> None:
    section = section_of(page, "kinematic12 · cross-subject · 5shot")
    assert re.search(r'<b>[\d.]+</b> <span class="letters">a</span> <small>\[', section)
    assert "Nearest to real clips by FID, as st_trans-0a1b2c3d sees them: st_guided_ddpm" in section


def test_real_clips_stand_first_in_every_table_of_metrics(page: str) -> None:
    section = section_of(page, "kinematic12 · cross-subject · full")
    floors = section.count('<tbody class="floor"><tr><th scope="row">real clips</th>')
    assert floors == section.count(">FID ↓<") * 3, "classic, distribution, memory: by each judge"


def test_rows_lead_to_the_pages_of_their_runs_and_only_to_those_that_exist(
    page: str, results: Path
) -> None:
    links = {
        str(attributes["href"])
        for tag, attributes in Elements(page).tags
        if tag == "a" and not str(attributes["href"]).startswith("#")
    }
    there = {str(path.relative_to(results)) for path in results.glob("runs/*/report.html")}
    assert {unquote(link) for link in links} == there
    assert "runs/kinematic12-full-odd%20name%20%26%20100%25-0/report.html" in links


def test_hostile_names_and_settings_are_text(page: str) -> None:
    assert "<script>alert(1)" not in page
    assert "<b>steps" not in page
    texts = "".join(Elements(page).texts)
    assert HOSTILE in texts
    assert "Sees the <i>labels</i> of test clips." in texts


def test_gains_stand_by_recognizer(page: str) -> None:
    section = section_of(page, "kinematic12 · cross-subject · full")
    gains = section[section.index("Does it help a recognizer?") :]
    recognizers = re.findall(r"<tr data-generator=[^>]*><td[^>]*>([^<]+)</td>", gains)
    assert recognizers == ["gru"] + ["stgcn++"] * 4


def test_a_curve_has_its_numbers_behind_it(page: str) -> None:
    curves = section_of(page, "Will it help with few clips?")
    assert curves.count('<svg class="chart"') == curves.count("<summary>Numbers") == 4
    assert "stgcn++ with clips of st_guided_ddpm" in curves
    assert re.search(r"<title id=[^>]+>Accuracy of [^<]+ against the split</title>", curves)
    assert not re.search(r"#[0-9a-f]{6}\b", curves), "the colours are the page's"


def test_worth_in_real_clips_is_told_where_there_are_oracles(page: str) -> None:
    worth = section_of(page, "What are synthetic clips worth in real ones?")
    assert "cross-subject · 5shot" in worth
    assert "cross-subject · full" not in worth


def test_incomplete_runs_costs_and_footnotes_are_told(page: str) -> None:
    incomplete = section_of(page, "Runs that are not complete")
    assert "sample: timeout in sampling (limit of 60 s)" in incomplete
    assert "unreadable" in incomplete
    assert "911 MB" in section_of(page, "What it costs")
    assert "¹ Sees the" in page


def test_the_filter_offers_what_there_is_to_choose(page: str) -> None:
    facets = re.findall(r'<select data-facet="(\w+)">(.*?)</select>', page)
    assert [name for name, _ in facets] == ["dataset", "split", "generator", "judge"]
    assert dict(facets)["dataset"].count("<option>") == 2


def test_equal_folders_give_equal_bytes(results: Path, tmp_path: Path) -> None:
    other = tmp_path / "results"
    shutil.copytree(results, other, ignore=shutil.ignore_patterns("leaderboard.*", ".worth.json"))
    written = write_leaderboard(other)
    assert written[2].read_bytes() == (results / "leaderboard.html").read_bytes()
    assert f"sha256:{files_fingerprint(written[:2])}" in written[2].read_text("utf-8")


def test_without_runs_the_page_says_how_to_make_one(tmp_path: Path) -> None:
    page = html_of(tmp_path)
    assert "There is no finished run yet." in page
    assert "<table" not in page
    assert_sound(page)


def test_what_was_not_measured_is_left_out(tmp_path: Path) -> None:
    make_run(tmp_path / "runs" / "a", arms=())
    page = html_of(tmp_path)
    assert "Does it help a recognizer?" not in page
    assert 'id="curves"' not in page
    assert 'id="worth"' not in page
    assert 'id="filter"' in page
    assert "data-facet" not in page, "there is nothing to choose"


def test_a_board_with_many_rows_has_a_window_of_elements_and_all_as_data() -> None:
    rows = tuple(
        BoardRow(
            (Links(((HOSTILE, ""),)), Cell(f"{place}", "[0, 1]", "a", True)), {"generator": "g"}
        )
        for place in range(WINDOW + 1)
    )
    board = Board("one", "A board", ("name", "value"), rows)
    assert board.is_windowed
    assert len(board.shown) == WINDOW
    assert "<" not in board.json
    data = json.loads(board.json)
    assert len(data) == WINDOW + 1
    assert data[7] == [{"generator": "g"}, [{"links": [[HOSTILE, ""]]}, ["7", "[0, 1]", "a", 1]]]
    assert not Board("one", "A board", ("name", "value"), rows[:WINDOW]).is_windowed


def test_a_legend_is_emphasised_and_all_else_in_it_is_text() -> None:
    told = emphasised("Rows in **bold**, *real clips*, `arms.csv`, a < b")
    assert str(told) == ("Rows in <b>bold</b>, <i>real clips</i>, <code>arms.csv</code>, a &lt; b")
