"""Makes the lists in the documentation from the code's own tables: `python -m scripts.document`.

A page is written by people, except between `<!-- generated: NAME -->` and `<!-- end: NAME -->`: what stands there is
made anew each time. `--check` writes nothing and names the pages that are not up to date.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from scripts.running_tables import RUNNING_TABLES
from scripts.samples import SAMPLES
from scripts.tables import TABLES

ROOT: Final = Path(__file__).resolve().parents[1]

BLOCKS: Final[Mapping[str, Callable[[], str]]] = {**TABLES, **RUNNING_TABLES, **SAMPLES}
"""What can be generated, by name. Each returns Markdown that ends with a line break, and the same one each time."""

_BLOCK: Final = re.compile(
    r"(?P<begin>^<!-- generated: (?P<name>\S+) -->\n)(?P<body>.*?)(?P<end>^<!-- end: (?P=name) -->$)",
    re.DOTALL | re.MULTILINE,
)
_MARKER: Final = re.compile(r"^<!-- (?:generated|end): (\S+) -->$", re.MULTILINE)


class PageBroken(Exception):
    """The markers of a page do not come in pairs, or name what cannot be generated."""


def pages() -> tuple[Path, ...]:
    """Return every page of the documentation."""
    return (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))


def blocks_of(text: str) -> tuple[str, ...]:
    """Return the names of a page's generated blocks in their order; raises `PageBroken` for stray markers."""
    names = tuple(match["name"] for match in _BLOCK.finditer(text))
    if _MARKER.findall(text) != [name for name in names for _ in ("begin", "end")]:
        raise PageBroken("markers do not come in pairs")
    return names


def refreshed(text: str, blocks: Mapping[str, Callable[[], str]] = BLOCKS) -> str:
    """Return the page with every generated block made anew; raises `PageBroken`."""
    unknown = [name for name in blocks_of(text) if name not in blocks]
    if unknown:
        raise PageBroken(f"nothing generates {', '.join(unknown)}")
    return _BLOCK.sub(lambda match: f"{match['begin']}\n{blocks[match['name']]()}\n{match['end']}", text)


def main() -> int:
    """Write the pages that have changed, or only name them; return the exit code."""
    arguments = argparse.ArgumentParser(prog="python -m scripts.document", description=__doc__)
    arguments.add_argument("--check", action="store_true", help="write nothing; exit 1 where a page is out of date")
    is_check = arguments.parse_args().check
    outdated = [page for page in pages() if refreshed(page.read_text("utf-8")) != page.read_text("utf-8")]
    for page in outdated:
        print(page.relative_to(ROOT))
        if not is_check:
            page.write_text(refreshed(page.read_text("utf-8")), "utf-8")
    return int(is_check and bool(outdated))


if __name__ == "__main__":
    raise SystemExit(main())
