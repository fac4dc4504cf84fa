"""What the reader takes and existing receivers do not: refused wherever a package goes on as it stands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from envelopes.dialects import Dialect
from envelopes.errors import Finding, Severity, Words
from envelopes.paths import ENCODED
from envelopes.reader import Reading

_OTHER_DIALECT: Final = Finding(
    code="package/other-dialect",
    path="",
    severity=Severity.ERROR,
    words=Words(
        vi="Gói tin không theo bố cục của QCVN 102:2016; phần mềm của bên nhận không đọc được.",
        en="The package is not laid out as QCVN 102:2016 says; recipients' software cannot read it.",
        do_vi="Tạo lại gói tin với phần tử gốc edXML và edXMLEnvelope, edXMLHeader bên trong, rồi ký lại.",
        do_en="Build the package again with the root edXML holding edXMLEnvelope and edXMLHeader, then sign it again.",
    ),
)

_STRANGERS: Final = Finding(
    code="package/stranger-among-attachments",
    path=ENCODED,
    severity=Severity.ERROR,
    words=Words(
        vi="Giữa các tệp đính kèm có phần tử lạ chứa phần tử con; phần mềm của bên nhận sẽ làm mất cả gói tin.",
        en="An unknown element with children stands among the attachments; recipients' software loses the package.",
        do_vi="Chuyển phần tử mở rộng ra ngoài AttachmentEncoded rồi ký lại.",
        do_en="Move the extension out of AttachmentEncoded, then sign the package again.",
    ),
)

_EMPTY_ATTACHMENT: Final = Finding(
    code="package/empty-attachment",
    path=ENCODED,
    severity=Severity.ERROR,
    words=Words(
        vi="Trong AttachmentEncoded có phần tử Attachment không chứa tệp nào; phần mềm của bên nhận có thể làm mất cả "
        "gói tin.",
        en="AttachmentEncoded holds an Attachment without a file in it; recipients' software may lose the package.",
        do_vi="Bỏ phần tử Attachment trống, hoặc ghi đủ ContentId, AttachmentName, ContentType và "
        "ContentTransferEncoded, rồi ký lại.",
        do_en="Leave the empty Attachment out, or give it ContentId, AttachmentName, ContentType and "
        "ContentTransferEncoded, then sign the package again.",
    ),
)

UNFIT: Final = (_OTHER_DIALECT, _STRANGERS, _EMPTY_ATTACHMENT)
"""Every refusal of this module."""


def unfit(reading: Reading) -> Iterator[Finding]:
    """Yield why existing receivers cannot read what the reader could."""
    if reading.dialect is not Dialect.QCVN:
        yield _OTHER_DIALECT
    if reading.has_strangers:
        yield _STRANGERS
    if reading.has_empty_attachments:
        yield _EMPTY_ATTACHMENT
