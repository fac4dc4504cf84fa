"""Packages in parts are read in one way, and their files are the ones that the signed manifest lists."""

from __future__ import annotations

import io
import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256, sha512

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envelopes import bundles
from envelopes.bundles import bundled, content_type_of, split_bundle
from envelopes.detached import Detached, Window
from envelopes.digest import content_digest
from envelopes.errors import InvalidModel, UnreadableMessage
from envelopes.limits import ATTACHMENTS_MAX, PART_HEADER_BYTES_MAX
from envelopes.model import Attachment, Envelope
from envelopes.packages import package_of
from envelopes.reader import read, read_covered
from envelopes.validation import is_refused, validate
from envelopes.writer import write
from tests.envelopes.builders import TODAY, envelope
from tests.envelopes.bundling import (
    FIRST,
    SECOND,
    bundle,
    codes,
    detached,
    files,
    inline,
    letter,
    read_bundle,
    refusal,
)

PACKAGE = bundle()
BOUNDARY = PACKAGE.partition(b"\r\n")[0][2:]
REFERENCE = "Body.Manifest.Reference"
SIZE = b"<edXML:Size>%d</edXML:Size>" % len(FIRST)
METHOD = b"<edXML:DigestMethod>http://www.w3.org/2001/04/xmlenc#sha256</edXML:DigestMethod>"
VALUE = b"<edXML:DigestValue>%b</edXML:DigestValue>" % b64encode(sha256(FIRST).digest())


def changed(old: bytes, new: bytes, octets: bytes = PACKAGE) -> bytes:
    """Return a package with the first occurrence of something replaced."""
    assert old in octets
    return octets.replace(old, new, 1)


def boundary() -> bytes:
    """The line between two parts."""
    return b"\r\n--" + BOUNDARY


# ── what is taken ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_letter_in_parts_is_read_as_it_was_written() -> None:
    reading = read_bundle(PACKAGE)
    assert reading.findings == ()
    assert reading.message == letter()
    assert isinstance(reading.message, Envelope)
    contents = [one.open().read() for one in reading.message.attachments]
    assert contents == [FIRST, SECOND]
    assert not is_refused(validate(reading.message, today=TODAY))
    assert read(PACKAGE).message == letter()


def test_equal_letters_make_equal_octets_and_files_may_be_read_in_any_order_and_again() -> None:
    assert bundle() == PACKAGE
    first, second = package_of(PACKAGE).parts or ()
    assert second.content.open().read(5) == SECOND[:5]
    stream = first.content.open()
    assert (stream.read(4), second.content.open().read(), stream.read()) == (FIRST[:4], SECOND, FIRST[4:])
    stream.seek(-3, io.SEEK_END)
    assert (stream.read(), stream.tell()) == (FIRST[-3:], len(FIRST))


def test_the_same_document_inside_its_message_and_in_parts_is_one_document() -> None:
    assert content_digest(letter()) == content_digest(inline(letter()))
    other = replace(files()[1], content=detached(SECOND + b"."))
    assert content_digest(letter(files()[0], other)) != content_digest(letter())


def test_a_better_digest_than_the_writers_is_taken_and_verified() -> None:
    method = METHOD.replace(b"xmlenc#sha256", b"xmlenc#sha512")
    value = VALUE.replace(b64encode(sha256(FIRST).digest()), b64encode(sha512(FIRST).digest()))
    better = b"".join(
        bundled(write(letter()).replace(METHOD, method, 1).replace(VALUE, value, 1), letter().attachments)
    )
    assert codes(better) == []
    assert read_bundle(better).message == letter()
    worse = changed(value, value.replace(b64encode(sha512(FIRST).digest()), b64encode(sha512(b"").digest())), better)
    assert codes(worse) == [(f"M.{REFERENCE}.DigestValue", f"{REFERENCE}[1].DigestValue")]


def test_an_inline_package_may_give_sizes_and_digests_which_must_be_true() -> None:
    written = write(inline(letter()))
    name = "<edXML:AttachmentName>Văn bản.pdf</edXML:AttachmentName>".encode()
    assert read(written.replace(name, name + SIZE + METHOD + VALUE, 1)).findings == ()
    assert read(written.replace(name, name + SIZE + METHOD + VALUE, 1)).message == inline(letter())
    lying = written.replace(name, name + SIZE.replace(b">%d" % len(FIRST), b">7") + METHOD + VALUE, 1)
    assert [one.code for one in read(lying).findings] == [f"M.{REFERENCE}.Size"]
    half = written.replace(name, name + SIZE, 1)
    assert {one.code for one in read(half).findings} == {f"N.{REFERENCE}.DigestMethod", f"N.{REFERENCE}.DigestValue"}


