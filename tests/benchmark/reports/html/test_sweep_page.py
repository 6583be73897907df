"""``sweep.html``, from hand-made run folders."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from benchmark.comparisons.run_scores import SweepPoint, run_scores
from benchmark.records.run_folder import read_run
from benchmark.reports.sweep_tables import write_sweep
from tests.benchmark.reports.html.elements import Elements, assert_sound
from tests.benchmark.reports.html.pages import HOSTILE
from tests.benchmark.reports.html.results import COST
from tests.benchmark.run_folders import make_run

TITLE = f"What is varied: {HOSTILE}"
METRICS = ["fid", "accuracy", "diversity", "multimodality"]


def point(
    results: Path,
    axis: str,
    value: str,
    number: float | None = None,
    base: bool = False,
    **run: object,
) -> SweepPoint:
    place = f"{'guidance' if number is not None else 'denoiser'} {len(value)}"
    made = make_run(results / "runs" / place, metrics=METRICS, clips=24, cost=COST, **run)  # type: ignore[arg-type]
    (made / "report.html").write_text("<p>a page</p>", encoding="utf-8")
    return SweepPoint(axis, value, number, base, run_scores(read_run(made)))


def make_sweep(results: Path) -> Path:
    """A numeric axis with a base, and one of names whose runs have more arms and one failed."""
    arms = ("real", "real+synthetic", "classical")
    points = [
        point(results, "guidance scale", "0", 0.0, fid=40.0),
        point(results, "guidance scale", "15", 15.0, base=True, fid=20.0, no_multimodality=True),
        point(results, "guidance scale", "400", 400.0, fid=60.0),
        point(results, f"denoiser {HOSTILE}", HOSTILE, arms=arms, of_generator=("Is <i>it</i>.",)),
        point(results, f"denoiser {HOSTILE}", "mlp", arms=arms, status="timeout"),
    ]
    write_sweep(results / "sweeps" / "one", TITLE, points)
    return results / "sweeps" / "one"


@pytest.fixture(scope="module")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_sweep(tmp_path_factory.mktemp("sweep") / "results")


@pytest.fixture(scope="module")
def page(sweep: Path) -> str:
    return (sweep / "sweep.html").read_text("utf-8")


def test_the_page_is_sound_and_asks_nothing_of_any_other_place(page: str) -> None:
    assert_sound(page)


def test_title_axes_and_names_are_text(page: str) -> None:
    assert "<script>alert(1)" not in page
    texts = "".join(Elements(page).texts)
    assert TITLE in texts
    assert f"denoiser {HOSTILE}" in texts
    assert "Is <i>it</i>." in texts


def test_the_base_is_told_and_marked(page: str) -> None:
    assert "<dt>base</dt><dd>ddpm, guidance scale 15</dd>" in page
    assert ">15 (base)</a>" in page


def test_every_metric_and_gain_has_a_chart_along_its_axis(page: str) -> None:
    charts = re.findall(r'<svg class="chart".*?</svg>', page, flags=re.DOTALL)
    titles = [re.findall(r"<title id=[^>]+>(.*?)</title>", chart)[0] for chart in charts]
    along = [title for title in titles if "guidance scale" in title]
    assert len(along) == 4 + 1
    for chart in charts:
        assert re.search(r"<desc id=[^>]+>[^<]{12,}</desc>", chart)
    (fid,) = [chart for chart in charts if "(FID) along guidance scale" in chart]
    assert "15: 20 from 18 to 22, real clips 10.9" in fid
    assert ">guidance scale (log scale)</text>" in fid
    (undefined,) = [chart for chart in charts if "Multimodality along guidance scale" in chart]
    assert "15: no value" in undefined
    assert ">undefined</text>" in undefined


def test_rows_lead_to_the_pages_of_their_runs(page: str, sweep: Path) -> None:
    links = {
        unquote(str(attributes["href"]))
        for tag, attributes in Elements(page).tags
        if tag == "a" and not str(attributes["href"]).startswith("#")
    }
    assert len(links) == 5
    for link in links:
        assert link.startswith("../../runs/")
        assert (sweep / link).is_file()


def test_all_arms_costs_and_incomplete_runs_are_told(page: str) -> None:
    arms = page[page.index('<section id="arms"') :]
    assert "real + classical augmentation" in arms
    assert arms.count('<svg class="chart"') == 5
    assert "911 MB" in page
    assert "sample: timeout in sampling (limit of 60 s)" in page


def test_runs_on_other_data_are_not_ranked(tmp_path: Path) -> None:
    points = [
        point(tmp_path, "data", "one", dataset="kinematic12"),
        point(tmp_path, "data", "other", dataset="nw_ucla"),
    ]
    write_sweep(tmp_path / "sweep", "Data", points)
    page = (tmp_path / "sweep" / "sweep.html").read_text("utf-8")
    assert "they are not ranked" in page
    assert 'class="letters"' not in page
    assert 'class="verdict"' not in page


def test_equal_runs_give_equal_bytes(sweep: Path, tmp_path: Path) -> None:
    again = make_sweep(tmp_path / "results")
    assert (again / "sweep.html").read_bytes() == (sweep / "sweep.html").read_bytes()
