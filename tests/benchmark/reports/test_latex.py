"""LaTeX: what is escaped reads as it was written, and tables hold together."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from benchmark.reports.latex import (
    MATHEMATICAL,
    TEXTUAL,
    LatexTable,
    escaped,
    escaped_number,
    label_of,
    latex_text,
    score,
    write_latex,
)
from skeletons.errors import InputError
from tests.benchmark.reports.latex_reader import shown, tables_of

SIGNS = "".join((*MATHEMATICAL, *TEXTUAL)) + "⁰¹⁹₀₉−"
HARD = st.text(st.sampled_from("\\{}&%$#_~^<>|\"`'-,[]*? \n\tab1é漢🕺\x00\u202e" + SIGNS))


@settings(deadline=None)
@given(st.text() | HARD)
@example("\\input{/etc/passwd}% \\\\ & ^^5c $x_1^2$ -- ''quoted'' ``so`` ,,low <<high>>")
@example("a\ud800b")
def test_any_text_reads_as_it_was_written_on_one_line(text: str) -> None:
    latex = escaped(text)
    visible = [
        "?" if unicodedata.category(letter) in ("Cc", "Cf", "Cs") else letter
        for letter in " ".join(text.split())
    ]
    assert shown(latex) == "".join(visible)
    for joined in ("\n", "--", "''", ",,", "``", "<<", ">>", "?`", "!`", "^^"):
        assert joined not in latex


@settings(deadline=None)
@given(st.lists(st.lists(HARD, min_size=3, max_size=3), min_size=1, max_size=4), HARD)
def test_a_table_of_any_texts_holds_together(rows: list[list[str]], command: str) -> None:
    cells = tuple(tuple(map(escaped, row)) for row in rows)
    table = LatexTable(
        cells[0], cells, "llr", "Of " + escaped(rows[0][0]), "tab:x", frozenset({1}), tuple(rows[0])
    )
    text = latex_text([table, table], command)
    first, second = tables_of(text)
    assert len(first.rows) == len(rows)
    assert first.rows == second.rows
    assert (first.label, second.label) == ("tab:x", "tab:x-2")
    text.encode("utf-8")


def test_numbers_have_a_minus_and_names_a_hyphen() -> None:
    assert escaped_number("-3.1") == "$-$3.1"
    assert escaped_number("[-3.1, +0.2]") == "[$-$3.1, +0.2]"
    assert escaped_number("< 0.001") == "$<$ 0.001"
    assert escaped("ab-1") == "ab-1"


def test_the_best_is_bold_and_letters_are_raised() -> None:
    assert (
        score("84.0 %", "[83.0, 85.0]", "ab", bold=True)
        == "\\textbf{84.0 \\%} {\\scriptsize [83.0, 85.0]}\\textsuperscript{ab}"
    )


def test_labels_have_letters_digits_and_hyphens_only() -> None:
    assert label_of("NW-UCLA · 10pct", "st_trans", "") == "tab:nw-ucla-10pct-st-trans"


def test_other_scripts_ask_for_another_engine() -> None:
    table = LatexTable(("a",), ((escaped("漢"),),), "l", "c", "tab:x")
    assert "XeLaTeX or LuaLaTeX" in latex_text([table], "c")
    plain = LatexTable(("a",), ((escaped("é → ¹"),),), "l", "c", "tab:x")
    assert "LuaLaTeX" not in latex_text([plain], "漢")


def test_a_file_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot write"):
        write_latex(tmp_path / "file" / "a.tex", [], "c")
    assert "nothing to show" in write_latex(tmp_path / "a.tex", [], "c").read_text()
