"""The hardened parser refuses by name, quickly and in little memory; whatever else is XML it reads."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable

import pytest
from hypothesis import event, example, given
from hypothesis import strategies as st
from lxml import etree

from envelopes import parser
from envelopes.errors import Severity, UnreadableMessage
from envelopes.limits import (
    ATTRIBUTE_VALUE_MAX,
    ATTRIBUTES_MAX,
    DEPTH_MAX,
    ELEMENTS_MAX,
    MARKUP_BYTES_MAX,
    NAME_BYTES_MAX,
    PACKAGE_BYTES_MAX,
)
from envelopes.obstacles import OBSTACLES, Obstacle
from envelopes.parser import parse

_FILE = "file:///etc/passwd"


def _refusal(octets: bytes) -> str:
    with pytest.raises(UnreadableMessage) as caught:
        parse(octets)
    return caught.value.finding.code


@pytest.mark.parametrize(
    ("octets", "code"),
    [
        (b"", "package/empty"),
        (b" \r\n\t", "package/empty"),
        (b"{}", "package/not-xml"),
        (b"no markup", "package/not-xml"),
        (b"PK\x03\x04 \x01", "package/not-xml"),
        (b"\x1f\x8b\x08\x00", "package/forbidden-character"),
        (b"<a></b>", "package/not-xml"),
        (b"<a xmlns='u}b'/>", "package/foreign-namespace"),
        (b"<a xmlns:p='{u'><b/></a>", "package/foreign-namespace"),
        (b"<a/><b/>", "package/not-xml"),
        (b"<a/>rubbish", "package/not-xml"),
        (b"<a>&nbsp;</a>", "package/not-xml"),
        (b'<a b="1" b="2"/>', "package/not-xml"),
        (b'<a xmlns:p="u" xmlns:q="u" p:b="1" q:b="2"/>', "package/not-xml"),
        (b"<a>\x01</a>", "package/not-xml"),
        (b"<a>]]></a>", "package/not-xml"),
        (b"<a><b>", "package/truncated"),
        (b"<a><b", "package/truncated"),
        (b"<a><![CDATA[b", "package/truncated"),
        (b"<a>\x00</a>", "package/forbidden-character"),
        (b"<a>&#0;</a>", "package/forbidden-character"),
        (b"<a>&#xD800;</a>", "package/forbidden-character"),
        (b"<p:a/>", "package/undeclared-prefix"),
        (b'<a p:b="1"/>', "package/undeclared-prefix"),
        (b'<?xml version="1.1"?><a/>', "package/xml-version"),
        (b'<?xml version="1.0" encoding="ISO-8859-1"?><a/>', "package/not-utf8"),
        (b'<?xml version="1.0" encoding="windows-1258"?><a/>', "package/not-utf8"),
        (b'<?xml version="1.0" encoding="UTF-7"?><a/>', "package/not-utf8"),
        (b"<a>\xff</a>", "package/not-utf8"),
        (b"<a>\xed\xa0\x80</a>", "package/not-utf8"),
        (b"<a>\xc0\xaf</a>", "package/not-utf8"),
        ("<a/>".encode("utf-16"), "package/not-utf8"),
        ("<a/>".encode("utf-16-le"), "package/not-utf8"),
        ("<a/>".encode("utf-16-be"), "package/not-utf8"),
        ("<a/>".encode("utf-32"), "package/not-utf8"),
        ("<a/>".encode("utf-32-be"), "package/not-utf8"),
        ("<?xml version='1.0'?><a/>".encode("cp037"), "package/not-utf8"),
        (b"+/v8-<a/>", "package/not-utf8"),
        (b"x" * 65 + b'<?xml version="1.0"?><a/>', "package/junk-before-prolog"),
        (b'a<b<?xml version="1.0"?><a/>', "package/junk-before-prolog"),
        (b'<b><?xml version="1.0"?><a/>', "package/junk-before-prolog"),
        (b'<12<?xml version="1.0"?><a/>', "package/junk-before-prolog"),
        (b'<!-- b --><?xml version="1.0"?><a/>', "package/junk-before-prolog"),
        (b"<!DOCTYPE a><a/>", "package/doctype"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "package/doctype"),
        (f'<!DOCTYPE a [<!ENTITY b SYSTEM "{_FILE}">]><a>&b;</a>'.encode(), "package/doctype"),
        (b'<!DOCTYPE a SYSTEM "http://127.0.0.1/a.dtd"><a/>', "package/doctype"),
        (b'<!DOCTYPE a [<!ENTITY % b SYSTEM "http://127.0.0.1/a.dtd"> %b;]><a/>', "package/doctype"),
        (b'<!DOCTYPE a [<!ATTLIST a b CDATA "c">]><a/>', "package/doctype"),
        (b"<a>b<!-- c --></a>", "package/comment-in-text"),
        (b"<a><!-- c -->b</a>", "package/comment-in-text"),
        (b"<a>b<?c?></a>", "package/comment-in-text"),
        (b"<a>&#xDC00;</a>", "package/forbidden-character"),
        (b"<a>&#xFFFE;</a>", "package/forbidden-character"),
        (b"<a>\xef\xbf\xbe</a>", "package/not-xml"),
        (b"<a/>\x00", "package/forbidden-character"),
        (b"<a/><?xml version='1.0'?>", "package/not-xml"),
        (b"<a><b/>text<!-- c --></a>", "package/comment-in-text"),
    ],
)
def test_refuses_by_name(octets: bytes, code: str) -> None:
    assert _refusal(octets) == code


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        (b"<a/>", b"<a></a>"),
        (b"\xef\xbb\xbf<a/>", b"<a></a>"),
        (b'\xef\xbb\xbf<?xml version="1.0" encoding="utf-8" standalone="yes"?><a/>', b"<a></a>"),
        (b"<?xml version='1.0'?>\r\n<a/>\r\n", b"<a></a>"),
        (b'1212<?xml version="1.0"?><a/>', b"<a></a>"),
        (b"x" * 64 + b'<?xml version="1.0"?><a/>', b"<a></a>"),
        (b'\r\n<?xml version="1.0"?><a/>', b"<a></a>"),
        (b" \n<a/>", b"<a></a>"),
        (b"<a>b\rc\r\nd</a>", b"<a>b\nc\nd</a>"),
        (b"<a>b&#13;c</a>", b"<a>b&#xD;c</a>"),
        (b"<a><![CDATA[<b>]]>&amp;&#65;</a>", b"<a>&lt;b&gt;&amp;A</a>"),
        (b"<a> <!-- b --> <c/> <?d?> </a>", b"<a> <!-- b --> <c></c> <?d?> </a>"),
        (b"<!-- <?xml ?> --><a/>", b"<!-- <?xml ?> -->\n<a></a>"),
    ],
)
def test_reads_what_is_within_the_profile(octets: bytes, expected: bytes) -> None:
    tree = etree.ElementTree(parse(octets))
    assert etree.tostring(tree, method="c14n", with_comments=True) == expected


def test_says_where_xml_is_wrong() -> None:
    with pytest.raises(UnreadableMessage) as caught:
        parse(b"<a>\n  <b></c>\n</a>")
    assert caught.value.finding.path == "2:8"


def test_names_the_element_that_holds_a_comment() -> None:
    with pytest.raises(UnreadableMessage) as caught:
        parse(b'<a xmlns="urn:a"><b>c<!-- d --></b></a>')
    assert caught.value.finding.path == "b"


def test_every_obstacle_has_words_and_refuses() -> None:
    assert set(OBSTACLES) == set(Obstacle)
    assert all(obstacle.value.startswith("package/") for obstacle in Obstacle)
    with pytest.raises(UnreadableMessage) as caught:
        parse(b"")
    assert caught.value.finding.severity is Severity.ERROR
    assert caught.value.finding.words == OBSTACLES[Obstacle.EMPTY]


def test_at_the_limits_all_is_read() -> None:
    attributes = "".join(f' a{number}="{number}"' for number in range(ATTRIBUTES_MAX))
    parse(f"<a{attributes}/>".encode())
    parse(f'<a b="{"c" * ATTRIBUTE_VALUE_MAX}"/>'.encode())
    parse(f"<{'a' * NAME_BYTES_MAX}/>".encode())
    parse(b"<a>" * DEPTH_MAX + b"</a>" * DEPTH_MAX)
    assert len(parse(b"<a>" + b"<b/>" * (ELEMENTS_MAX - 1) + b"</a>")) == ELEMENTS_MAX - 1


def test_a_text_of_many_megabytes_is_read() -> None:
    text = parse(b"<a>" + b"QUJD" * 4_000_000 + b"</a>").text
    assert text is not None
    assert len(text) == 16_000_000


_BOMBS: dict[str, tuple[Callable[[int], bytes], str]] = {
    "nested": (lambda size: b"<a>" * (size // 3), "package/too-deep"),
    "elements": (lambda size: b"<r>" + b"<a/>" * (size // 4 - 2) + b"</r>", "package/too-many-elements"),
    "comments": (lambda size: b"<r>" + b"<!---->" * (size // 7 - 2) + b"</r>", "package/too-many-elements"),
    "instructions": (lambda size: b"<r>" + b"<?a?>" * (size // 5 - 2) + b"</r>", "package/too-many-elements"),
    "one comment": (lambda size: b"<r><!--" + b"x" * (size - 20) + b"--></r>", "package/oversized-markup"),
    "one attribute": (lambda size: b'<r a="' + b"x" * (size - 20) + b'"/>', "package/oversized-markup"),
    "one name": (lambda size: b"<" + b"x" * (size - 20) + b"/>", "package/oversized-markup"),
    "attributes": (
        lambda size: b"<r" + b"".join(b' a%d=""' % n for n in range(size // 12)) + b"/>",
        "package/oversized-markup",
    ),
    "namespaces": (
        lambda size: b"<r" + b"".join(b' xmlns:a%d="u"' % n for n in range(size // 20)) + b"/>",
        "package/oversized-markup",
    ),
    "attributes on all": (
        lambda size: b"<r>" + (b"<a " + b" ".join(b'a%d=""' % n for n in range(64)) + b"/>") * (size // 520) + b"</r>",
        "package/oversized-markup",
    ),
    "entities": (
        lambda size: b'<!DOCTYPE r [<!ENTITY a "' + b"x" * (size - 40) + b'">]><r>&a;</r>',
        "package/doctype",
    ),
    "junk": (lambda size: b"x" * (size - 40) + b'<?xml version="1.0"?><r/>', "package/junk-before-prolog"),
    "brackets": (lambda size: b"<" * size, "package/not-xml"),
}


@pytest.mark.parametrize("name", _BOMBS)
def test_a_bomb_of_the_largest_size_is_refused_at_once(name: str) -> None:
    build, code = _BOMBS[name]
    octets = build(PACKAGE_BYTES_MAX)
    started = time.process_time()
    assert _refusal(octets) == code
    assert time.process_time() - started < 2


_LEVELS = "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(9))
_ENTITIES = {
    "a billion laughs": f'[<!ENTITY a0 "haha">{_LEVELS}]><a>&a9;</a>',
    "one long entity, often": f'[<!ENTITY a0 "{"x" * 50_000}">]><a>{"&a0;" * 50_000}</a>',
    "an entity of itself": '[<!ENTITY a0 "&a1;"><!ENTITY a1 "&a0;">]><a>&a0;</a>',
    "a parameter entity of itself": '[<!ENTITY % a0 "%a1;"><!ENTITY % a1 "%a0;"> %a0;]><a/>',
    "attributes by default": f'[<!ATTLIST b c CDATA "{"x" * 50_000}">]><a>{"<b/>" * 50_000}</a>',
    "a DTD without end": f"[{'<!ELEMENT a ANY>' * 50_000}",
}


@pytest.mark.parametrize("name", _ENTITIES)
def test_entities_are_refused_at_the_first_word_of_their_dtd(name: str) -> None:
    octets = f"<!DOCTYPE a {_ENTITIES[name]}".encode()
    started = time.process_time()
    assert _refusal(octets) == "package/doctype"
    assert time.process_time() - started < 0.1


_MEASURE = """
import resource, sys
from envelopes.errors import UnreadableMessage
from envelopes.parser import parse
from tests.vectors import size
from tests.envelopes.test_parser import _BOMBS
octets = _BOMBS[sys.argv[1]][0](40 * 1024 * 1024)
with open("/proc/self/status") as status:
    before = next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
