"""The canonical form: its layout to the octet, and what existing receivers need to read it."""

from __future__ import annotations

import base64
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from zipfile import ZIP_STORED, ZipFile

import pytest
from lxml import etree

from envelopes import paths
from envelopes.identifiers import OrganId
from envelopes.model import Code, DocumentType, Envelope, Extension, Organization, OtherInfo, ResponseFor, TraceHeader
from envelopes.parser import NAMESPACE, Tag, parse
from envelopes.paths import inside, numbered
from envelopes.status import StatusReport
from envelopes.writer import write
from tests.envelopes.builders import attachment, envelope, pdf, recall, replacement, status_report, update
from tests.envelopes.strategies import zip_of

LEAST = Envelope(sender=Organization(None), recipients=(), document_id=None, code=Code(None, None), subject=None)
LEAST_OCTETS = f"""\
<?xml version="1.0" encoding="UTF-8"?>
<edXML xmlns="{NAMESPACE}">
  <edXML:edXMLEnvelope xmlns:edXML="{NAMESPACE}">
    <edXML:edXMLHeader>
      <edXML:MessageHeader>
        <edXML:OtherInfo>
          <edXML:Priority>0</edXML:Priority>
          <edXML:Direction>false</edXML:Direction>
        </edXML:OtherInfo>
        <edXML:SteeringType>0</edXML:SteeringType>
      </edXML:MessageHeader>
      <edXML:TraceHeaderList>
        <edXML:Bussiness>
          <edXML:BussinessDocType>0</edXML:BussinessDocType>
          <edXML:Paper>0</edXML:Paper>
        </edXML:Bussiness>
      </edXML:TraceHeaderList>
    </edXML:edXMLHeader>
    <edXML:edXMLBody>
      <edXML:edXMLManifest version="1.0" />
    </edXML:edXMLBody>
  </edXML:edXMLEnvelope>
  <AttachmentEncoded />
</edXML>
"""
ONE_FILE = f"""\
  <AttachmentEncoded>
    <Attachment>
      <ContentId>cid:tep-1</ContentId>
      <AttachmentName>a &amp; b.txt</AttachmentName>
      <Description>Một &lt;tệp&gt;</Description>
      <ContentType>text/plain</ContentType>
      <edXML:ContentTransferEncoded xmlns:edXML="{NAMESPACE}">YQ==</edXML:ContentTransferEncoded>
    </Attachment>
  </AttachmentEncoded>
</edXML>
"""
ALL = [envelope(), recall(), update(), replacement(), status_report()]


def texts(message: Envelope | StatusReport, name: str) -> list[str]:
    return [element.text or "" for element in parse(write(message)).iter(f"{{{NAMESPACE}}}{name}")]


def test_the_least_message_has_exactly_this_form() -> None:
    assert write(LEAST).decode() == LEAST_OCTETS


def test_a_file_has_exactly_this_form() -> None:
    file = attachment("a & b.txt", b"a", media_type="text/plain", description="Một <tệp>")
    assert write(envelope(attachments=(file,))).decode().endswith(ONE_FILE)


@pytest.mark.parametrize(
    ("message", "digest"),
    [
        (envelope(), "d9981369a035cd431ab28582377ea970ad62fc8ac272fde67e58cf3c757f0acb"),
        (update(), "d1946aeda8a2e9ad7435e1cddf896ac330f74151b118aa55941f114d3e0f3bd8"),
        (status_report(), "8cab61ffb9ea025bc1962281e95d157c4f74aa9f31291b539290114b53d918e7"),
    ],
)
def test_the_form_never_changes(message: Envelope | StatusReport, digest: str) -> None:
    # Content digests of everything ever accepted rest on it: a change here needs a new kind of digest, not a new value.
    assert sha256(write(message)).hexdigest() == digest


@pytest.mark.parametrize("message", ALL)
def test_is_utf_8_without_bom_and_with_lf(message: Envelope | StatusReport) -> None:
    octets = write(message)
    assert octets.startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n<edXML ')
    assert octets.endswith(b"</edXML>\n")
    assert b"\r" not in octets
    assert "Văn thư cơ quan" in octets.decode("utf-8")


