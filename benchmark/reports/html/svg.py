"""A matplotlib figure as SVG inside a page: the page's type and colours, ids of its own."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

import matplotlib
from markupsafe import Markup, escape

from benchmark.reports.figures.figure import BLUE, GREEN, GREY, INK, ORANGE, PALE, PAPER

if TYPE_CHECKING:
    from matplotlib.figure import Figure

VARIABLES = {
    INK: "currentColor",
    GREY: "var(--muted)",
    PALE: "var(--line)",
    BLUE: "var(--blue)",
    ORANGE: "var(--orange)",
    GREEN: "var(--green)",
    PAPER: "var(--card)",
}
"""Colours of the figures, and what the page calls them: it has two sets, light and dark."""


def inline_svg(figure: Figure, name: str, title: str, description: str) -> Markup:
    """A figure as an ``svg`` element; equal figures give equal text.

    Args:
        name: unlike that of any other chart of the page; letters, digits and dashes.
        title: what it shows, read aloud first.
        description: what is to be seen in it.
    """
    buffer = io.StringIO()
    with matplotlib.rc_context(
        {"svg.fonttype": "none", "svg.hashsalt": "skelgenbench", "text.parse_math": False}
    ):
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    for pattern in (r"<metadata>.*?</metadata>", r'<style type="text/css">.*?</style>'):
        text = re.sub(pattern, "", text, flags=re.DOTALL)
    text = re.sub(r"<!--.*?-->\s*", "", text, flags=re.DOTALL)
    box = re.search(r'viewBox="([^"]+)"', text)
    assert box is not None, "matplotlib writes a viewBox"
    head = (
        f'<svg class="chart" viewBox="{box[1]}" role="img" '
        f'aria-labelledby="{name}-title {name}-desc">'
        f'<title id="{name}-title">{escape(title)}</title>'
        f'<desc id="{name}-desc">{escape(description)}</desc>'
    )
    body = text[text.index(">") + 1 :]
    body = re.sub(r'(\bid=")', rf"\g<1>{name}-", body)
    body = re.sub(r'xlink:href="#', f'href="#{name}-', body)
    body = re.sub(r"url\(#", f"url(#{name}-", body)
    body = re.sub(r"(-?\d+\.\d{2})\d+", r"\1", body)
    body = re.sub(r"font: ([\d.]+)px [^;\"]*", r"font-size: \1px", body)
    for colour, variable in VARIABLES.items():
        body = re.sub(colour, variable, body, flags=re.IGNORECASE)
    return Markup(head + re.sub(r">\s+<", "><", body).strip())
