"""Every variation of the format that is read: its octets, what it is called, and what the reader says about it."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from lxml import etree

from envelopes.dialects import Dialect, SignatureKind
from envelopes.model import OtherInfo, SignerInfo
from envelopes.parser import NAMESPACE, XMLDSIG_NAMESPACE
from tests.vectors import changed, document, status, vector
from tests.vectors.expected import DOCUMENT, NOTE, PDF

_PDF_TEXT = base64.b64encode(PDF).decode()
_NOTE_TEXT = base64.b64encode(NOTE).decode()
_XLINK = 'xmlns:xlink="http://www.w3.org/1999/xlink"'
_HOME = 'xmlns="http://www.mic.gov.vn/TBT/QCVN_102_2016"'
_PREFIXED = ' xmlns:edXML="http://www.mic.gov.vn/TBT/QCVN_102_2016"'
_ENCODED = f"<edXML:ContentTransferEncoded{_PREFIXED}>"
_BLANKS_KEPT = (
    "MessageHeader.Code.CodeNumber",
    "MessageHeader.Code.CodeNotation",
    "MessageHeader.Subject",
    "MessageHeader.DocumentType.Type",
    "MessageHeader.DocumentType.TypeDetail",
    "MessageHeader.OtherInfo.Priority",
    "MessageHeader.OtherInfo.PromulgationAmount",
    "MessageHeader.OtherInfo.PageAmount",
    "TraceHeader.OrganId",
    "TraceHeader.Timestamp",
    "Bussiness.BussinessDocType",
    "Bussiness.BussinessDocReason",
    "Bussiness.DocumentId",
    "Bussiness.Paper",
)
"""Where existing receivers see blanks around a text: warnings in the order of reading."""


@dataclass(frozen=True, slots=True)
class Variation:
    """One way to write the document or the status; `differs` holds the fields that are not as in the baseline."""

    name: str
    octets: bytes
    dialect: Dialect = Dialect.QCVN
    signature: SignatureKind = SignatureKind.ABSENT
    codes: tuple[str, ...] = ()
    differs: Mapping[str, Any] = field(default_factory=dict)


def zipped(*files: tuple[str, bytes]) -> bytes:
    """Return an archive of these entries, the same octets each time."""
    sink = BytesIO()
    with ZipFile(sink, "w") as archive:
        for name, content in files:
            archive.writestr(ZipInfo(name, (2026, 10, 5, 9, 10, 10)), content, ZIP_DEFLATED)
    return sink.getvalue()


def reordered(arrange: Callable[[etree._Element], None], octets: bytes) -> bytes:
    """Return the octets after the tree was rearranged."""
    root = etree.fromstring(octets)
    arrange(root)
    return etree.tostring(root, encoding="UTF-8")


def signature(prefix: str = "", namespace: str = XMLDSIG_NAMESPACE) -> str:
    """Return a signature that verifies nowhere, as text."""
    tag = f"{prefix}:" if prefix else ""
    declaration = f" xmlns:{prefix}" if prefix else " xmlns"
    return (
        f'<{tag}Signature{declaration}="{namespace}"><{tag}SignedInfo/>'
        f"<{tag}SignatureValue>AAAA</{tag}SignatureValue></{tag}Signature>"
    )


def _signed(text: str) -> bytes:
    return document(("</edXML:edXMLHeader>", f"{text}</edXML:edXMLHeader>"))


def _reverse_everything(root: etree._Element) -> None:
    """Turn the order of all children round, but for elements that repeat: their order means something."""
    for element in root.iter("{*}*"):
        names = [etree.QName(child).localname for child in element]
        if len(set(names)) == len(names):
            element[:] = list(reversed(element))


def _unprefixed(octets: bytes) -> bytes:
    return octets.replace(b"edXML:", b"").replace(_PREFIXED.encode(), b"").replace(b" xmlns:edXML=", b" xmlns:ignored=")


def _renamed(octets: bytes, prefix: str) -> bytes:
    """Return the octets with every element under one prefix."""
    text = octets.decode().replace("edXML:", "").replace(_PREFIXED, "").replace(_HOME, f'xmlns:{prefix}="{NAMESPACE}"')
    return re.sub(r"<(/?)(?=[A-Za-z])", rf"<\g<1>{prefix}:", text).encode()


def _without(octets: bytes, *names: str) -> bytes:
    """Return the octets without these elements, tags and text and all."""
    for name in names:
        octets = re.sub(rb"<(edXML:)?%b>.*?</(edXML:)?%b>" % ((name.encode(),) * 2), b"", octets, flags=re.DOTALL)
    return octets


def _unwrapped(octets: bytes, *names: str) -> bytes:
    """Return the octets without the tags of these elements."""
    for name in names:
        octets = re.sub(rb"</?(edXML:)?%b( [^>]*)?>" % name.encode(), b"", octets)
    return octets


def _inside() -> bytes:
    octets = vector("document.xml")
    start, end = octets.index(b"<AttachmentEncoded>"), octets.index(b"</edXML>")
    attachments = octets[start:end]
    return octets.replace(attachments, b"").replace(b"</edXML:edXMLEnvelope>", attachments + b"</edXML:edXMLEnvelope>")


def _namespaces() -> Iterator[Variation]:
    octets = vector("document.xml")
    yield Variation("default namespace only", _unprefixed(octets))
    yield Variation("everything under the prefix", _renamed(octets, "edXML"))
    yield Variation("another prefix", _renamed(octets, "q"))
    yield Variation("no namespace", _unprefixed(octets).replace(_HOME.encode(), b""), Dialect.OTHER_SPELLING)
    unused = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema"'
    yield Variation("xsi and xsd declared", document((f"<edXML {_HOME}", f"<edXML {unused} {_HOME}")))
    attributes = 'id="1" version="1.0" mustUnderstand="1" actor="http://schemas.xmlsoap.org/soap/actor/next"'
    yield Variation(
        "attributes on the trace", document(("<edXML:TraceHeaderList>", f"<edXML:TraceHeaderList {attributes}>"))
    )
    yield Variation(
        "xlink on a reference",
        document(("<edXML:Reference>", f'<edXML:Reference {_XLINK} xlink:href="cid:x" xlink:type="simple">')),
    )


def _layouts() -> Iterator[Variation]:
    octets = vector("document.xml")
    yield Variation(
        "root EdXML", document(("<edXML xmlns", "<EdXML xmlns"), ("</edXML>", "</EdXML>")), Dialect.OTHER_SPELLING
    )
    yield Variation("EdXMLEnvelope", document(("edXMLEnvelope", "EdXMLEnvelope")), Dialect.OTHER_SPELLING)
    yield Variation(
        "envelope as root", _unwrapped(_inside(), "edXML"), Dialect.ENVELOPE_AS_ROOT, codes=("M.AttachmentEncoded",)
    )
    yield Variation("no header", _unwrapped(octets, "edXMLHeader"), Dialect.NO_HEADER)
    yield Variation(
        "attachments inside the envelope", _inside(), Dialect.ATTACHMENTS_INSIDE, codes=("M.AttachmentEncoded",)
    )
    yield Variation("any order", reordered(_reverse_everything, octets))
    yield Variation("Manifest", document(("edXMLManifest", "Manifest")))
    yield Variation(
        "Business",
        document(("Bussiness", "Business")),
        codes=("M.Bussiness", *(f"M.Bussiness.Bussiness{n}" for n in ("DocType", "DocReason", "DocumentInfo"))),
    )
    function = document(("edXML:Position>", "edXML:Function>"))
    yield Variation("Function", function, codes=("M.MessageHeader.SignerInfo.Position",))


def _signatures() -> Iterator[Variation]:
    home = signature(namespace=NAMESPACE)
    yield Variation(
        "signature as the operator's library writes it", _signed(home), signature=SignatureKind.QCVN_NAMESPACE
    )
    yield Variation("signature in its namespace", _signed(signature()), signature=SignatureKind.XMLDSIG)
    yield Variation("signature under a prefix", _signed(signature("ds")), signature=SignatureKind.XMLDSIG)
    yield Variation("empty signature", _signed("<edXML:DigitalSignature/>"), signature=SignatureKind.EMPTY)
    below_root = document(("<AttachmentEncoded>", f"{signature('ds')}<AttachmentEncoded>"))
    yield Variation("signature below the root", below_root, codes=("M.Header.Signature",))


def _octets() -> Iterator[Variation]:
    octets = vector("document.xml")
    yield Variation("byte order mark", b"\xef\xbb\xbf" + octets)
    yield Variation("CRLF", octets.replace(b"\n", b"\r\n"))
    yield Variation("CRLF after the root", octets + b"\r\n\r\n")
    yield Variation("no declaration", octets.split(b"\n", 1)[1])
    yield Variation("four stray characters", b"1212" + octets)
    yield Variation("64 stray bytes", b"\xff\x00" * 32 + octets)
    yield Variation("empty line first", b"\r\n" + octets)
    yield Variation(
        "blanks around texts",
        re.sub(rb">([^<\s][^<]*)</(?!edXML:SteeringType)", rb">\n\t \1 \r\n</", octets),
        codes=tuple(f"T.{place}" for place in _BLANKS_KEPT),
    )
    yield Variation(
        "comments between elements", octets.replace(b"</edXML:From>", b"<!-- a --><?b c?></edXML:From><!-- d -->")
    )
    yield Variation("CDATA", document(("V/v lấy ý kiến", "<![CDATA[V/v lấy]]> ý kiến")))
    yield Variation("character references", document(("V/v lấy", "&#86;/v&#x20;lấy")))


def _contents() -> Iterator[Variation]:
    yield Variation("empty elements", document(("<edXML:SteeringType>", "<edXML:ResponseFor/><edXML:SteeringType>")))
    yield Variation(
        "null as agency",
        document(
            (
                "<edXML:OrganId>H92</edXML:OrganId>\n          <edXML:Code>",
                "<edXML:OrganId>null</edXML:OrganId><edXML:Code>",
            )
        ),
        codes=("T.MessageHeader.ResponseFor.OrganId",),
        differs={"responses_for": (replace(DOCUMENT.responses_for[0], organ_id=None),)},
    )
    yield Variation(
        "little more than nothing said of the signer",
        _without(vector("document.xml"), "Competence", "Position", "OrganizationInCharge"),
        differs={
            "signer": SignerInfo(full_name="Người Ký Giả Định"),
            "sender": replace(DOCUMENT.sender, in_charge=None),
        },
    )
    yield Variation("no other info", _without(vector("document.xml"), "OtherInfo"), differs={"other": OtherInfo()})
    leading = document(
        (">2</edXML:Priority>", ">02</edXML:Priority>"),
        (">2</edXML:BussinessDocType>", "> 02 </edXML:BussinessDocType>"),
    )
    # Existing receivers keep the type as a text, blanks and zeros and all; the priority is a number to them.
    yield Variation("leading zeros", leading, codes=("T.Bussiness.BussinessDocType",) * 2)


def _dates() -> Iterator[Variation]:
    place = "MessageHeader.PromulgationInfo.PromulgationDate"
    for spelling, is_plain in (
        ("2026/10/5", True),
        ("2026/10/05 08:00:00", True),
        ("05/10/2026", True),
        ("2026-10-05", False),
        ("2026-10-05T23:59:59+07:00", False),
        ("2026-10-04T17:00:00Z", False),
    ):
        octets = document((">2026/10/05</edXML:PromulgationDate>", f">{spelling}</edXML:PromulgationDate>"))
        yield Variation(
            f"date {spelling}", octets, codes=() if is_plain and "/2026" not in spelling else (f"T.{place}",)
        )
    for spelling in (
        "05/10/2026 09:10:11",
        "2026-10-05T09:10:11",
        "2026-10-05T02:10:11Z",
        "2026-10-05T09:10:11.250+0700",
    ):
        octets = document((">2026/10/05 09:10:11<", f">{spelling}<"))
        yield Variation(f"time {spelling}", octets, codes=("T.TraceHeader.Timestamp",))
    yield Variation("milliseconds", document((">2026/10/05 09:10:11<", ">2026/10/05 09:10:11.999<")))


def _attachments() -> Iterator[Variation]:
    archive = base64.b64encode(zipped(("ab12.pdf", PDF))).decode()
    label = ("<ContentType>application/pdf</ContentType>", "<ContentType>application/zip</ContentType>")
    yield Variation("zipped", document(label, (_PDF_TEXT, archive)))
    unlabelled = document(("<ContentType>application/pdf</ContentType>", ""), (_PDF_TEXT, archive))
    yield Variation("zipped, no type", unlabelled)
    yield Variation("zipped, called PDF", document((_PDF_TEXT, archive)), codes=("M.Attachment.ContentType",))
    yield Variation("lines of base64", document((_PDF_TEXT, f"\r\n{_PDF_TEXT[:10]}\r\n\t{_PDF_TEXT[10:]} \n")))
    yield Variation("URL alphabet", document((_NOTE_TEXT, _NOTE_TEXT.replace("/", "_").replace("+", "-"))))
    yield Variation("cid: in the manifest only", document(("<ContentId>cid:", "<ContentId>")))
    yield Variation("cid: with the files only", document(("<edXML:ContentId>cid:", "<edXML:ContentId>")))
    yield Variation("cid: nowhere", document(("cid:", "")))
    yield Variation("an empty attachment", document(("<AttachmentEncoded>", "<AttachmentEncoded><Attachment/>")))


def document_variations() -> tuple[Variation, ...]:
    """Return all variations of the document."""
    kinds = (_namespaces, _layouts, _signatures, _octets, _contents, _dates, _attachments)
    return tuple(variation for kind in kinds for variation in kind())


def status_variations() -> tuple[Variation, ...]:
    """Return all variations of the status."""
    octets = vector("status.xml")
    below_status = status(("<edXML:MessageHeader>", "<edXML:Status>"), ("</edXML:MessageHeader>", "</edXML:Status>"))
    return (
        Variation("below Status", below_status, Dialect.STATUS_ELEMENT),
        Variation("no prefix", _unprefixed(octets)),
        Variation("any order", reordered(_reverse_everything, octets)),
        Variation("no header", _unwrapped(octets, "edXMLHeader"), Dialect.NO_HEADER),
        Variation("envelope as root", _unwrapped(octets, "edXML"), Dialect.ENVELOPE_AS_ROOT),
        Variation("one digit", status((">01<", "> 1 <")), codes=("T.MessageHeader.StatusCode",)),
        Variation(
            "ISO time", status((">2026/10/05 09:12:00<", ">2026-10-05T09:12:00<")), codes=("T.MessageHeader.Timestamp",)
        ),
    )


def multipart(*, binary: bool, headers: bool) -> bytes:
    """Return the legacy message with its attachment as a MIME part."""
    content, encoding = (PDF, b"binary") if binary else (_PDF_TEXT.encode(), b"base64")
    head = (
        b'MIME-Version: 1.0\r\nContent-Type: multipart/related; type="text/xml";\r\n'
        b' boundary="Boundary"; start="<goc>"\r\n\r\n'
    )
    body = b"\r\n".join(
        (
            b"--Boundary\r\nContent-Type: text/xml; charset=utf-8",
            b"Content-Transfer-Encoding: 8bit\r\nContent-ID: <goc>\r\n",
            vector("edoc.xml"),
            b"--Boundary\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: " + encoding,
            b"Content-ID: <tep-1>\r\n",
            content,
            b"--Boundary--\r\n",
        )
    )
    return head + body if headers else body


def flat_in_canonical_case() -> bytes:
    """Return the flat form as its other builder spells the root."""
    return changed(vector("flat.xml"), ("EdXMLEnvelope", "edXMLEnvelope"))
