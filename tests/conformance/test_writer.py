"""The canonical form against packages that the operator's own library built."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from envelopes.parser import Tag, parse
from envelopes.reader import read
from envelopes.writer import write
from tests.conformance import edxml
from tests.conformance.folder import ABSENT

_FILES = edxml.packages()
pytestmark = pytest.mark.skipif(not _FILES, reason=ABSENT)

_ALWAYS_OURS = {"OtherInfo", "Priority", "Direction", "TraceHeaderList", "Bussiness", "BussinessDocType"}
"""What our form always says and the library leaves out where its caller set nothing; receivers take both alike."""

_TRAVEL = {Tag.CONTENT_TYPE, Tag.ENCODED}
"""What differs because the library zips files that we leave as they are, and labels every entry of its manifest so."""


def leaves(octets: bytes) -> list[tuple[str, str]]:
    """Return every element with its prefix and its text, in order, without the library's unverifiable signature."""
    return [(_name(element), (element.text or "").strip()) for element in _outside_signatures(parse(octets))]


def _outside_signatures(element: etree._Element) -> Iterator[etree._Element]:
    if etree.QName(element).localname != Tag.SIGNATURE:
        yield element
        for child in element:
            yield from _outside_signatures(child)


def _name(element: etree._Element) -> str:
    local = etree.QName(element).localname
    return f"{element.prefix}:{local}" if element.prefix else local


def _local(name: str) -> str:
    return name.rpartition(":")[2]


@pytest.mark.parametrize("path", _FILES, ids=lambda path: path.name)
def test_elements_prefixes_and_texts_are_those_of_the_library(path: Path) -> None:
    theirs, ours = (leaves(octets) for octets in (path.read_bytes(), write(read(path.read_bytes()).message)))
    said = {_local(name) for name, _ in theirs}
    added = _ALWAYS_OURS - said
    assert [name for name, _ in ours if _local(name) not in added] == [name for name, _ in theirs]
    compared = [[leaf for leaf in found if _local(leaf[0]) not in added | _TRAVEL] for found in (ours, theirs)]
    assert compared[0] == compared[1]