@given(st.lists(st.binary(max_size=200), min_size=1, max_size=4), st.integers(1, 90))
def test_whatever_files_hold_comes_back_however_few_octets_are_read_at_a_time(contents: list[bytes], step: int) -> None:
    attachments = [Attachment(f"f{n}", f"{n}.bin", detached(one)) for n, one in enumerate(contents)]
    octets = bundle(letter(*attachments))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bundles, "STEP", step)
        parts = split_bundle(io.BytesIO(octets)).parts
    assert [one.content.open().read() for one in parts] == contents
    assert [one.content for one in parts] == [detached(one) for one in contents]


def test_files_travel_in_one_way_and_what_only_stands_beside_octets_stays_there() -> None:
    with pytest.raises(InvalidModel):
        envelope(attachments=(files()[0], replace(files()[1], content=SECOND)))
    with pytest.raises(InvalidModel):
        replace(files()[0], field_name="tep")
    with pytest.raises(InvalidModel):
        Detached(-1, bytes(32))
    with pytest.raises(InvalidModel):
        bundle(letter(Attachment("tệp 1", "a.pdf", detached(FIRST))))


def test_a_window_ends_where_it_ends() -> None:
    window = Window(io.BytesIO(b"0123456789"), start=3, size=4)
    assert (window.read(), window.read(), window.seek(-1, io.SEEK_CUR), window.read(9)) == (b"3456", b"", 3, b"6")


# ── what cannot be taken apart ────────────────────────────────────────────────────────────────────────────────────────

PDF_TYPE = b"Content-Type: application/pdf\r\n"
ID = b"Content-ID: <tep-1>\r\n"
ENCODING = b"Content-Transfer-Encoding: binary\r\n"


@pytest.mark.parametrize(
    ("octets", "code"),
    [
        (changed(boundary() + b"--", b""), "package/mime-truncated"),
        (PACKAGE[: PACKAGE.index(ID)], "package/mime-truncated"),
        (changed(boundary() + b"--", boundary()), "package/mime-truncated"),
        (changed(boundary() + b"--", boundary() + b"-"), "package/mime-boundary"),
        (changed(PDF_TYPE, boundary() + b"x\r\n" + PDF_TYPE), "package/mime-header"),
        (changed(FIRST[:20], FIRST[:20] + boundary() + b"2\r\n"), "package/mime-boundary"),
        (changed(boundary() + b"\r\n", boundary() + b" \r\n"), "package/mime-boundary"),
        (changed(boundary() + b"\r\n", boundary() + b"\n"), "package/mime-boundary"),
        (b"--" + BOUNDARY + b"\n" + PACKAGE.partition(b"\r\n")[2], "package/mime-boundary"),
        (b"--" + b"x" * 71 + b"\r\n", "package/mime-boundary"),
        (PACKAGE + b"\r\n", "package/mime-trailing"),
        (PACKAGE + b"MZ", "package/mime-trailing"),
        (changed(PDF_TYPE, PDF_TYPE + PDF_TYPE), "package/mime-header"),
        (changed(PDF_TYPE, PDF_TYPE + PDF_TYPE.lower()), "package/mime-header"),
        (changed(PDF_TYPE, PDF_TYPE[:-2] + b";\r\n name=a\r\n"), "package/mime-header"),
        (changed(PDF_TYPE, PDF_TYPE[:-2] + b"; name=a; NAME=b\r\n"), "package/mime-header"),
        (changed(PDF_TYPE, PDF_TYPE[:-2] + b"\n"), "package/mime-header"),
        (changed(PDF_TYPE, b"Content-Disposition: attachment; filename*=utf-8''x\r\n"), "package/mime-header"),
        (changed(PDF_TYPE, b"X: " + b"a" * PART_HEADER_BYTES_MAX + b"\r\n"), "package/mime-header"),
        (changed(PDF_TYPE, b"Content-Type : application/pdf\r\n"), "package/mime-header"),
        (changed(PDF_TYPE, b"Content-Type: application/p\xc3\xa1f\r\n"), "package/mime-header"),
        (changed(PDF_TYPE, b"Content-Type: pdf\r\n"), "package/mime-header"),
        (changed(PDF_TYPE, b"Content-Type: multipart/mixed; boundary=x\r\n"), "package/mime-nested"),
        (changed(PDF_TYPE, b"Content-Type: message/rfc822\r\n"), "package/mime-nested"),
        (changed(ID + ENCODING, ID + b"Content-Transfer-Encoding: base64\r\n"), "package/mime-encoding"),
        (changed(ID + ENCODING, ID + b"Content-Transfer-Encoding: binary, base64\r\n"), "package/mime-encoding"),
        (changed(b"utf-8\r\n" + ENCODING, b"utf-8\r\nContent-Transfer-Encoding: base64\r\n"), "package/mime-encoding"),
        (changed(ID, b""), "package/mime-content-id"),
        (changed(ID, b"Content-ID: tep-1\r\n"), "package/mime-content-id"),
        (changed(ID, b"Content-ID: <>\r\n"), "package/mime-content-id"),
        (changed(ID, b"Content-ID: <tep%2D1>\r\n"), "package/mime-content-id"),
        (changed(ID, b"Content-ID: <tep 1>\r\n"), "package/mime-content-id"),
        (changed(ID, b"Content-ID: <<tep-1>>\r\n"), "package/mime-content-id"),
        (changed(ID, b"Content-ID: <tep-2>\r\n"), "package/mime-content-id"),
        (changed(b"Content-Type: application/xml", b"Content-Type: text/html"), "package/mime-root"),
        (changed(b"charset=utf-8", b"charset=utf-16"), "package/not-utf8"),
    ],
)
def test_what_could_be_read_in_two_ways_is_refused_by_name(octets: bytes, code: str) -> None:
    assert refusal(octets) == code


