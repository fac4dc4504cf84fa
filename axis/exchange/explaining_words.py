"""The phrases that explanations of a judgement are put together from, in Vietnamese and English."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from axis.exchange.document_words import DOCUMENT_WORDS
from axis.exchange.inside_words import UNKNOWN_INSIDE
from axis.exchange.signature_words import SIGNATURE_WORDS
from envelopes.errors import Phrase, Words
from envelopes.evidence_signatures import DocumentWorth, RevocationSource, RevocationState, SignatureIndication
from routing.authenticity_words import DOUBT_WORDS
from signing.statuses import Doubt

SOURCES: Final[Mapping[RevocationSource | None, Phrase]] = MappingProxyType(
    {
        RevocationSource.OCSP: ("OCSP", "OCSP"),
        RevocationSource.CRL: ("CRL", "a CRL"),
        None: ("nguồn không được ghi lại", "a source that was not recorded"),
    }
)
"""By the kind of evidence."""

OUTCOMES: Final[Mapping[SignatureIndication, Phrase]] = MappingProxyType(
    {
        SignatureIndication.TOTAL_PASSED: ("hợp lệ", "is valid"),
        SignatureIndication.TOTAL_FAILED: ("không hợp lệ", "is not valid"),
        SignatureIndication.INDETERMINATE: ("không được công nhận", "is not accepted"),
    }
)
"""By indication."""

OPEN: Final[Phrase] = ("chưa kết luận được là hợp lệ", "cannot be called valid yet")
"""Of a signature against which nothing speaks, while not all is known."""

UNASKED: Final[Phrase] = ("không có lỗi, nhưng chưa kết luận được là hợp lệ", "holds, but cannot be called valid yet")
"""Of a signature that passed where nobody asked whether its certificates were revoked."""

UNASKED_HERE: Final[Phrase] = (
    "Lệnh này không kiểm tra việc thu hồi chứng thư số và chữ ký số bên trong các tệp PDF; chỉ Trục kiểm tra",
    "This command asks neither whether certificates were revoked nor what signatures inside the PDFs say; an axis does",
)
"""What is left open by whoever judges a package without an axis; a sentence goes on after it."""

OPEN_BUT_REFUSED: Final[Phrase] = (
    "chưa kết luận được là hợp lệ, nhưng đó không phải lý do gói tin bị từ chối",
    "cannot be called valid yet; this was not why the package was refused",
)
"""Of such a signature on a message that was refused for something else."""

OPEN_INSIDE: Final = Words(
    vi="Chưa rõ chứng thư số mà chữ ký số này dựa vào có bị thu hồi hay không.",
    en="Whether a certificate that this signature rests on was revoked is not known.",
    do_vi="Chờ chứng cứ SignatureValidation của Trục; nếu không có, hỏi trực tiếp tổ chức chứng thực.",
    do_en="Wait for evidence of the type SignatureValidation; where none follows, ask the authority directly.",
)
"""Of such a signature inside a document: the message was accepted, and nobody sends it again for that."""

OPEN_DOCUMENT: Final = Words(
    vi="Văn bản có chữ ký số của cá nhân và của cơ quan gửi, nhưng chưa rõ việc thu hồi chứng thư số.",
    en="The document carries signatures of a person and of the sending agency, but whether a certificate was revoked "
    "is not known.",
    do_vi="Chưa dùng thay văn bản giấy cho đến khi rõ; chờ chứng cứ SignatureValidation của Trục hoặc hỏi trực tiếp "
    "tổ chức chứng thực.",
    do_en="It does not stand for the paper original until that is known; wait for evidence of the type "
    "SignatureValidation, or ask the authority directly.",
)
"""Of a document that would replace paper, was everything known that its signatures rest on."""

OPEN_BESIDES: Final[Phrase] = (
    "Chưa rõ việc thu hồi chứng thư số của chữ ký số trong tệp.",
    "Whether a certificate of a signature in the files was revoked is not known.",
)
"""Of a document that does not replace paper anyway."""

UNKNOWN: Final[Mapping[str | None, Phrase]] = MappingProxyType(
    {
        Doubt.NO_SOURCE.value: (
            "không nêu dịch vụ OCSP hay địa chỉ CRL nào để hỏi",
            "names no OCSP responder and no CRL that could be asked",
        ),
        Doubt.NO_PATH.value: (
            "chưa dựng được đường dẫn chứng thực tới tổ chức chứng thực để hỏi",
            "no path to its authority could be built, so that nobody was asked",
        ),
        Doubt.NO_EVIDENCE.value: (
            "chưa có câu trả lời nào của tổ chức chứng thực",
            "has no answer from its authority yet",
        ),
        Doubt.NOT_ABOUT_IT.value: (
            "không được nhắc đến trong câu trả lời của tổ chức chứng thực",
            "is not what the authority's answer speaks of",
        ),
        Doubt.UNVERIFIED.value: (
            "chỉ có câu trả lời không đọc được hoặc không do tổ chức có thẩm quyền ký",
            "has only an answer that cannot be read, or was not signed by somebody who may",
        ),
        Doubt.STALE.value: (
            "chỉ có thông tin đã quá hạn",
            "has only information that is out of date",
        ),
        None: ("chưa rõ có bị thu hồi hay không", "may or may not have been revoked"),
    }
)
"""What is said of a certificate whose state is unknown, by doubt; for any other doubt the last."""

REASONS: Final[Mapping[str | None, Phrase]] = MappingProxyType(
    {
        "key_compromise": ("lộ khóa bí mật", "its key was compromised"),
        "ca_compromise": ("lộ khóa của tổ chức chứng thực", "the key of its authority was compromised"),
        "aa_compromise": ("lộ khóa của tổ chức cấp thuộc tính", "the key of its attribute authority was compromised"),
        "affiliation_changed": ("thông tin chủ thể thay đổi", "its subject's affiliation changed"),
        "superseded": ("đã được thay bằng chứng thư số khác", "another one took its place"),
        "cessation_of_operation": ("chủ thể ngừng hoạt động", "its subject ceased to operate"),
        "privilege_withdrawn": ("bị rút quyền sử dụng", "its privilege was withdrawn"),
        None: ("không nêu lý do", "no reason given"),
    }
)
"""Why a certificate was revoked (RFC 5280 §5.3.1); for any other reason the last."""

REVOCATIONS: Final[Mapping[RevocationState | None, Phrase]] = MappingProxyType(
    {
        RevocationState.GOOD: ("chứng thư số không bị thu hồi", "its certificate was not revoked"),
        RevocationState.REVOKED: ("chứng thư số đã bị thu hồi", "its certificate was revoked"),
        RevocationState.UNKNOWN: (
            "chưa rõ chứng thư số có bị thu hồi hay không",
            "whether its certificate was revoked is not known",
        ),
        None: ("không xét việc thu hồi chứng thư số", "whether its certificate was revoked was not judged"),
    }
)
"""What is said of the signer's certificate inside a document; None where the judgement did not come as far as that."""