@pytest.mark.parametrize("message", ALL)
def test_everything_in_the_envelope_has_the_prefix_and_nothing_else_but_the_content(
    message: Envelope | StatusReport,
) -> None:
    root = parse(write(message))
    assert {element.prefix for element in root[0].iter()} == {"edXML"}
    for element in (element for part in list(root)[1:] for element in part.iter()):
        assert element.prefix == ("edXML" if etree.QName(element).localname == Tag.ENCODED else None)


@pytest.mark.parametrize("message", ALL)
def test_children_stand_in_the_order_of_the_tables(message: Envelope | StatusReport) -> None:
    tables = paths.DOCUMENT_PLACES if isinstance(message, Envelope) else paths.STATUS_PLACES
    for place, names in branches(parse(write(message))):
        order = [tables[place].index(Tag(name)) for name in names]
        assert order == sorted(order), place


def branches(root: etree._Element) -> Iterator[tuple[str, list[str]]]:
    """Yield every element that holds elements, as its place and the names of its children."""
    sections = {
        Tag.ROOT: paths.ROOT,
        Tag.ENVELOPE: paths.ENVELOPE,
        Tag.HEADER: paths.HEADER,
        Tag.BODY: paths.BODY,
        Tag.MANIFEST: paths.MANIFEST,
    }
    tops = {Tag.MESSAGE_HEADER, Tag.TRACE_HEADER_LIST, Tag.ATTACHMENTS}
    for element in root.iter():
        if len(element):
            steps = [etree.QName(node).localname for node in (*reversed(list(element.iterancestors())), element)]
            start = next((number for number, step in enumerate(steps) if step in tops), None)
            manifest = f"{paths.MANIFEST}.{steps[-1]}" if steps[-2:-1] == [Tag.MANIFEST] else None
            place = manifest or (sections[Tag(steps[-1])] if start is None else ".".join(steps[start:]))
            yield place, [etree.QName(child).localname for child in element]


@pytest.mark.parametrize("message", ALL)
def test_no_element_is_empty(message: Envelope | StatusReport) -> None:
    assert [element.tag for element in parse(write(message)).iter() if not len(element) and not element.text] == []


@pytest.mark.parametrize("message", ALL[:4])
def test_receivers_find_an_integer_where_they_need_one(message: Envelope) -> None:
    for name in (Tag.STEERING_TYPE, Tag.PRIORITY, Tag.TYPE_DETAIL):
        assert all(text.isdecimal() for text in texts(message, name))
        assert texts(message, name)


def test_type_detail_is_written_as_soon_as_the_type_says_anything() -> None:
    assert texts(envelope(document_type=DocumentType("Công văn")), "TypeDetail") == ["0"]
    assert texts(envelope(document_type=DocumentType(None)), "TypeDetail") == []


def test_direction_is_written_either_way() -> None:
    assert texts(envelope(other=OtherInfo(direction=True)), "Direction") == ["true"]
    assert texts(envelope(other=OtherInfo()), "Direction") == ["false"]


def test_times_are_those_of_vietnam() -> None:
    hop = TraceHeader(None, datetime(2026, 11, 19, 23, 30, tzinfo=UTC))
    assert texts(envelope(trace=(hop,)), "Timestamp") == ["2026/11/20 06:30:00"]


def test_a_recipient_without_anything_is_written_so_that_it_can_be_reported() -> None:
    assert b"<edXML:To />" in write(envelope(recipients=(Organization(None),)))


def test_a_status_has_neither_body_nor_attachments() -> None:
    root = parse(write(status_report()))
    assert [etree.QName(element).localname for element in root.iter()][:4] == [
        "edXML",
        "edXMLEnvelope",
        "edXMLHeader",
        "MessageHeader",
    ]
    assert len(root) == len(root[0]) == len(root[0][0]) == 1


def test_a_file_is_base64_on_one_line_however_long_it_is() -> None:
    content = bytes(range(256)) * 3_001
    [text] = texts(envelope(attachments=(attachment(content=content),)), Tag.ENCODED)
    assert text == base64.b64encode(content).decode()


