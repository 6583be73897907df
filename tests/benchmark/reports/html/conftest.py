"""One browser for all pages of a module."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.benchmark.reports.html.browser import CHROMIUM, OPTIONS, PATIENCE


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=list(OPTIONS), timeout=PATIENCE
        )
        yield browser
        browser.close()
