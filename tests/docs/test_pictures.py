"""Pictures can be read in light and in dark, by eyes and by screen readers, and load nothing from elsewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from lxml import etree

from tests.architecture.source import ROOT

SVG = "{http://www.w3.org/2000/svg}"
PICTURES = sorted((ROOT / "docs" / "pictures").glob("*.svg"))

_COLOURED = re.compile(r"\.([\w-]+) \{[^}]*(?:fill|stroke): ?#")


def schemes(root: etree._Element) -> tuple[set[str], set[str]]:
    """The classes that get a colour in the light scheme, and in the dark one."""
    style = root.findtext(f"{SVG}style") or ""
    light, _, dark = style.partition("@media (prefers-color-scheme: dark)")
    return set(_COLOURED.findall(light)), set(_COLOURED.findall(dark))


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.name)
def test_every_colour_has_its_dark_counterpart(path: Path) -> None:
    root = etree.parse(path).getroot()
    light, dark = schemes(root)
    used = {name for element in root.iter(etree.Element) for name in element.get("class", "").split()}
    assert light
    assert light == dark
    assert used == light


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.name)
def test_it_is_told_in_words_and_loads_nothing(path: Path) -> None:
    root = etree.parse(path).getroot()
    named = {child.get("id") for child in root if child.tag in {f"{SVG}title", f"{SVG}desc"} and child.text}
    assert named == set(root.get("aria-labelledby", "").split())
    assert list(root.iter(f"{SVG}image", f"{SVG}script", f"{SVG}use")) == []
    assert re.findall(r"(?:href|src)=|@import|url\((?!#)", path.read_text("utf-8")) == []


def test_a_colour_without_counterpart_is_caught() -> None:
    text = "<svg xmlns='http://www.w3.org/2000/svg'><style>.a { fill: #fff } .b { stroke: #000 }\
        @media (prefers-color-scheme: dark) { .a { fill: #000 } }</style></svg>"
    assert schemes(etree.fromstring(text)) == ({"a", "b"}, {"a"})
