"""What a page is made of."""

from __future__ import annotations

import re
from html.parser import HTMLParser


class Elements(HTMLParser):
    """Tags, ids and texts of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def ids(self) -> list[str]:
        return [str(attrs["id"]) for _, attrs in self.tags if "id" in attrs]


def assert_sound(page: str) -> None:
    """A page names each id once, meets its own references and loads nothing from anywhere.

    Links to pages beside it are for its tests to look at.
    """
    elements = Elements(page)
    assert len(elements.ids) == len(set(elements.ids))
    assert set(re.findall(r'(?:href="|url\()#([^")]+)', page)) <= set(elements.ids)
    assert "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'" in page
    assert not re.search(r"""(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}""", page)
    for tag, attributes in elements.tags:
        assert "src" not in attributes, tag
        assert tag not in ("iframe", "link", "object", "embed", "form"), tag
