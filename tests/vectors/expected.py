"""What the vectors say, written down by hand."""

from __future__ import annotations

from datetime import date, datetime

from envelopes.codes import BusinessDocType, Priority, ReceiverType, StatusCode
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

PDF = "%PDF-1.4 không thật".encode()
NOTE = "ghi chú??>>".encode()

_H92 = OrganId("H92")
_SENDER = Organization(
    organ_id=OrganId("H90.01"),
    in_charge="Cơ quan chủ quản Giả định",
    name="Sở Giả định",
    address="Số 5 đường Không Có & ngõ 2",
    email="vanthu@giadinh.example",
    telephone="(84-00) 000 0005",
    fax="0000000006",
    website="giadinh.example",
)
_OTHER = OtherInfo(
    priority=Priority.VERY_URGENT,
    sphere="Trong tỉnh",
    typist="NGĐ",
    copies=3,
    pages=4,
    reply_fors="99",
    direction=True,
    reference_codes="R1",
    appendixes=("Phụ lục I", "Phụ lục II"),
)
_STAFF = StaffInfo(
    department="Văn phòng",
    department_id="VP",
    staff="Văn Thư Giả Định",
    staff_id="42",
    email="vt@giadinh.example",
    mobile="0000000007",
)
_BUSINESS = Business(
    doc_type=BusinessDocType.UPDATE,
    reason="Bổ sung nơi nhận",
    document_id=DocumentId("H90.01,2026/10/01,6/GĐ-VP"),
    paper=1,
    updates=(
        UpdateInfo(document_changes=False, receivers_change=True, receivers=(Receiver(_H92, ReceiverType.ADDED),)),
    ),
    replacements=(ReplacementInfo(DocumentId("H90.01,2026/09/01,5/GĐ-VP"), (_H92,)),),
    staff=(_STAFF,),
)
MAIN_FILE = Attachment("tep-1", "công văn 7.pdf", PDF, "application/pdf", description="Văn bản chính")
NOTE_FILE = Attachment("tep-2", "ghi-chú.txt", NOTE, "text/plain")

DOCUMENT = Envelope(
    sender=_SENDER,
    recipients=(Organization(OrganId("000.00.02.H91"), name="Sở Ví dụ"), Organization(_H92)),
    document_id=DocumentId("H90.01,2026/10/05,7/GĐ-VP"),
    code=Code("7", "GĐ-VP"),
    subject="V/v lấy ý kiến về kế hoạch giả định",
    promulgation_place="Thành phố Giả định",
    promulgation_date=date(2026, 10, 5),
    document_type=DocumentType("Công văn", 2, 18),
    content="Tóm tắt nội dung giả định",
    signer=SignerInfo("Người Ký Giả Định", "Phó Giám đốc", "KT. GIÁM ĐỐC"),
    due_date=date(2026, 10, 20),
    other=_OTHER,
    responses_for=(ResponseFor(_H92, "12/VD-TH", date(2026, 9, 30), DocumentId("H92,2026/09/30,12/VD-TH")),),
    steering_type=1,
    task_codes=("NV-01",),
    application_type="qlvb",
    to_places=("Như trên", "Lưu: VT"),
    trace=(TraceHeader(OrganId("H90.01"), datetime(2026, 10, 5, 9, 10, 11, tzinfo=VIETNAM)),),
    business=_BUSINESS,
    attachments=(MAIN_FILE, NOTE_FILE),
)
"""`document.xml`."""

STATUS = StatusReport(
    sender=Organization(_H92, name="Sở Ví dụ"),
    response_for=ResponseFor(OrganId("H90.01"), "7/GĐ-VP", date(2026, 10, 5), DocumentId("H90.01,2026/10/05,7/GĐ-VP")),
    status=StatusCode.ARRIVED,
    description="Đã đến hệ thống",
    timestamp=datetime(2026, 10, 5, 9, 12, tzinfo=VIETNAM),
    staff=StaffInfo(staff="Văn Thư Ví Dụ"),
)
"""`status.xml`."""

EDOC = Envelope(
    sender=Organization(OrganId("H90.01"), name="Sở Giả định"),
    recipients=(Organization(_H92),),
    document_id=DocumentId("7"),
    code=Code("7", "GĐ-VP"),
    subject="V/v lấy ý kiến về kế hoạch giả định",
    promulgation_place="Thành phố Giả định",
    promulgation_date=date(2026, 10, 5),
    signer=SignerInfo("Người Ký Giả Định", "Phó Giám đốc"),
    trace=(TraceHeader(OrganId("H90.01"), datetime(2026, 10, 5, 9, 10, 11, tzinfo=VIETNAM)),),
    business=Business(paper=None),
    attachments=(Attachment("tep-1", "công văn 7.pdf", PDF, "application/pdf"),),
)
"""`edoc.xml` with its attachment, without the empty `ErrorList`."""

FLAT = Envelope(
    sender=Organization(OrganId("H90.01"), name="Sở Giả định"),
    recipients=(Organization(_H92),),
    document_id=DocumentId("7f1f5c4e-0000-4000-8000-000000000007"),
    code=Code("7", "GĐ-VP"),
    subject="V/v lấy ý kiến về kế hoạch giả định",
    promulgation_date=date(2026, 10, 5),
    document_type=DocumentType("Công văn"),
    signer=SignerInfo("Người Ký Giả Định", "Phó Giám đốc"),
    other=OtherInfo(pages=4),
    trace=(TraceHeader(None, datetime(2026, 10, 5, 9, 10, 11, tzinfo=VIETNAM)),),
    business=Business(paper=None),
    attachments=(
        Attachment("1", "công văn 7.pdf", PDF, "application/pdf"),
        Attachment("2", "ghi-chú.txt", NOTE, "text/plain"),
    ),
)
"""`flat.xml`, without the elements only this form has."""
