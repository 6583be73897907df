"""A page: one file with its style, scripts and data, that asks nothing of any other place."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

ESCAPED = str.maketrans(
    {
        "<": "\\u003c",
        ">": "\\u003e",
        "&": "\\u0026",
        "\u2028": "\\u2028",
        "\u2029": "\\u2029",
    }
)
"""In JSON these stand in texts only, where an escape says the same; in a page they could end the
element that holds it."""


def embedded(value: Any) -> Markup:
    """A value as JSON for a ``script`` element, which no text in it can close."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Markup(text.translate(ESCAPED))


def emphasised(text: str) -> Markup:
    """A sentence of ours that is Markdown, as a page has it: ``**bold**``, ``*italic*``, ``code``
    between backticks; all else is text."""
    told = str(escape(text))
    for pattern, element in ((r"\*\*(.+?)\*\*", "b"), (r"\*(.+?)\*", "i"), (r"`(.+?)`", "code")):
        told = re.sub(pattern, rf"<{element}>\1</{element}>", told)
    return Markup(told)


def rendered(template: str, **values: Any) -> str:
    """A template of this package, everything in it escaped but what is :class:`Markup`."""
    return _environment().get_template(template).render(**values).strip() + "\n"


def asset(name: str) -> Markup:
    """A style sheet or script of this package."""
    text = (resources.files(__package__) / "templates" / name).read_text(encoding="utf-8")
    return Markup(text)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("benchmark.reports.html"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"asset": asset}
    return environment