WORTHS: Final[Mapping[DocumentWorth, Phrase]] = MappingProxyType(
    {
        DocumentWorth.PERSON_AND_AGENCY: (
            "có chữ ký số của cá nhân và của cơ quan gửi",
            "signed by a person and by the sending agency",
        ),
        DocumentWorth.AGENCY_ONLY: (
            "có chữ ký số của cơ quan gửi, trước đó thiếu chữ ký số của cá nhân",
            "signed by the sending agency, without a person before it",
        ),
        DocumentWorth.PERSON_ONLY: ("chỉ có chữ ký số của cá nhân", "signed by a person alone"),
        DocumentWorth.UNSIGNED: ("không có chữ ký số của bên gửi", "without a signature of the sender"),
        DocumentWorth.BROKEN: (
            "chữ ký số không hợp lệ hoặc tệp đã bị thay đổi sau khi ký",
            "a signature does not hold, or the file was changed after it was signed",
        ),
        DocumentWorth.NOT_JUDGED: ("chữ ký số bên trong không được kiểm tra", "its own signatures were not judged"),
    }
)
"""What one file is worth, in a few words; the document as a whole has sentences of its own."""

SIGNATURE: Final[Phrase] = ("Chữ ký số", "The signature")
STAMP: Final[Phrase] = ("Dấu thời gian", "The time stamp")
"""What a field of a file holds."""

