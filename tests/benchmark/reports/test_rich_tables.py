from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console

from benchmark.reports.rich_tables import plain, print_paths, print_sentences, table_with


def console(width: int = 40) -> Console:
    return Console(file=io.StringIO(), width=width, force_terminal=False)


def text_of(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_long_word_is_broken_and_not_cut_off() -> None:
    word = "".join(chr(ord("a") + place % 26) for place in range(90))
    table = table_with("name", "what")
    table.add_row("x", word)
    page = console()
    page.print(table)
    assert word in "".join(text_of(page).split())
    assert max(map(len, text_of(page).splitlines())) <= 40


def test_whole_columns_stay_on_one_line_and_the_others_wrap() -> None:
    table = table_with("one", "two", whole=1)
    table.add_row("the widest cell keeps its line", "many words wrap")
    page = console()
    page.print(table)
    assert "the widest cell keeps its line" in text_of(page)
    assert "many words wrap" not in text_of(page)
    assert text_of(page).split()[-1] == "wrap"


def test_brackets_are_not_markup() -> None:
    page = console()
    page.print(plain("a [red]b[/red]"))
    print_sentences(page, ["[bold]", 3])
    assert text_of(page).split("\n")[:3] == ["a [red]b[/red]", "[bold]", "3"]


def test_a_mark_stands_before_each_sentence() -> None:
    page = console()
    print_sentences(page, ["leak [x].", "old."], "Note")
    assert text_of(page) == "Note: leak [x].\nNote: old.\n"


def test_a_path_is_never_broken() -> None:
    path, page = Path("a" * 30, "b" * 30), console()
    print_paths(page, [path])
    assert text_of(page) == f"{path}\n"
