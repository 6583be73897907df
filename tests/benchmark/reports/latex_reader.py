"""A small reader of LaTeX tables that shares nothing with the writer: what a reader would see."""

from __future__ import annotations

import re
from dataclasses import dataclass

WORDS = {
    "textbackslash": "\\", "textasciitilde": "~", "textasciicircum": "^", "textasciigrave": "`",
    "textendash": "–", "textemdash": "—", "textquoteleft": "‘", "textquoteright": "’",
    "textquotedblleft": "“", "textquotedblright": "”", "textellipsis": "…", "textbullet": "•",
    "textdegree": "°", "textmu": "µ", "texteuro": "€",
    "leftarrow": "←", "uparrow": "↑", "rightarrow": "→", "downarrow": "↓", "leftrightarrow": "↔",
    "Rightarrow": "⇒", "times": "×", "cdot": "·", "pm": "±", "leq": "≤", "geq": "≥", "neq": "≠",
    "approx": "≈", "infty": "∞", "surd": "√", "in": "∈", "sum": "∑", "emptyset": "∅",
    "scriptsize": "", "emph": "", "textbf": "",
}  # fmt: skip
GREEK = dict(
    zip(
        [
            "alpha",
            "beta",
            "gamma",
            "delta",
            "varepsilon",
            "zeta",
            "eta",
            "theta",
            "kappa",
            "lambda",
            "mu",
            "nu",
            "xi",
            "pi",
            "rho",
            "sigma",
            "tau",
            "varphi",
            "chi",
            "psi",
            "omega",
            "Gamma",
            "Delta",
            "Theta",
            "Lambda",
            "Sigma",
            "Phi",
            "Psi",
            "Omega",
        ],
        "αβγδεζηθκλμνξπρστφχψωΓΔΘΛΣΦΨΩ",
        strict=True,
    )
)
TOKEN = re.compile(
    r"\\(?:symbol\{(?P<code>\d+)\}|text(?P<shift>super|sub)script\{(?P<digit>[^{}]*)\}"
    r"|(?P<word>[A-Za-z]+) ?|(?P<sign>[{}&%$#_]))|(?P<math>\$)|(?P<brace>[{}])|(?P<plain>.)",
    re.DOTALL,
)


def shown(latex: str) -> str:
    """Plain text of a cell or a caption; fails on what TeX would stumble over."""
    text, depth, inside_math = [], 0, False
    for token in TOKEN.finditer(latex):
        if token["code"]:
            text.append(chr(int(token["code"])))
        elif token["shift"]:
            digits = "⁰¹²³⁴⁵⁶⁷⁸⁹" if token["shift"] == "super" else "₀₁₂₃₄₅₆₇₈₉"
            text.append("".join(digits[int(c)] if c.isdigit() else c for c in token["digit"]))
        elif token["word"]:
            text.append((WORDS | GREEK)[token["word"]])
        elif token["sign"]:
            text.append(token["sign"])
        elif token["math"]:
            inside_math = not inside_math
        elif token["brace"]:
            depth += 1 if token["brace"] == "{" else -1
            assert depth >= 0, latex
        else:
            plain = token["plain"]
            assert plain not in "\\&%#_^~\n\r", (plain, latex)
            assert inside_math or plain not in '<>|"`', (plain, latex)
            text.append("−" if inside_math and plain == "-" else plain)
    assert depth == 0, latex
    assert not inside_math, latex
    return "".join(text)


@dataclass(frozen=True)
class Read:
    """A table as its reader sees it."""

    headings: list[str]
    rows: list[list[str]]
    caption: str
    label: str
    rules: int

    def column(self, heading: str) -> list[str]:
        return [row[self.headings.index(heading)] for row in self.rows]


def tables_of(text: str) -> list[Read]:
    """All tables of a file; fails where environments, rules or columns do not fit."""
    seen = "\n".join(line for line in text.split("\n") if not line.startswith("%"))
    begun: list[str] = []
    for what, name in re.findall(r"\\(begin|end)\{(\w+)\}", seen):
        if what == "begin":
            begun.append(name)
        else:
            assert begun.pop() == name
    assert not begun
    tables = re.findall(r"\\begin\{table\}(.*?)\\end\{table\}", seen, re.DOTALL)
    found = [_read(body) for body in tables]
    labels = [table.label for table in found]
    assert len(labels) == len(set(labels))
    return found


def _read(body: str) -> Read:
    (caption,) = re.findall(r"^\\caption\{(.*)\}$", body, re.MULTILINE)
    (label,) = re.findall(r"^\\label\{([a-z0-9:-]+)\}$", body, re.MULTILINE)
    pattern = r"\\begin\{tabular\}\{([lrc]+)\}\n\\toprule\n(.*)\\bottomrule\n\\end\{tabular\}"
    ((columns, inner),) = re.findall(pattern, body, re.DOTALL)
    lines = inner.replace("\\midrule\n", "").split("\n")
    assert lines.pop() == ""
    assert all(line.endswith(" \\\\") for line in lines), lines
    assert not any(line.startswith(("[", "*")) for line in lines), lines
    rows = [re.split(r"(?<!\\)&", line.removesuffix(" \\\\")) for line in lines]
    assert all(len(row) == len(columns) for row in rows)
    headings, *cells = [[shown(cell.strip()) for cell in row] for row in rows]
    return Read(headings, cells, shown(caption), label, inner.count("\\midrule\n"))
