"""Files come out of a package as their sender put them in, or not at all."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envelopes.base64_texts import decode_base64
from envelopes.errors import Severity
from envelopes.limits import ATTACHMENTS_MAX
from envelopes.model import Attachment, Envelope
from envelopes.parser import NAMESPACE
from envelopes.reader import read
from tests.vectors import document, size
from tests.vectors.expected import DOCUMENT, MAIN_FILE, NOTE_FILE, PDF
from tests.vectors.variations import zipped

_NAME = "M.Attachment.AttachmentName"
_CONTENT = "Attachment.ContentTransferEncoded"
_LABEL = "M.Attachment.ContentType"
_ENTRY = "M.Body.Manifest.Reference"

_SHEET = zipped(("[Content_Types].xml", b"<Types/>"), ("xl/workbook.xml", b"<workbook/>"))
"""What an office file is: an archive of several entries, some in folders."""


def _package(
    content: bytes | str,
    *,
    name: str = "tep.pdf",
    label: str | None = "application/pdf",
    listed: str = "application/pdf",
) -> bytes:
    """Return a package with one file; `content` as text stands as it is where base64 belongs."""
    text = content if isinstance(content, str) else base64.b64encode(content).decode()
    said = "" if label is None else f"<ContentType>{label}</ContentType>"
    return f"""<edXML xmlns="{NAMESPACE}"><edXMLEnvelope><edXMLHeader><MessageHeader>
      <SteeringType>0</SteeringType></MessageHeader>
      <TraceHeaderList><Bussiness><BussinessDocType>0</BussinessDocType></Bussiness></TraceHeaderList></edXMLHeader>
      <edXMLBody><edXMLManifest><Reference><ContentId>cid:1</ContentId><AttachmentName>{name}</AttachmentName>
      <ContentType>{listed}</ContentType></Reference></edXMLManifest></edXMLBody></edXMLEnvelope>
      <AttachmentEncoded><Attachment><ContentId>1</ContentId><AttachmentName>{name}</AttachmentName>{said}
      <ContentTransferEncoded>{text}</ContentTransferEncoded></Attachment></AttachmentEncoded></edXML>""".encode()


def _files(octets: bytes) -> tuple[tuple[Attachment, ...], list[str], list[str]]:
    """Return the files, the codes of the errors and those of the warnings."""
    reading = read(octets)
    assert isinstance(reading.message, Envelope)
    codes: dict[Severity, list[str]] = {Severity.ERROR: [], Severity.WARNING: []}
    for finding in reading.findings:
        codes[finding.severity].append(finding.code)
    return reading.message.attachments, codes[Severity.ERROR], codes[Severity.WARNING]


def _one(octets: bytes) -> tuple[Attachment, list[str]]:
    (file,), errors, warnings = _files(octets)
    assert errors == []
    return file, warnings


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("@@@@ rác @@@@", f"T.{_CONTENT}"),
        ("QUJD*", f"T.{_CONTENT}"),
        ("QUJ", f"T.{_CONTENT}"),
        ("QUI", f"T.{_CONTENT}"),
        ("QQ==QQ==", f"T.{_CONTENT}"),
        ("=QUJD", f"T.{_CONTENT}"),
        ("QU+_", f"T.{_CONTENT}"),
        ("QUJD\u00a0", f"T.{_CONTENT}"),
        ("QU<b/>JD", f"T.{_CONTENT}"),
    ],
    ids=size,
)
def test_what_is_no_base64_is_refused(content: str, code: str) -> None:
    files, errors, _ = _files(_package(content))
    assert files == ()
    assert code in errors


@pytest.mark.parametrize(
    ("content", "label", "name", "code"),
    [
        (zipped(("../x.pdf", PDF)), "application/zip", "tep.pdf", f"M.{_CONTENT}"),
        (zipped(("d/x.pdf", PDF)), "application/zip", "tep.pdf", f"M.{_CONTENT}"),
        (zipped(("d\\x.pdf", PDF)), "application/zip", "tep.pdf", f"M.{_CONTENT}"),
        (zipped(("../x.pdf", PDF)), "application/pdf", "tep.pdf", f"M.{_CONTENT}"),
        (zipped(("../x.docx", PDF)), None, "tep.docx", f"M.{_CONTENT}"),
        (zipped(("x.pdf", b"\0" * 40_000_000)), "application/zip", "tep.pdf", f"R.{_CONTENT}"),
        (zipped(("x.pdf", b"\0" * 40_000_000)), "application/pdf", "tep.pdf", f"R.{_CONTENT}"),
        (zipped(("x.pdf", PDF)).replace(b"x.pdf", b"y.pdf", 1), "application/zip", "tep.pdf", f"T.{_CONTENT}"),
    ],
    ids=size,
)
def test_an_unsafe_archive_is_refused_and_not_kept(content: bytes, label: str | None, name: str, code: str) -> None:
    files, errors, _ = _files(_package(content, label=label, name=name))
    assert (files, errors) == ((), [code])


@pytest.mark.parametrize(
    ("content", "label", "name"),
    [
        (PDF, "application/zip", "tep.pdf"),
        (PDF, None, "tep.pdf"),
        (b"", "application/zip", "tep.pdf"),
        (zipped(("a.pdf", PDF), ("b.pdf", PDF)), "application/zip", "tep.pdf"),
        (zipped(("d/", b""), ("b.pdf", PDF)), "application/zip", "tep.pdf"),
        (zipped(), "application/zip", "tep.pdf"),
        (_SHEET, "application/zip", "bang.xlsx"),
        (_SHEET, None, "bang.xlsx"),
    ],
    ids=size,
)
def test_a_label_that_existing_receivers_stumble_over_is_refused(content: bytes, label: str | None, name: str) -> None:
    (file,), errors, _ = _files(_package(content, label=label, name=name, listed="application/zip"))
    assert (file.content, errors) == (content, [_LABEL])
    assert file.media_type != "application/zip"


@pytest.mark.parametrize(
    ("content", "label", "name", "warnings"),
    [
        (PDF, "application/pdf", "tep.pdf", []),
        (zipped(("x.pdf", PDF)), "application/zip", "tep.pdf", []),
        (zipped(("x.pdf", PDF)), " application/zip ", "tep.pdf", [_LABEL]),
        (zipped(("x.pdf", PDF)), "", "tep.pdf", [_LABEL]),
        (zipped(("x.pdf", PDF)), None, "tep.pdf", []),
        (zipped(("x.pdf", PDF)), "application/zip", "tep.ZIP", []),
        (zipped(("x.pdf", PDF)), "application/pdf", "tep.pdf", [_LABEL]),
        (zipped(("x.pdf", PDF)), "Application/ZIP", "tep.pdf", [_LABEL]),
        (zipped(("x.pdf", PDF)), "application/x-zip-compressed", "tep", [_LABEL]),
    ],
    ids=size,
)
def test_a_zipped_file_is_unpacked(content: bytes, label: str | None, name: str, warnings: list[str]) -> None:
    file, said = _one(_package(content, label=label, name=name))
    assert (file.content, file.media_type, said) == (PDF, "application/pdf", warnings)


@pytest.mark.parametrize(
    ("content", "label", "name"),
    [
        (zipped(("x.pdf", PDF)), "application/zip", "tep.zip"),
        (zipped(("../x.pdf", PDF)), "application/zip", "tep.zip"),
        (zipped(("x.pdf", PDF)), "application/x-zip-compressed", "tep.ZIP"),
        (_SHEET, "application/xlsx", "bang.xlsx"),
        (zipped(("a", PDF), ("b", PDF)), "application/pdf", "tep.pdf"),
        (b"PK\x03\x04 is how this text begins", "text/plain", "tep.txt"),
        (b"", "application/pdf", "tep.pdf"),
    ],
    ids=size,
)
def test_an_archive_that_is_the_file_stays_as_it_is(content: bytes, label: str, name: str) -> None:
    file, warnings = _one(_package(content, label=label, name=name))
    assert (file.content, file.media_type, warnings) == (content, label, [])


@pytest.mark.parametrize("written", ["tep.zip&#160;", "tep.zip&#8203;", "tep.zip "])
def test_a_name_is_an_archive_only_as_it_is_written(written: str) -> None:
    octets = _package(_SHEET, label="application/zip", name=written)
    (file,), errors, _ = _files(octets)
    assert (file.name, errors) == ("tep.zip", [_LABEL])


@pytest.mark.parametrize("written", ["x/../../y", "a\\b", "/pdf", "pdf&#9;x", "p" * 201])
def test_a_format_that_receivers_cannot_store_under_is_refused_and_dropped(written: str) -> None:
    octets = document(("<ContentType>text/plain", f"<Format>{written}</Format><ContentType>text/plain"))
    files, errors, _ = _files(octets)
    assert (files, errors) == ((MAIN_FILE, NOTE_FILE), ["M.Attachment.Format"])


def test_a_format_that_is_a_suffix_is_kept() -> None:
    octets = document(("<ContentType>text/plain", "<Format> txt </Format><ContentType>text/plain"))
    assert _files(octets) == ((MAIN_FILE, replace(NOTE_FILE, format="txt")), [], [])


@pytest.mark.parametrize("attachment", ["<Attachment/>", "<Attachment> </Attachment>", "<Attachment><y/></Attachment>"])
def test_an_attachment_with_nothing_of_the_format_in_it_is_as_absent_and_told(attachment: str) -> None:
    reading = read(document(("<AttachmentEncoded>", f"<AttachmentEncoded>{attachment}")))
    assert isinstance(reading.message, Envelope)
    assert (reading.message.attachments, reading.findings) == ((MAIN_FILE, NOTE_FILE), ())
    assert reading.has_empty_attachments
    assert not read(document()).has_empty_attachments


def test_an_archive_in_an_archive_is_opened_once() -> None:
    inner = zipped(("x.pdf", PDF))
    file, _ = _one(_package(zipped(("y.pdf", inner)), label="application/zip"))
    assert file.content == inner


@pytest.mark.parametrize(
    ("listed", "name", "content", "expected"),
    [
        ("text/x-own", "tep.pdf", PDF, "text/x-own"),
        ("application/zip", "tep.pdf", PDF, "application/pdf"),
        ("application/zip", "TEP.XLSX", b"x", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("application/zip", "tep", PDF, "application/pdf"),
        ("application/zip", "tep", b"x", "application/octet-stream"),
        ("Application/Zip", "tep.ZIP", b"x", "application/octet-stream"),
    ],
    ids=size,
)
def test_an_unpacked_file_has_the_type_of_the_manifest_or_of_its_name(
    listed: str, name: str, content: bytes, expected: str
) -> None:
    file, _ = _one(_package(zipped(("x", content)), label="application/zip", name=name, listed=listed))
    assert file.media_type == expected


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ((("<ContentId>cid:tep-1", "<ContentId>cid:tep-9"),), [_ENTRY, "M.Attachment"]),
        ((("<ContentId>cid:tep-2", "<ContentId>cid:tep-1"),), ["M.Attachment.ContentId", _ENTRY]),
        ((("edXML:ContentId>cid:tep-2", "edXML:ContentId>cid:tep-1"),), [f"{_ENTRY}.ContentId", "M.Attachment"]),
        ((("<ContentId>cid:tep-1</ContentId>", ""),), ["N.Attachment.ContentId", _ENTRY]),
        ((("<edXML:ContentId>cid:tep-1</edXML:ContentId>", ""),), [f"N{_ENTRY[1:]}.ContentId", "M.Attachment"]),
        ((("cid:tep-1", "cid:"),), ["N.Attachment.ContentId", "N.Body.Manifest.Reference.ContentId"]),
        ((("<AttachmentName>công văn 7.pdf", "<AttachmentName>khác.pdf"),), [f"{_ENTRY}.AttachmentName"]),
        ((("<AttachmentName>công văn 7.pdf</AttachmentName>", ""),), ["N.Attachment.AttachmentName"]),
    ],
    ids=size,
)  # fmt: skip
def test_files_and_entries_that_do_not_pair_are_refused(changes: tuple[tuple[str, str], ...], codes: list[str]) -> None:
    _, errors, _ = _files(document(*changes))
    assert errors == codes


def test_a_missing_content_is_refused() -> None:
    octets = _package("").replace(b"<ContentTransferEncoded></ContentTransferEncoded>", b"")
    assert _files(octets)[:2] == ((), [f"N.{_CONTENT}"])


def test_without_manifest_no_file_is_paired() -> None:
    octets = document(("edXML:edXMLManifest", "edXML:Other"))
    assert _files(octets)[1] == ["M.Attachment", "M.Attachment"]


def test_names_composed_differently_are_the_same() -> None:
    decomposed = "co\u0302ng va\u0306n 7.pdf"
    files, errors, _ = _files(document(("<AttachmentName>công văn 7.pdf", f"<AttachmentName>{decomposed}")))
    assert (files[0].name, errors) == (decomposed, [])


@pytest.mark.parametrize("name", ["../../etc/passwd", "%2e%2e/x", "a%00.pdf", "/etc/passwd", "..\\x"])
def test_a_name_that_leads_out_is_refused_and_made_safe(name: str) -> None:
    (file,), errors, _ = _files(_package(PDF, name=name))
    assert errors == [_NAME]
    assert "/" not in file.name


def test_a_name_of_300_characters_is_refused() -> None:
    (file,), errors, _ = _files(_package(PDF, name="x" * 296 + ".pdf"))
    assert (len(file.name), file.name[-4:], errors) == (200, ".pdf", ["R.Attachment.AttachmentName"])


def test_a_name_with_folders_is_made_safe_with_a_warning() -> None:
    file, warnings = _one(_package(PDF, name="C:\\Văn thư\\7.pdf"))
    assert (file.name, warnings) == ("7.pdf", ["T.Attachment.AttachmentName"])


def test_more_files_than_allowed_are_refused_undecoded() -> None:
    many = ATTACHMENTS_MAX + 1
    entries = "".join(f"<Reference><ContentId>{n}</ContentId></Reference>" for n in range(many))
    files = "".join(
        f"<Attachment><ContentId>{n}</ContentId><AttachmentName>{n}.pdf</AttachmentName><ContentType>application/pdf"
        "</ContentType><ContentTransferEncoded>QUJD</ContentTransferEncoded></Attachment>"
        for n in range(many)
    )
    octets = document(
        ("</edXML:edXMLManifest>", f"<z/></edXML:edXMLManifest>{entries}"),
        ("<AttachmentEncoded>", f"<AttachmentEncoded>{files}"),
    ).replace(f"</edXML:edXMLManifest>{entries}".encode(), f"{entries}</edXML:edXMLManifest>".encode())
    attachments, errors, _ = _files(octets)
    assert (len(attachments), errors) == (ATTACHMENTS_MAX, ["R.Attachment"])


def test_many_small_archives_do_not_unpack_to_more_than_a_package_may() -> None:
    archive = base64.b64encode(zipped(("x.txt", b"\0" * 1024 * 1024 * 150))).decode()
    label = ("<ContentType>text/plain</ContentType>", "<ContentType>application/zip</ContentType>")
    assert len(archive) < 300_000
    _, errors, _ = _files(document(label, ("Z2hpIGNow7o/Pz4+", archive)))
    assert errors == [f"R.{_CONTENT}"]


def test_a_reading_without_findings_has_all_files() -> None:
    assert _files(document()) == ((MAIN_FILE, NOTE_FILE), [], [])
    assert DOCUMENT.attachments == (MAIN_FILE, replace(NOTE_FILE))


@given(st.binary(), st.integers(1, 20), st.booleans())
def test_base64_gives_back_what_was_encoded(content: bytes, width: int, is_url: bool) -> None:  # noqa: FBT001
    text = (base64.urlsafe_b64encode if is_url else base64.b64encode)(content).decode()
    broken = "\r\n\t ".join(text[start : start + width] for start in range(0, len(text), width))
    assert decode_base64(broken) == content


@given(st.text("QUJDQ0+/-_= \n*ả", max_size=12))
def test_base64_is_strict(text: str) -> None:
    decoded = decode_base64(text)
    bare = "".join(text.split())
    if decoded is None:
        return
    alphabet = base64.urlsafe_b64encode if "-" in bare or "_" in bare else base64.b64encode
    assert len(alphabet(decoded).decode().rstrip("=")) == len(bare.rstrip("="))


def test_large_texts_are_decoded_piece_by_piece() -> None:
    content = bytes(range(256)) * 20_000
    assert decode_base64(base64.encodebytes(content).decode()) == content
    assert decode_base64(base64.b64encode(content).decode() + "*") is None
