"""Tables in LaTeX, by ``booktabs``: any text escaped, one file for all tables of a command."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmark.records.tables import write_text
from skeletons.errors import InputError

SPECIAL = {
    "\\": "\\textbackslash{}", "{": "\\{", "}": "\\}", "&": "\\&", "%": "\\%", "$": "\\$",
    "#": "\\#", "_": "\\_", "~": "\\textasciitilde{}", "^": "\\textasciicircum{}",
    "<": "$<$", ">": "$>$", "|": "$|$", '"': "\\symbol{34}", "`": "\\textasciigrave{}",
}  # fmt: skip
"""What TeX reads as a command, or what its first fonts show as another sign."""
MATHEMATICAL = {
    "←": "leftarrow", "↑": "uparrow", "→": "rightarrow", "↓": "downarrow", "↔": "leftrightarrow",
    "⇒": "Rightarrow", "×": "times", "·": "cdot", "±": "pm", "≤": "leq", "≥": "geq", "≠": "neq",
    "≈": "approx", "∞": "infty", "√": "surd", "∈": "in", "∑": "sum", "∅": "emptyset",
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "varepsilon", "ζ": "zeta",
    "η": "eta", "θ": "theta", "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi",
    "π": "pi", "ρ": "rho", "σ": "sigma", "τ": "tau", "φ": "varphi", "χ": "chi", "ψ": "psi",
    "ω": "omega", "Γ": "Gamma", "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda", "Σ": "Sigma",
    "Φ": "Phi", "Ψ": "Psi", "Ω": "Omega",
}  # fmt: skip
TEXTUAL = {
    "–": "textendash", "—": "textemdash", "‘": "textquoteleft", "’": "textquoteright",
    "“": "textquotedblleft", "”": "textquotedblright", "…": "textellipsis", "•": "textbullet",
    "°": "textdegree", "µ": "textmu", "€": "texteuro",
}  # fmt: skip
SIGNS = str.maketrans(
    SPECIAL
    | {sign: f"$\\{name}$" for sign, name in MATHEMATICAL.items()}
    | {sign: f"\\{name}{{}}" for sign, name in TEXTUAL.items()}
    | {sign: f"\\textsuperscript{{{digit}}}" for digit, sign in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")}
    | {sign: f"\\textsubscript{{{digit}}}" for digit, sign in enumerate("₀₁₂₃₄₅₆₇₈₉")}
    | {"−": "$-$"}
)
LAST_LATIN = "\u024f"
"""Letters after it are not in the fonts of pdfLaTeX."""


@dataclass(frozen=True)
class LatexTable:
    """A table whose texts are LaTeX already.

    Attributes:
        headings: one a column.
        rows: cells, as many in each row as there are headings.
        columns: letters of the alignment, such as ``lrr``.
        caption: above the table.
        label: what ``\\ref`` calls it; made unique in a file by a number.
        ruled: rows with a rule above them.
        remarks: plain sentences for who pastes the table, as comments before it.
    """

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    columns: str
    caption: str
    label: str
    ruled: frozenset[int] = frozenset()
    remarks: tuple[str, ...] = ()


def escaped(text: object) -> str:
    """Plain text that LaTeX shows as it stands, on one line.

    Runs of white space become a blank, signs that nobody sees a question mark. Letters of other
    scripts stay: XeLaTeX and LuaLaTeX show them.
    """
    line = " ".join(str(text).split())
    seen = "".join("?" if unicodedata.category(sign) in UNSEEN else sign for sign in line)
    # two of these would be joined to one longer sign
    return re.sub(r"([-',])(?=\1)", r"\1{}", seen.translate(SIGNS))


UNSEEN = frozenset({"Cc", "Cf", "Cs"})


def escaped_number(text: str) -> str:
    """Numbers as :func:`escaped`, with a minus in place of a hyphen before a digit."""
    return re.sub(r"(?<![\w$])-(?=[\d.])", "$-$", escaped(text))


def score(value: str, bounds: str = "", letters: str = "", bold: bool = False) -> str:
    """A value with its interval in small type and the letters of its tie groups raised.

    Args:
        value: plain text, as ``bounds`` and ``letters`` are.
    """
    shown = escaped_number(value)
    parts = [f"\\textbf{{{shown}}}" if bold else shown]
    if bounds:
        parts.append(f" {{\\scriptsize {escaped_number(bounds)}}}")
    if letters:
        parts.append(f"\\textsuperscript{{{escaped(letters)}}}")
    return "".join(parts)


def label_of(*parts: str) -> str:
    """A label of letters, digits and hyphens: ``tab:kinematic12-10pct-fid``."""
    return "tab:" + "-".join(re.findall(r"[a-z0-9]+", " ".join(parts).lower()))


def write_latex(path: Path, tables: Sequence[LatexTable], command: str) -> Path:
    """Write tables to a file that a paper can ``\\input``.

    Args:
        command: that made them, for a comment.

    Raises:
        InputError: the file cannot be written.
    """
    try:
        write_text(path, latex_text(tables, command))
    except OSError as error:
        raise InputError(f"cannot write '{path}' ({error.strerror or error})") from error
    return path


def latex_text(tables: Sequence[LatexTable], command: str) -> str:
    """All tables as one text; equal tables give equal texts."""
    seen: dict[str, int] = {}
    blocks = []
    for table in tables:
        seen[table.label] = count = seen.get(table.label, 0) + 1
        label = table.label if count == 1 else f"{table.label}-{count}"
        remarks = "".join(map(_comment, table.remarks))
        blocks.append(f"{remarks}{_environment(table, label)}")
    body = "\n".join(blocks)
    head = _comment(f"Made by: {command}") + _comment("Needs \\usepackage{booktabs}")
    if any(letter > LAST_LATIN for line in body.splitlines() if line[:1] != "%" for letter in line):
        head += _comment("Has letters that pdfLaTeX lacks: take XeLaTeX or LuaLaTeX")
    return f"{head}\n{body}" if body else head + _comment("There is nothing to show yet")


def _comment(text: str) -> str:
    shown = " ".join(text.split()).encode("utf-8", "replace").decode("utf-8")
    return f"% {shown}\n"


def _environment(table: LatexTable, label: str) -> str:
    import pandas as pd

    headings = [_first(table.headings[0]), *table.headings[1:]]
    # A rule stands in the first cell of the row below it: that is where TeX looks for one.
    rows = [
        ["\\midrule\n" * (place in table.ruled) + _first(row[0]), *row[1:]]
        for place, row in enumerate(table.rows)
    ]
    styler = pd.DataFrame(rows, columns=range(len(headings))).style
    styler.hide(axis="index").format_index(lambda place: headings[int(str(place))], axis="columns")
    styler.set_table_styles(
        [
            {"selector": "footnotesize", "props": ":;"},
            {"selector": "setlength", "props": ":{\\tabcolsep}{4pt};"},
        ]
    )
    text = styler.to_latex(
        column_format=table.columns,
        position="htbp",
        position_float="centering",
        hrules=True,
        caption=table.caption,
        label=label,
    )
    return str(text)


def _first(cell: str) -> str:
    """A cell that does not look like an argument of the rule or the line break before it."""
    return f"{{}}{cell}" if cell.startswith(("[", "*")) else cell