with open("/proc/self/clear_refs", "w") as peak:
    peak.write("5")
try:
    parse(octets)
except UnreadableMessage:
    pass
with open("/proc/self/status") as status:
    after = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
print(after - before)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="peak memory is read from /proc")
@pytest.mark.parametrize("name", ["nested", "elements", "attributes", "attributes on all", "one attribute", "entities"])
def test_a_bomb_takes_little_memory(name: str) -> None:
    run = subprocess.run([sys.executable, "-c", _MEASURE, name], capture_output=True, check=True, text=True)
    assert int(run.stdout) < 32 * 1024


def test_a_package_over_the_limit_is_refused_unseen() -> None:
    assert _refusal(b"<" * (PACKAGE_BYTES_MAX + 1)) == "package/too-large"


def test_one_byte_more_of_markup_is_refused() -> None:
    comment = b"<a><!--" + b"x" * (MARKUP_BYTES_MAX * 2) + b"--></a>"
    assert _refusal(comment) == "package/oversized-markup"
    attributes = "".join(f' a{number}="{number}"' for number in range(ATTRIBUTES_MAX + 1))
    assert _refusal(f"<a{attributes}/>".encode()) == "package/oversized-markup"
    assert _refusal(f"<{'a' * (NAME_BYTES_MAX + 1)}/>".encode()) == "package/oversized-markup"
    assert _refusal(f"<{'ắ' * NAME_BYTES_MAX}/>".encode()) == "package/oversized-markup"
    assert _refusal(b"<a>" * (DEPTH_MAX + 1) + b"</a>" * (DEPTH_MAX + 1)) == "package/too-deep"


_PIECES = st.sampled_from(
    [
        *"<a> </a> <b /> = \" ' <!-- --> <? ?> <![CDATA[ ]]> &# & ; <!DOCTYPE [ ]> xmlns : \ufeff ắ a".encode().split(),
        *(b"<?xml version='1.0'?>", b" ", b"\r\n", b"\x00", b"\xff"),
    ]
)


@given(st.one_of(st.binary(), st.lists(_PIECES).map(b"".join)))
@example(b"<a xml:base=':'/>")
@example(b"<a xmlns='\xf0\x9f\x93\x9c'/>")
def test_any_octets_are_an_element_or_a_named_refusal(octets: bytes) -> None:
    try:
        root = parse(octets)
    except UnreadableMessage as refusal:
        event(refusal.finding.code)
    else:
        assert root.getroottree().docinfo.internalDTD is None


def test_the_signature_belongs_in_the_header() -> None:
    names = [etree.QName(name).localname for name in parser.SIGNATURE_PARENT]
    assert names == ["edXML", "edXMLEnvelope", "edXMLHeader"]
