"""The page in a real browser, Debian's Chromium without a screen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmark.reports.html.run_page import write_run_page
from benchmark.reports.moving_clips import write_moving_clips
from skeletons.clips import ClipSet
from skeletons.skeleton import Skeleton
from tests.benchmark.reports.html.browser import PATIENCE, Opened, axe_violations, needs_chromium
from tests.benchmark.reports.html.pages import HOSTILE, make_folder, waving

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

PIXELS = (
    """() => Array.from(document.querySelectorAll("canvas"), (one) => one.toDataURL()).join()"""
)

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run_page(make_folder(tmp_path_factory.mktemp("browser") / "run"))


@pytest.fixture
def opened(browser: Any, report: Path) -> Iterator[Opened]:
    one = Opened(browser, report)
    yield one
    one.page.context.close()


def test_the_page_is_quiet_and_asks_for_itself_alone(opened: Opened, report: Path) -> None:
    assert opened.said == []
    assert opened.asked == [report.as_uri()]


def test_every_chart_has_marks_of_some_size(opened: Opened) -> None:
    marks = opened.page.evaluate(
        """() => Array.from(document.querySelectorAll("svg.chart"), (chart) =>
            Array.from(chart.querySelectorAll("path, use"))
                .filter((one) => one.getBoundingClientRect().width > 1).length)"""
    )
    assert len(marks) >= 7
    assert min(marks) >= 3


def test_the_player_moves_while_it_plays_and_stands_while_it_is_paused(opened: Opened) -> None:
    page = opened.page
    still = page.evaluate(PIXELS)
    page.wait_for_timeout(300)
    assert page.evaluate(PIXELS) == still, "reduced motion: it begins paused"
    page.click("#player-play")
    for _ in range(100):  # the page's own policy forbids what wait_for_function does
        page.wait_for_timeout(50)
        if page.evaluate(PIXELS) != still:
            break
    else:
        raise AssertionError("nothing moved")
    page.click("#player-play")
    paused = page.evaluate(PIXELS)
    page.wait_for_timeout(300)
    assert page.evaluate(PIXELS) == paused


def test_keys_turn_zoom_step_and_reset(opened: Opened) -> None:
    page = opened.page
    first = page.evaluate(PIXELS)
    page.focus("#player-stage")
    for key in ("ArrowRight", "ArrowUp", "+", "."):
        before = page.evaluate(PIXELS)
        page.keyboard.press(key)
        assert page.evaluate(PIXELS) != before, key
    page.keyboard.press(",")
    page.keyboard.press("r")
    assert page.evaluate(PIXELS) == first


def test_without_a_wish_for_less_motion_it_plays_when_it_is_seen(
    browser: Any, report: Path
) -> None:
    page = Opened(browser, report, reduced_motion="no-preference").page
    page.locator("#player-stage").scroll_into_view_if_needed()
    sync_api.expect(page.locator("#player-play")).to_have_text("Pause", timeout=PATIENCE)
    page.context.close()


def test_a_class_named_like_a_script_is_an_option_with_that_text(opened: Opened) -> None:
    options = opened.page.locator("#player-class option").all_text_contents()
    assert HOSTILE in options
    opened.page.select_option("#player-class", label=HOSTILE)
    assert HOSTILE in opened.page.locator("figcaption").first.text_content()
    assert opened.said == []


def test_tables_sort_by_number_from_the_keyboard(opened: Opened) -> None:
    page = opened.page
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    heading = page.locator("#recognizers th", has_text="accuracy")
    values = "() => Array.from(document.querySelectorAll('#recognizers td[data-value]'), Number)"
    values = values.replace("Number)", "(one) => Number(one.dataset.value))")
    for direction in ("ascending", "descending"):
        heading.locator("button").press("Enter")
        assert heading.get_attribute("aria-sort") == direction
        found = page.evaluate(values)
        assert found == sorted(found, reverse=direction == "descending")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 390])
def test_it_fits_any_screen_and_axe_finds_nothing(
    browser: Any, report: Path, scheme: str, width: int, tmp_path: Path
) -> None:
    viewport = {"width": width, "height": 844}
    page = Opened(browser, report, viewport=viewport, color_scheme=scheme).page
    assert page.evaluate("document.documentElement.scrollWidth") == width
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == {"light": "rgb(251, 250, 248)", "dark": "rgb(20, 23, 26)"}[scheme]
    assert axe_violations(page) == "[]"
    path = tmp_path / "page.png"
    page.screenshot(path=path)
    assert path.stat().st_size > 20_000
    page.context.close()


def test_the_button_changes_light_and_dark_and_the_canvas_with_them(opened: Opened) -> None:
    page = opened.page
    before = page.evaluate(PIXELS)
    page.click("#theme")
    assert page.get_attribute("#theme", "aria-pressed") == "true"
    assert page.evaluate(PIXELS) != before


@pytest.mark.parametrize("people", [1, 2])
def test_flat_bodies_are_drawn_and_do_not_turn(browser: Any, tmp_path: Path, people: int) -> None:
    flat = Skeleton("flat", ("hip", "head", "hand"), (-1, 0, 0), 0, (), (), (1, -1), "px", 2)
    folder = make_folder(tmp_path / "run")
    clips = waving(flat.for_people(people))
    write_moving_clips(clips, clips, folder / "clips.json")
    opened = Opened(browser, write_run_page(folder))
    before = opened.page.evaluate(PIXELS)
    opened.page.focus("#player-stage")
    opened.page.keyboard.press("ArrowRight")
    assert opened.page.evaluate(PIXELS) == before
    opened.page.keyboard.press("+")
    assert opened.page.evaluate(PIXELS) != before
    assert opened.said == []
    opened.page.context.close()


def test_both_of_two_people_are_in_sight(browser: Any, tmp_path: Path) -> None:
    flat = Skeleton("flat", ("hip", "head", "hand"), (-1, 0, 0), 0, (), (), (1, 1), "m", 2)
    first = np.array([[0.0, 1.0], [0.0, 1.7], [0.4, 1.0]], np.float32)
    both = np.concatenate([first, first + np.float32([4.0, 0.0])])
    clip = np.repeat(both[None], 8, axis=0)
    clips = ClipSet.of(flat.for_people(2), ("one",), [clip] * 2, [0, 0], name="apart")
    folder = make_folder(tmp_path / "run")
    write_moving_clips(clips, clips, folder / "clips.json")
    opened = Opened(browser, write_run_page(folder))
    inked = opened.page.evaluate(
        """() => {
            const canvas = document.querySelector("#canvas-real");
            const context = canvas.getContext("2d");
            const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
            const shares = [];
            for (let at = 3; at < data.length; at += 4) {
                if (data[at] > 200) { shares.push(((at - 3) / 4) % canvas.width / canvas.width); }
            }
            return [Math.min(...shares), Math.max(...shares)];
        }"""
    )
    assert opened.said == []
    assert 0.0 < inked[0] < 0.35
    assert 0.65 < inked[1] < 1.0
    opened.page.context.close()
