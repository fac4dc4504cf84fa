"""The documentation as the tests read it: its pages, their code blocks, their links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.architecture.source import ROOT

_FENCE = re.compile(r"^```(?P<language>\w*)\n(?P<body>.*?)^```$", re.DOTALL | re.MULTILINE)
_INLINE_CODE = re.compile(r"`[^`\n]*`")
_LINK = re.compile(r"!?\[[^\]\n]*(?:\[[^\]\n]*\])?[^\]\n]*\]\((?P<target>[^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} (?P<words>.+)$", re.MULTILINE)
_MARKUP = re.compile(r"[`*]|\[|\]\([^)]*\)")


@dataclass(frozen=True, slots=True)
class Page:
    """One page of Markdown."""

    path: Path
    text: str

    @property
    def name(self) -> str:
        """The path as the project has it."""
        return str(self.path.relative_to(ROOT))

    def blocks(self, *languages: str) -> tuple[tuple[str, str], ...]:
        """The code blocks of these languages, in order, each with its language."""
        found = ((match["language"], match["body"]) for match in _FENCE.finditer(self.text))
        return tuple((language, body) for language, body in found if language in languages)

    def links(self) -> tuple[str, ...]:
        """The targets of all links and pictures; what stands in code is none."""
        prose = _INLINE_CODE.sub("``", _FENCE.sub("", self.text))
        return tuple(match["target"] for match in _LINK.finditer(prose))

    def anchors(self) -> frozenset[str]:
        """What links may point at: headings, as forges turn them into addresses."""
        prose = _FENCE.sub("", self.text)
        return frozenset(_address(match["words"]) for match in _HEADING.finditer(prose))


def page(name: str) -> Page:
    """Return a page by its path in the project."""
    return Page(ROOT / name, (ROOT / name).read_text("utf-8"))


def all_pages() -> tuple[Page, ...]:
    """Return every page that a reader may come to."""
    roots = sorted(ROOT.glob("*.md"))
    return tuple(Page(path, path.read_text("utf-8")) for path in (*roots, *sorted((ROOT / "docs").rglob("*.md"))))


def broken_links(page: Page) -> Iterator[str]:
    """Yield every link of a page that leads nowhere inside the project; addresses of the web are not looked at."""
    for target in page.links():
        if re.match(r"[a-z]+:", target):
            continue
        place, _, anchor = target.partition("#")
        path = (page.path.parent / place).resolve()
        if not path.exists():
            yield f"{target}: no such file"
        elif anchor and anchor not in (Page(path, path.read_text("utf-8")) if place else page).anchors():
            yield f"{target}: no such heading"


def _address(words: str) -> str:
    plain = _MARKUP.sub("", words).strip().lower()
    return re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