def test_an_empty_file_still_has_its_element() -> None:
    assert texts(envelope(attachments=(attachment(content=b""),)), Tag.ENCODED) == [""]


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.pdf", pdf()), ("a.docx", zip_of({"word/document.xml": b"<a/>"})), ("a.zip", zip_of({"b.txt": b"b"}))],
)
def test_files_travel_as_they_are_under_their_own_type(name: str, content: bytes) -> None:
    message = envelope(attachments=(attachment(name, content, media_type="application/x-own"),))
    assert texts(message, Tag.CONTENT_TYPE) == ["application/x-own"] * 2
    assert base64.b64decode(texts(message, Tag.ENCODED)[0]) == content


def test_a_zip_file_keeps_the_label_under_its_own_suffix() -> None:
    message = envelope(attachments=(attachment("a.zip", zip_of({"b": b"b"}), media_type="application/zip"),))
    assert texts(message, Tag.CONTENT_TYPE) == ["application/zip"] * 2


@pytest.mark.parametrize("name", ["bản kê.p7s", "a", "a.tài", "a.123456789012"])
def test_a_file_that_readers_would_unpack_is_zipped_and_labelled(name: str) -> None:
    content = zip_of({"one.txt": b"1", "two.txt": b"2"})
    message = envelope(attachments=(attachment(name, content, media_type="application/x-own"),))
    assert texts(message, Tag.CONTENT_TYPE) == ["application/x-own", "application/zip"]
    with ZipFile(BytesIO(base64.b64decode(texts(message, Tag.ENCODED)[0]))) as archive:
        [entry] = archive.infolist()
        assert archive.read(entry) == content
    assert entry.filename == ("content.p7s" if name.endswith("p7s") else "content.bin")
    assert entry.date_time == (1980, 1, 1, 0, 0, 0)
    assert entry.compress_type == ZIP_STORED  # what compresses well would look like a bomb to readers


def test_extensions_stand_last_in_their_parent_in_their_own_namespace() -> None:
    foreign = b'<a:Xa xmlns:a="urn:example">1</a:Xa>'
    bare = b"<Xb><Xc></Xc></Xb>"
    default = b'<Xd xmlns="urn:example"></Xd>'
    message = envelope(extensions=tuple(Extension(paths.OTHER_INFO, xml) for xml in (foreign, bare, default)))
    [parent] = parse(write(message)).iter(f"{{{NAMESPACE}}}OtherInfo")
    assert [child.tag for child in list(parent)[-3:]] == ["{urn:example}Xa", "Xb", "{urn:example}Xd"]
    assert parent[-2][0].tag == "Xc"


@pytest.mark.parametrize(
    ("path", "parent"),
    [
        (paths.ROOT, "edXML"),
        (paths.HEADER, "edXMLHeader"),
        (numbered(paths.TO, 2), "To"),
        (paths.TASKS, "ResponseForTask"),
        (inside(inside(numbered(paths.UPDATE, 1), Tag.RECEIVER_LIST), Tag.RECEIVER, number=2), "Receiver"),
        (numbered(paths.ATTACHMENT, 1), "Attachment"),
    ],
)
def test_extensions_stand_where_their_path_says(path: str, parent: str) -> None:
    octets = write(update(extensions=(Extension(path, b'<Xa xmlns="urn:example"></Xa>'),)))
    [element] = parse(octets).iter("{urn:example}Xa")
    above = element.getparent()
    assert above is not None
    assert etree.QName(above).localname == parent
    assert above[-1] is element


def test_a_status_answers_one_document() -> None:
    report = status_report(response_for=ResponseFor(OrganId("H26.18")))
    assert texts(report, "OrganId") == ["000.00.21.H41", "H26.18"]


def test_memory_stays_near_the_size_of_the_package() -> None:
    message = envelope(attachments=(attachment(content=bytes(24 * 1024 * 1024)),))
    tracemalloc.start()
    try:
        size = len(write(message))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1.5 * size