STAMP_UNKNOWN: Final[Phrase] = (
    "Chưa rõ chứng thư số của tổ chức cấp dấu thời gian có bị thu hồi hay không.",
    "Whether the certificate of the time-stamping authority was revoked is not known.",
)
"""Of the authority that stamped a signature."""

COVERAGES: Final[Mapping[str | None, Phrase]] = MappingProxyType(
    {
        "whole-file": ("Phạm vi ký: toàn bộ tệp", "It covers the whole file"),
        "revision": ("Phạm vi ký: toàn bộ tệp tại thời điểm ký", "It covers the whole file as it was then"),
        None: ("Phạm vi ký: không xác định được", "What it covers could not be established"),
    }
)
"""What of a file a signature covers; for any other word the last."""

CHANGES: Final[Mapping[str | None, Phrase]] = MappingProxyType(
    {
        "NONE": ("sau đó tệp không thay đổi", "nothing was changed since"),
        "LTA_UPDATES": ("sau đó chỉ thêm dữ liệu chứng minh chữ ký số", "only proof for signatures was added since"),
        "SIGNATURES": ("sau đó chỉ có thêm chữ ký số", "only further signatures were added since"),
        "FORM_FILLING": ("sau đó có điền biểu mẫu hoặc ký thêm", "forms were filled in or signed since"),
        "ANNOTATIONS": ("sau đó có thêm chú thích", "annotations were added since"),
        None: ("sau đó nội dung bị thay đổi", "its content was changed since"),
    }
)
"""What was done to a file after a signature; for any other word the last."""

UNJUDGED_FILE: Final[Phrase] = (
    "không kiểm tra được có chữ ký số hay không",
    "whether it is signed cannot be judged",
)
"""Of a file that counts as broken though no signature in it is known to be."""

WAITING: Final[Phrase] = (
    "Chưa phải làm gì: Trục đang hỏi tổ chức chứng thực và sẽ cấp chứng cứ SignatureValidation khi có kết quả.",
    "Nothing yet: the axis is asking the authority, and evidence of the type SignatureValidation follows.",
)
"""What to do about an accepted message whose signer's authority has not answered."""

FOR_THE_REASONS: Final[Phrase] = (
    "Về chữ ký số này chưa phải làm gì; khắc phục lý do từ chối rồi gửi lại.",
    "Nothing about this signature; mend what the message was refused for, and send it again.",
)
"""What to do about the signature of a message that was refused for something else."""

UNASKABLE: Final[Phrase] = (
    "Hỏi trực tiếp tổ chức chứng thực; lần sau ký bằng chứng thư số có nêu dịch vụ OCSP hoặc địa chỉ CRL.",
    "Ask the authority directly; sign with a certificate that names an OCSP responder or a CRL from now on.",
)
"""What to do where a certificate names nobody to ask."""

_DOUBTS: Final[Mapping[str, Words]] = MappingProxyType({code.value: words for code, words in DOUBT_WORDS.items()})

_OTHER: Final = Words(
    vi="Lý do được nêu bằng mã mà phiên bản này chưa biết.",
    en="The reason is given by a code that this version does not know.",
    do_vi="Tra mã trong tài liệu của Trục hoặc dùng phiên bản mới hơn.",
    do_en="Look the code up in the documentation of the axis, or use a newer version.",
)


def words_of(code: str) -> Words:
    """Return what a failure code of a package's signature means, and what to do about it."""
    return next((words for known, words in SIGNATURE_WORDS.items() if known.value == code), _OTHER)


def words_in_documents(code: str) -> Words:
    """Return the same of a code that a file, or a signature inside one, failed with or is doubted for."""
    if code in UNKNOWN_INSIDE:
        return OPEN_INSIDE
    return DOCUMENT_WORDS.get(code) or _DOUBTS.get(code, _OTHER)
