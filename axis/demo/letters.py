"""The documents a demonstration sends: fictitious, in the form of NĐ 30/2020, with small real PDF files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from axis.demo.keys import Participant
from envelopes.codes import Priority, StatusCode
from envelopes.identifiers import DocumentId
from envelopes.model import (
    Attachment,
    Business,
    Code,
    DocumentType,
    Envelope,
    Organization,
    OtherInfo,
    ResponseFor,
    SignerInfo,
    StaffInfo,
    TraceHeader,
)
from envelopes.status import StatusReport
from envelopes.texts import VIETNAM


@dataclass(frozen=True, slots=True)
class Letter:
    """What a letter is about; number and notation give it its identity."""

    number: int
    subject: str
    priority: Priority
    files: tuple[tuple[str, str], ...]
    """Name of each file, and the text on its one page."""


FIRST = Letter(
    123,
    "V/v phối hợp rà soát danh mục thủ tục hành chính nội bộ",
    Priority.NORMAL,
    (("123_SNV-VP.pdf", "Cong van so 123/SNV-VP"), ("phu-luc.pdf", "Phu luc kem theo cong van 123/SNV-VP")),
)
URGENT = Letter(
    124, "Công điện về việc chủ động ứng phó bão", Priority.EXPRESS, (("124_SNV-VP.pdf", "Cong dien 124/SNV-VP"),)
)
ALTERED = Letter(
    125, "V/v đề nghị cấp bổ sung kinh phí", Priority.NORMAL, (("125_SNV-VP.pdf", "Cong van so 125/SNV-VP"),)
)
MISTAKEN = Letter(
    127, "V/v kế hoạch thanh tra đột xuất", Priority.NORMAL, (("127_SNV-VP.pdf", "Cong van so 127/SNV-VP"),)
)
REVOKED = Letter(
    126, "V/v cử cán bộ tham gia đoàn kiểm tra", Priority.NORMAL, (("126_SNV-VP.pdf", "Cong van so 126/SNV-VP"),)
)


def compose(
    letter: Letter,
    sender: Participant,
    *,
    recipients: Sequence[Participant],
    at: datetime,
    signed: Callable[[bytes], bytes] | None = None,
) -> Envelope:
    """Return a letter as a document message, issued on the day of `at`; `signed` signs its first file, the document."""
    local = at.astimezone(VIETNAM).replace(microsecond=0)
    notation = "SNV-VP"
    return Envelope(
        sender=_organization(sender),
        recipients=tuple(_organization(one) for one in recipients),
        document_id=DocumentId(f"{sender.organ_id},{local:%Y/%m/%d},{letter.number}/{notation}"),
        code=Code(str(letter.number), notation),
        subject=letter.subject,
        promulgation_place="Sóc Trăng",
        promulgation_date=local.date(),
        document_type=DocumentType("Công văn"),
        signer=SignerInfo("Nguyễn Văn Mẫu", "Phó Giám đốc", "KT. GIÁM ĐỐC"),
        other=OtherInfo(priority=letter.priority, copies=1, pages=1),
        to_places=("Như trên", "Lưu: VT"),
        trace=(TraceHeader(sender.organ_id, local),),
        business=Business(staff=(StaffInfo(department="Văn thư cơ quan", staff="Trần Thị Mẫu"),)),
        attachments=tuple(
            _attachment(position, name, octets=page(words) if position > 1 or signed is None else signed(page(words)))
            for position, (name, words) in enumerate(letter.files, start=1)
        ),
    )


def _attachment(position: int, name: str, *, octets: bytes) -> Attachment:
    return Attachment(f"file-{position}", name, octets, "application/pdf", description=name.removesuffix(".pdf"))


def report(letter: Envelope, speaker: Participant, *, code: StatusCode, at: datetime) -> StatusReport:
    """Return what a recipient says about a letter to its sender."""
    return StatusReport(
        sender=_organization(speaker),
        response_for=ResponseFor(
            letter.sender.organ_id, str(letter.code), letter.promulgation_date, letter.document_id
        ),
        status=code,
        timestamp=at.astimezone(VIETNAM).replace(microsecond=0),
        staff=StaffInfo(department="Văn thư cơ quan", staff="Lê Thị Mẫu"),
    )


def page(words: str) -> bytes:
    """Return a PDF of one page that shows `words` (ASCII)."""
    font = "<< /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >>"
    drawing = f"BT /F1 13 Tf 72 770 Td ({words}) Tj ET"
    bodies = (
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font {font} >> >>",
        f"<< /Length {len(drawing)} >>\nstream\n{drawing}\nendstream",
    )
    octets, places = b"%PDF-1.4\n", []
    for number, body in enumerate(bodies, start=1):
        places.append(len(octets))
        octets += f"{number} 0 obj\n{body}\nendobj\n".encode("ascii")
    rows = "".join(f"{place:010} 00000 n \n" for place in places)
    table = f"xref\n0 {len(bodies) + 1}\n0000000000 65535 f \n{rows}"
    end = f"trailer\n<< /Size {len(bodies) + 1} /Root 1 0 R >>\nstartxref\n{len(octets)}\n%%EOF\n"
    return octets + (table + end).encode("ascii")


def _organization(participant: Participant) -> Organization:
    return Organization(participant.organ_id, name=participant.name)
