from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from benchmark.experiment.api import write_page
from benchmark.records.run_folder import read_run
from benchmark.reports.html.feature_maps import feature_maps
from benchmark.reports.html.metric_cards import card_groups
from benchmark.reports.html.page import embedded
from benchmark.reports.html.run_page import run_page, write_run_page
from tests.benchmark.reports.html.elements import Elements
from tests.benchmark.reports.html.pages import CLASSES, HOSTILE, disagree, make_folder
from tests.benchmark.run_folders import make_run


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_run_page(make_folder(tmp_path_factory.mktemp("run"))).read_text("utf-8")


def test_a_hostile_class_name_is_text_everywhere(page: str) -> None:
    assert "<script>alert(1)" not in page
    scripts = [attrs for tag, attrs in Elements(page).tags if tag == "script"]
    assert len(scripts) == 3, "the clips, the page's script and the player"
    assert HOSTILE.replace("_", " ") in "".join(Elements(page).texts)


def test_a_caveat_is_text_and_stands_before_the_numbers(page: str) -> None:
    assert "A fifth of the &lt;b&gt;test&lt;/b&gt; clips" in page
    assert page.index("Before you quote this") < page.index('id="metrics"')


def test_a_map_has_its_numbers_and_no_class_with_clips_is_left_out(
    page: str, tmp_path: Path
) -> None:
    maps = feature_maps(read_run(make_folder(tmp_path / "run")))
    assert [one.title for one in maps] == ["Map of st_trans", "Map of stgcn++"]
    assert [row[0] for row in maps[0].rows] == list(CLASSES)
    spread, apart = maps[0].rows[0][2], maps[0].rows[0][5]
    assert isinstance(spread, tuple) and 0.0 < spread[0] < 1.0
    assert isinstance(apart, tuple) and 0.0 < apart[0] < 1.0
    assert page.count("of what tells classes apart: 40% across, 20% upwards") == 2


def test_a_class_that_the_generator_never_made_has_no_centre(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "run")
    path = folder / "feature_map.csv"
    kept = [
        line
        for line in path.read_text("utf-8").splitlines()
        if not ("synthetic" in line and CLASSES[0] in line)
    ]
    path.write_text("\n".join(kept) + "\n", "utf-8")
    assert feature_maps(read_run(folder))[0].rows[0][3:] == ("–", "–", "–")


def test_the_cost_stands_beside_the_gain(page: str) -> None:
    assert "<dt>gain of stgcn++</dt><dd>+" in page
    assert "<dt>drawing for gru, classical</dt><dd>1.25 ms a step, 7.5% of its" in page


def test_the_page_asks_nothing_of_any_other_place(page: str) -> None:
    assert "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'" in page
    assert not re.search(r"""(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}""", page)
    for _, attrs in Elements(page).tags:
        for name in ("src", "href", "xlink:href"):
            assert str(attrs.get(name) or "#").startswith("#"), attrs


def test_no_two_elements_share_an_id_and_references_are_met(page: str) -> None:
    ids = Elements(page).ids
    assert len(ids) == len(set(ids))
    named = re.findall(r'(?:href="|url\()#([^")]+)', page)
    assert named
    assert set(named) <= set(ids)


def test_every_chart_has_a_title_a_description_and_numbers_behind_it(page: str) -> None:
    charts = re.findall(r'<svg class="chart".*?</svg>', page, flags=re.DOTALL)
    assert len(charts) >= 4 + 3
    for chart in charts:
        assert re.search(r"<title id=[^>]+>[^<]{8,}</title>", chart)
        assert re.search(r"<desc id=[^>]+>[^<]{12,}</desc>", chart)
        assert not re.search(r"#[0-9a-f]{6}", chart), "the colours are the page's"
    assert page.count("<summary>Numbers") >= 4 + 2


def test_the_same_folder_gives_the_same_bytes(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "kinematic12-10pct-ddpm")
    assert write_run_page(folder).read_bytes() == write_run_page(folder).read_bytes()


def test_the_page_is_made_anew_only_where_its_files_changed(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "run")
    write_page(folder)
    before = (folder / "report.html").stat().st_mtime_ns
    write_page(folder)
    assert (folder / "report.html").stat().st_mtime_ns == before
    disagree(folder)
    write_page(folder)
    assert "Judges disagree: stgcn++: worse than real; st_trans: not" in (
        folder / "report.html"
    ).read_text("utf-8")


def test_what_a_run_has_not_measured_is_left_out(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", arms=())
    page = run_page(read_run(folder))
    for part in ('id="motion"', 'id="recognizers"', 'id="classes"', 'id="confusion"'):
        assert part not in page
    (folder / "summary.csv").unlink()
    record = json.loads((folder / "run.json").read_text())
    record |= {"judges": [], "status": "error"}
    record["stages"] = [{"stage": "data", "status": "error", "phase": "", "reason": "no files"}]
    (folder / "run.json").write_text(json.dumps(record))
    page = run_page(read_run(folder))
    assert "This run has measured nothing yet." in page
    assert "data: error (no files)" in page
    assert 'id="metrics"' not in page


def test_undefined_values_are_told_and_not_drawn(tmp_path: Path) -> None:
    run = read_run(make_run(tmp_path / "run", no_multimodality=True, seeds=1))
    cards = {card.name: card for group in card_groups(run) for card in group.cards}
    assert cards["multimodality"].rows[0].value.startswith("undefined (class 'throw'")
    assert "no value" in cards["multimodality"].chart


def test_many_classes_stay_below_three_megabytes(tmp_path: Path) -> None:
    classes = tuple(f"class_{number}" for number in range(60))
    page = write_run_page(make_folder(tmp_path / "run", classes=classes, each=4))
    assert page.stat().st_size < 3_000_000
    assert "taken for" in page.read_text("utf-8"), "the largest cells in place of 3,600"


def test_embedded_json_cannot_close_its_element_and_reads_back() -> None:
    value = {"name": HOSTILE, "line": "a\u2028b & c"}
    text = str(embedded(value))
    assert not set("<>&\u2028") & set(text)
    assert json.loads(text) == value


def test_the_class_names_of_the_folder_are_in_the_clips(page: str) -> None:
    found = re.search(r'<script type="application/json" id="clips">(.*?)</script>', page)
    assert found is not None
    assert json.loads(found[1])["classes"] == list(CLASSES)