def test_a_hundred_files_are_taken_and_one_more_is_not() -> None:
    def many(count: int) -> bytes:
        return b"".join(bundled(b"<x/>", [Attachment(f"f{n}", "a.bin", detached(b"")) for n in range(count)]))

    assert len(split_bundle(io.BytesIO(many(ATTACHMENTS_MAX))).parts) == ATTACHMENTS_MAX
    assert refusal(many(ATTACHMENTS_MAX + 1)) == "package/mime-too-many-parts"


def test_a_message_and_a_bundle_have_their_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundles, "PACKAGE_BYTES_MAX", 100)
    assert refusal(PACKAGE) == "package/too-large"
    monkeypatch.undo()
    monkeypatch.setattr(bundles, "BUNDLE_BYTES_MAX", len(PACKAGE) - 1)
    assert refusal(PACKAGE) == "package/too-large"


@given(st.data())
def test_whatever_is_done_to_a_package_it_is_read_or_refused_by_name(data: st.DataObject) -> None:
    octets = bytearray(PACKAGE)
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(octets)))
        octets[place : place + data.draw(st.integers(0, 4))] = data.draw(
            st.one_of(
                st.binary(max_size=4), st.sampled_from([b"\r\n", boundary(), b"--", b"\r\n\r\n", b"Content-ID: <a>"])
            )
        )
    try:
        package = package_of(bytes(octets))
        message = read_covered(package.message, package.parts).message
    except UnreadableMessage as refused:
        code, message = refused.finding.code, None
    assert message or code.startswith("package/")
    for one in message.attachments if isinstance(message, Envelope) else ():
        with one.open() as stream:
            assert sha256(stream.read()).digest() == one.digest


def test_every_way_to_cut_a_package_off_is_noticed() -> None:
    last = len(PACKAGE.rstrip())
    for length in range(2, last, 7):
        assert refusal(PACKAGE[:length]) in {"package/mime-truncated", "package/mime-boundary"}, length


@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/related",
        "multipart/mixed; boundary=x",
        'multipart/related; boundary="x y"',
        "multipart/related; boundary=x; type=text/html",
    ],
)
def test_a_content_type_without_a_boundary_announces_no_package(content_type: str) -> None:
    with pytest.raises(UnreadableMessage) as caught:
        bundles.boundary_in(content_type)
    assert caught.value.finding.code == "package/mime-root"


def test_the_content_type_of_a_package_is_read_back() -> None:
    assert bundles.boundary_in(content_type_of("a'b=c")) == "a'b=c"
    assert bundles.boundary_at(io.BytesIO(PACKAGE)) == BOUNDARY.decode()
    assert bundles.boundary_at(io.BytesIO(b"<edXML/>")) is None


