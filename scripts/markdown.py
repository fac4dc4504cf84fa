"""Tables and fences of Markdown, for the lists that are made from the code."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

ABSENT = "–"
"""Stands in a cell that has nothing to say."""


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; cells may hold Markdown, but a bar or a line break in them is taken as text."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "".join(f"| {' | '.join(map(_cell, cells))} |\n" for cells in lines)


def fence(language: str, text: str) -> str:
    """Return a block of code."""
    return f"```{language}\n{text.rstrip()}\n```\n"


def code(text: object) -> str:
    """Return an inline piece of code, or the mark of absence for nothing."""
    return f"`{text}`" if str(text) else ABSENT


def both(en: str, vi: str) -> str:
    """Return one sentence in both languages, English first, the Vietnamese one below it."""
    return f"{en}<br>*{vi}*"


def section(title: str, words: str, *, body: str) -> str:
    """Return a section of the third level."""
    return f"### {title}\n\n{words}\n\n{body}\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|") or ABSENT
