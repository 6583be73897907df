"""Debian's Chromium without a screen, and a page that is open in it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or ""
OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
PATIENCE = 120_000
"""Milliseconds; a machine that measures something else is slow."""

needs_chromium = pytest.mark.skipif(
    not CHROMIUM, reason="there is no chromium here: apt-get install chromium"
)


class Opened:
    """A page, and what it said and asked for."""

    def __init__(self, browser: Any, path: Path, **options: Any) -> None:
        settings = {"reduced_motion": "reduce", "viewport": {"width": 1200, "height": 900}}
        self.page = browser.new_context(**{**settings, **options}).new_page()
        self.page.set_default_timeout(PATIENCE)
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("dialog", lambda dialog: self.said.append("a dialog"))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(path.as_uri())


def axe_violations(page: Any) -> str:
    """What axe finds on a page as it is, all parts unfolded; ``[]`` where it finds nothing."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is missing")
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    violations = axe.Axe().run(page).response["violations"]
    told = [(one["id"], [node["html"][:200] for node in one["nodes"][:3]]) for one in violations]
    return json.dumps(told, indent=1)