# ── what the signed manifest does not bear out ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        (SIZE, b"", [(f"N.{REFERENCE}.Size", f"{REFERENCE}[1].Size")]),
        (METHOD, b"", [(f"N.{REFERENCE}.DigestMethod", f"{REFERENCE}[1].DigestMethod")]),
        (VALUE, b"", [(f"N.{REFERENCE}.DigestValue", f"{REFERENCE}[1].DigestValue")]),
        (SIZE, b"<edXML:Size>1 KB</edXML:Size>", [(f"T.{REFERENCE}.Size", f"{REFERENCE}[1].Size")]),
        (SIZE, b"<edXML:Size>-1</edXML:Size>", [(f"T.{REFERENCE}.Size", f"{REFERENCE}[1].Size")]),
        (SIZE, b"<edXML:Size>1</edXML:Size>", [(f"M.{REFERENCE}.Size", f"{REFERENCE}[1].Size")]),
        (
            METHOD,
            METHOD.replace(b"2001/04/xmlenc#sha256", b"2000/09/xmldsig#sha1"),
            [(f"M.{REFERENCE}.DigestMethod", f"{REFERENCE}[1].DigestMethod")],
        ),
        (VALUE[20:30], b"!", [(f"T.{REFERENCE}.DigestValue", f"{REFERENCE}[1].DigestValue")]),
        (
            VALUE,
            VALUE.replace(b64encode(sha256(FIRST).digest()), b64encode(sha256(SECOND).digest())),
            [(f"M.{REFERENCE}.DigestValue", f"{REFERENCE}[1].DigestValue")],
        ),
        (
            b"cid:tep-1",
            b"cid:tep-9",
            [(f"M.{REFERENCE}", f"{REFERENCE}[1]"), ("M.Body.Manifest", "Body.Manifest")],
        ),
        (b"application/pdf<", b"image/png<", [(f"M.{REFERENCE}.ContentType", f"{REFERENCE}[1].ContentType")]),
        (
            "<edXML:AttachmentName>Văn bản.pdf</edXML:AttachmentName>".encode(),
            b"",
            [(f"N.{REFERENCE}.AttachmentName", f"{REFERENCE}[1].AttachmentName")],
        ),
    ],
)
def test_what_a_manifest_says_of_a_part_is_complete_and_true(
    old: bytes, new: bytes, found: list[tuple[str, str]]
) -> None:
    assert codes(bundle(changed=(old, new))) == found


def test_swapped_files_are_found_by_their_digests_and_disorder_by_itself() -> None:
    one, two = files()
    equal = replace(two, content=detached(bytes(len(FIRST))))
    message = write(letter(one, equal))
    swapped = b"".join(bundled(message, [replace(one, content=equal.content), replace(equal, content=one.content)]))
    assert [code for code, _ in codes(swapped)] == [f"M.{REFERENCE}.DigestValue"] * 2
    assert codes(b"".join(bundled(message, [equal, one]))) == [("M.Body.Manifest", "Body.Manifest")]


def test_files_beside_the_message_and_in_it_are_refused() -> None:
    inside = re.search(rb"<Attachment>.*</Attachment>", write(inline(letter(files()[0]))), re.DOTALL)
    assert inside is not None
    both = bundle(changed=(b"<AttachmentEncoded />", b"<AttachmentEncoded>" + inside[0] + b"</AttachmentEncoded>"))
    assert codes(both) == [("M.Attachment", "AttachmentEncoded.Attachment")]


@pytest.mark.parametrize("tag", ["Size", "DigestMethod", "DigestValue"])
def test_what_is_said_of_a_file_is_said_once_and_in_the_formats_own_namespace(tag: str) -> None:
    end = f"</edXML:{tag}>".encode()
    twice = bundle(changed=(end, end + f"<edXML:{tag}>1</edXML:{tag}>".encode()))
    with pytest.raises(UnreadableMessage) as caught:
        read_bundle(twice)
    assert caught.value.finding.code == "package/repeated-element"
    foreign = bundle(changed=(end, end + f'<x:{tag} xmlns:x="urn:x">1</x:{tag}>'.encode()))
    with pytest.raises(UnreadableMessage) as caught:
        read_bundle(foreign)
    assert caught.value.finding.code == "package/foreign-namespace"


def test_a_secret_marked_in_the_name_of_a_part_is_seen() -> None:
    secret = letter(replace(files()[0], name="[MẬT] Phương án.pdf"))
    assert [one.code for one in validate(secret, today=TODAY) if one.severity == "error"] == ["M.StateSecret"]
