"""What may be a package at all, told by the root alone, before anybody asks who signed it."""

from __future__ import annotations

import pytest

from envelopes.dialects import parse_package
from envelopes.errors import UnreadableMessage
from envelopes.parser import NAMESPACE, parse
from envelopes.reader import read_element
from tests.vectors import size, vector

LAYOUTS = [
    *(vector(name) for name in ("document.xml", "status.xml", "edoc.xml", "flat.xml")),
    vector("status.xml").replace(b"<edXML ", b"<EdXML ").replace(b"</edXML>", b"</EdXML>"),
]
OTHERS = [
    (b"<invoice/>", "package/wrong-root"),
    (b'<edXML xmlns="http://www.mic.gov.vn/TBT/QCVN_102_2017"/>', "package/wrong-root"),
    (b'<MessageHeader xmlns="%b"/>' % NAMESPACE.encode(), "package/wrong-root"),
    (b"<batch>" + vector("flat.xml").partition(b"?>")[2] + b"</batch>", "package/wrong-root"),
    (vector("security-monitoring.xml"), "package/security-monitoring"),
    (b"<edXML>", "package/truncated"),
]


@pytest.mark.parametrize("octets", LAYOUTS, ids=size)
def test_whatever_the_reader_reads_may_be_a_package(octets: bytes) -> None:
    read_element(parse(octets))
    assert parse_package(octets).tag == parse(octets).tag


@pytest.mark.parametrize(("octets", "code"), OTHERS, ids=size)
def test_every_other_document_is_refused_by_name(octets: bytes, code: str) -> None:
    with pytest.raises(UnreadableMessage) as refused:
        parse_package(octets)
    assert refused.value.finding.code == code
