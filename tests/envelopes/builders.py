"""Realistic, fictitious messages for every suite and benchmark; what a test is about is given as keywords."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from envelopes.codes import BusinessDocType, Priority, ReceiverType, StatusCode, UnknownCode
from envelopes.identifiers import DocumentId, OrganId
from envelopes.model import (
    Attachment,
    Business,
    Code,
    DocumentType,
    Envelope,
    Organization,
    OtherInfo,
    Receiver,
    ReplacementInfo,
    ResponseFor,
    SignerInfo,
    StaffInfo,
    TraceHeader,
    UpdateInfo,
)
from envelopes.status import StatusReport
from envelopes.texts import VIETNAM

TODAY = date(2026, 11, 20)
"""The day on which the messages below are issued and judged."""

NOW = datetime(2026, 11, 20, 8, 15, 30, tzinfo=VIETNAM)

SENDER = "000.00.15.H51"
RECIPIENTS = ("000.00.21.H41", "H26.18")
DOCUMENT_ID = "000.00.15.H51,2026/11/20,123/SNV-VP"
EARLIER_DOCUMENT_ID = "000.00.15.H51,2026/11/10,99/SNV-VP"

_NAMES = {
    SENDER: "Sở Nội vụ tỉnh Mẫu",
    "000.00.21.H41": "Sở Tài chính tỉnh Thử",
    "H26.18": "Văn phòng Ủy ban nhân dân thành phố Ví Dụ",
}


def pdf(text: str = "Van ban mau", *, pages: int = 1) -> bytes:
    """Return a small valid PDF that shows `text` (ASCII) on every page."""
    kids = " ".join(f"{4 + 2 * page} 0 R" for page in range(pages))
    bodies = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    drawing = f"BT /F1 12 Tf 72 770 Td ({text}) Tj ET"
    for page in range(pages):
        resources = f"/Resources << /Font << /F1 3 0 R >> >> /Contents {5 + 2 * page} 0 R"
        bodies.append(f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] {resources} >>")
        bodies.append(f"<< /Length {len(drawing)} >>\nstream\n{drawing}\nendstream")
    return _pdf_of(bodies)


def _pdf_of(bodies: list[str]) -> bytes:
    octets = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, body in enumerate(bodies, 1):
        offsets.append(len(octets))
        octets += f"{number} 0 obj\n{body}\nendobj\n".encode("ascii")
    start = len(octets)
    octets += f"xref\n0 {len(bodies) + 1}\n0000000000 65535 f \n".encode("ascii")
    octets += "".join(f"{offset:010} 00000 n \n" for offset in offsets).encode("ascii")
    octets += f"trailer\n<< /Size {len(bodies) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode("ascii")
    return bytes(octets)


def organization(organ_id: str | None = SENDER, **fields: Any) -> Organization:
    """Return an agency with a name, an address and an e-mail address."""
    known: dict[str, Any] = {
        "name": _NAMES.get(organ_id or "", "Cơ quan mẫu"),
        "in_charge": "Ủy ban nhân dân tỉnh Mẫu",
        "address": "Số 1 phố Mẫu, phường Mẫu",
        "email": "vanthu@mau.example.vn",
        "telephone": "(84-4) 3821 0001",
        "website": "mau.example.vn",
    }
    return Organization(None if organ_id is None else OrganId(organ_id), **(known | fields))


def attachment(name: str = "123-SNV-VP.signed.pdf", content: bytes | None = None, **fields: Any) -> Attachment:
    """Return one file of a package, by default a PDF; files of one package need a `content_id` each."""
    known: dict[str, Any] = {"content_id": "tep-1", "media_type": "application/pdf"}
    return Attachment(name=name, content=pdf() if content is None else content, **(known | fields))


def staff() -> StaffInfo:
    """Return the clerk who performs the operations below."""
    return StaffInfo(
        department="Văn thư cơ quan", staff="Trần Thị Mẫu", email="vanthu@mau.example.vn", mobile="0000000000"
    )


def envelope(**fields: Any) -> Envelope:
    """Return a new document to two recipients with two PDF attachments, every part of the header filled."""
    return replace(_NEW, **fields)


def recall(**fields: Any) -> Envelope:
    """Return the recall of an earlier document."""
    return replace(_NEW, **({"business": _business(BusinessDocType.RECALL, "Thu hồi do gửi nhầm nơi nhận")} | fields))


def update(**fields: Any) -> Envelope:
    """Return an update of an earlier document: new metadata, one recipient fewer and one more."""
    receivers = (
        Receiver(OrganId(RECIPIENTS[0]), ReceiverType.REMOVED),
        Receiver(OrganId(RECIPIENTS[1]), ReceiverType.ADDED),
    )
    info = UpdateInfo(document_changes=True, receivers_change=True, receivers=receivers)
    business = _business(BusinessDocType.UPDATE, "Bổ sung nơi nhận", updates=(info,))
    return replace(_NEW, **({"business": business} | fields))


def replacement(**fields: Any) -> Envelope:
    """Return a document that replaces an earlier one for both recipients."""
    replaced = ReplacementInfo(DocumentId(EARLIER_DOCUMENT_ID), tuple(map(OrganId, RECIPIENTS)))
    business = _business(BusinessDocType.REPLACE, "Thay thế do sai số liệu", document_id=None, replacements=(replaced,))
    return replace(_NEW, **({"business": business} | fields))


def status_report(status: StatusCode | UnknownCode = StatusCode.RECEIVED, **fields: Any) -> StatusReport:
    """Return what the first recipient says about the document, with a reason where the code needs one."""
    needs_reason = isinstance(status, StatusCode) and status.needs_reason
    known: dict[str, Any] = {
        "sender": organization(RECIPIENTS[0]),
        "response_for": ResponseFor(
            OrganId(SENDER), code="123/SNV-VP", promulgation_date=TODAY, document_id=DocumentId(DOCUMENT_ID)
        ),
        "description": "Văn bản thiếu phụ lục" if needs_reason else None,
        "timestamp": NOW,
        "staff": staff(),
    }
    return StatusReport(status=status, **(known | fields))


def _business(doc_type: BusinessDocType, reason: str, **fields: Any) -> Business:
    known: dict[str, Any] = {"document_id": DocumentId(EARLIER_DOCUMENT_ID), "staff": (staff(),)}
    return Business(doc_type=doc_type, reason=reason, **(known | fields))


_NEW = Envelope(
    sender=organization(SENDER),
    recipients=tuple(map(organization, RECIPIENTS)),
    document_id=DocumentId(DOCUMENT_ID),
    code=Code("123", "SNV-VP"),
    subject="V/v báo cáo kết quả thực hiện công tác văn thư năm 2026",
    promulgation_place="Hà Nội",
    promulgation_date=TODAY,
    document_type=DocumentType("Công văn", type=1),
    content="Đề nghị các cơ quan gửi báo cáo trước ngày 05/12/2026",
    signer=SignerInfo("Nguyễn Văn Mẫu", position="Phó Giám đốc", competence="KT. GIÁM ĐỐC"),
    due_date=date(2026, 12, 5),
    other=OtherInfo(
        priority=Priority.URGENT,
        sphere="Các sở, ban, ngành",
        typist="NVM",
        copies=2,
        pages=3,
        appendixes=("Phụ lục số 01: Biểu mẫu báo cáo",),
    ),
    responses_for=(
        ResponseFor(
            OrganId(RECIPIENTS[0]),
            code="77/STC-VP",
            promulgation_date=date(2026, 11, 10),
            document_id=DocumentId("000.00.21.H41,2026/11/10,77/STC-VP"),
        ),
    ),
    steering_type=1,
    to_places=("Như trên", "Lưu: VT"),
    trace=(TraceHeader(OrganId(SENDER), NOW),),
    business=Business(reason="Văn bản điện tử mới", staff=(staff(),)),
    attachments=(
        attachment("123-SNV-VP.signed.pdf", pdf("Cong van so 123", pages=2), description="Văn bản chính"),
        attachment("Phụ lục số 01.signed.pdf", pdf("Phu luc so 01"), content_id="tep-2", description="Phụ lục"),
    ),
)
