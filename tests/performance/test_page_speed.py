"""What the pages cost: a run's page of 600 clips, and letters of a long leaderboard."""

from __future__ import annotations

import numpy as np

from benchmark.reports.html.run_page import write_run_page
from benchmark.reports.moving_clips import write_moving_clips
from benchmark.statistics.tie_groups import tie_letters
from skeletons.layouts import SMPL24
from tests.benchmark.reports.html.pages import make_folder
from tests.benchmark.run_folders import standing_bodies

CLASSES = tuple(f"action {number:02d}" for number in range(12))
MOST_BYTES = 3_000_000


def test_the_page_of_a_run(benchmark, tmp_path):
    folder = make_folder(tmp_path / "run", classes=CLASSES)
    clips = standing_bodies(SMPL24, name="many", classes=CLASSES, each=50)
    write_moving_clips(clips, clips, folder / "clips.json")
    page = benchmark(write_run_page, folder)
    assert page.stat().st_size < MOST_BYTES


def test_the_clips_of_a_page(benchmark, tmp_path):
    clips = standing_bodies(SMPL24, name="many", classes=CLASSES, each=50)
    path = benchmark(write_moving_clips, clips, clips, tmp_path / "clips.json")
    assert path.stat().st_size < MOST_BYTES


def test_letters_of_five_thousand_rows(benchmark):
    values = np.random.default_rng(0).normal(size=5000)
    letters = benchmark(tie_letters, values, values - 0.02, values + 0.02, "higher")
    assert letters[int(values.argmax())] == "a"
