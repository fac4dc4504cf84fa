"""Legacy packages in MIME parts are read in one way, or not at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envelopes.errors import UnreadableMessage
from envelopes.limits import ATTACHMENTS_MAX
from envelopes.mime import is_multipart, split
from envelopes.reader import read
from tests.vectors import document, size
from tests.vectors.expected import PDF
from tests.vectors.variations import multipart

_PACKAGE = multipart(binary=False, headers=True)
_NESTED = b"Content-Type: multipart/mixed; boundary=x"
_TYPE = b"Content-Type: application/pdf"


def _refusal(octets: bytes) -> str:
    with pytest.raises(UnreadableMessage) as caught:
        read(octets)
    return caught.value.finding.code


def _changed(old: bytes, new: bytes, octets: bytes = _PACKAGE) -> bytes:
    assert old in octets
    return octets.replace(old, new)


@pytest.mark.parametrize(
    "octets",
    [
        _changed(b"--Boundary--", b""),
        _changed(b"--Boundary--", b"--Boundary-"),
        _changed(b"--Boundary\r\nContent-Type: application", b"--Boundary2\r\nContent-Type: application"),
        _changed(_TYPE, _TYPE + b"\r\n" + _TYPE),
        _changed(_TYPE, _TYPE + b"\r\ncontent-type: text/plain"),
        _changed(b"Content-ID: <tep-1>", b"Content-ID: <tep-1>\r\nContent-Id: <tep-2>"),
        _changed(b"MIME-Version: 1.0", b"MIME-Version: 1.0\r\nMIME-Version: 1.0"),
        _changed(_TYPE, _NESTED),
        _changed(_TYPE, b"Content-Type: message/rfc822"),
        _changed(_TYPE, b"Content-Type: application/pdf; name=a; name=b"),
        _changed(_TYPE, b"Content-Type: application"),
        _changed(_TYPE, b"not a header"),
        _changed(_TYPE, b"X: \xff"),
        _changed(b"Encoding: base64", b"Encoding: quoted-printable"),
        _changed(b"Encoding: base64", b"Encoding: base64, binary"),
        _changed(b"JVBERi0xLjQga2", b"\xc3\xa1JVBERi0xLjQga2"),
        _changed(b'boundary="Boundary"; ', b""),
        _changed(b'boundary="Boundary"', b'boundary="B"; Boundary="Boundary"'),
        _changed(b'boundary="Boundary"', b'boundary="Bound\xe2\x82\xacary"'),
        _changed(b"multipart/related", b"multipart/mixed"),
        _changed(b'start="<goc>"', b'start="<khac>"'),
        _changed(b"text/xml; charset", b"text/html; charset"),
        _changed(b"Encoding: 8bit", b"Encoding: base64"),
        _changed(b"--Boundary\r\nContent-Type: text", b"preamble\r\n--Boundary\r\nContent-Type: text"),
        _PACKAGE + b"epilogue",
        _PACKAGE + _PACKAGE,
        b'Content-Type: multipart/related; boundary="x"\r\n\r\n--x--\r\n',
        b"Content-Type: multipart/related; boundary=x\r\n\r\n",
        b"Content-Type: " + b"x" * 20_000,
        b"--x\r\nA: b\r\n\r\n",
    ],
    ids=size,
)
def test_what_can_be_read_in_two_ways_is_refused(octets: bytes) -> None:
    assert _refusal(octets) == "package/ambiguous-mime"


@pytest.mark.parametrize(
    ("octets", "code"),
    [
        (_changed(b"charset=utf-8", b"charset=iso-8859-1"), "package/not-utf8"),
        (_changed(b"<SOAP-ENV:Envelope", b"<!DOCTYPE a><SOAP-ENV:Envelope"), "package/doctype"),
        (_changed(b"</SOAP-ENV:Envelope>", b""), "package/truncated"),
    ],
    ids=size,
)
def test_the_message_inside_is_judged_like_any_other(octets: bytes, code: str) -> None:
    assert _refusal(octets) == code


def test_attachments_of_both_kinds_are_refused() -> None:
    inline = b"<edoc:AttachmentEncoded/></SOAP-ENV:Body>"
    assert _refusal(_changed(b"</SOAP-ENV:Body>", inline)) == "package/ambiguous-mime"


def test_more_parts_than_files_allowed_are_refused() -> None:
    part = b"--Boundary\r\nContent-Type: text/plain\r\n\r\nx\r\n"
    octets = _changed(b"--Boundary--", part * (ATTACHMENTS_MAX + 1) + b"--Boundary--")
    assert _refusal(octets) == "package/ambiguous-mime"


@pytest.mark.parametrize("octets", [document(), b"--", b"--<?xml", b"Content", b"", b"<--x\r\nA: b"])
def test_xml_is_not_taken_for_mime(octets: bytes) -> None:
    assert not is_multipart(octets)


def test_gives_the_parts_with_lf_line_ends_too() -> None:
    package = split(_PACKAGE.replace(b"\r\n", b"\n"))
    (part,) = package.parts
    assert (part.content_id, part.media_type) == ("tep-1", "application/pdf")
    assert package.message.startswith(b"<?xml")


@given(st.binary(min_size=1))
def test_binary_parts_come_out_as_they_went_in(content: bytes) -> None:
    octets = multipart(binary=True, headers=False)
    if b"--Boundary" in content:
        return
    (part,) = split(octets.replace(PDF, content)).parts
    (plain,) = split(octets).parts
    assert (part.base64 == plain.base64) == (content == PDF)


@given(st.data())
def test_any_damage_is_read_or_refused(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(_PACKAGE)))
    end = data.draw(st.integers(start, min(len(_PACKAGE), start + 30)))
    octets = (
        _PACKAGE[:start] + data.draw(st.sampled_from([b"", b"\r\n", b"--Boundary", b":", b"\xff"])) + _PACKAGE[end:]
    )
    try:
        reading = read(octets)
    except UnreadableMessage as refusal:
        assert refusal.finding.words.vi  # noqa: PT017  either outcome is right, the words must be there
    else:
        assert reading.message.sender is not None
